// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/predict.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "shoal/error.hpp"
#include "workloads/tune/model_record.hpp"

using namespace shoal;
using namespace shoal::workloads::tune;

namespace {

// y = 2 ((a - 1) * 0.5) + 3 b, one linear layer over standardised inputs.
nn::Model line() {
  nn::Model model;
  model.loss = "mse";
  model.input_names = {"a", "b"};
  model.target_names = {"y"};
  model.standardisation = {{1.0F, 0.0F}, {0.5F, 1.0F}};
  model.layers = {{2, 1, {2.0F, 3.0F}, {0.0F}, "linear"}};
  return model;
}

struct CsvFile {
  std::string path = "predict_test.csv";
  explicit CsvFile(const std::string& text) { std::ofstream(path) << text; }
  ~CsvFile() { std::remove(path.c_str()); }
};

std::string predicted(const nn::Model& model, const std::string& text) {
  record::Group results;
  write_model(model, results.group("best/model"));
  const CsvFile file(text);
  std::ostringstream out;
  write_csv(predict(results, file.path, ""), out);
  return out.str();
}

}  // namespace

TEST_CASE("Predictions of numbers are a CSV with one row a sample", "[tune]") {
  CHECK(predicted(line(), "a,b\n1,0\n3,1\n2,0.1\n") == "y\n0\n5\n1.3\n");
}

TEST_CASE("Columns are found by name, whatever else the file has", "[tune]") {
  CHECK(predicted(line(), "b,other,a\n1,99,3\n") == "y\n5\n");
}

TEST_CASE("Predictions of classes name the class and its probabilities", "[tune]") {
  nn::Model model = line();
  model.loss = "binary_crossentropy";
  model.target_names = {"kind"};
  model.class_names = {"no", "yes, often"};
  model.layers[0].activation = "sigmoid";
  CHECK(predicted(model, "a,b\n1,0\n1,50\n1,-50\n") ==
        "kind,probability_no,\"probability_yes, often\"\nno,0.5,0.5\n\"yes, often\",0,1\nno,1,0\n");
}

TEST_CASE("A result without a network, or a file without its columns, is named", "[tune]") {
  record::Group results;
  try {
    predict(results, "x.csv", "");
    FAIL("no exception");
  } catch (const InputError& error) {
    CHECK(error.code() == ExitCode::other_input);
    CHECK(std::string(error.what()).find("holds no trained network (best/model)") != std::string::npos);
  }
  CHECK_THROWS_AS(predicted(line(), "a,c\n1,2\n"), InputError);
}

TEST_CASE("A network survives bytes and groups", "[tune]") {
  tasks::Bytes bytes;
  ByteWriter writer(bytes);
  write_model(line(), writer);
  ByteReader reader(bytes);
  record::Group first, second;
  write_model(read_model(reader), first);
  CHECK(reader.at_end());
  write_model(read_model(first), second);
  CHECK(second.groups.at("layer_0").datasets.at("weights").bytes ==
        first.groups.at("layer_0").datasets.at("weights").bytes);
  CHECK(second.datasets.at("input_names").strings == std::vector<std::string>{"a", "b"});
  ByteReader cut(tasks::ByteView(bytes).first(bytes.size() - 1));
  CHECK_THROWS_AS(read_model(cut), std::invalid_argument);
}

TEST_CASE("Predictions become datasets: a column for each number, classes with their names", "[tune]") {
  Predictions numbers{line(), {1.5F, 2.5F}, {}};
  CHECK(to_group(numbers).find_dataset("y")->values<float>() == std::vector<float>{1.5F, 2.5F});
  Predictions classes{line(), {0.25F, 0.75F}, {0, 1}};
  classes.model.loss = "binary_crossentropy";
  const record::Group group = to_group(classes);
  CHECK(group.find_dataset("predicted")->values<std::int64_t>() == std::vector<std::int64_t>{0, 1});
  CHECK(group.find_dataset("predicted")->flags == record::Flags{{0, "0"}, {1, "1"}});
  CHECK(group.find_dataset("probability")->values<float>() == std::vector<float>{0.75F, 0.25F, 0.25F, 0.75F});
  record::check_tree(group);
}

TEST_CASE("A network has a summary: layers, shapes, parameters", "[tune]") {
  nn::Model model = line();
  model.layers = {{2, 3, std::vector<float>(6), std::vector<float>(3), "elu", 0.5F}, {3, 1, std::vector<float>(3), {0}, "linear"}};
  CHECK(summary(model) ==
        "layer         inputs   outputs   parameters  activation\n"
        "layer_0            2         3            9  elu (0.5)\n"
        "layer_1            3         1            4  linear\n"
        "13 parameters, mse loss, inputs standardised\n");
}
