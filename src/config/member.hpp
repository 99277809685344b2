// SPDX-License-Identifier: Apache-2.0
// One key of a Table: how it is read, checked and written. A nested table is a member too.
#pragma once

#include <memory>
#include <string>

#include "shoal/config/schema.hpp"

namespace shoal::config {

struct Member {
  std::string name;
  Key key;
  std::function<void(const Value&, Diagnostics&)> parse = {};  // fills the target, or reports
  std::function<Value()> resolved = {};
  std::unique_ptr<Table> table = {};    // of a nested table; then parse and resolved are empty
  bool free_members = false;       // a table whose keys nobody knows in advance
  bool given = false;
  Location where = {};             // of the value, once read
};

// Each makes the parse and resolved functions of one type for a variable.
Member boolean_member(std::string name, bool& target, Key key);
Member integer_member(std::string name, std::int64_t& target, Key key);
Member natural_member(std::string name, std::uint64_t& target, Key key);
Member real_member(std::string name, double& target, Key key);
Member text_member(std::string name, std::string& target, Key key);
Member integers_member(std::string name, std::vector<std::int64_t>& target, Key key);
Member naturals_member(std::string name, std::vector<std::uint64_t>& target, Key key);
Member reals_member(std::string name, std::vector<double>& target, Key key);
Member texts_member(std::string name, std::vector<std::string>& target, Key key);

// "an integer in [1, 100]", "a number > 0", "one of: a, b": what a single value of the key must be.
std::string expectation(const Key& key, std::string_view noun = "");

}  // namespace shoal::config
