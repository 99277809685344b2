// SPDX-License-Identifier: Apache-2.0
// One element of a dataset, whatever its type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "shoal/record/tree.hpp"

namespace shoal::record {

using Element = std::variant<double, float, std::int64_t, std::uint64_t, std::string_view>;

// Throws std::out_of_range beyond the end. Texts are valid as long as the dataset.
Element element(const Dataset& dataset, std::uint64_t index);

// Shortest digits that give back the same value; texts as they are.
std::string number_text(const Element& value);

}  // namespace shoal::record
