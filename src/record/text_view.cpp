// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/text_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "record/element.hpp"
#include "record/lookup.hpp"
#include "record/text_table.hpp"

namespace shoal::record {
namespace {

constexpr std::size_t kWidestCell = 40;

struct ShortNumber {
  std::string operator()(double value) const { return fmt::format("{:.6g}", value); }
  std::string operator()(float value) const { return fmt::format("{:.6g}", value); }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(std::uint64_t value) const { return fmt::format("{}", value); }
  std::string operator()(std::string_view text) const { return std::string(text); }
};

// One element for a table: six digits, enumerations by name.
std::string cell(const Dataset& dataset, std::uint64_t index) {
  const bool plain = dataset.flags.empty() && dataset.type != Type::text;
  return shorten(plain ? std::visit(ShortNumber{}, element(dataset, index)) : element_text(dataset, index), kWidestCell);
}

std::string with_units(const Dataset& dataset) {
  return dataset.type == Type::text || dataset.units == "1" || dataset.units.empty() ? "" : " " + dataset.units;
}

// "f8 (trial: 1000, epoch: 40)"
std::string shape_text(const Dataset& dataset) {
  std::string extents;
  for (std::size_t i = 0; i < dataset.shape.size(); ++i) {
    if (i > 0) extents += ", ";
    extents += dataset.dimensions[i].empty() ? fmt::format("{}", dataset.shape[i]) : fmt::format("{}: {}", dataset.dimensions[i], dataset.shape[i]);
  }
  return dataset.shape.empty() ? std::string(type_name(dataset.type)) : fmt::format("{} ({})", type_name(dataset.type), extents);
}

double as_double(const Element& value) {
  return std::visit([](auto v) {
    if constexpr (std::is_same_v<decltype(v), std::string_view>) return std::numeric_limits<double>::quiet_NaN();
    else return static_cast<double>(v);
  }, value);
}

// "0.1 to 2.5 m, 3 NaN": of the numbers of an array; for enumerations how often each occurs.
std::string range_text(const Dataset& dataset) {
  const std::uint64_t n = dataset.n_elements();
  if (n == 0) return "empty";
  if (dataset.type == Type::text || dataset.source) return "";  // large arrays are not read for that
  std::uint64_t n_nan = 0;
  std::optional<std::uint64_t> low, high;
  std::map<std::string, std::uint64_t> counts;
  for (std::uint64_t i = 0; i < n; ++i) {
    if (!dataset.flags.empty()) {
      ++counts[element_text(dataset, i)];
      continue;
    }
    const double value = as_double(element(dataset, i));
    if (std::isnan(value)) { ++n_nan; continue; }
    if (!low || value < as_double(element(dataset, *low))) low = i;
    if (!high || value > as_double(element(dataset, *high))) high = i;
  }
  std::string text;
  for (const auto& [name, count] : counts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  if (low) text = fmt::format("{} to {}{}", cell(dataset, *low), cell(dataset, *high), with_units(dataset));
  if (n_nan > 0) text += fmt::format("{}{} NaN", text.empty() ? "" : ", ", n_nan);
  return text;
}

std::string attribute_text(const Attribute& attribute) {
  if (const auto* text = std::get_if<std::string>(&attribute)) return *text;
  if (const auto* integer = std::get_if<std::int64_t>(&attribute)) return fmt::format("{}", *integer);
  if (const auto* real = std::get_if<double>(&attribute)) return fmt::format("{}", *real);
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute)) return fmt::format("{}", fmt::join(*integers, ", "));
  return fmt::format("{}", fmt::join(std::get<std::vector<double>>(attribute), ", "));
}

std::string attributes_text(const std::map<std::string, Attribute>& attributes, const ViewOptions& options) {
  TextTable table({Align::left, Align::left});
  for (const auto& [name, value] : attributes) table.add({name, "= " + attribute_text(value)});
  return table.text("  ", options.width);
}

// One line a dataset.
std::string listing(const Group& group, const ViewOptions& options) {
  TextTable table({Align::left, Align::left, Align::left, Align::left});
  for (const auto& [name, dataset] : group.datasets) {
    if (dataset.shape.empty()) table.add({name, cell(dataset, 0) + with_units(dataset), "", dataset.long_name});
    else table.add({name, shape_text(dataset), range_text(dataset), dataset.long_name});
  }
  return table.text("  ", options.width);
}

// The rows to show of n: all, or the first and the last with a gap, marked by nothing.
std::vector<std::optional<std::uint64_t>> shown_rows(std::uint64_t n, std::size_t max_rows) {
  std::vector<std::optional<std::uint64_t>> rows;
  const std::uint64_t tail = n > max_rows ? max_rows / 4 : 0;
  const std::uint64_t head = n > max_rows ? max_rows - tail : n;
  for (std::uint64_t i = 0; i < head; ++i) rows.emplace_back(i);
  if (n > max_rows) rows.emplace_back(std::nullopt);
  for (std::uint64_t i = n - tail; i < n; ++i) rows.emplace_back(i);
  return rows;
}

// The datasets on one dimension side by side, one row an index.
std::string dimension_table(const std::string& dimension, const std::vector<std::pair<std::string, const Dataset*>>& columns,
                            const ViewOptions& options) {
  std::vector<Align> align = {Align::right};
  std::vector<std::string> names = {dimension}, units = {""};
  for (const auto& [name, dataset] : columns) {
    align.push_back(dataset->type == Type::text || !dataset->flags.empty() ? Align::left : Align::right);
    names.push_back(name);
    const std::string unit = with_units(*dataset);
    units.push_back(unit.empty() ? "" : fmt::format("[{}]", unit.substr(1)));
  }
  TextTable table(align);
  table.add(names);
  if (std::any_of(units.begin(), units.end(), [](const auto& unit) { return !unit.empty(); })) table.add(units);
  for (const auto& row : shown_rows(columns[0].second->shape[0], options.max_rows)) {
    std::vector<std::string> cells = {row ? fmt::format("{}", *row) : "…"};
    for (const auto& column : columns) cells.push_back(row ? cell(*column.second, *row) : "…");
    table.add(cells);
  }
  return table.text("  ", options.width);
}

std::string dimension_tables(const Group& group, const ViewOptions& options) {
  std::map<std::string, std::vector<std::pair<std::string, const Dataset*>>> by_dimension;
  for (const auto& [name, dataset] : group.datasets)
    if (dataset.shape.size() == 1 && dataset.shape[0] > 0) by_dimension[dataset.dimensions[0]].emplace_back(name, &dataset);
  std::string text;
  for (const auto& [dimension, columns] : by_dimension) text += "\n" + dimension_table(dimension, columns, options);
  return text;
}

std::string view_below(const Group& group, const std::string& path, const ViewOptions& options) {
  std::string text = (path.empty() ? "/" : path) + "\n" + attributes_text(group.attributes, options) + listing(group, options);
  for (const auto& [name, child] : group.groups) text += "\n" + view_below(child, path + "/" + name, options);
  return text;
}

// Rows: all indices but the last; columns: the last one.
std::string matrix(const Dataset& dataset, const ViewOptions& options) {
  const std::uint64_t n_columns = dataset.shape.back();
  const std::uint64_t n_rows = n_columns == 0 ? 0 : dataset.n_elements() / n_columns;
  const auto columns = shown_rows(n_columns, options.max_columns);
  TextTable table(std::vector<Align>(columns.size() + 1, Align::right));
  std::vector<std::string> head = {fmt::format("{}", fmt::join(dataset.dimensions, " / "))};
  for (const auto& column : columns) head.push_back(column ? fmt::format("{}", *column) : "…");
  table.add(head);
  for (const auto& row : shown_rows(n_rows, options.max_rows)) {
    std::vector<std::uint64_t> index(dataset.shape.size() - 1);
    std::uint64_t rest = row.value_or(0);
    for (std::size_t i = index.size(); i-- > 0; rest /= dataset.shape[i]) index[i] = rest % dataset.shape[i];
    std::vector<std::string> cells = {row ? fmt::format("{}", fmt::join(index, ", ")) : "…"};
    for (const auto& column : columns) cells.push_back(row && column ? cell(dataset, *row * n_columns + *column) : "…");
    table.add(cells);
  }
  return table.text("  ", options.width);
}

}  // namespace

