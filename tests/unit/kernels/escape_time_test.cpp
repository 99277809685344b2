// SPDX-License-Identifier: Apache-2.0
#include "shoal/kernels/escape_time.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "each_simd_target.hpp"

using namespace shoal::kernels;

namespace {

constexpr EscapeArithmetic kArithmetics[] = {EscapeArithmetic::strict, EscapeArithmetic::fast};

bool never() { return false; }

struct Answers {
  std::vector<std::uint32_t> iterations;
  std::vector<double> z_real, z_imag;
  std::uint64_t undecided = 0;
};

// A whole grid of any size, in blocks of rows.
Answers compute(const EscapeProblem& problem, const std::vector<double>& x, const std::vector<double>& y, bool with_z = false) {
  Answers all;
  all.iterations.assign(x.size() * y.size(), 12345);
  if (with_z) all.z_real = all.z_imag = std::vector<double>(all.iterations.size(), 9.0);
  EscapeScratch scratch;
  const std::size_t rows = kEscapePoints / x.size();
  for (std::size_t j = 0; j < y.size(); j += rows) {
    const std::size_t n = std::min(rows, y.size() - j), first = j * x.size(), count = n * x.size();
    EscapeAnswers part{std::span(all.iterations).subspan(first, count), {}, {}};
    if (with_z) part.z_real = std::span(all.z_real).subspan(first, count), part.z_imag = std::span(all.z_imag).subspan(first, count);
    std::uint64_t undecided = 0;
    REQUIRE(escape_times(problem, {x, std::span(y).subspan(j, n)}, part, scratch, never, undecided));
    all.undecided += undecided;
  }
  return all;
}

// The grid of the table of known answers: [-2.25, 0.75] x [-1.5, 1.5], points at the centres of n x n pixels.
struct Grid {
  std::vector<double> x, y;
  explicit Grid(int n) {
    for (int i = 0; i < n; ++i) {
      x.push_back(-2.25 + 3.0 * (2 * i + 1) / (2 * n));
      y.push_back(-1.5 + 3.0 * (2 * i + 1) / (2 * n));
    }
  }
};

struct Sums {
  std::uint64_t inside = 0, sum = 0, hash = 1469598103934665603;  // FNV-1a over the bytes, lowest first, from this basis (not the usual one)
  explicit Sums(const std::vector<std::uint32_t>& iterations) {
    for (const std::uint32_t n : iterations) {
      inside += n == 0;
      sum += n;
      for (int byte = 0; byte < 4; ++byte) hash = (hash ^ (n >> (8 * byte) & 0xff)) * 0x100000001b3;
    }
  }
};

std::uint64_t scatter(std::uint64_t& state) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state ^ state >> 31;
}

double uniform(std::uint64_t& state) { return static_cast<double>(scatter(state) >> 11) * 0x1p-53; }

}  // namespace

TEST_CASE("the strict grids of the literature have their counts, sums and hashes, with and without every shortcut", "[unit]") {
  struct Known {
    int n;
    std::uint32_t limit;
    std::uint64_t inside, sum, hash;
  };
  const Known known[] = {{64, 50, 724, 13512, 0x7cceffe3c7448f43},       {64, 1000, 680, 21622, 0x6a75c9fdfada8213},
                         {256, 50, 11556, 221620, 0xa2a8328848fb50c3},   {256, 1000, 10986, 301030, 0x36e88c75a793925f},
                         {1024, 50, 184948, 3532724, 0x5cfd5ecbfcd87023}, {1024, 1000, 175994, 4899416, 0x580c8b91029affbf}};
  on_each_simd_target([&] {
    for (const Known& k : known) {
      const Grid grid(k.n);
      for (const bool interior_tests : {false, true}) {
        for (const bool periods : {false, true}) {
          const Sums sums(compute({EscapeArithmetic::strict, k.limit, interior_tests, periods}, grid.x, grid.y).iterations);
          INFO(k.n << " " << k.limit << " " << interior_tests << " " << periods);
          CHECK(sums.inside == k.inside);
          CHECK(sums.sum == k.sum);
          CHECK(sums.hash == k.hash);
        }
      }
    }
  });
}

