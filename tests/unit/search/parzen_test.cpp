// SPDX-License-Identifier: Apache-2.0
// Densities of the estimators against histograms of what is drawn from them.
#include <cmath>
#include <map>

#include "catch.hpp"
#include "parse.hpp"
#include "search/normal_quantile.hpp"
#include "search/tpe/product_mixture.hpp"
#include "shoal/search/algorithm.hpp"

using namespace shoal;
using namespace shoal::search;
using namespace shoal::search::tpe;

namespace {

constexpr int kDraws = 40000;

// Good trials of one parameter: six draws from the prior.
std::vector<GroupSample> good_samples(const GroupModel& group, const Space& space) {
  const random::Stream stream(11, 1);
  std::vector<GroupSample> samples;
  for (std::uint64_t i = 0; i < 6; ++i) {
    std::vector<double> point;
    for (std::size_t p = 0; p < space.parameters().size(); ++p) point.push_back(space.parameters()[p].prior.sample(stream, i, p));
    samples.push_back({group.values(point), static_cast<std::int64_t>(i), 1});
  }
  return samples;
}

// Pearson's chi-square per degree of freedom, of counts in cells of about equal expected size.
double chi_square(const std::vector<double>& counts, const std::vector<double>& expected) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double e = std::max(expected[i], 5.0);
    sum += (counts[i] - expected[i]) * (counts[i] - expected[i]) / e;
  }
  return sum / static_cast<double>(counts.size() - 1);
}

const char* const kExpressions[] = {"{ uniform = [-5, 3] }",        "{ loguniform = [1e-4, 1e-1] }", "{ normal = [4, 7] }",
                                    "{ lognormal = [-2, 2] }",      "{ quniform = [0, 10, 3] }",    "{ qloguniform = [1, 20, 2] }",
                                    "{ qnormal = [0, 10, 2] }",     "{ qlognormal = [0, 2, 1] }",   "{ uniformint = [1, 6] }",
                                    "{ randint = [12, 25] }"};

}  // namespace

TEST_CASE("The density of an estimator is that of what it draws, for every distribution", "[search]") {
  ParzenRule rule;
  rule.truncate_each = GENERATE(false, true);
  rule.shares = GENERATE(false, true);
  for (const char* expression : kExpressions) {
    INFO(expression << " cut " << (rule.truncate_each ? "one by one" : "as a whole") << (rule.shares ? ", shares" : ""));
    const Space space = space_of(std::string("x = ") + expression);
    const GroupModel group(space, {0}, rule);
    const Latent& latent = *group.members()[0].latent;
    std::vector<Sample> samples;
    for (const GroupSample& s : good_samples(group, space)) samples.push_back({s.values[0], s.order, 1});
    Kernels kernels(latent, rule.truncate_each);
    ParzenFit()(latent, rule, samples, kernels);
    Draws draws(random::Stream(2, 2), 5);
    std::map<double, double> counts;
    std::vector<double> coordinates;
    for (int i = 0; i < kDraws; ++i) {
      const std::size_t k = kernels.pick(draws());
      coordinates.push_back(kernels.draw(k, draws()));
      counts[latent.value(coordinates.back())] += 1;
    }
    std::vector<double> found, expected;
    if (latent.stepped()) {
      for (const auto& [value, count] : counts) {
        const auto [low, high] = latent.cell(value);
        found.push_back(count);
        expected.push_back(kDraws * kernels.mass(low, high) / kernels.total());
      }
    } else {
      // The integral of the density over cells, and the masses beside it.
      const double low = latent.bounded() ? latent.low() : latent.centre() - 6 * latent.width();
      const double high = latent.bounded() ? latent.high() : latent.centre() + 6 * latent.width();
      constexpr int kCells = 40, kPoints = 50;
      const double width = (high - low) / kCells;
      for (int cell = 0; cell < kCells; ++cell) {
        double integral = 0;
        for (int i = 0; i < kPoints; ++i) integral += kernels.density(low + width * (cell + (i + 0.5) / kPoints)) * width / kPoints;
        CHECK(integral == Approx(kernels.mass(low + cell * width, low + (cell + 1) * width)).epsilon(1e-2).margin(1e-4));
        expected.push_back(kDraws * integral / kernels.total());
        found.push_back(0);
      }
      for (const double x : coordinates) {
        const auto cell = static_cast<std::size_t>(std::clamp((x - low) / width, 0.0, kCells - 1.0));
        found[cell] += 1;
      }
    }
    double total = 0;
    for (const double e : expected) total += e;
    CHECK(total == Approx(kDraws).epsilon(latent.stepped() ? 0.03 : 2e-3));  // of far cells none may have been drawn
    CHECK(chi_square(found, expected) < 2.2);
  }
}

TEST_CASE("A joint density sums to one and is that of its draws", "[search]") {
  const Space space = space_of("a = { randint = 4 }\nb = { choice = [\"u\", \"v\", \"w\"] }\nc = { pchoice = [[0.1, 0], [0.9, 1]] }");
  ParzenRule rule;
  const GroupModel group(space, {0, 1, 2}, rule);
  const ProductMixture mixture(group, rule, good_samples(group, space));
  std::map<std::vector<double>, double> counts;
  Draws draws(random::Stream(4, 2), 5);
  std::vector<double> values(3), coordinates(3);
  for (int i = 0; i < kDraws; ++i) {
    mixture.draw(draws, values, coordinates);
    counts[values] += 1;
  }
  double sum = 0;
  std::vector<double> found, expected;
  for (double a = 0; a < 4; ++a) {
    for (double b = 0; b < 3; ++b) {
      for (double c = 0; c < 2; ++c) {
        const double p = std::exp(mixture.log_density({a, b, c}, {a, b, c}));
        sum += p;
        found.push_back(counts[{a, b, c}]);
        expected.push_back(kDraws * p);
      }
    }
  }
  CHECK(sum == Approx(1).epsilon(1e-9));
  CHECK(chi_square(found, expected) < 2.2);
}

TEST_CASE("Quantiles of the normal distribution and of all others", "[search]") {
  CHECK(normal_quantile(0.5) == 0);
  CHECK(normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-15));
  CHECK(normal_quantile(1e-10) == Approx(-6.361340902404056).epsilon(1e-14));
  CHECK(normal_quantile(0.25) == Approx(-0.6744897501960817).epsilon(1e-15));
  CHECK(normal_mass(8, 9) == Approx(6.220960574271786e-16).epsilon(1e-3));
  CHECK(normal_mass(-1e300, 1.959963984540054) == Approx(0.975).epsilon(1e-14));
  for (const char* expression : kExpressions) {
    INFO(expression);
    const Space space = space_of(std::string("x = ") + expression);
    const Distribution& prior = space.parameters()[0].prior;
    // As many draws below a quantile as its level says, within four standard errors.
    const random::Stream stream(5, 6);
    for (const double u : {0.1, 0.5, 0.9}) {
      const double bound = prior.quantile(u);
      double below = 0, equal = 0;
      for (std::uint64_t i = 0; i < 5000; ++i) {
        const double x = prior.sample(stream, i, 0);
        below += x < bound ? 1 : 0;
        equal += x == bound ? 1 : 0;
      }
      CHECK(below / 5000 < u + 0.03);
      CHECK((below + equal) / 5000 > u - 0.03);
    }
  }
}
