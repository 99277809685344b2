// SPDX-License-Identifier: Apache-2.0
#include "search/key_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace shoal::search {
namespace {

std::string last_part(const std::string& name) {
  return name.substr(name.rfind('.') + 1);
}

}  // namespace

KeyNames::KeyNames(std::vector<std::string> keys) {
  for (std::string& key : keys) {
    for (auto dot = key.find('.'); dot != std::string::npos; dot = key.find('.', dot + 1)) {
      if (!known(key.substr(0, dot))) names_.push_back(key.substr(0, dot));
    }
    if (!known(key)) names_.push_back(std::move(key));
  }
}

bool KeyNames::known(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

std::string KeyNames::resolve(const std::string& name, const config::Location& where,
                              config::Diagnostics& diagnostics) const {
  if (names_.empty() || known(name)) return name;
  std::vector<std::string> matches;
  for (const std::string& candidate : names_) {
    if (candidate.ends_with("." + name)) matches.push_back(candidate);
  }
  if (matches.size() == 1) return matches.front();
  if (matches.size() > 1) {
    diagnostics.error(config::Code::contradiction, where, fmt::format("ambiguous key `{}` in [space]", name),
                      fmt::format("write one of: {}", fmt::join(matches, ", ")));
    return name;
  }
  std::vector<std::string> candidates = names_;
  for (const std::string& candidate : names_) candidates.push_back(last_part(candidate));
  const std::string near = config::suggestion(name, candidates);
  diagnostics.error(
      config::Code::unknown_key, where, fmt::format("unknown key `{}` in [space]", name),
      near.empty() ? fmt::format("keys: {}", fmt::join(names_, ", ")) : fmt::format("did you mean `{}`?", near));
  return name;
}

void KeyNames::check_member(const std::string& table, const std::string& member, const config::Location& where,
                            config::Diagnostics& diagnostics) const {
  const std::string full = table + "." + member;
  if (known(full)) return;
  std::vector<std::string> members;
  for (const std::string& name : names_) {
    if (name.starts_with(table + ".")) members.push_back(name.substr(table.size() + 1));
  }
  if (members.empty()) return;
  const std::string near = config::suggestion(member, members);
  diagnostics.error(config::Code::unknown_key, where, fmt::format("unknown key `{}` in [space]", full),
                    near.empty() ? fmt::format("keys of `{}`: {}", table, fmt::join(members, ", "))
                                 : fmt::format("did you mean `{}`?", near));
}

}  // namespace shoal::search
