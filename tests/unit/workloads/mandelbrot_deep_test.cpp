// SPDX-License-Identifier: Apache-2.0
// Deep zooms against direct evaluation with all digits.
//
// None of the pixels sampled here differs. Where the distance from the set is far below what a double can resolve within the
// view, some must: there rounding, 2^-53 of the view's width in effect, decides which side of a filament a point is on. Two
// ways of rounding (with and without bilinear approximation) may differ in such pixels only: nearer than 2^-30 of a pixel.
#include <cstring>

#include "catch.hpp"
#include "each_simd_target.hpp"
#include "mandelbrot_exact.hpp"
#include "workloads/mandelbrot/reference_orbit.hpp"

using namespace mandelbrot_tests;
using shoal::tasks::StopToken;

namespace {

constexpr double kNearest = 0x1p-30;  // pixels

MandelbrotParameters parameters_of(const View& view, std::int64_t max_iterations, bool approximation = true) {
  MandelbrotParameters parameters;
  parameters.width = view.x.n;
  parameters.height = view.y.n;
  parameters.max_iterations = max_iterations;
  parameters.deep.approximation = approximation;
  return parameters;
}

Picture deep_picture(const View& view, std::int64_t max_iterations, bool floats = false, bool approximation = true) {
  return picture_of(*make_deep_kernel(view, parameters_of(view, max_iterations, approximation)), view, floats);
}

void check_against_exact(const View& view, std::int64_t max_iterations, int samples) {
  const Picture picture = deep_picture(view, max_iterations, true);
  const Comparison comparison = compare(picture, view, max_iterations, samples);
  INFO("view width " << view.x.span_text);
  CHECK(comparison.compared == samples);
  CHECK(comparison.different == 0);
  CHECK(comparison.smooth_error < 1e-3);  // floats near 5000
  CHECK(comparison.distance_error < 1e-6);
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

}  // namespace

TEST_CASE("around a Misiurewicz point all sampled pixels are exact, at any depth", "[mandelbrot][deep]") {
  // c = i is on the boundary: 0, i, -1+i, -i, -1+i, ... Views around it look alike at all depths.
  for (const char* width : {"1e-10", "1e-13", "1e-30", "1e-100"}) check_against_exact(square_view("0", "1", width, 48), 4000, 60);
  for (const char* width : {"1e-300", "1e-400", "1e-1000"}) check_against_exact(square_view("0", "1", width, 48), 4000, 20);
}

TEST_CASE("minibrots and what surrounds them are exact", "[mandelbrot][deep]") {
  // Minibrots beside c = i at half the depth, whose own size is that of the view: the reference comes back to zero, all pixels
  // begin it again, and many are inside.
  struct Place {
    const char* radius;
    const char* width;
  };
  for (const Place& place : {Place{"1e-15", "1e-30"}, Place{"1e-50", "1e-100"}, Place{"1e-150", "1e-300"}, Place{"1e-200", "1e-400"}}) {
    const Minibrot minibrot = minibrot_near("0", "1", place.radius, 1536);
    REQUIRE(minibrot.period > 0);
    check_against_exact(square_view(minibrot.x, minibrot.y, place.width, 32), 4000, 24);
  }
}

TEST_CASE("pixels whose orbits come nearer to zero than the reference's keep their digits", "[mandelbrot][deep]") {
  // The reference is the tip of a minibrot's antenna: it never escapes, and differs from the orbits of the minibrot's inside by
  // nearly all of itself whenever those come back to zero. Without rebasing these would be noise.
  struct Place {
    const char* radius;
    long bits;
    std::int64_t max_iterations;
    int samples;
  };
  for (const Place& place : {Place{"1e-15", 320, 4000, 100}, Place{"1e-165", 1344, 9000, 16}}) {
    const Minibrot tip = tip_of(minibrot_near("0", "1", place.radius, place.bits), place.bits);
    const View view = square_view(tip.x, tip.y, tip.extent, 32);
    const Picture picture = deep_picture(view, place.max_iterations, true);
    CHECK(picture.counts.undecided > 20);
    CHECK(picture.counts.undecided < 900);
    const Comparison comparison = compare(picture, view, place.max_iterations, place.samples);
    CHECK(comparison.different == 0);
    CHECK(comparison.smooth_error < 1e-3);
  }
}

TEST_CASE("doubles, perturbation and MPFR agree where doubles reach", "[mandelbrot][deep]") {
  // Beside a Misiurewicz point of preperiod 23 and period 2, found by Newton's method from -0.7757 + 0.1365i, in the seahorses.
  const std::string x = "-0.7756837680090537974694835039347410457282465046158", y = "0.13646736829469012473327440961784876519777211159247";
  struct Count {
    const char* width;
    int direct;  // pixels of 256 that differ from MPFR in doubles
  };
  for (const Count& count : {Count{"1e-10", 4}, Count{"1e-11", 7}, Count{"1e-12", 21}, Count{"1e-13", 42}}) {
    const View view = square_view(x, y, count.width, 64);
    MandelbrotParameters parameters = parameters_of(view, 3000);
    const Comparison direct = compare(picture_of(*make_direct_kernel(view, parameters), view, false), view, 3000, 256);
    const Comparison deep = compare(deep_picture(view, 3000), view, 3000, 256);
    INFO("view width " << count.width << ": doubles differ in " << direct.different << ", perturbation in " << deep.different);
    CHECK(direct.different == count.direct);
    CHECK(deep.different == 0);
  }
}

TEST_CASE("bilinear approximation changes undecidable pixels only", "[mandelbrot][deep]") {
  const Minibrot minibrot = minibrot_near("0", "1", "1e-50", 512);
  for (const char* width : {"1e-70", "1e-85", "3e-100"}) {
    const View view = square_view(minibrot.x, minibrot.y, width, 64);
    const Picture with = deep_picture(view, 3000), without = deep_picture(view, 3000, false, false);
    int different = 0;
    for (std::size_t i = 0; i < with.iterations.size(); ++i) {
      if (with.iterations[i] == without.iterations[i]) continue;
      ++different;
      CHECK(exact_pixel(view, static_cast<std::int64_t>(i % 64), static_cast<std::int64_t>(i / 64), 3000).distance < kNearest);
    }
    CHECK(different <= 8);
  }
}

TEST_CASE("lanes give the bits of pixels one by one, on every instruction set", "[mandelbrot][deep]") {
  const Minibrot minibrot = minibrot_near("0", "1", "1e-40", 512);
  struct Place {
    const char *x, *y, *width;
  };
  for (const Place& place : {Place{minibrot.x.c_str(), minibrot.y.c_str(), "2e-80"}, Place{minibrot.x.c_str(), minibrot.y.c_str(), "1e-60"},
                             Place{"-0.75", "0.05", "3"}, Place{"0", "1", "1e-320"}}) {
    const View view = square_view(place.x, place.y, place.width, 51);
    for (const bool approximation : {true, false}) {
      const auto kernel = make_deep_kernel(view, parameters_of(view, 1500, approximation));
      const shoal::tasks::Bytes shared = kernel->shared_part();
      for (const bool floats : {false, true}) {
        Picture one_by_one;
        one_by_one.iterations.resize(view.n_pixels());
        if (floats) one_by_one.smooth.resize(view.n_pixels()), one_by_one.distance.resize(view.n_pixels());
        REQUIRE(kernel->compute_otherwise({0, view.n_pixels()}, {one_by_one.iterations, one_by_one.smooth, one_by_one.distance}, one_by_one.counts,
                                          shared, nullptr, StopToken()));
        on_each_simd_target([&] {
          const Picture lanes = picture_of(*kernel, view, floats);
          CHECK(lanes.iterations == one_by_one.iterations);
          CHECK(same_bits(lanes.smooth, one_by_one.smooth));
          CHECK(same_bits(lanes.distance, one_by_one.distance));
          CHECK(lanes.counts.undecided == one_by_one.counts.undecided);
        });
      }
    }
  }
}

TEST_CASE("how a view is cut into runs changes no pixel", "[mandelbrot][deep]") {
  const View view = square_view("0", "1", "1e-30", 50);
  const auto kernel = make_deep_kernel(view, parameters_of(view, 1000));
  const shoal::tasks::Bytes shared = kernel->shared_part();
  const Picture whole = picture_of(*kernel, view, false);
  std::vector<std::uint32_t> parts(view.n_pixels());
  PixelCounts counts;
  for (std::uint64_t first = 0; first < parts.size(); first += 37) {  // also in the middle of rows
    const std::uint64_t count = std::min<std::uint64_t>(37, parts.size() - first);
    REQUIRE(kernel->compute({first, count}, {std::span(parts).subspan(first, count), {}, {}}, counts, shared, nullptr, StopToken()));
  }
  CHECK(parts == whole.iterations);
}

TEST_CASE("a reference that escapes early serves all pixels", "[mandelbrot][deep]") {
  // The centre escapes after two iterations; half of the view is inside.
  const View view = square_view("-0.9", "0.9", "3", 32);
  const Picture picture = deep_picture(view, 500, true);
  const Comparison comparison = compare(picture, view, 500, 200);
  CHECK(comparison.different == 0);
  CHECK(picture.counts.undecided > 100);
}

TEST_CASE("views on both sides of the limit of doubles are exact", "[mandelbrot][deep]") {
  const View plain = square_view("0", "1", "1e-302", 32);
  CHECK(DeepView(plain, 4000, 0).is_plain());
  CHECK_FALSE(DeepView(square_view("0", "1", "1e-305", 32), 4000, 0).is_plain());
  check_against_exact(plain, 4000, 20);
  check_against_exact(square_view("0", "1", "1e-305", 32), 4000, 20);
}

TEST_CASE("the precision of the reference follows the stated rule", "[mandelbrot][deep]") {
  const View view = square_view("0", "1", "1e-100", 1024);  // pixels of 2^-342.2, so 64 + 343 + 10 bits
  CHECK(DeepView(view, 1000, 0).precision() == 448);
  CHECK(DeepView(view, 1000, 2000).precision() == 2000);
  CHECK(DeepView(square_view("0", "0", "3", 64), 1000, 0).precision() == 128);  // 64 + 5 + 10
}

TEST_CASE("reference orbits travel as bytes", "[mandelbrot][deep]") {
  const DeepView view(square_view("-2", "0", "1e-400", 16), 100, 0);
  const ReferenceOrbit orbit(view, 100);
  CHECK(orbit.last() == 100 + ReferenceOrbit::kTail);  // 0, -2, 2, 2, ... never leaves
  CHECK(orbit.escape() == orbit.last());
  CHECK(orbit[1].re == -2);
  CHECK(orbit[164].re == 2);
  const ReferenceOrbit copy{shoal::tasks::ByteView(orbit.bytes())};
  CHECK(copy.bytes() == orbit.bytes());
  CHECK(copy.scaled(0).exponent == kZeroExponent);

  const ReferenceOrbit leaving(DeepView(square_view("1", "0", "1e-20", 16), 100, 0), 100);  // 0, 1, 2, 5, 26, 677, 458330
  CHECK(leaving.escape() == 3);
  CHECK(leaving.last() == 6);
  CHECK(leaving[5].re == 677);
}

TEST_CASE("a deep zoom gives up when it is asked to", "[mandelbrot][deep]") {
  const View view = square_view("0", "1", "1e-30", 8);
  const auto kernel = make_deep_kernel(view, parameters_of(view, 1000));
  StopToken stop;
  stop.request();
  std::vector<std::uint32_t> iterations(64);
  PixelCounts counts;
  CHECK_FALSE(kernel->compute({0, 64}, {iterations, {}, {}}, counts, kernel->shared_part(), nullptr, stop));
}

TEST_CASE("scaled numbers compute as doubles do", "[mandelbrot][deep]") {
  std::uint64_t state = 1;
  const auto next = [&state] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (static_cast<double>(state >> 12) / 0x1p52 - 0.5) * power_of_two(static_cast<std::int64_t>(state >> 7) % 40 - 20);
  };
  for (int k = 0; k < 1000; ++k) {
    const double a = next(), b = next();
    const ScaledReal x(a, 0), y(b, 0);
    CHECK((x + y).value() == a + b);
    CHECK((x * y).value() == a * b);
    CHECK((x / y).value() == a / b);
    const PlainComplex p{a, b}, q{b, next()};
    const PlainComplex sum = (ScaledComplex(p) + ScaledComplex(q)).value(), product = (ScaledComplex(p) * ScaledComplex(q)).value();
    CHECK((sum.re == (p + q).re && sum.im == (p + q).im));
    CHECK((product.re == (p * q).re && product.im == (p * q).im));
  }
  const ScaledReal tiny(1.5, -5000);
  CHECK((tiny * tiny).exponent == -9999);
  CHECK((tiny * tiny).mantissa == 1.125);
  CHECK((ScaledReal(1, 0) + tiny).value() == 1);
  CHECK(tiny < ScaledReal(1.25, -4999));
  CHECK(tiny.value() == 0);
  CHECK(ScaledReal(0x1p-1074, 0).exponent == -1074);
}
