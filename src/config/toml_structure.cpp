// SPDX-License-Identifier: Apache-2.0
#include "config/toml_structure.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shoal/utf8.hpp"
#include "shoal/config/read_toml.hpp"

namespace shoal::config {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string without_blanks_and_quotes(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (kBlank.find(c) == std::string_view::npos && c != '"' && c != '\'') result += c;
  return result;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

std::optional<Refusal> bad_bytes(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0 || is_control(text[i])) {
      const auto byte = static_cast<unsigned char>(text[i]);
      return Refusal{location_of(text, i), length == 0 ? fmt::format("byte 0x{:02X} is not UTF-8", byte)
                                                       : fmt::format("control character 0x{:02X}", byte)};
    }
    i += length;
  }
  return std::nullopt;
}

std::optional<Refusal> bad_nesting(std::string_view text) {
  StructureScanner scanner(text);
  int depth = 0;
  int dots = 0;  // in a row, within one dotted key
  while (const char c = scanner.next()) {
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') depth = std::max(0, depth - 1);
    dots = c == '.' ? dots + 1 : 0;
    if (depth > kMaximumNesting || dots >= kMaximumNesting)
      return Refusal{location_of(text, scanner.offset()), fmt::format("nested deeper than {} levels", kMaximumNesting)};
  }
  return std::nullopt;
}

// What stands between the brackets of a header, or before the `=` of a pair.
std::string statement_key(std::string_view text, const Statement& s, std::size_t equals) {
  if (!s.is_header) return without_blanks_and_quotes(text.substr(s.begin, equals - s.begin));
  std::string key;
  for (const char c : without_blanks_and_quotes(text.substr(s.begin, s.end - s.begin))) {
    if (c == ']') break;
    if (c != '[') key += c;
  }
  return key;
}

// The `key = ` to which the value at `offset` belongs, inside one statement.
struct Owner {
  std::size_t key_begin;
  std::size_t equals;
  bool in_inline_table;
  std::size_t comma;  // before the key, in an inline table
};

std::optional<Owner> owner_of(std::string_view text, const Statement& statement, std::size_t offset) {
  StructureScanner scanner(text.substr(statement.begin, statement.end - statement.begin));
  std::optional<Owner> owner;
  std::size_t key_begin = statement.begin;
  std::size_t comma = statement.begin;
  bool in_inline_table = false;
  while (const char c = scanner.next()) {
    const std::size_t here = statement.begin + scanner.offset();
    if (owner && here >= offset) break;
    if (c == '{' || c == ',') {
      key_begin = here + 1;
      comma = here;
      in_inline_table = true;
    }
    if (c == '=') owner = Owner{key_begin, here, in_inline_table, comma};
  }
  return owner;
}

// The end of the value after `equals` in an inline table: the next comma or closing brace of the same level.
std::size_t inline_value_end(std::string_view text, std::size_t equals) {
  StructureScanner scanner(text.substr(equals + 1));
  int depth = 0;
  while (const char c = scanner.next()) {
    if (depth == 0 && (c == ',' || c == '}')) break;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
  }
  return equals + 1 + scanner.offset();
}

int line_of_first(std::string_view text, const std::vector<Statement>& statements, std::size_t repeated) {
  for (std::size_t i = repeated; i-- > 0;) {
    if (statements[i].path == statements[repeated].path) return location_of(text, statements[i].begin).line;
    if (statements[i].is_array_header) return 0;  // another element of an array of tables
  }
  return 0;
}

// A repeated header takes the keys below it along: they would land in the table before.
std::size_t end_of_table(const std::vector<Statement>& statements, std::size_t header) {
  std::size_t end = statements[header].end;
  for (std::size_t i = header + 1; i < statements.size() && !statements[i].is_header; ++i) end = statements[i].end;
  return end;
}

Location trimmed_location(std::string_view text, std::size_t begin, std::size_t end) {
  while (begin < end && kBlank.find(text[begin]) != std::string_view::npos) ++begin;
  while (end > begin && kBlank.find(text[end - 1]) != std::string_view::npos) --end;
  Location where = location_of(text, begin);
  where.length = static_cast<int>(display_code_points(text.substr(begin, end - begin)).size());
  return where;
}

}  // namespace

char StructureScanner::next() {
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (c == '"' || c == '\'') {
      skip_string(c);
    } else if (c == '#') {
      position_ = std::min(text_.find('\n', position_), text_.size());
    } else {
      offset_ = position_++;
      if (std::string_view("[]{}=.,\n").find(c) != std::string_view::npos) return c;
    }
  }
  offset_ = text_.size();
  return 0;
}

