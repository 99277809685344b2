// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "integrate_tests.hpp"

using namespace shoal::workloads::integrate;

namespace {

struct Known {
  std::string family;
  int dimension;
  double alpha;
  double value;
};

// Values of 100-digit arithmetic.
const Known kGenz[] = {
    {"genz_oscillatory", 1, 0, -0.212347806876075220},    {"genz_product_peak", 1, 0, 18.873618093133344085},
    {"genz_corner_peak", 1, 0, 0.3508771929824561403},    {"genz_gaussian", 1, 0, 0.2521269800941610162},
    {"genz_continuous", 1, 0, 0.0980355715373839091},     {"genz_discontinuous", 1, 0, 1.7639205574832311316},
    {"genz_oscillatory", 2, 0, -0.053728315089829286},    {"genz_product_peak", 2, 0, 33.211782738723653870},
    {"genz_corner_peak", 2, 0, 0.1934401493508685572},    {"genz_gaussian", 2, 0, 0.2517999857904286054},
    {"genz_continuous", 2, 0, 0.0455843118367579366},     {"genz_discontinuous", 2, 0, 0.9428196878810212816},
    {"genz_oscillatory", 3, 0, 0.1492123266087931362},    {"genz_product_peak", 3, 0, 20.882095174090769716},
    {"genz_corner_peak", 3, 0, 0.1056890978658924543},    {"genz_gaussian", 3, 0, 0.2609349857510117804},
    {"genz_continuous", 3, 0, 0.0268492327922533788},     {"genz_discontinuous", 3, 0, 0.8044175873359465667},
    {"genz_oscillatory", 5, 0, 0.3753478016703237482},    {"genz_product_peak", 5, 0, 1.3292645505950204143},
    {"genz_corner_peak", 5, 0, 0.0316589862742867006},    {"genz_gaussian", 5, 0, 0.2825590778655452430},
    {"genz_continuous", 5, 0, 0.0134049300601740710},     {"genz_discontinuous", 5, 0, 0.4517931753506386317},
    {"genz_oscillatory", 10, 0, 0.6193364385783550489},   {"genz_product_peak", 10, 0, 2.97128211472941984e-06},
    {"genz_corner_peak", 10, 0, 0.0015739297868935001},   {"genz_gaussian", 10, 0, 0.3906203760741563958},
    {"genz_continuous", 10, 0, 0.0053006237470143821},    {"genz_discontinuous", 10, 0, 0.1460777154627405493},
};

const Known kQuadpack[] = {
    {"quadpack_1", 1, -0.9, 100},
    {"quadpack_1", 1, 0, 1},
    {"quadpack_1", 1, 2.6, 0.0771604938271604938},
    {"quadpack_2", 1, 0, 0.877169307443986075},
    {"quadpack_2", 1, 5, 3.13579870916530686},
    {"quadpack_2", 1, 10, 3.14158699540964127},
    {"quadpack_2", 1, 20, 3.14159265358439718},
    {"quadpack_7", 1, -0.8, 8.62424736620979224},
    {"quadpack_7", 1, 2.1, 0.102485955390424214},
    {"quadpack_9", 1, 1, 2.80992589241629056},
    {"quadpack_9", 1, 10, 71.0687783520667084},
    {"quadpack_9", 1, 20, 2274.75552199316881},
    {"quadpack_10", 1, 0.1, 10.6767246662400211},
    {"quadpack_10", 1, 1.5, 1.19814023473559221},
    {"quadpack_10", 1, 2, 1},
    {"quadpack_11", 1, 0.1, 9.51350769866873184},
    {"quadpack_11", 1, 1.5, 0.886226925452758014},
    {"quadpack_11", 1, 2, 1},
    {"quadpack_12", 1, 0, 0.0406212403799275412},
    {"quadpack_12", 1, 5, -0.0110018355656022484},
    {"quadpack_12", 1, 9, 0.00195003148824519920},
    {"quadpack_14", 1, 0, 1.37699633185315344},
    {"quadpack_14", 1, 3, 1.32362956395817831},
    {"quadpack_14", 1, 6, 1.26298943631986953},
    {"quadpack_15", 1, 0, 2},
    {"quadpack_15", 1, 3, 1024},
    {"quadpack_15", 1, 6, 524288},
    {"quadpack_454", 1, 0, 52.7407483834714450},
    {"quadpack_455", 1, 0, -0.361689220620773241},
    {"quadpack_456", 1, 0, -0.128136848399167332},
    {"quadpack_457", 1, 0, 1},
    {"quadpack_459", 1, 0, -0.0899440069577173352},
    {"gaussian_line", 1, 0, 2.27587579446874724},
    {"arctangent", 1, 0, std::numbers::pi / 4},
};

double relative(double value, double exact) {
  return std::fabs(value / exact - 1);
}

}  // namespace

