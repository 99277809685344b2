// SPDX-License-Identifier: Apache-2.0
// The tables of bad observations against the sum over all kernels.
#include <cmath>

#include "catch.hpp"
#include "parse.hpp"
#include "search/tpe/bad_density.hpp"
#include "shoal/random/distributions.hpp"

using namespace shoal;
using namespace shoal::search;
using namespace shoal::search::tpe;

namespace {

// Values of a parameter over time: from the prior, or crowded around one place as those of a search are.
std::vector<double> history(const Distribution& prior, int n, bool crowded, std::uint64_t seed) {
  const random::Stream stream(seed, 1);
  std::vector<double> values;
  const double favourite = prior.sample(stream, 1000000, 0);
  for (int i = 0; i < n; ++i) {
    const auto task = static_cast<std::uint64_t>(i);
    const double value = prior.sample(stream, task, 0);
    const double weight = crowded ? 0.9 * random::uniform(stream, task, 1) : 0;
    const double mixed = prior.logarithmic && prior.step == 0 ? std::exp((1 - weight) * std::log(value) + weight * std::log(favourite))
                                                               : (1 - weight) * value + weight * favourite;
    values.push_back(prior.nearest(mixed));
  }
  return values;
}

// The largest difference of log g between tables and exact sums.
double largest_error(const std::string& expression, int n, bool crowded, const ParzenRule& rule, int n_pending = 16) {
  const Space space = space_of("x = " + expression);
  const Distribution& prior = space.parameters()[0].prior;
  GroupModel group(space, {0}, rule);
  std::vector<Sample> all;
  const Forgetting forgetting(n + n_pending);
  const std::vector<double> values = history(prior, n + n_pending, crowded, 7);
  for (int i = 0; i < n; ++i) {
    const std::vector<double> x = group.values(std::vector<double>{values[static_cast<std::size_t>(i)]});
    group.add_bad({x, group.count(), 1});
    group.settle();
    all.push_back({x[0], i, forgetting(i)});
  }
  std::vector<GroupSample> separate = group.recent();
  for (GroupSample& sample : separate) sample.weight = forgetting(sample.order);
  for (int i = n; i < n + n_pending; ++i) {
    const std::vector<double> x = group.values(std::vector<double>{values[static_cast<std::size_t>(i)]});
    separate.push_back({x, i, 0.5});
    all.push_back({x[0], i, 0.5});
  }
  REQUIRE(group.n_old() == n - 25);
  const GroupModel::Member& member = group.members()[0];
  const BadDensity tables(member, rule, views_of(separate), 0, forgetting);
  Kernels exact(*member.latent, rule.truncate_each);
  ParzenFit()(*member.latent, rule, all, exact);
  double largest = 0;
  const random::Stream stream(3, 3);
  for (std::uint64_t i = 0; i < 300; ++i) {
    const double value = i % 2 ? prior.sample(stream, i, 0) : values[i % values.size()];
    const double x = member.latent->of(value);
    double log_g = 0, sum = 0;
    if (member.latent->stepped()) {
      const auto [low, high] = member.latent->cell(value);
      tables.logs_of_cells(std::span(&low, 1), std::span(&high, 1), std::span(&log_g, 1));
      exact.masses(std::span(&low, 1), std::span(&high, 1), std::span(&sum, 1));
    } else {
      tables.logs_at(std::span(&x, 1), std::span(&log_g, 1));
      exact.densities(std::span(&x, 1), std::span(&sum, 1));
    }
    largest = std::max(largest, std::fabs(log_g - std::log(sum / exact.total())));
  }
  return largest;
}

}  // namespace

TEST_CASE("Tables of bad observations agree with sums over all kernels", "[search]") {
  const bool crowded = GENERATE(false, true);
  const bool each = GENERATE(false, true);
  const int n = GENERATE(200, 2000);
  ParzenRule rule;
  rule.truncate_each = each;
  rule.prior_in_gaps = !each;
  for (const char* expression :
       {"{ uniform = [-5, 3] }", "{ loguniform = [1e-4, 1e-1] }", "{ normal = [4, 7] }", "{ lognormal = [-2, 2] }",
        "{ quniform = [0, 10, 3] }", "{ quniform = [0, 10, 0.01] }", "{ qloguniform = [1, 1000, 2] }", "{ qnormal = [0, 10, 2] }",
        "{ qlognormal = [0, 2, 1] }", "{ uniformint = [0, 100000] }", "{ randint = 7 }"}) {
    INFO(expression << ", " << n << (crowded ? ", crowded" : "") << (each ? ", kernels cut one by one" : ""));
    CHECK(largest_error(expression, n, crowded, rule) < 1e-3);
  }
}

TEST_CASE("Tables agree with sums for normal distributions in their own coordinate", "[search]") {
  ParzenRule rule;
  rule.shares = false;
  CHECK(largest_error("{ normal = [4, 7] }", 2000, false, rule) < 1e-3);
  CHECK(largest_error("{ lognormal = [0, 2] }", 2000, true, rule) < 1e-3);
  CHECK(largest_error("{ qnormal = [0, 10, 2] }", 2000, false, rule) < 1e-3);
}

TEST_CASE("Gaps of equal and outermost points are those of sorted points", "[search]") {
  // Duplicates at the ends of gaps, and new outermost points, in an order that makes narrow points wide again.
  const Space space = space_of("x = { uniform = [0, 1] }");
  const Latent latent(space.parameters()[0].prior, true);
  const ParzenRule rule;
  Background background(latent, rule);
  std::vector<double> xs = {0.5, 0.5, 0.505, 0.2, 0.2, 0.9, 0.05, 0.05, 0.051, 1.0, 0.0, 0.502, 0.199};
  std::vector<Sample> all;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    background.insert(xs[i], static_cast<std::int64_t>(i));
    all.push_back({xs[i], static_cast<std::int64_t>(i), 1});
    std::vector<Sample> sorted = all;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Sample& a, const Sample& b) { return a.x < b.x; });
    std::vector<std::int64_t> wide;
    for (std::size_t k = 0; k < sorted.size(); ++k) {
      const bool left = k > 0 && sorted[k].x - sorted[k - 1].x > 0.01;
      const bool right = k + 1 < sorted.size() && sorted[k + 1].x - sorted[k].x > 0.01;
      if (left || right) wide.push_back(sorted[k].order);
    }
    std::vector<Background::Point> found;
    background.wide_points(found);
    std::vector<std::int64_t> orders;
    for (const Background::Point& point : found) orders.push_back(point.order);
    CHECK(orders == wide);
    // What is left is in the tables, each once.
    double mass = 0;
    for (const Sample& sample : sorted) {
      if (std::find(wide.begin(), wide.end(), sample.order) == wide.end())
        mass += 0.5 * (std::erf((1 - sample.x) / 0.01 / std::sqrt(2)) + std::erf(sample.x / 0.01 / std::sqrt(2)));
    }
    CHECK(background.total(1, 0) == Approx(mass).margin(1e-12));
  }
}
