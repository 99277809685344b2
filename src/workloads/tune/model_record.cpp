// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/model_record.hpp"

#include <fmt/format.h>

#include <cstring>

#include "shoal/error.hpp"

namespace shoal::workloads::tune {
namespace {

using record::Dataset;
using record::Group;

void write_names(const std::vector<std::string>& names, ByteWriter& writer) {
  writer.number(static_cast<std::int64_t>(names.size()));
  for (const std::string& name : names) writer.text(name);
}

std::vector<std::string> read_names(ByteReader& reader) {
  std::vector<std::string> names(static_cast<std::size_t>(reader.number<std::int64_t>()));
  for (std::string& name : names) name = reader.text();
  return names;
}

const Dataset& dataset(const Group& group, const std::string& name) {
  const auto found = group.datasets.find(name);
  if (found == group.datasets.end())
    throw InputError(fmt::format("the stored network lacks `{}`: it was written by another program", name),
                     ExitCode::other_input);
  return found->second;
}

std::vector<float> floats(const Group& group, const std::string& name) {
  const Dataset& found = dataset(group, name);
  if (found.type != record::Type::f4)
    throw InputError(fmt::format("`{}` of the stored network has another type", name), ExitCode::other_input);
  std::vector<float> values(found.bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), found.bytes.data(), values.size() * sizeof(float));
  return values;
}

std::string text(const Group& group, const std::string& name) {
  const Dataset& found = dataset(group, name);
  return found.strings.empty() ? "" : found.strings.front();
}

std::vector<std::string> texts(const Group& group, const std::string& name) {
  const auto found = group.datasets.find(name);
  return found == group.datasets.end() ? std::vector<std::string>{} : found->second.strings;
}

void write_layer(const nn::DenseLayer& layer, Group& group) {
  const auto rows = static_cast<std::uint64_t>(layer.n_outputs);
  const auto columns = static_cast<std::uint64_t>(layer.n_inputs);
  group.add("weights", layer.weights, {rows, columns}, {"output", "input"}, "1", "weights of the layer");
  group.add("bias", layer.bias, {rows}, {"output"}, "1", "bias of the layer");
  group.text("activation", layer.activation, "activation of the layer's outputs");
  if (layer.constant != 0.0F) group.scalar("activation_constant", layer.constant, "1", "constant of the activation");
}

nn::DenseLayer read_layer(const Group& group) {
  nn::DenseLayer layer;
  const Dataset& weights = dataset(group, "weights");
  if (weights.shape.size() != 2)
    throw InputError("the weights of the stored network are no matrix", ExitCode::other_input);
  layer.n_outputs = static_cast<std::int64_t>(weights.shape[0]);
  layer.n_inputs = static_cast<std::int64_t>(weights.shape[1]);
  layer.weights = floats(group, "weights");
  layer.bias = floats(group, "bias");
  layer.activation = text(group, "activation");
  if (group.datasets.contains("activation_constant")) layer.constant = floats(group, "activation_constant").at(0);
  return layer;
}

}  // namespace

void write_model(const nn::Model& model, ByteWriter& writer) {
  writer.text(model.loss);
  write_names(model.input_names, writer);
  write_names(model.target_names, writer);
  write_names(model.class_names, writer);
  writer.array(model.standardisation.mean);
  writer.array(model.standardisation.factor);
  writer.number(static_cast<std::int64_t>(model.layers.size()));
  for (const nn::DenseLayer& layer : model.layers) {
    writer.number(layer.n_inputs);
    writer.number(layer.n_outputs);
    writer.array(layer.weights);
    writer.array(layer.bias);
    writer.text(layer.activation);
    writer.number(layer.constant);
  }
}

nn::Model read_model(ByteReader& reader) {
  nn::Model model;
  model.loss = reader.text();
  model.input_names = read_names(reader);
  model.target_names = read_names(reader);
  model.class_names = read_names(reader);
  model.standardisation.mean = reader.array<float>();
  model.standardisation.factor = reader.array<float>();
  model.layers.resize(static_cast<std::size_t>(reader.number<std::int64_t>()));
  for (nn::DenseLayer& layer : model.layers) {
    layer.n_inputs = reader.number<std::int64_t>();
    layer.n_outputs = reader.number<std::int64_t>();
    layer.weights = reader.array<float>();
    layer.bias = reader.array<float>();
    layer.activation = reader.text();
    layer.constant = reader.number<float>();
  }
  return model;
}

void write_model(const nn::Model& model, Group& group) {
  std::int64_t n_numbers = 0;
  for (const nn::DenseLayer& layer : model.layers) n_numbers += static_cast<std::int64_t>(layer.weights.size() + layer.bias.size());
  group.scalar("parameters", n_numbers, "1", "weights and biases of all layers");
  group.scalar("layers", static_cast<std::int64_t>(model.layers.size()), "1",
               "number of layers; layer_0 takes the inputs");
  group.text("loss", model.loss, "loss that was minimised");
  group.texts("input_names", model.input_names, "input", "names of the inputs, in the order of layer_0's columns");
  group.texts("target_names", model.target_names, "target", "names of the targets");
  if (!model.class_names.empty())
    group.texts("class_names", model.class_names, "class", "names of the classes, in the order of their numbers");
  if (!model.standardisation.mean.empty()) {
    Group& standardisation = group.group("standardisation");
    const std::uint64_t n = model.standardisation.mean.size();
    standardisation.add("mean", model.standardisation.mean, {n}, {"input"}, "1",
                        "raw input x enters the network as (x - mean) * factor");
    standardisation.add("factor", model.standardisation.factor, {n}, {"input"}, "1",
                        "1 / standard deviation of the training part");
  }
  for (std::size_t i = 0; i < model.layers.size(); ++i)
    write_layer(model.layers[i], group.group(fmt::format("layer_{}", i)));
}

nn::Model read_model(const Group& group) {
  nn::Model model;
  model.loss = text(group, "loss");
  model.input_names = texts(group, "input_names");
  model.target_names = texts(group, "target_names");
  model.class_names = texts(group, "class_names");
  if (const auto found = group.groups.find("standardisation"); found != group.groups.end()) {
    model.standardisation.mean = floats(found->second, "mean");
    model.standardisation.factor = floats(found->second, "factor");
  }
  for (std::size_t i = 0;; ++i) {
    const auto found = group.groups.find(fmt::format("layer_{}", i));
    if (found == group.groups.end()) break;
    model.layers.push_back(read_layer(found->second));
  }
  if (model.layers.empty()) throw InputError("the stored network has no layers", ExitCode::other_input);
  return model;
}

std::string summary(const nn::Model& model) {
  std::string text = fmt::format("{:<10} {:>9} {:>9} {:>12}  {}\n", "layer", "inputs", "outputs", "parameters", "activation");
  std::int64_t total = 0;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const nn::DenseLayer& layer = model.layers[i];
    const std::int64_t n = (layer.n_inputs + 1) * layer.n_outputs;
    const std::string constant = layer.constant != 0.0F ? fmt::format(" ({})", layer.constant) : std::string();
    text += fmt::format("{:<10} {:>9} {:>9} {:>12}  {}{}\n", fmt::format("layer_{}", i), layer.n_inputs, layer.n_outputs, n,
                        layer.activation, constant);
    total += n;
  }
  return text + fmt::format("{} parameters, {} loss, inputs {}\n", total, model.loss,
                            model.standardisation.mean.empty() ? "as they are" : "standardised");
}

}  // namespace shoal::workloads::tune