TEST_CASE("as many pixels escape at n = 1 to 8 as the literature counts", "[unit]") {
  const std::vector<std::pair<int, std::vector<std::uint64_t>>> known = {{64, {624, 732, 850, 404, 208, 130, 86, 60}},
                                                                         {256, {9994, 11796, 13544, 6312, 3498, 2026, 1410, 954}},
                                                                         {1024, {160024, 188624, 216836, 100986, 56110, 32248, 22528, 15092}}};
  for (const auto& [n, counts] : known) {
    const Grid grid(n);
    for (const EscapeArithmetic arithmetic : kArithmetics) {
      const auto iterations = compute({arithmetic, 50}, grid.x, grid.y).iterations;
      for (std::uint32_t k = 1; k <= 8; ++k)
        CHECK(static_cast<std::uint64_t>(std::count(iterations.begin(), iterations.end(), k)) == counts[k - 1]);
    }
  }
}

TEST_CASE("fast differs from strict in a few late pixels", "[unit]") {
  struct Known {
    int n;
    std::uint32_t limit;
    std::uint64_t inside, sum, differing;
  };
  const Known known[] = {{64, 50, 724, 13512, 0}, {64, 1000, 680, 21506, 2}, {256, 50, 11556, 221620, 0}, {256, 1000, 10986, 301030, 0},
                         {1024, 50, 184948, 3532724, 0}, {1024, 1000, 175994, 4898958, 60}};
  on_each_simd_target([&] {
    for (const Known& k : known) {
      const Grid grid(k.n);
      const auto fast = compute({EscapeArithmetic::fast, k.limit, true}, grid.x, grid.y).iterations;
      const auto strict = compute({EscapeArithmetic::strict, k.limit, true}, grid.x, grid.y).iterations;
      std::uint64_t differing = 0;
      for (std::size_t i = 0; i < fast.size(); ++i) differing += fast[i] != strict[i];
      const Sums sums(fast);
      INFO(k.n << " " << k.limit);
      CHECK(sums.inside == k.inside);
      CHECK(sums.sum == k.sum);
      CHECK(differing == k.differing);
    }
  });
}

// What a compiler may make of the strict order where it may contract: x x - y2 and 2 x y + ci fused, nothing else. The table of
// known answers has its counts; they show how far rounding reaches.
TEST_CASE("the strict order contracted by a compiler differs as the literature says", "[unit]") {
  const auto contracted = [](double cr, double ci, std::uint32_t limit) {
    double x = 0, y = 0;
    for (std::uint32_t n = 1; n <= limit; ++n) {
      const double next = std::fma(x, x, -(y * y)) + cr;
      y = std::fma(x + x, y, ci);
      x = next;
      if (x * x + y * y > 4) return n;
    }
    return 0U;
  };
  struct Known {
    int n;
    std::uint64_t inside, sum, differing;
  };
  for (const Known& k : {Known{64, 680, 21564, 2}, Known{256, 10986, 301030, 0}, Known{1024, 175990, 4902576, 56}}) {
    const Grid grid(k.n);
    const auto strict = compute({EscapeArithmetic::strict, 1000, true}, grid.x, grid.y).iterations;
    std::vector<std::uint32_t> found;
    std::uint64_t differing = 0;
    for (const double y : grid.y) {
      for (const double x : grid.x) {
        found.push_back(in_cardioid_or_disc(x, y) ? 0 : contracted(x, y, 1000));
        differing += found.back() != strict[found.size() - 1];
      }
    }
    const Sums sums(found);
    CHECK(sums.inside == k.inside);
    CHECK(sums.sum == k.sum);
    CHECK(differing == k.differing);
  }
}

