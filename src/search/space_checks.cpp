// SPDX-License-Identifier: Apache-2.0
// What can only be judged when the whole space is known: names of members, keys given twice, columns of one kind.
#include <fmt/format.h>

#include "search/space_parser.hpp"

namespace shoal::search {

using config::Code;

// A member of a table option must be a key of the table that the choice stands for.
void SpaceParser::check_table_members(const std::string& path, const Pattern& pattern) {
  if (pattern.kind == Pattern::Kind::parameter && pattern.parameter >= 0) {
    for (const Pattern& option : space_.parameters_[static_cast<std::size_t>(pattern.parameter)].options)
      check_table_members(path, option);
  }
  for (std::size_t i = 0; i < pattern.keys.size(); ++i) {
    keys_.check_member(path, pattern.keys[i], pattern.elements[i].key_place, diagnostics_);
    check_table_members(path + "." + pattern.keys[i], pattern.elements[i]);
  }
}

void SpaceParser::leaf_paths(const std::string& path, const Pattern& pattern, std::set<std::string>& out) const {
  if (pattern.kind == Pattern::Kind::table) {
    for (std::size_t i = 0; i < pattern.keys.size(); ++i)
      leaf_paths(path + "." + pattern.keys[i], pattern.elements[i], out);
  } else if (pattern.kind == Pattern::Kind::parameter &&
             !space_.parameters_[static_cast<std::size_t>(pattern.parameter)].options.empty()) {
    for (const Pattern& option : space_.parameters_[static_cast<std::size_t>(pattern.parameter)].options)
      leaf_paths(path, option, out);
  } else {
    out.insert(path);
  }
}

// Two entries must not set the same key, nor one a key inside of what another sets as a whole.
void SpaceParser::check_paths() {
  std::set<std::string> taken;
  for (std::size_t i = 0; i < space_.roots_.size(); ++i) {
    std::set<std::string> own;
    leaf_paths(space_.roots_[i].first, space_.roots_[i].second, own);
    for (const std::string& path : own) {
      bool clash = taken.count(path) > 0;
      for (auto dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1))
        clash = clash || taken.count(path.substr(0, dot)) > 0;
      const auto below = taken.lower_bound(path + ".");
      clash = clash || (below != taken.end() && below->starts_with(path + "."));
      if (clash)
        error(Code::contradiction, root_places_[i], fmt::format("`{}` is given twice in [space]", path),
              "leave one of the two out");
    }
    taken.insert(own.begin(), own.end());
  }
}

// Branches may use the same name, if one column of the result can hold both.
void SpaceParser::check_columns() {
  for (const Column& column : space_.columns()) {
    if (column.labels.empty() || column.kind == Column::Kind::option) continue;
    const Parameter& second = space_.parameters_[static_cast<std::size_t>(column.parameters.back())];
    error(Code::contradiction, second.where,
          fmt::format("`{}` is a number in one branch and a choice of something else in another", column.name),
          "make it a number, or a choice of texts or lists, in all branches");
  }
}

}  // namespace shoal::search
