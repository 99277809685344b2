// SPDX-License-Identifier: Apache-2.0
// The only file that sees toml++.
#include "shoal/config/read_toml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "config/syntax_error.hpp"
#include "config/toml_parser.hpp"
#include "config/toml_structure.hpp"

namespace shoal::config {
namespace {

constexpr int kMostRecoveries = 20;                       // from errors that need not end the parsing; each costs another one
constexpr std::size_t kLargestRecovered = std::size_t{1} << 20;  // bytes; larger texts stop at the first one

struct Parsed {
  toml::table root;
  std::string text;                 // as it was parsed: repetitions taken out, huge numbers replaced
  std::vector<Location> replaced;   // where those stood
};

// toml::table -> Value, with places and in the order of the text.
class Converter {
 public:
  Converter(const Parsed& parsed, int override_number, Diagnostics& diagnostics)
      : text_(parsed.text), replaced_(parsed.replaced), override_number_(override_number), diagnostics_(diagnostics), cursor_(text_) {}

  Value value(const toml::node& node) {
    const Location where = location(node.source());
    if (const auto* table = node.as_table()) return Value(entries(*table), where);
    if (const auto* array = node.as_array()) {
      Array elements;
      elements.reserve(array->size());
      for (const toml::node& element : *array) elements.push_back(value(element));
      return Value(std::move(elements), where);
    }
    if (const auto* boolean = node.as_boolean()) return Value(boolean->get(), where);
    if (const auto* integer = node.as_integer()) return Value(integer->get(), where);
    if (const auto* text = node.as_string()) return Value(text->get(), where);
    if (const auto* real = node.as_floating_point()) return real_value(real->get(), where);
    return date_value(where);
  }

  Location location(const toml::source_region& region) const {
    Location where;
    where.line = static_cast<int>(region.begin.line);
    where.column = static_cast<int>(region.begin.column);
    where.override_number = override_number_;
    where.length = region.end.line == region.begin.line
                       ? std::max(1, static_cast<int>(region.end.column) - where.column)
                       : 1 << 20;  // to the end of its first line: the caret line is cut there
    for (const Location& original : replaced_)
      if (original.line == where.line && original.column == where.column) return original;
    return where;
  }

 private:
  Entries entries(const toml::table& table) {
    std::vector<std::pair<const toml::key*, const toml::node*>> members;
    members.reserve(table.size());
    for (auto&& [key, node] : table) members.emplace_back(&key, &node);
    std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
      const auto place = [](const auto& m) { return std::tuple(m.first->source().begin.line, m.first->source().begin.column); };
      return place(a) < place(b);
    });
    Entries result;
    result.reserve(members.size());
    for (const auto& [key, node] : members) result.push_back({std::string(key->str()), location(key->source()), value(*node)});
    return result;
  }

  std::string_view literal(const Location& where) {
    return text_.substr(cursor_.offset_of(where.line, where.column), static_cast<std::size_t>(where.length));
  }

  // Whole numbers from 2^53 on may have been rounded: only the text can tell.
  Value real_value(double real, const Location& where) {
    Value result(real, where);
    const bool large = std::abs(real) >= 9007199254740992.0 && std::abs(real) < 1.9e19;  // beyond: no 64-bit integer
    if (large && !denotes_exactly(literal(where), real)) result.set_rounded();
    return result;
  }

  Value date_value(const Location& where) {
    if (override_number_ == 0) diagnostics_.error(Code::wrong_type, where, "wrong type", "a date or time needs quotes here");
    return Value(std::string(literal(where)), where);
  }

  std::string_view text_;
  const std::vector<Location>& replaced_;
  int override_number_;
  Diagnostics& diagnostics_;
  TextCursor cursor_;
};

void blank_out(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < std::min(end, text.size()); ++i)
    if (text[i] != '\n') text[i] = ' ';
}

Location place_of(const toml::parse_error& error, int override_number) {
  Location where;
  where.line = static_cast<int>(error.source().begin.line);
  where.column = static_cast<int>(error.source().begin.column);
  where.override_number = override_number;
  return where;
}

// Reports a repeated key and removes it from the text. False: it is another kind of error.
bool take_out_repetition(std::string& text, const toml::parse_error& error, int override_number, Diagnostics& diagnostics) {
  if (std::string_view(error.description()).find("cannot redefine") == std::string_view::npos) return false;
  const Location place = place_of(error, override_number);
  const auto repetition = repetition_at(text, place.line, place.column);
  if (!repetition || repetition->erase_begin >= repetition->erase_end) return false;
  Location where = repetition->where;
  where.override_number = override_number;
  const bool known = repetition->first_line > 0 && override_number == 0;
  diagnostics.error(Code::duplicate, where,
                    fmt::format("{} `{}` is given twice", repetition->is_table ? "table" : "key", repetition->name),
                    known ? fmt::format("first given in line {}", repetition->first_line) : "given before");
  blank_out(text, repetition->erase_begin, repetition->erase_end);
  return true;
}