std::string view(const Group& group, const std::string& path, const ViewOptions& options) {
  const std::string plain = path == "/" ? "" : path;
  return view_below(group, plain, options) + dimension_tables(group, options);
}

std::string view(const Dataset& dataset, const std::string& path, const ViewOptions& options) {
  std::string text = fmt::format("{}: {}\n  {}", path, dataset.long_name, shape_text(dataset));
  if (!with_units(dataset).empty()) text += "," + with_units(dataset);
  const std::string range = dataset.shape.empty() ? "" : range_text(dataset);
  text += range.empty() ? "\n" : fmt::format(", {}\n", range);
  text += attributes_text(dataset.attributes, options);
  if (dataset.shape.empty()) return text + fmt::format("  {}\n", element_text(dataset, 0));
  if (dataset.n_elements() == 0) return text;
  const std::string name = path.substr(path.rfind('/') + 1);
  return text + (dataset.shape.size() == 1 ? dimension_table(dataset.dimensions[0], {{name, &dataset}}, options) : matrix(dataset, options));
}

std::string view_path(const Group& root, const std::string& path, const ViewOptions& options) {
  const Found found = look_up(root, path);
  const std::string full = path.starts_with('/') ? path : "/" + path;
  return found.dataset ? view(*found.dataset, full, options) : view(*found.group, full, options);
}

}  // namespace shoal::record
