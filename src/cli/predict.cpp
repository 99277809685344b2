// SPDX-License-Identifier: Apache-2.0
// `shoal predict RESULT.h5 --data FILE`: uses the best trained network of a result.
#include <fmt/format.h>

#include <memory>
#include <ostream>

#include "cli/command.hpp"
#include "shoal/record/result_file.hpp"
#include "workloads/tune/predict.hpp"

namespace shoal::cli {
namespace {

struct Options {
  std::string result;
  std::string data;
};

}  // namespace

Action add_predict(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, "predict", "use the trained network of a result: CSV in, CSV out",
                                  "shoal predict tune_breast_cancer.h5 --data new_patients.csv > predictions.csv");
  command.add_option("RESULT.h5", options->result, "a result that holds a network")->required();
  command.add_option("--data", options->data, "CSV file with a header and the columns the network was trained on")->required();
  return [options](const Invocation& invocation) {
    const record::Group root = record::read_result(options->result);
    const auto results = root.groups.find("results");
    if (results == root.groups.end() || record::root_info(root).workload != "tune")
      throw InputError(fmt::format("{} holds no trained network: it comes from the workload `{}`", options->result,
                                   record::root_info(root).workload), ExitCode::other_input);
    workloads::tune::predict(results->second, options->data, invocation.out);
    return ExitCode::complete;
  };
}

}  // namespace shoal::cli
