// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/predict.hpp"

#include <fmt/format.h>

#include <ostream>

#include "shoal/error.hpp"
#include "shoal/nn/data_parameters.hpp"
#include "workloads/tune/model_record.hpp"

namespace shoal::workloads::tune {
namespace {

const record::Group& model_group(const record::Group& results) {
  if (const auto best = results.groups.find("best"); best != results.groups.end()) {
    if (const auto model = best->second.groups.find("model"); model != best->second.groups.end()) return model->second;
  }
  throw InputError(
      "the result holds no trained network (best/model): it is not of the workload `tune`, not complete, or all "
      "trainings failed",
      ExitCode::other_input);
}

// A name as a field of CSV (RFC 4180).
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void write_numbers(const nn::Model& model, const std::vector<float>& outputs, std::ostream& out) {
  const auto n_outputs = static_cast<std::size_t>(model.n_outputs());
  for (std::size_t i = 0; i < n_outputs; ++i) {
    out << (i < model.target_names.size() ? field(model.target_names[i]) : fmt::format("output_{}", i))
        << (i + 1 == n_outputs ? '\n' : ',');
  }
  for (std::size_t i = 0; i < outputs.size(); ++i)
    out << fmt::format("{}", outputs[i]) << ((i + 1) % n_outputs == 0 ? '\n' : ',');
}

void write_classes(const nn::Model& model, const std::vector<float>& outputs, std::ostream& out) {
  const auto n_outputs = static_cast<std::size_t>(model.n_outputs());
  const std::vector<std::int64_t> classes = nn::predicted_classes(model, outputs);
  out << (model.target_names.empty() ? "class" : field(model.target_names.front()));
  for (const std::string& name : model.class_names) out << ',' << field("probability_" + name);
  out << '\n';
  for (std::size_t row = 0; row < classes.size(); ++row) {
    out << field(model.class_names[static_cast<std::size_t>(classes[row])]);
    const float* p = outputs.data() + row * n_outputs;
    if (n_outputs == 1) out << fmt::format(",{},{}\n", 1.0F - p[0], p[0]);  // one output: the probability of class 1
    for (std::size_t i = 0; n_outputs > 1 && i < n_outputs; ++i)
      out << fmt::format(",{}{}", p[i], i + 1 == n_outputs ? "\n" : "");
  }
}

}  // namespace

void predict(const record::Group& results, const std::string& csv_path, std::ostream& out) {
  const nn::Model model = read_model(model_group(results));
  const std::vector<float> outputs = nn::predict(model, nn::read_csv_inputs(csv_path, model.input_names));
  if (model.class_names.empty()) write_numbers(model, outputs, out);
  else write_classes(model, outputs, out);
}

}  // namespace shoal::workloads::tune
