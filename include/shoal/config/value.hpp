// SPDX-License-Identifier: Apache-2.0
// The text of an input file as a tree of values, each with its place in the text. No toml++ type appears here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace shoal::config {

// Where a key or value stands. line 0: not in the file (a default, or --set, then `source` says so).
struct Location {
  std::string source;  // file name as the user gave it, or "--set"
  int line = 0;        // from 1
  int column = 0;      // from 1, in Unicode code points
  int length = 1;      // in code points, for the caret line
};

class Value;
struct Entry;
using Array = std::vector<Value>;
using Entries = std::vector<Entry>;  // of a table, in the order of the text

class Value {
 public:
  using Data = std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Entries>;

  Value() = default;
  Value(Data data, Location where = {}) : data_(std::move(data)), where_(std::move(where)) {}

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
  // Sets a table's member, by dotted path; makes the tables on the way. Throws InputError if a non-table is in the way.
  void set(std::string_view dotted_path, Value value);

 private:
  Data data_;
  Location where_;
};

struct Entry {
  std::string key;
  Location where;  // of the key
  Value value;
};

// As TOML text on one line, numbers with the shortest digits that give back the same value.
std::string to_text(const Value& value);

}  // namespace shoal::config
