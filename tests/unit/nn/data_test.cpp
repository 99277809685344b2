// SPDX-License-Identifier: Apache-2.0
#include "shoal/nn/data_parameters.hpp"

#include <unistd.h>
#include <zlib.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "catch.hpp"
#include "nn/read_bytes.hpp"
#include "shoal/error.hpp"
#include "shoal/record/image.hpp"

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
  CHECK(message_of("x,y\n1,2\n?,4\n", y) == ":3: column `x`: `?` is no number");
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

namespace {

// Bytes in a file that goes away with its scope.
struct ByteFile {
  ByteFile(const std::string& name, const std::string& bytes, bool packed = false)
      : path((std::filesystem::temp_directory_path() / (name + std::to_string(getpid()))).string()) {
    if (!packed) {
      std::ofstream(path, std::ios::binary) << bytes;
      return;
    }
    const gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
  }
  ~ByteFile() { std::filesystem::remove(path); }
  std::string path;
};

std::string idx(char type, const std::vector<unsigned>& shape, const std::string& numbers) {
  std::string bytes = {0, 0, type, static_cast<char>(shape.size())};
  for (const unsigned n : shape) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<char>(n >> shift));
  }
  return bytes + numbers;
}

DataParameters idx_data(const ByteFile& inputs, const ByteFile& classes) {
  DataParameters data;
  data.source = "idx", data.csv.file = inputs.path, data.csv.target = classes.path, data.csv.split = {1, 0, 0};
  return data;
}

