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

std::string target_name(const nn::Model& model, std::size_t i) {
  return i < model.target_names.size() ? model.target_names[i] : fmt::format("output_{}", i);
}

// Of classes without names their numbers.
std::string class_name(const nn::Model& model, std::size_t c) {
  return c < model.class_names.size() ? model.class_names[c] : fmt::format("{}", c);
}

std::size_t n_classes(const nn::Model& model) {
  const auto n_outputs = static_cast<std::size_t>(model.n_outputs());
  return n_outputs == 1 ? 2 : n_outputs;
}

// The probability of each class in a row; one output is that of the second class.
std::vector<float> probabilities(const Predictions& p, std::size_t row) {
  const auto n_outputs = static_cast<std::size_t>(p.model.n_outputs());
  const float* first = p.outputs.data() + row * n_outputs;
  if (n_outputs == 1) return {1.0F - first[0], first[0]};
  return {first, first + n_outputs};
}

void write_numbers(const Predictions& p, std::ostream& out) {
  const auto n_outputs = static_cast<std::size_t>(p.model.n_outputs());
  for (std::size_t i = 0; i < n_outputs; ++i) out << field(target_name(p.model, i)) << (i + 1 == n_outputs ? '\n' : ',');
  for (std::size_t i = 0; i < p.outputs.size(); ++i)
    out << fmt::format("{}", p.outputs[i]) << ((i + 1) % n_outputs == 0 ? '\n' : ',');
}

void write_classes(const Predictions& p, std::ostream& out) {
  out << (p.model.target_names.size() == 1 ? field(p.model.target_names.front()) : std::string("class"));
  for (std::size_t c = 0; c < n_classes(p.model); ++c) out << ',' << field("probability_" + class_name(p.model, c));
  out << '\n';
  for (std::size_t row = 0; row < p.classes.size(); ++row) {
    out << field(class_name(p.model, static_cast<std::size_t>(p.classes[row])));
    for (const float share : probabilities(p, row)) out << fmt::format(",{}", share);
    out << '\n';
  }
}

// A name that HDF5 takes: no slash, not empty.
std::string dataset_name(std::string name) {
  for (char& c : name) {
    if (c == '/') c = '_';
  }
  return name.empty() || name == "." || name == ".." ? "target_" + name : name;
}

bool is_classifier(const nn::Model& model) { return model.loss.ends_with("crossentropy"); }

}  // namespace

Predictions predict(const record::Group& results, const std::string& data_path, const std::string& hdf5_inputs) {
  Predictions p;
  p.model = read_model(model_group(results));
  p.outputs = nn::predict(p.model, nn::read_inputs(data_path, p.model.input_names, hdf5_inputs));
  if (is_classifier(p.model)) p.classes = nn::predicted_classes(p.model, p.outputs);
  return p;
}

void write_csv(const Predictions& p, std::ostream& out) {
  if (is_classifier(p.model)) write_classes(p, out);
  else write_numbers(p, out);
}

record::Group to_group(const Predictions& p) {
  record::Group group;
  const auto n_outputs = static_cast<std::size_t>(p.model.n_outputs());
  const std::size_t n_rows = p.outputs.size() / n_outputs;
  if (!is_classifier(p.model)) {
    for (std::size_t i = 0; i < n_outputs; ++i) {
      std::vector<float> column;
      for (std::size_t row = 0; row < n_rows; ++row) column.push_back(p.outputs[row * n_outputs + i]);
      group.add(dataset_name(target_name(p.model, i)), column, {n_rows}, {"row"}, "1", fmt::format("prediction of {}", target_name(p.model, i)));
    }
    return group;
  }
  std::vector<float> shares;
  for (std::size_t row = 0; row < n_rows; ++row) {
    for (const float share : probabilities(p, row)) shares.push_back(share);
  }
  record::Flags names;
  for (std::size_t c = 0; c < n_classes(p.model); ++c) names.emplace_back(static_cast<std::int64_t>(c), class_name(p.model, c));
  group.add("predicted", p.classes, {n_rows}, {"row"}, "1", "class of each row").flags = names;
  group.add("probability", shares, {n_rows, n_classes(p.model)}, {"row", "class"}, "1", "probability of each class");
  return group;
}

}  // namespace shoal::workloads::tune