// Grids of any shape anywhere: whole views, their boundary, far outside, deep inside, on the axes, near |c| = 2.
TEST_CASE("the fast kernel gives the bits of the reference, z included, on every target", "[unit]") {
  std::uint64_t state = 20260101;
  on_each_simd_target([&] {
    for (int round = 0; round < 120; ++round) {
      const EscapeProblem problem{kArithmetics[round % 2], static_cast<std::uint32_t>(1 + scatter(state) % (round % 5 == 0 ? 3000 : 300)), round % 3 == 0,
                                  round % 4 < 2};
      const double width = std::pow(10.0, -8 * uniform(state)) * 4;
      const double angle = 6.283185307179586 * uniform(state);
      // Half of the centres lie near the boundary of the cardioid, or at -2.
      double cx = 5 * uniform(state) - 2.5, cy = 3 * uniform(state) - 1.5;
      if (round % 2 == 0) cx = 0.5 * std::cos(angle) - 0.25 * std::cos(2 * angle), cy = 0.5 * std::sin(angle) - 0.25 * std::sin(2 * angle);
      if (round % 12 == 7) cx = -2, cy = 0;
      if (round % 12 == 9) cx = 2 * std::cos(angle), cy = 2 * std::sin(angle);
      std::vector<double> x(1 + scatter(state) % 70), y(1 + scatter(state) % 20);
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = cx + width * (static_cast<double>(i) / static_cast<double>(x.size()) - 0.5);
      for (std::size_t j = 0; j < y.size(); ++j) y[j] = cy + width * (static_cast<double>(j) / static_cast<double>(y.size()) - 0.5);
      const bool with_z = round % 3 != 1;
      const Answers found = compute(problem, x, y, with_z);
      std::size_t wrong = 0;
      for (std::size_t k = 0; k < found.iterations.size(); ++k) {
        const double cr = x[k % x.size()], ci = y[k / x.size()];
        EscapePoint expected;
        if (!problem.interior_tests || !in_cardioid_or_disc(cr, ci)) expected = escape_time(problem.arithmetic, cr, ci, problem.max_iterations);
        wrong += expected.iterations != found.iterations[k];
        if (with_z && expected.iterations != 0) wrong += expected.z_real != found.z_real[k] || expected.z_imag != found.z_imag[k];
        if (with_z && expected.iterations == 0) wrong += found.z_real[k] != 9.0 || found.z_imag[k] != 9.0;
      }
      INFO("round " << round << ", " << x.size() << " x " << y.size() << " around " << cx << " " << cy << ", width " << width);
      CHECK(wrong == 0);
    }
  });
}

TEST_CASE("grids of every width around the number of lanes are computed in full", "[unit]") {
  on_each_simd_target([&] {
    for (std::size_t n = 1; n <= 70; ++n) {
      std::vector<double> x(n), y = {0.1, 0.65};
      for (std::size_t i = 0; i < n; ++i) x[i] = -2.2 + 2.8 * static_cast<double>(i) / static_cast<double>(n);
      const Answers found = compute({EscapeArithmetic::strict, 300}, x, y);
      for (std::size_t k = 0; k < 2 * n; ++k)
        REQUIRE(found.iterations[k] == escape_time(EscapeArithmetic::strict, x[k % n], y[k / n], 300).iterations);
    }
  });
}

TEST_CASE("pi is in the set", "[unit]") {
  const std::uint32_t needle[] = {3, 33, 315, 3143, 31417, 314160, 3141593, 31415927};
  const std::uint32_t cusp[] = {2, 8, 30, 97, 312, 991, 3140, 9933, 31414, 99344, 314157, 993457};
  std::vector<double> eps;
  for (const double e : {1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11}) eps.push_back(e);
  for (const bool periods : {false, true}) {
    // c = -3/4 + i eps: eps n tends to pi. (Boll 1991, proved by Klebanoff, Fractals 9, 393-402, 2001.)
    const std::vector<double> imag(eps.begin(), eps.begin() + 7);
    const auto up = compute({EscapeArithmetic::strict, 4000000, false, periods}, {-0.75}, imag).iterations;
    for (std::size_t k = 0; k < up.size(); ++k) CHECK(up[k] == needle[k]);
    // c = 1/4 + eps: sqrt(eps) n tends to pi.
    std::vector<double> real;
    for (const double e : eps) real.push_back(0.25 + e);
    const auto right = compute({EscapeArithmetic::strict, 2000000, false, periods}, real, {0.0}).iterations;
    for (std::size_t k = 0; k < right.size(); ++k) CHECK(right[k] == cusp[k]);
  }
  CHECK(escape_time(EscapeArithmetic::strict, -0.75, 1e-7, 40000000).iterations == needle[7]);
}

