// SPDX-License-Identifier: Apache-2.0
// Shared parameters: { shared = "width" } stands for the parameter `width` of [space.shared], wherever it is written.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "search/space_parser.hpp"

namespace shoal::search {

using config::Code;
using config::Entry;
using config::Value;

Pattern SpaceParser::use_shared(const Value& name, const Place& place) {
  const auto* text = name.get_if<std::string>();
  const auto found = std::find_if(shared_.begin(), shared_.end(),
                                  [text](const Entry& entry) { return text && entry.key == *text; });
  if (found == shared_.end()) {
    std::vector<std::string> names;
    for (const Entry& entry : shared_) names.push_back(entry.key);
    const std::string hint = names.empty() ? "there is no table [space.shared]"
                                           : config::suggestion_or_list(text ? *text : "", names);
    error(text ? Code::unknown_key : Code::wrong_type, name.where(),
          fmt::format("`{}` uses an unknown shared parameter", place.name), hint);
    return {};
  }
  const auto number = static_cast<std::size_t>(found - shared_.begin());
  shared_uses_[number].push_back(place);
  Pattern pattern;
  pattern.kind = Pattern::Kind::parameter;
  pattern.shared = static_cast<int>(number);
  return pattern;
}

// Last of all, so that every choice that may bring a shared parameter stands before it.
void SpaceParser::add_shared() {
  std::vector<Pattern> definitions;
  const std::size_t n_own = space_.parameters_.size();
  for (std::size_t i = 0; i < shared_.size(); ++i) definitions.push_back(define_shared(i));
  for (auto& [path, pattern] : space_.roots_) insert_shared(definitions, pattern);
  for (std::size_t i = 0; i < n_own; ++i) {
    for (Pattern& option : space_.parameters_[i].options) insert_shared(definitions, option);
  }
}

Pattern SpaceParser::define_shared(std::size_t number) {
  const Entry& entry = shared_[number];
  const auto taken = std::find_if(space_.parameters_.begin(), space_.parameters_.end(),
                                  [&](const Parameter& parameter) { return parameter.name == entry.key; });
  if (taken != space_.parameters_.end()) {
    error(Code::contradiction, entry.where, fmt::format("there are two parameters `{}`", entry.key),
          "give the shared one another name");
    return {};
  }
  if (shared_uses_[number].empty()) {
    error(Code::contradiction, entry.where, fmt::format("the shared parameter `{}` is used nowhere", entry.key),
          fmt::format("write {{ shared = \"{}\" }} where it should stand, or leave it out", entry.key));
    return {};
  }
  const std::size_t before = space_.parameters_.size();
  const std::vector<Place> uses = shared_uses_[number];
  Pattern pattern = this->pattern(entry.value, {entry.key});
  const bool refers = pattern.shared >= 0 || shared_uses_[number].size() > uses.size();
  if (refers || space_.parameters_.size() > before + 1 || pattern.kind == Pattern::Kind::table) {
    error(Code::contradiction, entry.value.where(),
          fmt::format("the shared parameter `{}` brings parameters of its own", entry.key),
          "a shared parameter is a distribution, or a choice of values");
    return {};
  }
  if (pattern.kind == Pattern::Kind::parameter) activate_shared(pattern.parameter, uses);
  return pattern;
}

// The choices above a place, the innermost first, each with the option taken there.
std::vector<std::pair<int, int>> SpaceParser::ancestors(const Place& place) const {
  std::vector<std::pair<int, int>> found;
  for (int parent = place.parent, option = place.option; parent >= 0;) {
    found.emplace_back(parent, option);
    const Parameter& choice = space_.parameters_[static_cast<std::size_t>(parent)];
    parent = choice.parent;
    option = choice.parent_option;
  }
  return found;
}

// Active under the innermost choice that is above all uses, in the options that lead to one; without such a choice always.
void SpaceParser::activate_shared(int number, const std::vector<Place>& uses) {
  Parameter& parameter = space_.parameters_[static_cast<std::size_t>(number)];
  for (const auto& [choice, first_option] : ancestors(uses.front())) {
    std::set<int> options;
    const bool common = std::all_of(uses.begin(), uses.end(), [&, wanted = choice](const Place& use) {
      for (const auto& [parent, option] : ancestors(use)) {
        if (parent != wanted) continue;
        options.insert(option);
        return true;
      }
      return false;
    });
    if (!common) continue;
    parameter.parent = choice;
    parameter.parent_option = *options.begin();
    parameter.more_options.assign(std::next(options.begin()), options.end());
    space_.parameters_[static_cast<std::size_t>(choice)].branches = true;
    return;
  }
}

void SpaceParser::insert_shared(const std::vector<Pattern>& definitions, Pattern& pattern) const {
  if (pattern.shared >= 0) {
    const config::Location place = pattern.key_place;
    pattern = definitions[static_cast<std::size_t>(pattern.shared)];
    pattern.key_place = place;
    pattern.shared = -1;
  }
  for (Pattern& element : pattern.elements) insert_shared(definitions, element);
}

}  // namespace shoal::search
