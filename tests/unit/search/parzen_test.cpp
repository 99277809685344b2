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

double density_of(const Kernels& kernels, double x) {
  double sum = 0;
  kernels.densities(std::span(&x, 1), std::span(&sum, 1));
  return sum;
}

double mass_of(const Kernels& kernels, double low, double high) {
  double sum = 0;
  kernels.masses(std::span(&low, 1), std::span(&high, 1), std::span(&sum, 1));
  return sum;
}

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
      const double u = draws();
      double x = 0;
      kernels.draw(std::span(&k, 1), std::span(&u, 1), std::span(&x, 1));
      coordinates.push_back(x);
      counts[latent.value(x)] += 1;
    }
    std::vector<double> found, expected;
    if (latent.stepped()) {
      for (const auto& [value, count] : counts) {
        const auto [low, high] = latent.cell(value);
        found.push_back(count);
        expected.push_back(kDraws * mass_of(kernels, low, high) / kernels.total());
      }
    } else {
      // The integral of the density over cells, and the masses beside it.
      const double low = latent.bounded() ? latent.low() : latent.centre() - 6 * latent.width();
      const double high = latent.bounded() ? latent.high() : latent.centre() + 6 * latent.width();
      constexpr int kCells = 40, kPoints = 50;
      const double width = (high - low) / kCells;
      for (int cell = 0; cell < kCells; ++cell) {
        double integral = 0;
        for (int i = 0; i < kPoints; ++i) integral += density_of(kernels, low + width * (cell + (i + 0.5) / kPoints)) * width / kPoints;
        CHECK(integral == Approx(mass_of(kernels, low + cell * width, low + (cell + 1) * width)).epsilon(1e-2).margin(1e-4));
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

// Widths and logarithms of densities as hyperopt 0.3.0 (adaptive_parzen_normal, GMM1_lpdf) and Optuna 5.0.0
// (_ParzenEstimator) give them for the same seven observations.
TEST_CASE("Widths and densities are those of both reference programs", "[search]") {
  const Space space = space_of("x = { uniform = [-4.5, 5.5] }");
  const Latent latent(space.parameters()[0].prior, true);
  std::vector<Sample> samples;
  for (const double x : {0.2, -3.1, 0.25, 2.9, -3.0, 4.4, 0.21}) samples.push_back({x, static_cast<std::int64_t>(samples.size()), 1});
  struct Reference {
    ParzenRule rule;
    std::vector<double> sigmas, log_densities;
    double sigma_of_one;
  };
  ParzenRule hyperopt, optuna;
  optuna.prior_in_gaps = false;
  optuna.truncate_each = true;
  const double least = 10.0 / 9;
  const Reference references[] = {
      {hyperopt, {3.2, least, least, 2.4, 3.2, 1.5, least, 10}, {-1.81136738, -2.52891752, -2.62275987}, 5},
      {optuna, {3.2, least, 2.65, 2.65, 3.2, 1.5, least, 10}, {-2.08337899, -2.37719871, -2.48176859}, 5.3}};
  for (const Reference& reference : references) {
    Kernels kernels(latent, reference.rule.truncate_each);
    ParzenFit()(latent, reference.rule, samples, kernels);
    REQUIRE(kernels.size() == 8);
    for (std::size_t k = 0; k < 8; ++k) CHECK(kernels.sigma(k) == Approx(reference.sigmas[k]));
    const double xs[] = {0.22, 3.0, -4.0};
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(std::log(density_of(kernels, xs[i]) / kernels.total()) == Approx(reference.log_densities[i]).epsilon(1e-7));
    ParzenFit()(latent, reference.rule, std::span(samples).first(1), kernels);
    CHECK(kernels.sigma(0) == Approx(reference.sigma_of_one));
  }
}

TEST_CASE("Old observations weigh less, as in hyperopt", "[search]") {
  const Forgetting all(25), thirty(30);
  for (std::int64_t i = 0; i < 25; ++i) CHECK(all(i) == 1);
  const double expected[] = {1.0 / 30, 0.275, 0.5166666666666667, 0.7583333333333333, 1, 1};
  for (std::int64_t i = 0; i < 6; ++i) CHECK(thirty(i) == Approx(expected[i]));
  CHECK(thirty.sum() == Approx(25 + 1.0 / 30 + 0.275 + 0.5166666666666667 + 0.7583333333333333 + 1));
}

TEST_CASE("Masses of cells are differences of distribution functions", "[search]") {
  const Space space = space_of("x = { uniform = [-4.5, 5.5] }");
  const Latent latent(space.parameters()[0].prior, true);
  Kernels kernels(latent, true);
  kernels.add(0.3, 0.5, 1);
  kernels.add(-2, 1.5, 2);
  kernels.finish();
  const auto below = [](double x, double mu, double sigma) { return 0.5 * std::erfc(-(x - mu) / sigma / std::sqrt(2.0)); };
  for (const double width : {0.01, 0.2, 0.3, 1.0, 4.0}) {
    for (double centre = -2; centre <= 2; centre += 0.25) {
      double expected = 0;
      for (std::size_t k = 0; k < 2; ++k) {
        const double mu = kernels.mu(k), sigma = kernels.sigma(k);
        const double inside = below(5.5, mu, sigma) - below(-4.5, mu, sigma);
        const double mass = below(centre + width / 2, mu, sigma) - below(centre - width / 2, mu, sigma);
        expected += (k == 0 ? 1 : 2) * mass / inside;
      }
      INFO(width << " around " << centre);
      CHECK(mass_of(kernels, centre - width / 2, centre + width / 2) == Approx(expected).epsilon(2e-4));
    }
  }
}

TEST_CASE("A joint density sums to one and is that of its draws", "[search]") {
  const Space space = space_of("a = { randint = 4 }\nb = { choice = [\"u\", \"v\", \"w\"] }\nc = { pchoice = [[0.1, 0], [0.9, 1]] }");
  ParzenRule rule;
  const GroupModel group(space, {0, 1, 2}, rule);
  const std::vector<GroupSample> good = good_samples(group, space);
  const ProductMixture mixture(group, rule, views_of(good));
  std::map<std::vector<double>, double> counts;
  Draws draws(random::Stream(4, 2), 5);
  const ProductMixture::Candidates drawn = mixture.draw(draws, kDraws);
  for (std::size_t i = 0; i < drawn.n; ++i) counts[{drawn.value(0, i), drawn.value(1, i), drawn.value(2, i)}] += 1;
  double sum = 0;
  std::vector<double> found, expected;
  for (double a = 0; a < 4; ++a) {
    for (double b = 0; b < 3; ++b) {
      for (double c = 0; c < 2; ++c) {
        double log_p = 0;
        mixture.log_densities({1, {a, b, c}, {a - 0.5, 0, 0}, {a + 0.5, 0, 0}}, std::span(&log_p, 1));
        const double p = std::exp(log_p);
        sum += p;
        found.push_back(counts[{a, b, c}]);
        expected.push_back(kDraws * p);
      }
    }
  }
  CHECK(sum == Approx(1).epsilon(0.02));  // the masses of cells are approximations
  CHECK(chi_square(found, expected) < 2.2);
}

TEST_CASE("Quantiles of the normal distribution and of all others", "[search]") {
  CHECK(normal_quantile(0.5) == 0);
  CHECK(normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-15));
  CHECK(normal_quantile(1e-10) == Approx(-6.361340902404056).epsilon(1e-14));
  CHECK(normal_quantile(0.25) == Approx(-0.6744897501960817).epsilon(1e-15));
  std::vector<double> shares, quantiles(2000);
  for (int i = 0; i < 2000; ++i) shares.push_back(i % 3 ? (i + 0.5) / 2000 : std::exp(-(i % 600 + 1) / 3.0));
  normal_quantiles(shares, quantiles);
  for (std::size_t i = 0; i < shares.size(); ++i) CHECK(quantiles[i] == normal_quantile(shares[i]));
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
