// SPDX-License-Identifier: Apache-2.0
// Spaces from TOML text, for tests.
#pragma once

#include <string>
#include <vector>

#include "shoal/config/read_toml.hpp"
#include "shoal/search/space.hpp"

namespace shoal::search {

struct Parsed {
  config::Diagnostics diagnostics;
  Space space;
};

// The text holds the keys of [space], without the header.
inline Parsed parse(const std::string& text, const std::vector<std::string>& keys = {}) {
  Parsed parsed{config::Diagnostics("test.toml", text), {}};
  const config::Value root = config::read_toml(parsed.diagnostics);
  parsed.space = Space::parse(root, keys, parsed.diagnostics);
  return parsed;
}

// The space of a text without mistakes.
inline Space space_of(const std::string& text, const std::vector<std::string>& keys = {}) {
  Parsed parsed = parse(text, keys);
  parsed.diagnostics.throw_if_any();
  return parsed.space;
}

// "path=value path=value"
inline std::string assigned(const Space& space, const Point& point) {
  std::string text;
  for (const Assignment& a : space.assignments(point))
    text += (text.empty() ? "" : " ") + a.path + "=" + config::to_text(a.value);
  return text;
}

}  // namespace shoal::search
