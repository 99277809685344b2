// SPDX-License-Identifier: Apache-2.0
#include "shoal/nn/model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nn/dense_network.hpp"
#include "nn/standardise.hpp"
#include "nn/subnormals_are_zero.hpp"
#include "shoal/error.hpp"

namespace shoal::nn {
namespace {

constexpr std::int64_t kRowsAtOnce = kernels::kBlockLanes;

void check(const Model& model, std::span<const float> inputs) {
  std::int64_t width = model.n_inputs();
  for (const DenseLayer& layer : model.layers) {
    const auto n = static_cast<std::size_t>(layer.n_inputs * layer.n_outputs);
    if (layer.n_inputs != width || layer.n_outputs < 1 || layer.weights.size() != n ||
        layer.bias.size() != static_cast<std::size_t>(layer.n_outputs)) {
      throw InputError("the stored network is inconsistent: the shapes of its layers do not fit");
    }
    width = layer.n_outputs;
  }
  if (model.layers.empty() || model.n_inputs() < 1) throw InputError("the stored network has no layers");
  if (inputs.size() % static_cast<std::size_t>(model.n_inputs()) != 0) {
    throw InputError(fmt::format("{} numbers are no whole rows of {} inputs", inputs.size(), model.n_inputs()));
  }
}

DenseNetwork make_network(const Model& model) {
  std::vector<std::int64_t> widths = {model.n_inputs()};
  for (const DenseLayer& layer : model.layers) widths.push_back(layer.n_outputs);
  const DenseLayer& hidden = model.layers.front();
  NetworkShape whole{widths, hidden.activation, model.layers.back().activation, {hidden.constant, hidden.constant},
                     model.layers.back().constant};
  DenseNetwork network(whole, kRowsAtOnce, false);
  for (std::size_t l = 0; l < model.layers.size(); ++l) {
    const DenseLayer& layer = model.layers[l];
    const DenseShape& shape = network.layers()[l];
    for (std::int64_t o = 0; o < layer.n_outputs; ++o) {
      float* row = network.weights() + shape.offset + o * shape.row();
      std::copy_n(layer.weights.begin() + o * layer.n_inputs, layer.n_inputs, row);
      row[layer.n_inputs] = layer.bias[static_cast<std::size_t>(o)];
    }
  }
  return network;
}

}  // namespace

std::vector<float> predict(const Model& model, std::span<const float> inputs) {
  check(model, inputs);
  const SubnormalsAreZero scope;
  DenseNetwork network = make_network(model);
  const std::int64_t width = model.n_inputs(), n_outputs = model.n_outputs();
  std::vector<float> rows(inputs.begin(), inputs.end());
  standardise(rows, width, model.standardisation);
  const std::int64_t n = static_cast<std::int64_t>(rows.size()) / width;
  std::vector<float> outputs(static_cast<std::size_t>(n * n_outputs));
  for (std::int64_t begin = 0; begin < n; begin += kRowsAtOnce) {
    const std::int64_t count = std::min(kRowsAtOnce, n - begin), lanes = round_up(count, kernels::kLanes);
    const Block x = network.input(0, lanes);
    for (std::int64_t i = 0; i < width; ++i) {
      for (std::int64_t j = 0; j < lanes; ++j) {
        x.row(i)[j] = rows[static_cast<std::size_t>((begin + std::min(j, count - 1)) * width + i)];
      }
    }
    network.forward(lanes, 0, true, {});
    const Block y = network.output(0, lanes);
    for (std::int64_t j = 0; j < count; ++j) {
      for (std::int64_t o = 0; o < n_outputs; ++o) {
        outputs[static_cast<std::size_t>((begin + j) * n_outputs + o)] = y.row(o)[j];
      }
    }
  }
  return outputs;
}

std::vector<std::int64_t> predicted_classes(const Model& model, std::span<const float> outputs) {
  const auto n_outputs = static_cast<std::size_t>(model.n_outputs());
  std::vector<std::int64_t> classes;
  for (std::size_t row = 0; row + n_outputs <= outputs.size(); row += n_outputs) {
    const auto values = outputs.subspan(row, n_outputs);
    classes.push_back(n_outputs == 1 ? (values[0] > 0.5f ? 1 : 0) : std::ranges::max_element(values) - values.begin());
  }
  return classes;
}

}  // namespace shoal::nn
