// SPDX-License-Identifier: Apache-2.0
// Numbers and classes of a CSV table.
#pragma once

#include <string>
#include <vector>

#include "nn/csv.hpp"
#include "shoal/nn/data_parameters.hpp"

namespace shoal::nn {

// Columns of the targets, in the order of the parameters. Throws InputError if there are none, or are named twice.
std::vector<std::size_t> target_columns(const CsvTable&, const CsvParameters&, const char* source);

// Takes out rows with missing values if p.missing is "drop", and says how many in `notes`.
void drop_missing_rows(CsvTable&, const CsvParameters&, std::vector<std::string>& notes);

// A field as a number; NaN where it is missing and p.missing is "mean". Throws InputError with its place.
float csv_input(const CsvTable&, const CsvRow&, std::size_t column, const CsvParameters&);

// Missing inputs (NaN) of all parts become the mean of the training part's column. Throws InputError if it has none.
void fill_missing(Dataset&);

}  // namespace shoal::nn
