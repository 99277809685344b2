// SPDX-License-Identifier: Apache-2.0
// A search space: a tree of parameters that says which inputs may be tried.
//
//   [space]
//   hidden = { choice = [[5, 8, 5], [5, 8, 8, 5]] }          a choice of values, lists or tables
//   learning_rate = { loguniform = [1e-4, 1e-1] }            a distribution; bounds are values, not logarithms
//   batch = [50, 100, 200]                                   a list: each of these
//   dropout = { grid = [0.0, 0.5], step = 0.1 }              a range with step, both ends included
//   epochs = 999                                             a constant
//   optimizer = { choice = [{ name = "adam" }, { name = "sgd", momentum = { uniform = [0.0, 0.99] } }] }
//
// A branch of a choice may bring parameters of its own (`optimizer.momentum`); they are active only where the branch
// was taken. A table that is no expression is a group: its keys are dotted names (`optimizer.learning_rate`). Lists
// inside a choice may hold expressions too: [{ uniformint = [4, 32] }, 8] brings the parameter `hidden.0`.
//
//   [space.shared]
//   width = { uniformint = [4, 32] }                         one parameter, used in several places:
//   [space]
//   hidden = { choice = [[{ shared = "width" }], [{ shared = "width" }, { shared = "width" }], [8]] }
//
// A shared parameter sets nothing by itself, and is active where one of its uses may be.
//
// The space knows nothing of what its names mean; `keys` (the dotted names of the table that a point is merged over)
// resolve short names and catch misspelt ones.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shoal/config/diagnostics.hpp"
#include "shoal/config/value.hpp"
#include "shoal/search/distribution.hpp"

namespace shoal::search {

// One value a parameter, in the order of Space::parameters(): the number itself, or the number of the option taken;
// NaN where the parameter is inactive. Whole numbers are exact up to 2^53.
using Point = std::vector<double>;

inline bool is_active(double coordinate) {
  return coordinate == coordinate;
}

// A part of the space as a pattern with holes: a constant, a parameter, or a table or list of patterns.
struct Pattern {
  config::Value constant;         // used if nothing below is
  int parameter = -1;             // >= 0: the value of this parameter
  int shared = -1;                // >= 0: while parsing, the shared parameter that will stand here
  std::vector<std::string> keys;  // of a table, in the order of the text
  std::vector<Pattern> elements;  // of a list; of a table one for each key
  config::Location key_place;     // of the key, for a member of a table
  enum class Kind { constant, parameter, table, list } kind = Kind::constant;
};

struct Parameter {
  std::string name;  // dotted, as written in [space]
  Distribution prior;
  std::vector<Pattern> options;     // shape `options`: what each brings
  std::vector<std::string> labels;  // shape `options`: one word each, all different
  bool branches = false;            // an option brings parameters of its own
  int parent = -1;                  // the choice whose option brings it, or -1: always active
  int parent_option = 0;            // the option; the first one, if several bring it
  std::vector<int> more_options;    // the others: only of shared parameters
  config::Location where;

  // Does this option of the parent bring it?
  bool brought_by(double option) const;
};

// One key of the input that a point sets.
struct Assignment {
  std::string path;  // dotted; a full key if `keys` were given
  config::Value value;
};

// How a parameter appears in a result. Parameters of different branches with the same name share one column.
struct Column {
  enum class Kind { real, integer, option };
  std::string name;
  Kind kind = Kind::real;
  bool conditional = false;         // may be inactive
  std::vector<std::string> labels;  // option: value i means labels[i]
  std::vector<int> parameters;      // whose values it holds, at most one active at a time
};

class Space {
 public:
  Space() = default;

  // Reads a [space] table. Mistakes go to the diagnostics, each with place and remedy; what is left is then unusable.
  // `keys`: dotted names that points may set; empty: any. A short name means the only key that ends with it.
  static Space parse(const config::Value& table, const std::vector<std::string>& keys, config::Diagnostics&);

  const std::vector<Parameter>& parameters() const { return parameters_; }

  // Builds a point: asks `choose` for the value of each active parameter, parents before children, in input order.
  Point build(const std::function<double(int parameter)>& choose) const;

  // The number of different points; nothing if a parameter is continuous or there are more than 2^53.
  std::optional<std::int64_t> n_points() const;
  // The name of a parameter that makes the space uncountable, or "".
  std::string uncountable_parameter() const;

  // Point i of the cartesian product in input order, the last key fastest: 0 <= i < n_points().
  Point grid_point(std::int64_t i) const;

  // The point that a table describes, such as { hidden = [5, 8, 5], learning_rate = 0.01 }: keys as in [space], short
  // names too; of a choice the value, or its label. Constants may be left out. Mistakes, missing parameters and values
  // outside of the space go to the diagnostics, and there is no point.
  std::optional<Point> read_point(const config::Value& table, config::Diagnostics&) const;

  // The point whose columns hold these values (see column_value); nothing if one is missing or outside of the space.
  std::optional<Point> from_columns(const std::function<std::optional<double>(const Column&)>& value) const;

  // The keys that a point sets: constants of the space first come where they stand.
  std::vector<Assignment> assignments(const Point& point) const;

  // Every key that some point sets, in input order, however rare the branch that brings it; the value where it is a
  // constant there. A key of several branches comes once for each.
  struct Key {
    std::string path;
    std::optional<config::Value> constant;
  };
  std::vector<Key> keys() const;

  std::vector<Column> columns() const;
  // What a column holds for a point: the number, or the index of the label; nothing if inactive.
  std::optional<double> column_value(const Column& column, const Point& point) const;

  // One line for each parameter: name, expression, condition.
  std::vector<std::string> describe() const;

  // A point as text: "hidden=[5,8,5] learning_rate=0.01". Real numbers have the shortest digits that give back the same
  // value, or at most `digits` significant ones.
  std::string to_text(const Point& point, int digits = 0) const;

 private:
  friend class SpaceParser;

  // The parameters that an option brings (parent -1: those that are always active), in input order.
  std::vector<int> children(int parent, int option) const;
  std::int64_t count_children(int parent, int option) const;  // of different points of them; kTooMany at most
  std::int64_t count_branch(int parameter) const;
  void fill_children(int parent, int option, std::int64_t index, Point& point) const;
  void fill_branch(int parameter, std::int64_t index, Point& point) const;
  config::Value evaluate(const Pattern& pattern, const Point& point) const;
  config::Value value_of(int parameter, double coordinate) const;
  bool read_pattern(const Pattern& pattern, const config::Value& value, Point& point) const;
  std::optional<double> read_parameter(int parameter, const config::Value& value, Point& point) const;
  void read_roots(const std::string& prefix, const config::Entries& entries, Point& point, config::Diagnostics&) const;
  void check_active(const config::Value& table, Point& point, config::Diagnostics&) const;
  void assign(const std::string& path, const Pattern& pattern, const Point& point, std::vector<Assignment>& out) const;
  void add_keys(const std::string& path, const Pattern& pattern, std::vector<Key>& out) const;

  std::vector<Parameter> parameters_;                   // parents before children, otherwise in input order
  std::vector<std::pair<std::string, Pattern>> roots_;  // by full key
};

}  // namespace shoal::search
