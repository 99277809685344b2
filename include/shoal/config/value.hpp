// SPDX-License-Identifier: Apache-2.0
// The text of an input file as a tree of values, each with its place in the text. No toml++ type appears here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace shoal::config {

// Where a key or value stands in the text of the input, or in the text of one --set. line 0: nowhere (a default).
struct Location {
  int line = 0;            // from 1
  int column = 0;          // from 1, in Unicode code points
  int length = 1;          // in code points, for the caret line
  int override_number = 0; // from 1: in the text of this --set, in order of the command line; 0: in the input file

  bool known() const { return line > 0; }
};

class Value;
struct Entry;
using Array = std::vector<Value>;
using Entries = std::vector<Entry>;  // of a table, in the order of the text

class Value {
 public:
  using Data = std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Entries>;

  Value() = default;
  Value(Data data, Location where = {});

  const Data& data() const { return data_; }
  Data& data() { return data_; }
  const Location& where() const { return where_; }

  template <class T>
  const T* get_if() const { return std::get_if<T>(&data_); }
  template <class T>
  T* get_if() { return std::get_if<T>(&data_); }

  bool is_table() const { return get_if<Entries>() != nullptr; }

  // A table's member by key; null if this is no table or has no such key.
  const Value* find(std::string_view key) const;
  // The member at a dotted path ("network.optimizer.name"); null if there is none. Keys that contain dots cannot be named.
  const Value* at(std::string_view dotted_path) const;
  // Sets a table's member, by dotted path; makes the tables on the way (at `key_where`, as the new key itself). Throws
  // InputError if a non-table is in the way.
  void set(std::string_view dotted_path, Value value, Location key_where = {});

  // The integer this value is: an integer, or a real such as 1e9 that is one exactly. No value: it is neither.
  std::optional<std::int64_t> as_integer() const;
  // The number this value is (integers are converted). No value: it is no number.
  std::optional<double> as_real() const;

  // A real whose text was a whole number that a double cannot hold (9007199254740993.0): as_integer() refuses it.
  bool rounded() const { return rounded_; }
  void set_rounded() { rounded_ = true; }

 private:
  Data data_;
  Location where_;
  bool rounded_ = false;
};

struct Entry {
  std::string key;
  Location where;  // of the key
  Value value;
};

// Here, where Entry is complete.
inline Value::Value(Data data, Location where) : data_(std::move(data)), where_(where) {}

// Equal content; places do not matter, and neither does the order of keys.
bool same(const Value& a, const Value& b);

// "a string", "an integer", "a table", ...: for messages.
std::string kind_name(const Value& value);

// As TOML text on one line, numbers with the shortest digits that give back the same value.
std::string to_text(const Value& value);

// One string as a quoted TOML string.
std::string quoted(std::string_view text);

}  // namespace shoal::config