// The text as a table; nothing after a syntax error, which has been reported then.
std::optional<Parsed> parse(std::string text, int override_number, Diagnostics& diagnostics) {
  Parsed parsed{{}, std::move(text), {}};
  for (int i = 0;; ++i) {
    try {
      parsed.root = toml::parse(parsed.text);
      return parsed;
    } catch (const toml::parse_error& error) {
      const bool recoverable = i < kMostRecoveries && parsed.text.size() <= kLargestRecovered;
      if (recoverable && take_out_repetition(parsed.text, error, override_number, diagnostics)) continue;
      const Location place = place_of(error, override_number);
      const auto huge = recoverable ? replace_huge_number(parsed.text, place, error.description()) : std::nullopt;
      if (!huge) {
        report_syntax_error(parsed.text, place, error.description(), diagnostics);
        return std::nullopt;
      }
      parsed.replaced.push_back(*huge);
    } catch (const ParserGaveUp&) {
      Location where;
      where.override_number = override_number;
      diagnostics.error(Code::syntax, where, "not valid TOML", "the parser lost its way; look at brackets and quotes");
      return std::nullopt;
    }
  }
}

bool refused(std::string_view text, int override_number, Diagnostics& diagnostics) {
  if (auto refusal = refusal_of(text)) {
    refusal->where.override_number = override_number;
    diagnostics.error(Code::syntax, refusal->where, "not valid TOML", refusal->hint);
    return true;
  }
  return false;
}

// What a --set says: keys from the root, and the value.
struct Assignment {
  std::vector<std::pair<std::string, Location>> keys;
  Value value;
};

std::optional<Assignment> only_assignment(const toml::table& root, Converter& converter) {
  Assignment assignment;
  const toml::node* node = &root;
  while (const auto* table = node->as_table()) {
    if (table->is_inline() && node != &root) break;
    if (table->size() != 1) return std::nullopt;
    const auto member = table->begin();  // kept: what it points to lives inside the iterator
    assignment.keys.emplace_back(std::string(member->first.str()), converter.location(member->first.source()));
    node = &member->second;
  }
  assignment.value = converter.value(*node);
  return assignment;
}

std::optional<Assignment> parse_override(const std::string& text, int number, Diagnostics& diagnostics) {
  const auto complain = [&](std::string hint) {
    Location where{1, 1, static_cast<int>(text.size()), number};
    diagnostics.error(Code::syntax, where, "not an override", std::move(hint));
    return std::nullopt;
  };
  if (refused(text, number, diagnostics)) return std::nullopt;
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || text[0] == '[' || text[0] == '#')
    return complain("expected section.key=value");

  // A bare word becomes a string: columns up to its first character stay as typed.
  std::string toml_text = text;
  const std::string word = text.substr(equals + 1);
  if (is_bare_word(word)) toml_text = text.substr(0, equals + 1) + quoted(word);
  const auto parsed = parse(toml_text, number, diagnostics);
  if (!parsed) return std::nullopt;
  Converter converter(*parsed, number, diagnostics);
  auto assignment = only_assignment(parsed->root, converter);
  if (!assignment) return complain("expected one section.key=value");
  return assignment;
}

// Puts the value at its path, table by table; false if something else stands in the way.
bool assign(Value& root, const Assignment& assignment) {
  if (!root.is_table()) return true;  // an input that could not be parsed: it has been reported
  Value* table = &root;
  for (std::size_t i = 0; i < assignment.keys.size(); ++i) {
    const auto& [key, where] = assignment.keys[i];
    auto* entries = table->get_if<Entries>();
    if (!entries) return false;
    auto found = std::find_if(entries->begin(), entries->end(), [&k = key](const Entry& e) { return e.key == k; });
    if (found == entries->end()) found = entries->insert(found, Entry{key, where, Value(Entries{}, where)});
    if (i + 1 == assignment.keys.size()) *found = Entry{key, where, assignment.value};
    table = &found->value;
  }
  return true;
}

}  // namespace

Value read_toml(Diagnostics& diagnostics) {
  const std::string& text = diagnostics.text();
  if (text.size() > kMaximumInputBytes) {
    diagnostics.error(Code::syntax, {}, "input is too large", fmt::format("at most {} MiB", kMaximumInputBytes >> 20));
    return Value();
  }
  if (refused(text, 0, diagnostics)) return Value();
  const auto parsed = parse(text, 0, diagnostics);
  return parsed ? Converter(*parsed, 0, diagnostics).value(parsed->root) : Value();
}

void apply_override(Value& root, const std::string& text, Diagnostics& diagnostics) {
  const int number = diagnostics.add_override(text);
  const auto assignment = parse_override(text, number, diagnostics);
  if (assignment && !assign(root, *assignment)) {
    const Location& where = assignment->keys.back().second;
    diagnostics.error(Code::contradiction, where, fmt::format("`{}` is not inside a table", assignment->keys.back().first),
                      "the input gives a plain value where this --set needs a table");
  }
}

}  // namespace shoal::config
