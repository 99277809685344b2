// SPDX-License-Identifier: Apache-2.0
// Use of a trained network that a result holds.
#pragma once

#include <iosfwd>
#include <string>

#include "shoal/record/tree.hpp"

namespace shoal::workloads::tune {

// Reads the rows of a CSV file with a header, applies the standardisation stored in best/model below `results` (the
// group /results), and writes one CSV row a sample: of numbers a column for each target; of classes the class and a
// probability for each. Numbers have the shortest digits that give back the same single-precision value. Throws
// InputError: 76 if the result holds no network, 66, 77 or 65 for the file as nn::read_csv_inputs does.
void predict(const record::Group& results, const std::string& csv_path, std::ostream& out);

}  // namespace shoal::workloads::tune
