// SPDX-License-Identifier: Apache-2.0
// Does `auto` choose well? 100 random draws of Genz' families in 4, 6 and 8 dimensions, half of them rotated about the centre of
// the cube: evaluations that each method needs for the same true error, and what `auto` needs against the best of them.
//
// A method is run with budgets of 2^9, 2^9.5, ... 2^20; it has reached the error from the first budget on at which, and at the next
// one, the root mean square over the seeds is within it; a second ratio asks for four budgets on end. integrate_auto_draws.json holds the draws for integrate_auto_peers.py.
//
// Draws: u uniform in the cube, a uniform, scaled to the sums h of Novak and Ritter (Numer. Math. 75, 1996); rotations by Gram and
// Schmidt from normal numbers. Rotated integrals have no closed form: a mean of 32 scramblings of 2^18 Sobol points.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "shoal/math/functions.hpp"
#include "shoal/measure/clock.hpp"
#include "shoal/random/distributions.hpp"
#include "workloads/integrate/method.hpp"

using namespace shoal::workloads::integrate;
namespace math = shoal::math;

namespace {

constexpr double kPi = 3.141592653589793;
constexpr double kRelativeError = 1e-3;
constexpr int kSeeds = 5;
constexpr const char* kFamilies[] = {"oscillatory", "product peak", "corner peak", "gaussian", "continuous", "discontinuous"};
constexpr double kDifficulty[] = {9.0, 7.25, 1.85, 7.03, 20.4, 4.3};

struct Draw {
  int family = 0, d = 0;
  std::vector<double> a, u;
  std::vector<double> rotation;  // d x d, row-major; empty: none
};

class Drawn final : public Integrand {
 public:
  explicit Drawn(Draw draw) : draw_(std::move(draw)) {}
  int dimension() const override { return draw_.d; }

  // In pieces that stay in the first cache.
  void evaluate(std::span<const double* const> x, std::span<double> values) const override {
    const auto d = static_cast<std::size_t>(draw_.d);
    std::array<double, kPiece> rotated;
    for (std::size_t begin = 0; begin < values.size(); begin += kPiece) {
      const std::span<double> piece = values.subspan(begin, std::min(kPiece, values.size() - begin));
      std::fill(piece.begin(), piece.end(), draw_.family == 0 ? 2 * kPi * draw_.u[0] : draw_.family == 1 || draw_.family == 2 ? 1.0 : 0.0);
      for (std::size_t k = 0; k < d; ++k) {
        if (!draw_.rotation.empty()) rotate(x, begin, k, std::span(rotated).first(piece.size()));
        add_axis(k, draw_.rotation.empty() ? x[k] + begin : rotated.data(), piece);
      }
      finish(piece);
    }
  }

 private:
  static constexpr std::size_t kPiece = 512;

  // Coordinate k about the centre; the number of dimensions is even.
  void rotate(std::span<const double* const> x, std::size_t begin, std::size_t k, std::span<double> y) const {
    const double* const row = draw_.rotation.data() + k * x.size();
    double at = 0.5;
    for (std::size_t j = 0; j < x.size(); ++j) at -= 0.5 * row[j];
    std::fill(y.begin(), y.end(), at);
    for (std::size_t j = 0; j < x.size(); j += 2) {
      const double first = row[j], second = row[j + 1];
      const double *const a = x[j] + begin, *const b = x[j + 1] + begin;
      for (std::size_t i = 0; i < y.size(); ++i) y[i] += first * a[i] + second * b[i];
    }
  }

  template <class Term>
  static void add(const double* y, std::span<double> values, Term term) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = term(y[i], values[i]);
  }

  void add_axis(std::size_t k, const double* y, std::span<double> values) const {
    const double a = draw_.a[k], u = draw_.u[k], last = k < 2 ? u : HUGE_VAL;
    switch (draw_.family) {
      case 0: case 2: return add(y, values, [=](double at, double total) { return total + a * at; });
      case 1: return add(y, values, [=](double at, double total) { return total * (1 / (a * a) + (at - u) * (at - u)); });
      case 3: return add(y, values, [=](double at, double total) { return total - a * a * (at - u) * (at - u); });
      case 4: return add(y, values, [=](double at, double total) { return total - a * std::fabs(at - u); });
      default: return add(y, values, [=](double at, double total) { return at > last ? -HUGE_VAL : total + a * at; });
    }
  }

  void finish(std::span<double> values) const {
    if (draw_.family == 0) math::cos(values, values);
    else if (draw_.family >= 3) math::exp(values, values);
    else if (draw_.family == 1) for (double& value : values) value = 1 / value;
    else finish_corner(values);
  }

