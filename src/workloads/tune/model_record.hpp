// SPDX-License-Identifier: Apache-2.0
// A trained network as bytes (to travel) and as a group of a result (to stay).
#pragma once

#include <string>

#include "shoal/nn/model.hpp"
#include "shoal/record/tree.hpp"
#include "workloads/tune/bytes.hpp"

namespace shoal::workloads::tune {

void write_model(const nn::Model& model, ByteWriter& writer);
nn::Model read_model(ByteReader& reader);

// parameters, layers, layer_<i>/{weights (output, input), bias (output), activation, activation_constant where the activation
// has one}, loss, input_names, target_names, class_names,
// and standardisation/{mean, factor} where inputs are standardised.
void write_model(const nn::Model& model, record::Group& group);

// The reverse. Throws InputError (76) with the name of what is missing.
nn::Model read_model(const record::Group& group);

// The layers as a table: shapes, activations, numbers of weights and biases; ends with a newline.
std::string summary(const nn::Model& model);

}  // namespace shoal::workloads::tune
