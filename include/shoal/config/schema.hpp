// SPDX-License-Identifier: Apache-2.0
// One member list a struct: each key is named once, with its default (the member's present value), range, unit, help
// and role; the list parses, validates, prints help and writes the resolved values.
//
//   struct Training { std::int64_t epochs = 999; double learning_rate = 1e-3; ... };
//   void bind(config::Table& table, Training& t) {
//     table.integer("epochs", t.epochs, {.help = "passes over the training data", .minimum = 1, .maximum = 1e6});
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/config/diagnostics.hpp"
#include "shoal/config/value.hpp"

namespace shoal::config {

// Does the answer depend on the key? Science keys define "the same input"; execution keys may change between restarts.
enum class Role { science, execution };

struct Key {
  std::string help = {};  // one line
  std::string unit = "1";
  Role role = Role::science;
  double minimum = -std::numeric_limits<double>::infinity();  // of numbers, and of each element of arrays
  double maximum = std::numeric_limits<double>::infinity();
  bool exclusive_minimum = false;      // (minimum, maximum] instead of [minimum, maximum]
  std::vector<std::string> allowed = {};  // of texts; empty: any
  bool required = false;
  std::size_t minimum_count = 0;       // of the elements of arrays, and of the characters of texts
};

// One resolved parameter, as /parameters stores it.
struct Resolved {
  std::string name;   // dotted input name
  Value value;
  std::string unit;
  Role role = Role::science;
  bool is_default = false;  // not given by the user
};

class Table {
 public:
  Table();
  ~Table();
  Table(Table&&) noexcept;
  Table& operator=(Table&&) noexcept;

  // Each binds a key to a variable that outlives the table; its present value is the default.
  void boolean(std::string name, bool& target, Key key);
  void integer(std::string name, std::int64_t& target, Key key);   // accepts 1e9 where exact
  // Below 2^64: an integer, 1e19 where exact, or its digits as a text, since TOML's own integers end at 2^63 - 1.
  void natural(std::string name, std::uint64_t& target, Key key);
  void real(std::string name, double& target, Key key);            // finite; accepts integers
  void text(std::string name, std::string& target, Key key);
  void integers(std::string name, std::vector<std::int64_t>& target, Key key);
  void naturals(std::string name, std::vector<std::uint64_t>& target, Key key);
  void reals(std::string name, std::vector<double>& target, Key key);
  void texts(std::string name, std::vector<std::string>& target, Key key);
  // Anything else: `parse` reports its errors to the diagnostics; `resolved` gives the value to store.
  void custom(std::string name, Key key, std::function<void(const Value&, Diagnostics&)> parse,
              std::function<Value()> resolved);
  // A nested [table].
  Table& table(std::string name, std::string help);
  // Keys nobody knows in advance (such as [space]): the whole table goes to `parse`.
  // `resolved` gives a table value; each of its members is one resolved parameter.
  void free_table(std::string name, std::string help, std::function<void(const Value&, Diagnostics&)> parse,
                  std::function<Value()> resolved, Role role = Role::science);

  // Fills all targets from a table value. Unknown keys (with "did you mean"), wrong types, out-of-range values and missing
  // required keys go to the diagnostics; nothing is thrown. A value without content (input that was no TOML) is passed over.
  void read(const Value& value, Diagnostics& diagnostics);

  // The value that read() was given; of a nested table its part. Empty if there was none.
  const Value& source() const;

  // Was a key or table given in the input (by its dotted name, relative to this table)? Valid after read().
  bool given(std::string_view dotted_name) const;

  // Where its value stands, for errors found later (in load()): of a key that was not given, the table it would be in.
  Location where(std::string_view dotted_name) const;

  // Every key with its value after read(), dotted, in the order of binding.
  std::vector<Resolved> resolved() const;

  // The dotted names of all keys (for suggestions and for short names in [space]).
  std::vector<std::string> names() const;

  // A commented TOML text of all keys with their defaults: what `shoal init` shows for keys that no shipped input sets.
  std::string help() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The science keys as sorted lines `name = value`: the canonical text that defines "the same input" (its SHA-256 is the
// digest of the parameters).
std::vector<std::string> science_lines(const std::vector<Resolved>& resolved);

}  // namespace shoal::config
