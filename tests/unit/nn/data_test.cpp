// SPDX-License-Identifier: Apache-2.0
#include "shoal/nn/data_parameters.hpp"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "catch.hpp"
#include "nn/lorenz.hpp"
#include "shoal/error.hpp"

using namespace shoal::nn;
using shoal::ExitCode;

namespace {

// A text file that goes away with its scope.
struct TextFile {
  explicit TextFile(const std::string& text)
      : path((std::filesystem::temp_directory_path() / ("shoal_data_test_" + std::to_string(getpid()) + ".csv")).string()) {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~TextFile() { std::filesystem::remove(path); }
  std::string path;
};

DataParameters csv(const std::string& target) {
  DataParameters data;
  data.source = "csv", data.csv.file = "", data.csv.target = target;
  return data;
}

Dataset load_text(const std::string& text, DataParameters data) {
  const TextFile file(text);
  data.csv.file = file.path;
  return load_dataset(data, "/", 1);
}

// The message without the folder of the file.
std::string message_of(const std::string& text, const DataParameters& data) {
  try {
    load_text(text, data);
  } catch (const shoal::InputError& error) {
    const std::string message = error.what();
    return message.substr(message.rfind('/') == message.npos ? 0 : message.find(".csv") + 4);
  }
  return "no error";
}

}  // namespace

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

TEST_CASE("the breast cancer data load as shipped, standardised by the training part alone", "[unit]") {
  DataParameters data = csv("diagnosis");
  data.csv.file = "breast_cancer.csv";
  const Dataset dataset = load_dataset(data, SHOAL_SOURCE_DIR "/inputs/data", 3);
  REQUIRE(dataset.n_inputs() == 30);
  REQUIRE(dataset.class_names == std::vector<std::string>{"malignant", "benign"});
  REQUIRE(dataset.train.n_samples == 398);
  REQUIRE(dataset.validation.n_samples == 85);
  REQUIRE(dataset.test.n_samples == 86);
  double benign = 0;
  for (const Part* part : {&dataset.train, &dataset.validation, &dataset.test}) {
    REQUIRE(part->inputs.size() == static_cast<std::size_t>(part->n_samples) * 30);
    for (const float target : part->targets) benign += static_cast<double>(target);
  }
  REQUIRE(benign == 357);
  for (std::size_t c = 0; c < 30; ++c) {
    double sum = 0, squares = 0, other = 0;
    for (std::size_t s = 0; s < 398; ++s) {
      const auto x = static_cast<double>(dataset.train.inputs[s * 30 + c]);
      sum += x, squares += x * x;
    }
    for (std::size_t s = 0; s < 85; ++s) other += static_cast<double>(dataset.validation.inputs[s * 30 + c]);
    REQUIRE(std::fabs(sum / 398) < 1e-5);
    REQUIRE(squares / 398 == Approx(1).epsilon(1e-4));
    REQUIRE(std::fabs(other / 85) > 1e-4);  // not fitted to it
  }
}

TEST_CASE("the split depends on the seed alone and uses every row once", "[unit]") {
  std::string text = "x,y\n";
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + "," + std::to_string(2 * i) + "\n";
  const TextFile file(text);
  DataParameters data = csv("y");
  data.csv.file = file.path, data.csv.split = {0.5, 0.2, 0.3}, data.standardise = "none";
  const Dataset a = load_dataset(data, "/", 1), b = load_dataset(data, "/", 1), c = load_dataset(data, "/", 2);
  REQUIRE(a.train.inputs == b.train.inputs);
  REQUIRE(a.train.inputs != c.train.inputs);
  std::set<float> seen;
  for (const Part* part : {&a.train, &a.validation, &a.test}) {
    for (std::size_t i = 0; i < part->inputs.size(); ++i) {
      REQUIRE(part->targets[i] == 2 * part->inputs[i]);
      seen.insert(part->inputs[i]);
    }
  }
  REQUIRE(seen.size() == 100);
  REQUIRE(a.train.n_samples == 50);
  REQUIRE(a.validation.n_samples == 20);
  REQUIRE(a.test.n_samples == 30);
}

TEST_CASE("csv takes quoted fields, CRLF, spaces, blank lines, a byte order mark and a last line without end", "[unit]") {
  DataParameters data = csv("kind, or \"class\"");
  data.csv.split = {1, 0, 0}, data.standardise = "none";
  const Dataset dataset = load_text("\xef\xbb\xbf\"a\", b ,\"kind, or \"\"class\"\"\"\r\n1,+2e1,yes\r\n\r\n\"3\",-4,no", data);
  REQUIRE(dataset.input_names == std::vector<std::string>{"a", "b"});
  REQUIRE(dataset.class_names == std::vector<std::string>{"yes", "no"});
  REQUIRE(dataset.train.n_samples == 2);
  const std::size_t first = dataset.train.targets[0] == 0 ? 0 : 1;
  REQUIRE(dataset.train.inputs[first * 2 + 1] == 20.0f);
  REQUIRE(dataset.train.inputs[(1 - first) * 2] == 3.0f);
}

TEST_CASE("csv errors name the file and the line", "[unit]") {
  const DataParameters y = csv("y");
  CHECK(message_of("", y) == ":1: the file is empty; expected a header line");
  CHECK(message_of("x,y\n", y) == ": no rows after the header");
  CHECK(message_of("x,y\n1,2\n3\n", y) == ":3: 1 fields where the header has 2");
  CHECK(message_of("x,y\n1,2\n,4\n", y) == ":3: column `x`: a missing value");
  CHECK(message_of("x,y\n1,2\nNA,4\n", y) == ":3: column `x`: `NA` is no number");
  CHECK(message_of("x,y\n1,2\nnan,4\n", y) == ":3: column `x`: `nan` is no number");
  CHECK(message_of("x,y\n1,2\n1e999,4\n", y) == ":3: column `x`: `1e999` is no number");
  CHECK(message_of("x,y\n1,a\n2,\n", y) == ":3: column `y`: a missing value");
  CHECK(message_of("x,x\n1,2\n", y) == ":1: two columns are called `x`");
  CHECK(message_of("x,\n1,2\n", y) == ":1: column 2 has no name");
  CHECK(message_of("x,y\n\"1\n2,3\n", y) == ":2: a quote that is never closed");
  CHECK(message_of("x,y\n\"1\"2,3\n", y) == ":2: text after a closing quote");
  CHECK(message_of("x,y\n1\"2,3\n", y) == ":2: a quote inside a field that does not begin with one");
  CHECK(message_of("x,z\n1,2\n", y) == ": no column is called `y`; there are x, z");
  CHECK(message_of("y\n1\n", y) == ": no columns besides the target");
  CHECK(message_of(std::string("x,y\n1\0,2\n", 9), y) == ":2: a zero byte: this is no text file");
}

TEST_CASE("a missing data file is its own exit code", "[unit]") {
  DataParameters data = csv("y");
  data.csv.file = "not_there.csv";
  try {
    load_dataset(data, "/nowhere", 1);
    FAIL("no error");
  } catch (const shoal::InputError& error) {
    REQUIRE(error.code() == ExitCode::input_missing);
    REQUIRE(std::string(error.what()) == "data file /nowhere/not_there.csv does not exist");
  }
  REQUIRE(data_files(data, "/nowhere") == std::vector<std::string>{"/nowhere/not_there.csv"});
  REQUIRE(data_files({}, "/nowhere").empty());
}

TEST_CASE("keys of csv that contradict each other are refused", "[unit]") {
  DataParameters data;
  data.source = "csv";
  REQUIRE_THROWS_WITH(load_dataset(data, ".", 1), "data.file is missing: the source csv needs a file");
  data.csv.file = "x.csv";
  REQUIRE_THROWS_WITH(load_dataset(data, ".", 1), "data.target is missing: the source csv needs the name of the target column");
  data.csv.target = "y", data.csv.split = {0.5, 0.2, 0.2};
  REQUIRE_THROWS_WITH(load_dataset(data, ".", 1),
                      "data.split needs three shares (training, validation, test) that add up to 1, the first above 0");
}

TEST_CASE("prediction reads the columns it needs by name, in the order of the network", "[unit]") {
  const TextFile file("c,a,b\n1,2,3\n4,5,6\n");
  REQUIRE(read_csv_inputs(file.path, {"a", "c"}) == std::vector<float>{2, 1, 5, 4});
  REQUIRE_THROWS_AS(read_csv_inputs(file.path, {"d"}), shoal::InputError);
}
