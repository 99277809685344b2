// SPDX-License-Identifier: Apache-2.0
// From the table [space] to a Space: expressions become parameters, everything else constants.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "search/key_names.hpp"
#include "shoal/search/space.hpp"

namespace shoal::search {

class SpaceParser {
 public:
  SpaceParser(const std::vector<std::string>& keys, config::Diagnostics& diagnostics)
      : keys_(keys), diagnostics_(diagnostics) {}

  Space parse(const config::Value& table);

 private:
  // Where a pattern stands: its dotted name, and the option that brings it.
  struct Place {
    std::string name;
    int parent = -1;
    int option = 0;
    bool in_choice() const { return parent >= 0; }
    Place member(const std::string& key) const { return {name + "." + key, parent, option}; }
  };

  void roots(const std::string& prefix, const config::Entries& entries);
  Pattern pattern(const config::Value& value, const Place& place);
  Pattern table(const config::Entries& entries, const config::Value& value, const Place& place);
  Pattern list(const config::Array& array, const config::Value& value, const Place& place);
  Pattern expression(const std::string& kind, const config::Value& argument, const config::Entry* step,
                     const Place& place);
  Pattern numeric(const std::string& kind, const config::Value& argument, const Place& place);
  Pattern choice(const std::string& kind, const config::Array& options, const config::Value& argument,
                 std::vector<double> probabilities, const Place& place);
  Pattern weighted_choice(const config::Value& argument, const Place& place);
  Pattern range(const config::Array& bounds, const config::Value& argument, const config::Entry& step,
                const Place& place);

  // Shared parameters: a place holder where one is used; at the end the parameters themselves.
  Pattern use_shared(const config::Value& name, const Place& place);
  void add_shared();
  Pattern define_shared(std::size_t number);
  void activate_shared(int parameter, const std::vector<Place>& uses);
  std::vector<std::pair<int, int>> ancestors(const Place& place) const;
  void insert_shared(const std::vector<Pattern>& definitions, Pattern& pattern) const;

  int add(Parameter parameter);
  std::vector<std::string> labels(const config::Array& options, const config::Location& where);
  void check_table_members(const std::string& path, const Pattern& pattern);
  void leaf_paths(const std::string& path, const Pattern& pattern, std::set<std::string>& out) const;
  void check_paths();
  void check_columns();
  void error(config::Code code, const config::Location& where, std::string message, std::string hint);

  Space space_;
  KeyNames keys_;
  std::vector<config::Location> root_places_;
  config::Entries shared_;                      // [space.shared] as written
  std::vector<std::vector<Place>> shared_uses_;  // of each
  config::Diagnostics& diagnostics_;
};

}  // namespace shoal::search
