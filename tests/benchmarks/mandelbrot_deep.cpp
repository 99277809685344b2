// SPDX-License-Identifier: Apache-2.0
// Deep zooms on one core: perturbation with and without bilinear approximation against every pixel in MPFR, with the reference
// orbit's precision; interleaved, medians of 3. Views around the nucleus of inputs/mandelbrot_deep.toml, and around c = i.
//
//   benchmark_mandelbrot_deep [RESULT.json]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <complex>
#include <cstdio>
#include <string>
#include <vector>

#include "workloads/mandelbrot/big_float.hpp"
#include "workloads/mandelbrot/deep_kernel.hpp"
#include "workloads/mandelbrot/deep_view.hpp"

using namespace shoal::workloads::mandelbrot;

namespace {

constexpr int kRepetitions = 3;
constexpr std::int64_t kPixels = 96;       // a side
constexpr std::int64_t kExactPixels = 8;   // one in so many columns and rows for MPFR

const std::string kX = "-0.77568376800905379746948350393474104572824650461580039479495200140067046617328016512350888945219887018260889261617729051117536739024261810711";
const std::string kY = "0.13646736829469012473327440961784876519777211159246769640780019540191794223586359748311391321811180794836671303421963742156526433667059529399";

struct Case {
  std::string x, y, width;
  std::int64_t max_iterations;
  std::vector<double> exact = {}, plain = {}, skipping = {}, orbit = {};  // pixels/s; seconds
  double mean_iterations = 0;
};

View view_of(const Case& c) {
  View view;
  view.x.n = view.y.n = kPixels;
  view.x.center_text = c.x, view.y.center_text = c.y;
  view.x.span_text = view.y.span_text = c.width;
  return view;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// One pixel's iterations with all digits; four products of MPFR each.
std::int64_t exact_iterations(const DeepView& deep, std::int64_t column, std::int64_t row, std::int64_t max_iterations) {
  BigFloat cx = deep.center_x(), cy = deep.center_y(), x(deep.precision()), y(deep.precision()), xx(deep.precision()), yy(deep.precision());
  for (auto [sum, offset] : {std::pair(&cx, deep.offset_x(column)), std::pair(&cy, deep.offset_y(row))}) {
    mpfr_set_d(xx.get(), offset.mantissa, MPFR_RNDN);
    mpfr_mul_2si(xx.get(), xx.get(), static_cast<long>(offset.exponent), MPFR_RNDN);
    mpfr_add(sum->get(), sum->get(), xx.get(), MPFR_RNDN);
  }
  for (std::int64_t n = 1; n <= max_iterations; ++n) {
    mpfr_sqr(xx.get(), x.get(), MPFR_RNDN);
    mpfr_sqr(yy.get(), y.get(), MPFR_RNDN);
    mpfr_mul(y.get(), x.get(), y.get(), MPFR_RNDN);
    mpfr_mul_2ui(y.get(), y.get(), 1, MPFR_RNDN);
    mpfr_add(y.get(), y.get(), cy.get(), MPFR_RNDN);
    mpfr_sub(x.get(), xx.get(), yy.get(), MPFR_RNDN);
    mpfr_add(x.get(), x.get(), cx.get(), MPFR_RNDN);
    if (std::norm(std::complex<double>(x.to_double(), y.to_double())) > 4) return n;
  }
  return 0;
}

double exact_speed(const Case& c) {
  const DeepView deep(view_of(c), c.max_iterations, 0);
  const auto begin = std::chrono::steady_clock::now();
  std::int64_t n = 0, sum = 0;
  for (std::int64_t row = 0; row < kPixels; row += kPixels / kExactPixels)
    for (std::int64_t column = 0; column < kPixels; column += kPixels / kExactPixels) sum += exact_iterations(deep, column, row, c.max_iterations), ++n;
  return sum < 0 ? 0 : static_cast<double>(n) / seconds_since(begin);
}

double speed(Case& c, bool approximation) {
  MandelbrotParameters parameters;
  parameters.max_iterations = c.max_iterations;
  parameters.deep.approximation = approximation;
  const View view = view_of(c);
  const auto kernel = make_deep_kernel(view, parameters);
  auto begin = std::chrono::steady_clock::now();
  const shoal::tasks::Bytes orbit = kernel->shared_part();
  if (approximation) c.orbit.push_back(seconds_since(begin));
  std::vector<std::uint32_t> iterations(view.n_pixels());
  PixelCounts counts;
  const shoal::tasks::StopToken stop;
  begin = std::chrono::steady_clock::now();
  kernel->compute({0, view.n_pixels()}, {iterations, {}, {}}, counts, orbit, nullptr, stop);
  const double seconds = seconds_since(begin);
  double sum = 0;
  for (const std::uint32_t n : iterations) sum += n;
  c.mean_iterations = sum / static_cast<double>(iterations.size());
  return static_cast<double>(view.n_pixels()) / seconds;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Case> cases = {{kX, kY, "1e-66", 20000}, {kX, kY, "1e-100", 20000}, {kX, kY, "1.2e-123", 40000}, {"0", "1", "1e-300", 4000}, {"0", "1", "1e-1000", 4000}};
  for (int repetition = 0; repetition < kRepetitions; ++repetition)
    for (Case& c : cases) {
      c.exact.push_back(exact_speed(c));
      c.plain.push_back(speed(c, false));
      c.skipping.push_back(speed(c, true));
    }
  fmt::print("{:10} {:>12} {:>10} {:>12} {:>14} {:>16} {:>16} {:>10}\n", "width", "iterations", "orbit s", "MPFR px/s", "perturbed", "approximated", "approx./perturbed", "/ MPFR");
  std::string json;
  for (const Case& c : cases) {
    const double exact = median(c.exact), plain = median(c.plain), skipping = median(c.skipping);
    fmt::print("{:10} {:>12.0f} {:>10.3f} {:>12.1f} {:>14.0f} {:>16.0f} {:>16.1f} {:>10.0f}\n", c.width, c.mean_iterations, median(c.orbit), exact, plain, skipping,
               skipping / plain, skipping / exact);
    json += fmt::format("{}\n  {{\"width\": \"{}\", \"mean_iterations\": {:.6g}, \"mpfr_pixels_per_second\": {:.5g}, \"perturbed_pixels_per_second\": {:.5g}, "
                        "\"approximated_pixels_per_second\": {:.5g}}}", json.empty() ? "[" : ",", c.width, c.mean_iterations, exact, plain, skipping);
  }
  if (argc > 1) {
    if (std::FILE* file = std::fopen(argv[1], "w")) {
      fmt::print(file, "{}\n]\n", json);
      std::fclose(file);
    }
  }
}
