// SPDX-License-Identifier: Apache-2.0
// Trees as text for people, and as JSON.
#pragma once

#include <cstddef>
#include <string>

#include "shoal/record/tree.hpp"

namespace shoal::record {

struct ViewOptions {
  std::size_t max_rows = 20;      // of a table; the middle is left out
  std::size_t width = 110;        // columns of the terminal
  std::size_t max_columns = 12;   // of a two-dimensional dataset
};

// A group: its attributes, then every dataset below it, one a line: name, value or shape, units, range, what it is.
// Its own one-dimensional datasets on the same dimension are also shown side by side as a table. `path` is the heading.
std::string view(const Group& group, const std::string& path, const ViewOptions& options = {});

// A dataset: what it is, units, range, and its values as a table.
std::string view(const Dataset& dataset, const std::string& path, const ViewOptions& options = {});

// What is at `path` in a tree, either of the above. Throws InputError (66) with a suggestion if nothing is there.
std::string view_path(const Group& root, const std::string& path, const ViewOptions& options = {});

// JSON (RFC 8259), one line. A group: {"attributes": {...}, "groups": {...}, "datasets": {...}}; a dataset: {"type", "shape",
// "dimensions", "units", "long_name", "flags", "attributes", "values"}, arrays nested as their shape. Numbers have the shortest digits
// that give back the same value; NaN is null and the infinities are 1e999 and -1e999, which parsers read as such.
std::string to_json(const Group& group);
std::string to_json(const Dataset& dataset);
std::string json_path(const Group& root, const std::string& path);  // as view_path

// One element as text: numbers with the shortest digits that give back the same value, enumerations by name.
std::string element_text(const Dataset& dataset, std::uint64_t index);

}  // namespace shoal::record