std::string what_is_wrong(const DataParameters& data) {
  try {
    load_dataset(data, "/", 1);
  } catch (const shoal::InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("missing values are named, dropped with their rows, or replaced by the training part's mean", "[unit]") {
  DataParameters data = csv("y");
  data.csv.split = {1, 0, 0}, data.standardise = "none";
  const std::string text = "a,b,y\n1,2,0\n,4,1\n5,NA,2\n7,?,3\n";
  CHECK(message_of(text, data) == ":3: column `a`: a missing value");
  data.csv.missing = "drop";
  const Dataset dropped = load_text(text, data);
  CHECK(dropped.train.n_samples == 1);
  REQUIRE(dropped.notes.size() == 1);
  CHECK(dropped.notes[0].find("3 of 4 rows have missing values and are left out") != std::string::npos);
  data.csv.missing = "mean";
  const Dataset filled = load_text(text, data);
  CHECK(filled.train.n_samples == 4);
  double sum_a = 0, sum_b = 0;
  for (std::size_t s = 0; s < 4; ++s) {
    sum_a += static_cast<double>(filled.train.inputs[2 * s]);
    sum_b += static_cast<double>(filled.train.inputs[2 * s + 1]);
  }
  CHECK(sum_a == Approx(13 + 13.0 / 3));
  CHECK(sum_b == Approx(6 + 2 * 3));
  CHECK(filled.notes == std::vector<std::string>{"3 missing inputs became the mean of their column in the training part"});
  CHECK(message_of("a,y\n1,\n2,3\n", data) == ":2: column `y`: a missing value");  // targets never
}

TEST_CASE("several target columns, and validation and test files of their own", "[unit]") {
  const ByteFile more("shoal_more.csv", "y,x,z\n20,10,30\n");
  DataParameters data = csv("y");
  data.csv.more_targets = {"z"}, data.csv.validation_file = more.path, data.standardise = "none";
  const Dataset dataset = load_text("x,y,z\n1,2,3\n4,5,6\n", data);
  CHECK(dataset.target_names == std::vector<std::string>{"y", "z"});
  CHECK(dataset.train.n_samples == 2);
  CHECK(dataset.train.targets == std::vector<float>{2, 3, 5, 6});
  CHECK(dataset.validation.inputs == std::vector<float>{10});
  CHECK(dataset.validation.targets == std::vector<float>{20, 30});
}

TEST_CASE("idx files of every type are read, plain or compressed, and bytes become 0 to 1", "[unit]") {
  const ByteFile classes("shoal_classes", idx(0x08, {3}, std::string("\0\1\2", 3)), true);
  for (const bool packed : {false, true}) {
    const ByteFile images("shoal_images", idx(0x08, {3, 2, 1}, std::string("\0\xff\x33\x66\x99\xcc", 6)), packed);
    const Dataset dataset = load_dataset(idx_data(images, classes), "/", 1);
    REQUIRE(dataset.n_inputs() == 2);
    CHECK(dataset.class_names == std::vector<std::string>{"0", "1", "2"});
    CHECK(dataset.standardisation.factor == std::vector<float>(2, 1.0F / 255));
    double sum = 0;
    for (const float x : dataset.train.inputs) sum += static_cast<double>(x);
    CHECK(sum == Approx(3));
  }
  const ByteFile shorts("shoal_shorts", idx(0x0B, {3}, std::string("\x01\x02\xff\xff\0\x03", 6)));
  DataParameters data = idx_data(shorts, classes);
  data.standardise = "none";
  const auto inputs = load_dataset(data, "/", 1).train.inputs;
  CHECK(std::set<float>(inputs.begin(), inputs.end()) == std::set<float>{258, -1, 3});
  const ByteFile floats("shoal_floats", idx(0x0D, {3}, std::string("\x3f\x80\0\0\xc0\0\0\0\0\0\0\0", 12)));
  data.csv.file = floats.path;
  const auto reals = load_dataset(data, "/", 1).train.inputs;
  CHECK(std::set<float>(reals.begin(), reals.end()) == std::set<float>{1, -2, 0});
}

TEST_CASE("idx files that are wrong are refused with the reason", "[unit]") {
  const ByteFile classes("shoal_classes", idx(0x08, {2}, std::string("\0\1", 2)));
  const ByteFile text("shoal_text", "hello"), shorter("shoal_short", idx(0x08, {2, 2}, "abc")), longer("shoal_long", idx(0x08, {2, 2}, "abcde"));
  CHECK(what_is_wrong(idx_data(text, classes)) ==
        text.path + " is no IDX file: it does not begin with two zero bytes, a type and 1 to 8 dimensions");
  CHECK(what_is_wrong(idx_data(shorter, classes)) == shorter.path + ": its header promises 4 bytes of numbers, it has 3");
  CHECK(what_is_wrong(idx_data(longer, classes)) == longer.path + ": its header promises 4 bytes of numbers, it has 5");
  const ByteFile three("shoal_three", idx(0x08, {3, 1}, "abc"));
  CHECK(what_is_wrong(idx_data(three, classes)) == classes.path + " has 2 rows of 1 numbers; 3 rows of one are needed for " + three.path);
  const ByteFile huge("shoal_huge", idx(0x0D, {4000000000U, 4000000000U}, ""));
  CHECK(what_is_wrong(idx_data(huge, classes)).starts_with("data file " + huge.path + " needs 238418579101.56 GiB of memory, this machine has "));
  std::string cut;
  {
    const ByteFile packed("shoal_packed", idx(0x08, {9000}, std::string(9000, 'x')), true);
    std::ifstream in(packed.path, std::ios::binary);
    cut.assign(std::istreambuf_iterator<char>(in), {});
  }
  const ByteFile torn("shoal_torn", cut.substr(0, cut.size() / 2));
  CHECK(what_is_wrong(idx_data(torn, classes)).find("is damaged") != std::string::npos);
}

TEST_CASE("files larger than memory are refused with both sizes", "[unit]") {
  const ByteFile file("shoal_large", std::string(1000, '1'));
  CHECK(read_bytes(file.path, 2, 2000).size() == 1000);
  CHECK_THROWS_WITH(read_bytes(file.path, 2, 1999), "data file " + file.path + " needs 0.00 GiB of memory, this machine has 0.00 GiB: train on a part of it");
  const ByteFile packed("shoal_bomb", std::string(1 << 20, '1'), true);
  CHECK_THROWS_AS(read_bytes(packed.path, 1, 300000), shoal::InputError);
}

TEST_CASE("hdf5 datasets are read by path, whatever their numbers are", "[unit]") {
  namespace record = shoal::record;
  record::Group root;
  root.group("train").add("x", std::vector<std::int32_t>{1, 2, 3, 4, 5, 6}, {3, 2}, {"row", "column"}, "1", "x");
  root.group("train").add("y", std::vector<double>{0.5, 1.5, 2.5}, {3}, {"row"}, "1", "y");
  const std::string path = (std::filesystem::temp_directory_path() / ("shoal_h5_" + std::to_string(getpid()) + ".h5")).string();
  record::write_tree(path, root);
  DataParameters data;
  data.source = "hdf5", data.csv.file = path, data.csv.inputs = "/train/x", data.csv.target = "train/y", data.csv.split = {1, 0, 0};
  data.standardise = "none";
  const Dataset dataset = load_dataset(data, "/", 1);
  CHECK(dataset.n_inputs() == 2);
  CHECK(dataset.train.n_samples == 3);
  for (std::size_t s = 0; s < 3; ++s) CHECK(dataset.train.inputs[2 * s] == 2 * dataset.train.targets[s]);
  CHECK(read_inputs(path, {"a", "b"}, "train/x") == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK_THROWS_WITH(read_inputs(path, {"a"}, "train/x"), "train/x in " + path + " has rows of 2 numbers, the network takes 1");
  CHECK_THROWS_WITH(read_inputs(path, {"a"}, ""), path + " is an HDF5 file: name the dataset of the inputs by --inputs PATH");
  data.csv.target = "train/z";
  CHECK(what_is_wrong(data) == path + " has no dataset train/z; there are /train/column, /train/row, /train/x, /train/y");
  data.csv.target = "train";
  CHECK(what_is_wrong(data).find("has no dataset train;") != std::string::npos);
  std::filesystem::remove(path);
}

TEST_CASE("windows of a series reach back and ahead, and parts follow each other in time", "[unit]") {
  std::string text = "t,u\n";
  for (int i = 0; i < 20; ++i) text += std::to_string(i) + "," + std::to_string(100 + i) + "\n";
  DataParameters data = csv("u");
  data.source = "series", data.standardise = "none", data.csv.split = {0.5, 0.5, 0};
  data.windows = {.window = 3, .window_step = 2};
  data.lorenz.steps_ahead = 1;
  const Dataset dataset = load_text(text, data);
  CHECK(dataset.input_names == std::vector<std::string>{"t_lag_4", "u_lag_4", "t_lag_2", "u_lag_2", "t_lag_0", "u_lag_0"});
  CHECK(dataset.target_names == std::vector<std::string>{"u_ahead"});
  REQUIRE(dataset.train.n_samples == 5);  // first inputs 0 .. 4, targets 5 .. 9
  CHECK(std::vector<float>(dataset.train.inputs.begin(), dataset.train.inputs.begin() + 6) == std::vector<float>{0, 100, 2, 102, 4, 104});
  CHECK(dataset.train.targets == std::vector<float>{105, 106, 107, 108, 109});
  CHECK(dataset.validation.targets == std::vector<float>{115, 116, 117, 118, 119});
  data.lorenz.steps_ahead = 9;
  CHECK(message_of(text, data) == ": 10 rows of a part are too few for windows that reach 13 rows ahead");
}
