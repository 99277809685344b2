// SPDX-License-Identifier: Apache-2.0
// The outline of a TOML text, without its values: brackets, statements and keys, found in one pass that never recurses.
// It refuses what would hurt the parser, and finds the statement in which the parser met a repeated key.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/config/value.hpp"

namespace shoal::config {

// Walks over the characters [ ] { } = . , and line ends that are outside strings and comments.
class StructureScanner {
 public:
  explicit StructureScanner(std::string_view text) : text_(text) {}

  // The next such character, or 0 at the end of the text.
  char next();
  std::size_t offset() const { return offset_; }  // of the character last returned; the text's size at its end

 private:
  void skip_string(char quote);
  bool starts_with(std::string_view token) const { return text_.substr(position_).starts_with(token); }

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t offset_ = 0;
};

struct Refusal {
  Location where;
  std::string hint;
};

// Why the text must not be parsed at all: not UTF-8, a control character, nested too deep. O(bytes) time, O(1) memory.
std::optional<Refusal> refusal_of(std::string_view text);

// One `key = value` or `[header]`, from the start of its first line to the end of its last.
struct Statement {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool is_header = false;
  bool is_array_header = false;  // [[header]]
  std::string path;              // dotted, from the root, without blanks and quotes
};
std::vector<Statement> statements_of(std::string_view text);

// A key that was found to be a repetition, and the text to take away so that parsing can go on without it.
struct Repetition {
  std::string name;      // dotted, from the root; of a key in an inline table: the key alone
  bool is_table = false;
  Location where;
  std::size_t erase_begin = 0;
  std::size_t erase_end = 0;
  int first_line = 0;   // of the first one; 0: not known
};

// `line`, `column`: where the parser complained.
std::optional<Repetition> repetition_at(std::string_view text, int line, int column);

// Byte offsets of places that are asked for in about the order of the text: O(bytes) for all of them together.
class TextCursor {
 public:
  explicit TextCursor(std::string_view text);
  std::size_t offset_of(int line, int column);

 private:
  std::string_view text_;
  std::vector<std::size_t> line_begins_;
  int line_ = 1;
  int column_ = 1;
  std::size_t offset_ = 0;
};

// Byte offset of a place, and the place of a byte offset (`length` 1).
std::size_t offset_of(std::string_view text, int line, int column);
Location location_of(std::string_view text, std::size_t offset);

}  // namespace shoal::config