TEST_CASE("beyond 1e-11 rounding spoils the digits of pi at the cusp, as it does elsewhere", "[unit]") {
  CHECK(escape_time(EscapeArithmetic::strict, 0.25 + 1e-12, 0, 100000000).iterations == 3141625);
  CHECK(escape_time(EscapeArithmetic::strict, 0.25 + 1e-13, 0, 100000000).iterations == 9935818);
  CHECK(escape_time(EscapeArithmetic::strict, 0.25 + 1e-14, 0, 100000000).iterations == 31430913);
}

TEST_CASE("points whose orbit is known never escape, and their period is found", "[unit]") {
  for (const EscapeArithmetic arithmetic : kArithmetics) {
    for (const auto& [x, y] : std::vector<std::pair<double, double>>{{0, 0}, {-1, 0}, {-2, 0}, {0, 1}, {0, -1}, {0.25, 0}}) {
      INFO(x << " " << y);
      CHECK(escape_time(arithmetic, x, y, 100000).iterations == 0);
      const Answers plain = compute({arithmetic, 100000}, {x}, {y}), with_periods = compute({arithmetic, 100000, false, true}, {x}, {y});
      CHECK(plain.iterations[0] == 0);
      CHECK(with_periods.iterations[0] == 0);
    }
    // -2 -> 2 -> 2 -> ..., i -> -1 + i -> -i -> -1 + i ..., exactly; |z|^2 = 4 is not an escape.
    const EscapePoint tip = escape_time(arithmetic, -2, 0, 1000), i = escape_time(arithmetic, 0, 1, 1000);
    CHECK((tip.z_real == 2 && tip.z_imag == 0));
    CHECK((i.z_real == -1 && i.z_imag == 1));
    CHECK(compute({arithmetic, 100000, false, true}, {-1.0, 0.0, 0.1}, {0.0}).undecided == 0);
    CHECK(compute({arithmetic, 100000, false, false}, {-1.0, 0.0, 0.1}, {0.0}).undecided == 3);
    CHECK(compute({arithmetic, 100000, true, false}, {0.25, -1.0}, {0.0}).undecided == 0);
  }
}

TEST_CASE("periods are found at the same points on every target", "[unit]") {
  const Grid grid(256);
  std::vector<std::uint64_t> undecided;
  on_each_simd_target([&] { undecided.push_back(compute({EscapeArithmetic::strict, 4096, true, true}, grid.x, grid.y).undecided); });
  for (const std::uint64_t n : undecided) CHECK(n == undecided[0]);
  CHECK(undecided[0] < 400);
}

TEST_CASE("a call that is told to stop gives up", "[unit]") {
  std::vector<std::uint32_t> iterations(1);
  const double x[] = {-0.1}, y[] = {0.1};
  EscapeScratch scratch;
  std::uint64_t undecided = 0;
  int calls = 0;
  CHECK_FALSE(escape_times({EscapeArithmetic::fast, 1000000}, {x, y}, {iterations, {}, {}}, scratch, [&calls] { return ++calls == 3; }, undecided));
  CHECK(calls == 3);
}

TEST_CASE("one point that takes minutes can be stopped, whichever way it is computed", "[unit]") {
  constexpr std::uint32_t kMinutes = 4000000000;
  const double x[] = {-2 + 0x1p-45}, y[] = {0};  // inside, near |c| = 2, where each iteration is checked
  int calls = 0;
  const auto third = [&calls] { return ++calls == 3; };
  std::vector<std::uint32_t> iterations(1);
  EscapeScratch scratch;
  std::uint64_t undecided = 0;
  on_each_simd_target([&] {
    calls = 0;
    CHECK_FALSE(escape_times({EscapeArithmetic::strict, kMinutes}, {x, y}, {iterations, {}, {}}, scratch, third, undecided));
    CHECK(calls == 3);
    std::vector<double> z(4);
    const std::uint32_t n[] = {kMinutes};
    calls = 0;
    const auto one = [&z](std::size_t k) { return std::span(z).subspan(k, 1); };
    CHECK_FALSE(escape_derivatives(EscapeArithmetic::fast, {x, y, n, one(0), one(1), one(2), one(3)}, third));
    CHECK(calls == 3);
  });
  EscapePoint point;
  calls = 0;
  CHECK_FALSE(escape_time(EscapeArithmetic::strict, x[0], y[0], kMinutes, third, point));
  CHECK(calls == 3);
  CHECK(escape_time(EscapeArithmetic::strict, -2, 0.5, kMinutes, third, point));
  CHECK(point.iterations == 1);
}