TEST_CASE("built-in integrands know their exact integrals", "[unit]") {
  for (const Known& known : kGenz) {
    INFO(known.family << " d = " << known.dimension);
    CHECK(relative(Trial::of_family(known.family, known.dimension).exact(), known.value) < 2e-13);
  }
  for (const Known& known : kQuadpack) {
    INFO(known.family << " alpha = " << known.alpha);
    CHECK(relative(Trial::of_family(known.family, 1, known.alpha, true).exact(), known.value) < 2e-13);
  }
}

TEST_CASE("auto integrates the QUADPACK set to 1e-10, and says why it chose the method", "[unit]") {
  for (const Known& known : kQuadpack) {
    const Estimate estimate = Trial::of_family(known.family, 1, known.alpha, true).run("auto");
    INFO(known.family << " alpha = " << known.alpha << ": " << estimate.note << ", " << estimate.evaluations << " evaluations");
    CHECK(relative(estimate.value, known.value) < 1e-10);
    CHECK(estimate.evaluations < 30000);
    CHECK(estimate.note.starts_with("chose "));
  }
}

TEST_CASE("Genz-Malik meets 1e-7 on smooth and continuous families up to 5 dimensions, 1e-4 on jumps", "[unit]") {
  for (const Known& known : kGenz) {
    if (known.dimension < 2 || known.dimension > 5) continue;
    const bool jump = known.family == "genz_discontinuous";
    Trial trial = Trial::of_family(known.family, known.dimension);
    trial.tolerance(jump ? 1e-4 : 1e-7);
    const Estimate estimate = trial.run("genz_malik");
    INFO(known.family << " d = " << known.dimension << ", " << estimate.evaluations << " evaluations, error estimate " << estimate.error);
    CHECK(relative(estimate.value, known.value) < (jump ? 1e-4 : 1e-7));
  }
}

// Without its places the kink lies across the regions, however small they are.
TEST_CASE("Genz-Malik integrates kinks that it is not told of", "[unit]") {
  for (const int dimension : {2, 3}) {
    const Trial told = Trial::of_family("genz_continuous", dimension).tolerance(1e-5);
    Region region = told.problem.region();
    region.cuts.clear();
    Trial untold = told;
    untold.problem = Problem(Trial::of_family("genz_continuous", dimension).problem.shared_integrand(), region, false);
    const Estimate quick = told.run("genz_malik"), slow = untold.run("genz_malik");
    INFO(quick.evaluations << " evaluations with their places, " << slow.evaluations << " without");
    CHECK(relative(quick.value, told.exact()) < 1e-5);
    CHECK(relative(slow.value, told.exact()) < 1e-5);
  }
}

// Every deterministic method on every problem it suits, at two tolerances: how often is the true error larger than the estimate?
// An estimate is allowed a rounding error of 1e-14 of the value.
TEST_CASE("deterministic methods understate their error on at most 2 % of the set", "[unit]") {
  int n = 0, understated = 0;
  std::string which;
  const auto judge = [&](const Known& known, const std::string& method, double tolerance, std::int64_t most) {
    Trial trial = Trial::of_family(known.family, known.dimension, known.alpha, known.alpha != 0);
    if (!all_methods()[static_cast<std::size_t>(find_method(method))].method().unsuitable(trial.problem).empty()) return;
    trial.tolerance(tolerance);
    trial.budget.max_evaluations = most;
    const Estimate estimate = trial.run(method);
    if (estimate.ending == Ending::non_finite) return;  // a closed rule on a singular end
    ++n;
    const double error = std::fabs(estimate.value - trial.exact());
    if (error <= estimate.error + 1e-14 * std::fabs(trial.exact())) return;
    ++understated;
    which += known.family + " d = " + std::to_string(known.dimension) + " alpha = " + std::to_string(known.alpha) + " " + method +
             " tolerance " + std::to_string(tolerance) + "\n";
  };
  for (const double tolerance : {1e-4, 1e-8}) {
    for (const Known& known : kQuadpack)
      for (const char* method : {"midpoint", "trapezoid", "simpson", "gauss_kronrod", "tanh_sinh"}) judge(known, method, tolerance, 200000);
    for (const Known& known : kGenz) {
      for (const char* method : {"midpoint", "trapezoid", "simpson", "gauss_kronrod", "tanh_sinh"})
        if (known.dimension == 1) judge(known, method, tolerance, 200000);
      if (known.dimension > 1 && known.dimension < 10) judge(known, "genz_malik", tolerance, 200000);
      if (known.dimension == 2 || known.dimension == 3)
        for (const char* method : {"midpoint", "trapezoid", "simpson"}) judge(known, method, tolerance, 200000);
    }
  }
  WARN(understated << " of " << n << " understated:\n" << which);
  CHECK(understated * 50 <= n);
}
