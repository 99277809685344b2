// SPDX-License-Identifier: Apache-2.0
// Use of a trained network that a result holds.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "shoal/nn/model.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::workloads::tune {

// What a network says of some rows.
struct Predictions {
  nn::Model model;
  std::vector<float> outputs;         // (row, output), row-major
  std::vector<std::int64_t> classes;  // (row); empty: the outputs are numbers
};

// Reads the rows of a CSV file with a header, of an IDX file, or of the dataset `hdf5_inputs` of an HDF5 file, applies the
// standardisation stored in best/model below `results` (the group /results) and the network. Throws InputError: 76 if the
// result holds no network, 66, 77, 69 or 65 for the file as nn::read_inputs does.
Predictions predict(const record::Group& results, const std::string& data_path, const std::string& hdf5_inputs);

// One CSV row a sample: of numbers a column for each target; of classes the class and a probability for each. Numbers have
// the shortest digits that give back the same single-precision value.
void write_csv(const Predictions&, std::ostream& out);

// The same as a tree: numbers: <target> (row); classes: predicted (row), whose flags are the names, and probability (row, class).
record::Group to_group(const Predictions&);

}  // namespace shoal::workloads::tune
