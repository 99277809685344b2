// SPDX-License-Identifier: Apache-2.0
// `shoal predict RESULT.h5 --data FILE`: uses the best trained network of a result.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <span>
#include <sstream>

#include "cli/command.hpp"
#include "shoal/record/image.hpp"
#include "shoal/record/result_file.hpp"
#include "shoal/record/write_file.hpp"
#include "workloads/tune/predict.hpp"

namespace shoal::cli {
namespace {

struct Options {
  std::string result;
  std::string data;
  std::string inputs;
  std::string output;
};

}  // namespace

Action add_predict(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, "predict", "use the trained network of a result on CSV, HDF5 or IDX data",
                                  "shoal predict tune_breast_cancer.h5 --data new_patients.csv > predictions.csv");
  command.add_option("RESULT.h5", options->result, "a result that holds a network")->required();
  command.add_option("--data", options->data, "CSV file with a header and the columns the network was trained on, HDF5 or IDX file")->required();
  command.add_option("--inputs", options->inputs, "HDF5: path of the dataset with the inputs, one row a sample");
  command.add_option("-o,--output", options->output, "file for the predictions: HDF5 if it ends in .h5, else CSV (default: standard output)");
  return [options](const Invocation& invocation) {
    const record::Group root = record::read_result(options->result);
    const auto results = root.groups.find("results");
    if (results == root.groups.end() || record::root_info(root).workload != "tune")
      throw InputError(fmt::format("{} holds no trained network: it comes from the workload `{}`", options->result,
                                   record::root_info(root).workload), ExitCode::other_input);
    const auto predictions = workloads::tune::predict(results->second, options->data, options->inputs);
    if (options->output.empty()) {
      workloads::tune::write_csv(predictions, invocation.out);
      return ExitCode::complete;
    }
    if (std::error_code error; std::filesystem::exists(options->output, error))
      throw InputError(fmt::format("{} exists already: name another file, or move it away", options->output), ExitCode::locked);
    if (options->output.ends_with(".h5")) {
      record::write_tree(options->output, to_group(predictions));
    } else {
      std::ostringstream text;
      workloads::tune::write_csv(predictions, text);
      const std::string bytes = std::move(text).str();
      record::write_atomically(options->output, std::as_bytes(std::span(bytes)));
    }
    return ExitCode::complete;
  };
}

}  // namespace shoal::cli