void StructureScanner::skip_string(char quote) {
  const std::string triple(3, quote);
  const bool multi_line = starts_with(triple);
  position_ += multi_line ? 3 : 1;
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (multi_line && starts_with(triple)) {
      position_ += 3;
      while (position_ < text_.size() && text_[position_] == quote) ++position_;  // """"" ends with quotes inside
      return;
    }
    if (!multi_line && c == '\n') return;  // not closed: the parser will say so
    position_ += c == '\\' && quote == '"' ? 2 : 1;
    if (!multi_line && c == quote) return;
  }
  position_ = std::min(position_, text_.size());
}

std::optional<Refusal> refusal_of(std::string_view text) {
  if (auto refusal = bad_bytes(text)) return refusal;
  return bad_nesting(text);
}

std::vector<Statement> statements_of(std::string_view text) {
  std::vector<Statement> statements;
  StructureScanner scanner(text);
  std::size_t begin = 0;
  std::size_t equals = std::string_view::npos;
  std::string table;  // the header above
  int depth = 0;
  for (char c = scanner.next();; c = scanner.next()) {
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') depth = std::max(0, depth - 1);
    if (c == '=' && equals == std::string_view::npos) equals = scanner.offset();
    if (c != 0 && (c != '\n' || depth > 0)) continue;
    const std::size_t first = text.find_first_not_of(kBlank, begin);
    if (first < scanner.offset() && text[first] != '#') {
      Statement statement{begin, scanner.offset(), text[first] == '[', text.substr(first, 2) == "[[", ""};
      if (statement.is_header || equals != std::string_view::npos) {
        const std::string key = statement_key(text, statement, equals);
        statement.path = statement.is_header || table.empty() ? key : table + "." + key;
        if (statement.is_header) table = key;
        statements.push_back(std::move(statement));
      }
    }
    if (c == 0) return statements;
    begin = scanner.offset() + 1;
    equals = std::string_view::npos;
  }
}

std::optional<Repetition> repetition_at(std::string_view text, int line, int column) {
  const std::size_t offset = offset_of(text, line, column);
  const std::vector<Statement> statements = statements_of(text);
  const auto found = std::find_if(statements.begin(), statements.end(),
                                  [&](const Statement& s) { return s.begin <= offset && offset <= s.end; });
  if (found == statements.end()) return std::nullopt;
  const auto index = static_cast<std::size_t>(found - statements.begin());

  Repetition repetition;
  repetition.name = found->path;
  repetition.first_line = line_of_first(text, statements, index);
  repetition.erase_begin = found->begin;
  if (found->is_header) {
    repetition.is_table = true;
    repetition.where = trimmed_location(text, found->begin, found->end);
    repetition.erase_end = end_of_table(statements, index);
    return repetition;
  }
  const auto owner = owner_of(text, *found, offset);
  if (!owner) return std::nullopt;
  repetition.where = trimmed_location(text, owner->key_begin, owner->equals);
  repetition.erase_end = found->end;
  if (owner->in_inline_table) {
    repetition.name = without_blanks_and_quotes(text.substr(owner->key_begin, owner->equals - owner->key_begin));
    repetition.first_line = 0;
    repetition.erase_begin = text[owner->comma] == ',' ? owner->comma : owner->key_begin;
    repetition.erase_end = inline_value_end(text, owner->equals);
  }
  return repetition;
}

TextCursor::TextCursor(std::string_view text) : text_(text), line_begins_{0} {
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1))
    line_begins_.push_back(end + 1);
}

std::size_t TextCursor::offset_of(int line, int column) {
  if (line < 1 || static_cast<std::size_t>(line) > line_begins_.size()) return text_.size();
  if (line != line_ || column < column_) {
    line_ = line;
    column_ = 1;
    offset_ = line_begins_[static_cast<std::size_t>(line) - 1];
  }
  for (; column_ < column && offset_ < text_.size() && text_[offset_] != '\n'; ++column_)
    offset_ += std::max<std::size_t>(1, utf8_length(text_.substr(offset_)));
  return std::min(offset_, text_.size());
}

std::size_t offset_of(std::string_view text, int line, int column) { return TextCursor(text).offset_of(line, column); }

Location location_of(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  Location where;
  where.line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  where.column = 1 + static_cast<int>(display_code_points(before.substr(line_begin)).size());
  return where;
}

}  // namespace shoal::config
