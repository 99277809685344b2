// SPDX-License-Identifier: Apache-2.0
// One JSON object (RFC 8259) on one line, members in the order of add().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::run {

std::string json_string(std::string_view text);

class JsonObject {
 public:
  JsonObject& add(std::string_view name, std::string_view text);
  JsonObject& add(std::string_view name, const char* text) { return add(name, std::string_view(text)); }
  JsonObject& add(std::string_view name, bool value);
  JsonObject& add(std::string_view name, std::int64_t value);
  JsonObject& add(std::string_view name, double value);                 // null if it is not finite
  JsonObject& add(std::string_view name, const std::vector<std::string>& texts);
  JsonObject& add_raw(std::string_view name, std::string_view json);    // already JSON

  template <class T>
  JsonObject& add(std::string_view name, const std::optional<T>& value) {
    return value ? add(name, *value) : add_raw(name, "null");
  }

  std::string text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

}  // namespace shoal::run