  void finish_corner(std::span<double> values) const {
    for (double& value : values) {
      const double base = std::fabs(value) + 1e-300;  // a rotation may leave the side where the sum is above 1
      double power = base;
      for (int k = 0; k < draw_.d; ++k) power *= base;
      value = 1 / power;
    }
  }

  Draw draw_;
};

std::vector<double> random_rotation(int d, const shoal::random::Stream& stream) {
  const auto n = static_cast<std::size_t>(d);
  std::vector<double> q(n * n);
  shoal::random::fill_normal(stream, 1, 0, std::span<double>(q));
  for (std::size_t i = 0; i < n; ++i) {
    double* row = q.data() + i * n;
    for (std::size_t j = 0; j < i; ++j) {
      double product = 0;
      for (std::size_t k = 0; k < n; ++k) product += row[k] * q[j * n + k];
      for (std::size_t k = 0; k < n; ++k) row[k] -= product * q[j * n + k];
    }
    double square = 0;
    for (std::size_t k = 0; k < n; ++k) square += row[k] * row[k];
    for (std::size_t k = 0; k < n; ++k) row[k] /= std::sqrt(square);
  }
  return q;
}

Draw draw_number(int number, std::uint64_t seed) {
  const shoal::random::Stream stream(seed, static_cast<std::uint64_t>(number));
  Draw draw;
  draw.family = number % 6;
  draw.d = 4 + 2 * (number / 6 % 3);
  draw.a.resize(static_cast<std::size_t>(draw.d));
  draw.u = draw.a;
  shoal::random::fill_uniform_positive(stream, 2, 0, std::span<double>(draw.a));
  shoal::random::fill_uniform(stream, 3, 0, std::span<double>(draw.u));
  double sum = 0;
  for (const double a : draw.a) sum += a;
  for (double& a : draw.a) a *= kDifficulty[draw.family] / sum;
  // The corner of the peak must stay outside of the cube.
  if (number / 18 % 2 == 1 && draw.family != 2) draw.rotation = random_rotation(draw.d, stream);
  return draw;
}

Estimate run(const char* method, const Problem& problem, std::int64_t samples, std::uint64_t seed, std::int64_t randomisations = 8) {
  Options options;
  options.randomisations = randomisations;
  const shoal::tasks::StopToken stop;
  const Method& chosen = all_methods()[static_cast<std::size_t>(find_method(method))].method();
  return *estimate(chosen, {problem, options, {samples, 0, 0, samples}, shoal::random::Stream(seed, 1)}, stop);
}

struct Cost {
  double evaluations = HUGE_VAL;  // to reach the error
  double lasting = HUGE_VAL;      // to reach it for four budgets on end: one run of genz_malik may come near by luck
  std::string note;
};

// Interpolated between budgets on the line of log(error) over log(evaluations).
Cost cost_of(const char* method, const Problem& problem, double reference, int first_budget, int last_budget) {
  Cost cost;
  const int seeds = std::string(method) == "genz_malik" ? 1 : kSeeds;
  double before = HUGE_VAL, evaluations_before = 0, reached = HUGE_VAL;
  int within = 0;
  for (int k = first_budget; k <= last_budget; ++k) {
    const auto budget = static_cast<std::int64_t>(std::exp2(k / 2.0));
    double squares = 0, evaluations = 0;
    for (int seed = 1; seed <= seeds; ++seed) {
      const Estimate e = run(method, problem, budget, static_cast<std::uint64_t>(seed));
      const double difference = std::isfinite(e.value) ? e.value / reference - 1 : 1;
      squares += difference * difference / seeds;
      evaluations += static_cast<double>(e.evaluations) / seeds;
      if (seed == 1 && std::isinf(cost.evaluations)) cost.note = e.note;
    }
    const double rms = std::sqrt(squares);
    within = rms <= kRelativeError ? within + 1 : 0;
    if (within == 1) {
      reached = evaluations;
      if (before < HUGE_VAL && before > rms)
        reached = evaluations_before * std::pow(evaluations / evaluations_before, std::log(before / kRelativeError) / std::log(before / rms));
    }
    const bool last = k == last_budget;
    if (std::isinf(cost.evaluations) && (within == 2 || (last && within > 0))) cost.evaluations = reached;
    if (within == 4 || (last && within > 0)) {
      cost.lasting = reached;
      return cost;
    }
    before = rms;
    evaluations_before = evaluations;
  }
  return cost;
}

std::string json_of(const Draw& draw, double reference, double auto_cost, double best) {
  return fmt::format("{{\"family\": {}, \"d\": {}, \"a\": [{:.17g}], \"u\": [{:.17g}], \"rotation\": [{:.17g}], \"reference\": {:.17g}, \"auto\": {}, \"best\": {}}}",
                     draw.family, draw.d, fmt::join(draw.a, ", "), fmt::join(draw.u, ", "), fmt::join(draw.rotation, ", "), reference,
                     std::isinf(auto_cost) ? -1 : auto_cost, std::isinf(best) ? -1 : best);
}

