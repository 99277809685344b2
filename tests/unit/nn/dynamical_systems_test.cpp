// SPDX-License-Identifier: Apache-2.0
// Data that are computed: Lorenz, Roessler, Mackey-Glass.
#include <cmath>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "nn/lorenz.hpp"
#include "nn/mackey_glass.hpp"
#include "shoal/nn/data_parameters.hpp"

using namespace shoal::nn;

TEST_CASE("the Lorenz trajectory agrees with a 30-digit reference at t = 1, 5, 10", "[unit]") {
  std::ifstream file(SHOAL_SOURCE_DIR "/tests/data/lorenz_reference.txt");
  std::string line;
  std::getline(file, line);
  int n_points = 0;
  for (const double tolerance : {1e-10, 1e-17}) {
    LorenzParameters p;
    p.points = 10001, p.tolerance = tolerance;  // every 0.002
    const auto points = lorenz_trajectory(p);
    file.clear(), file.seekg(0), std::getline(file, line);
    while (std::getline(file, line)) {
      std::istringstream numbers(line);
      double t, exact[3];
      numbers >> t >> exact[0] >> exact[1] >> exact[2];
      const Point& point = points[static_cast<std::size_t>(std::lround(t * 500))];
      for (std::size_t c = 0; c < 3; ++c) {
        CAPTURE(tolerance, t, c, point[c], exact[c]);
        // Errors grow like e^(0.9 t).
        const double bound = std::exp(0.9 * t) * (tolerance > 1e-12 ? 1e-9 : 1e-13);
        CHECK(std::fabs(point[c] - exact[c]) < bound);
      }
      ++n_points;
    }
  }
  REQUIRE(n_points == 6);
}

TEST_CASE("the Lorenz forecaster looks 99 points ahead and is judged far away", "[unit]") {
  const Dataset data = load_dataset({}, ".", 1);
  REQUIRE(data.train.n_samples == 900);
  REQUIRE(data.validation.n_samples == 900);
  REQUIRE(data.test.n_samples == 0);
  REQUIRE(data.train.inputs[0] == 1.0f);
  const auto points = lorenz_trajectory({});
  for (std::size_t c = 0; c < 3; ++c) {
    REQUIRE(data.train.inputs[899 * 3 + c] == static_cast<float>(points[899][c]));
    REQUIRE(data.train.targets[899 * 3 + c] == static_cast<float>(points[998][c]));
    REQUIRE(data.validation.inputs[c] == static_cast<float>(points[5000][c]));
    REQUIRE(data.validation.targets[899 * 3 + c] == static_cast<float>(points[5998][c]));
  }
}

TEST_CASE("Lorenz data that do not fit or explode are refused", "[unit]") {
  DataParameters data;
  data.lorenz.steps_ahead = 4100;
  REQUIRE_THROWS_WITH(load_dataset(data, ".", 1),
                      "data.validation_points = [5000, 5900) does not fit 9999 points with targets 4100 ahead");
  data = {};
  data.lorenz.start = {1, 1};
  REQUIRE_THROWS_WITH(load_dataset(data, ".", 1), "data.start needs three numbers: x, y, z");
}

TEST_CASE("the Roessler trajectory has the accuracy of its tolerance", "[unit]") {
  // Values at t = 10 and 20 by an independent program: scipy's DOP853 with tolerances 1e-13.
  DataParameters data;
  data.source = "roessler", data.lorenz.points = 401, data.lorenz.steps_ahead = 200, data.lorenz.tolerance = 1e-14;
  data.lorenz.train_points = {0, 201}, data.lorenz.validation_points = {0, 0};
  const Dataset dataset = load_dataset(data, "/", 1);
  const float* at_10 = &dataset.train.targets[0];
  const float* at_20 = &dataset.train.targets[200 * 3];
  CHECK(at_10[0] == Approx(-0.295004794373).epsilon(1e-6));
  CHECK(at_10[1] == Approx(-3.69655311834).epsilon(1e-6));
  CHECK(at_20[0] == Approx(-4.36904651948).epsilon(1e-6));
  CHECK(at_20[2] == Approx(0.0245426002157).epsilon(1e-6));
}

TEST_CASE("the Mackey-Glass series follows its closed form over the first delay, and its order later", "[unit]") {
  const MackeyGlassParameters p;
  // While the past is constant, x' = -0.1 x + q: x = q / 0.1 + (x0 - q / 0.1) e^(-t / 10).
  const double q = 0.2 * 1.2 / (1 + std::pow(1.2, 10));
  const auto series = mackey_glass_series(p, 1.0, 201);
  for (const std::size_t t : {1U, 10U, 16U}) CHECK(series[t] == Approx(10 * q + (1.2 - 10 * q) * std::exp(-0.1 * static_cast<double>(t))).epsilon(1e-8));
  const auto coarse = mackey_glass_series(p, 17.0 / 64, 753), fine = mackey_glass_series(p, 17.0 / 128, 1505),
             finest = mackey_glass_series(p, 17.0 / 512, 6017);
  const double error_coarse = std::fabs(coarse[752] - finest[6016]), error_fine = std::fabs(fine[1504] - finest[6016]);
  CHECK(error_coarse < 1e-5);
  CHECK(error_fine < error_coarse / 8);
}