TEST_CASE("points near |c| = 2 that stay are undecided without a period, and decided with one", "[unit]") {
  on_each_simd_target([&] {
    for (const EscapeArithmetic arithmetic : kArithmetics) {
      for (const std::uint32_t limit : {5U, 5000U}) {
        const std::vector<double> x = {-2, -2 + 0x1p-45, -1.5, -2 - 0x1p-50};  // 2, 2, ...; chaos; neither; escapes
        const Answers plain = compute({arithmetic, limit}, x, {0.0}), periods = compute({arithmetic, limit, false, true}, x, {0.0});
        CHECK(plain.iterations == periods.iterations);
        CHECK((plain.iterations[0] == 0 && plain.iterations[1] == 0 && plain.iterations[2] == 0));
        CHECK(plain.undecided == 3);
        CHECK(periods.undecided == 2 + (limit == 5));
      }
    }
  });
}

TEST_CASE("pairs of coordinates give what their grid gives, in any order and number", "[unit]") {
  const Grid grid(48);
  on_each_simd_target([&] {
    for (const EscapeProblem& problem : {EscapeProblem{EscapeArithmetic::strict, 300, true, true}, EscapeProblem{EscapeArithmetic::fast, 300}}) {
      const Answers whole = compute(problem, grid.x, grid.y, true);
      std::vector<std::size_t> order(whole.iterations.size());
      for (std::size_t k = 0; k < order.size(); ++k) order[k] = k * 1103 % order.size();
      for (const std::size_t n : {std::size_t{1}, std::size_t{7}, std::size_t{33}, order.size()}) {
        std::vector<double> x(n), y(n), z_real(n), z_imag(n);
        for (std::size_t k = 0; k < n; ++k) x[k] = grid.x[order[k] % 48], y[k] = grid.y[order[k] / 48];
        std::vector<std::uint32_t> iterations(n);
        EscapeScratch scratch;
        std::uint64_t undecided = 0;
        REQUIRE(escape_times(problem, {x, y, true}, {iterations, z_real, z_imag}, scratch, never, undecided));
        std::size_t wrong = 0;
        for (std::size_t k = 0; k < n; ++k) {
          wrong += iterations[k] != whole.iterations[order[k]];
          if (iterations[k] != 0) wrong += z_real[k] != whole.z_real[order[k]] || z_imag[k] != whole.z_imag[order[k]];
        }
        CHECK(wrong == 0);
        if (n == order.size()) CHECK(undecided == whole.undecided);
      }
    }
  });
}

TEST_CASE("derivatives have the bits of the reference, on every target", "[unit]") {
  std::uint64_t state = 5;
  on_each_simd_target([&] {
    for (const EscapeArithmetic arithmetic : kArithmetics) {
      for (const std::size_t n : {1U, 7U, 8U, 9U, 40U}) {
        std::vector<double> cr(n), ci(n), fast[4], reference[4];
        std::vector<std::uint32_t> steps(n);
        for (std::size_t k = 0; k < n; ++k) {
          cr[k] = 3 * uniform(state) - 2;
          ci[k] = 2 * uniform(state) - 1;
          steps[k] = escape_time(arithmetic, cr[k], ci[k], 60).iterations;
        }
        for (int a = 0; a < 4; ++a) fast[a] = reference[a] = std::vector<double>(n);
        CHECK(escape_derivatives(arithmetic, {cr, ci, steps, fast[0], fast[1], fast[2], fast[3]}, never));
        escape_derivatives_reference(arithmetic, {cr, ci, steps, reference[0], reference[1], reference[2], reference[3]});
        for (int a = 0; a < 4; ++a) CHECK(fast[a] == reference[a]);
      }
    }
  });
}
