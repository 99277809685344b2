// SPDX-License-Identifier: Apache-2.0
// One flat JSON object on one line: what Shoal and a worker, or a command, say to each other.
//
// Strict RFC 8259 but for two things: NaN, Infinity and -Infinity are numbers (Python writes them, and a loss that is NaN
// is a result), and a name may occur once only. Members are null, booleans, numbers, strings, or arrays of one of the
// last three. A whole number that fits 64 bits stays one; of an array only when it is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace shoal::process {

using JsonValue = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, std::vector<bool>, std::vector<double>,
                               std::vector<std::string>, std::vector<std::int64_t>>;

class JsonLine {
 public:
  // Throws InputError with the column (from 1) and what was expected.
  static JsonLine parse(std::string_view text);
  // The last line of `text` that is not blank, if it is such an object.
  static std::optional<JsonLine> last_of(std::string_view text);

  JsonLine& add(std::string name, JsonValue value);

  const std::vector<std::pair<std::string, JsonValue>>& members() const { return members_; }
  const JsonValue* find(std::string_view name) const;              // null: no such member
  std::optional<double> number(std::string_view name) const;       // whole or not
  std::optional<std::string> string(std::string_view name) const;
  bool is_true(std::string_view name) const;                       // there, and `true`

  std::string text() const;  // without line end; reals have the fewest digits that read back the same

 private:
  std::vector<std::pair<std::string, JsonValue>> members_;
};

}  // namespace shoal::process