Problem problem_of(const Draw& draw) {
  Region region;
  region.lower.assign(static_cast<std::size_t>(draw.d), 0.0);
  region.upper.assign(static_cast<std::size_t>(draw.d), 1.0);
  return Problem(std::make_shared<Drawn>(draw), region, false);
}

void print_ratios(const char* name, std::vector<double> ratios) {
  if (ratios.empty()) return;
  std::sort(ratios.begin(), ratios.end());
  const auto above = std::count_if(ratios.begin(), ratios.end(), [](double ratio) { return ratio > 3; });
  fmt::print("{}: median {:.2f}, 90 % {:.2f}, largest {:.2f}, above 3: {} of {}\n", name, ratios[ratios.size() / 2], ratios[ratios.size() * 9 / 10],
             ratios.back(), above, ratios.size());
}

// For integrate_auto_rates.py: answers each line `NUMBER METHOD EVALUATIONS` by the evaluations made and their seconds of CPU time,
// and `NUMBER draw 0` by the draw.
void serve(std::uint64_t draw_seed) {
  int number = 0;
  std::int64_t evaluations = 0;
  std::string method;
  while (std::cin >> number >> method >> evaluations) {
    const Draw draw = draw_number(number, draw_seed);
    if (method == "draw") {
      fmt::print("{}\n", json_of(draw, 0, 0, 0));
    } else {
      const Problem problem = problem_of(draw);
      const double begin = shoal::measure::thread_cpu_seconds();
      const Estimate estimate = run(method.c_str(), problem, evaluations, 1);
      fmt::print("{} {:.9f}\n", estimate.evaluations, shoal::measure::thread_cpu_seconds() - begin);
    }
    std::fflush(stdout);
  }
}

}  // namespace

// integrate_auto [FIRST [END [SEED]]]: draws FIRST .. END - 1 of the 100. SEED 2026 judges; others are for developing.
// integrate_auto rates [SEED]: see serve.
int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "rates") {
    serve(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2026);
    return 0;
  }
  const int begin = argc > 1 ? std::atoi(argv[1]) : 0, end = argc > 2 ? std::atoi(argv[2]) : 100;
  const std::uint64_t draw_seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 2026;
  constexpr const char* kMethods[] = {"genz_malik", "quasi_monte_carlo", "vegas"};
  constexpr int kFirstBudget = 18, kLastBudget = 40;
  std::vector<double> ratios, lasting;
  std::string json;
  fmt::print("evaluations for a relative error of {}\n{:>4} {:13} d {:7} {:>10} {:>10} {:>10} {:>10} {:>7} {:>7}  note\n", kRelativeError, "draw", "family",
             "", "auto", "genz_malik", "quasi", "vegas", "ratio", "lasting");
  for (int number = begin; number < end; ++number) {
    const Draw draw = draw_number(number, draw_seed);
    const Problem problem = problem_of(draw);
    const double reference = run("quasi_monte_carlo", problem, std::int64_t{1} << 23, 99, 32).value;
    const Cost chosen = cost_of("auto", problem, reference, kFirstBudget, kLastBudget);
    Cost best;
    std::string costs;
    for (const char* method : kMethods) {
      const Cost cost = cost_of(method, problem, reference, kFirstBudget, kLastBudget);
      best.evaluations = std::min(best.evaluations, cost.evaluations);
      best.lasting = std::min(best.lasting, cost.lasting);
      costs += std::isinf(cost.evaluations) ? fmt::format(" {:>10}", "-") : fmt::format(" {:>10.0f}", cost.evaluations);
    }
    if (!std::isinf(best.evaluations)) ratios.push_back(chosen.evaluations / best.evaluations);
    if (!std::isinf(best.lasting)) lasting.push_back(chosen.lasting / best.lasting);
    fmt::print("{:>4} {:13} {} {:7} {:>10.0f}{} {:>7.2f} {:>7.2f}  {}\n", number, kFamilies[draw.family], draw.d, draw.rotation.empty() ? "" : "rotated",
               chosen.evaluations, costs, chosen.evaluations / best.evaluations, chosen.lasting / best.lasting, chosen.note);
    std::fflush(stdout);
    json += (json.empty() ? "" : ",\n") + json_of(draw, reference, chosen.evaluations, best.evaluations);
  }
  print_ratios("auto / best of our own methods", ratios);
  print_ratios("the same, within the error for four budgets on end", lasting);
  if (std::FILE* file = std::fopen("integrate_auto_draws.json", "w")) {
    fmt::print(file, "[\n{}\n]\n", json);
    std::fclose(file);
  }
}
