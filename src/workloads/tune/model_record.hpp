// SPDX-License-Identifier: Apache-2.0
// A trained network as bytes (to travel) and as a group of a result (to stay).
#pragma once

#include "shoal/nn/model.hpp"
#include "shoal/record/tree.hpp"
#include "workloads/tune/bytes.hpp"

namespace shoal::workloads::tune {

void write_model(const nn::Model& model, ByteWriter& writer);
nn::Model read_model(ByteReader& reader);

// layers, layer_<i>/{weights (output, input), bias (output), activation}, loss, input_names, target_names, class_names,
// and standardisation/{mean, factor} where inputs are standardised.
void write_model(const nn::Model& model, record::Group& group);

// The reverse. Throws InputError (76) with the name of what is missing.
nn::Model read_model(const record::Group& group);

}  // namespace shoal::workloads::tune
