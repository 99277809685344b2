// SPDX-License-Identifier: Apache-2.0
#include "config/syntax_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "config/toml_structure.hpp"
#include "shoal/utf8.hpp"

namespace shoal::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

// The value of a one-line `key = word` in which a place lies, if it consists of characters of one word.
std::optional<std::pair<std::size_t, std::string_view>> word_after_equals(std::string_view text, std::size_t offset) {
  const auto line_begin = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;  // npos + 1 = 0
  const std::string_view line = text.substr(line_begin, text.find('\n', line_begin) - line_begin);
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view word = trimmed(line.substr(equals + 1, line.find('#') - equals - 1));
  const auto in_word = [](char c) { return is_letter(c) || is_digit(c) || std::string_view("_-+./:").find(c) != std::string_view::npos; };
  if (word.empty() || !std::all_of(word.begin(), word.end(), in_word)) return std::nullopt;
  return std::pair(static_cast<std::size_t>(word.data() - text.data()), word);
}

std::optional<std::string> explain_word(std::string_view word) {
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (lower == "true" || lower == "false") return fmt::format("booleans are lower-case: {}", lower);
  if (is_letter(word[0])) return fmt::format("strings need quotes: \"{}\"", word);
  const bool has_letters = std::any_of(word.begin(), word.end(), is_letter);
  if (is_digit(word[0]) && has_letters) return fmt::format("not a number; strings need quotes: \"{}\"", word);
  return std::nullopt;
}

// "Error while parsing array: encountered end-of-file" -> "in array: encountered end-of-file".
std::string plain(std::string_view description) {
  constexpr std::string_view kOpening = "Error while parsing ";
  if (description.starts_with(kOpening)) return fmt::format("in {}", description.substr(kOpening.size()));
  return std::string(description);
}

}  // namespace

void report_syntax_error(std::string_view text, const Location& place, std::string_view description,
                         Diagnostics& diagnostics) {
  const std::size_t offset = offset_of(text, place.line, place.column);
  if (const auto found = word_after_equals(text, offset)) {
    const auto& [begin, word] = *found;
    if (const auto explanation = offset >= begin ? explain_word(word) : std::nullopt) {
      Location where = location_of(text, begin);
      where.length = static_cast<int>(word.size());
      where.override_number = place.override_number;
      diagnostics.error(Code::syntax, where, "not valid TOML", *explanation);
      return;
    }
  }
  diagnostics.error(Code::syntax, place, "not valid TOML", plain(description));
}

std::optional<Location> replace_huge_number(std::string& text, const Location& place, std::string_view description) {
  const bool integer = description.find("not representable in 64 bits") != std::string_view::npos;
  const bool real = description.find("could not be interpreted as a value") != std::string_view::npos;
  if (!integer && !real) return std::nullopt;
  const std::size_t end = offset_of(text, place.line, place.column);  // one past the literal
  std::size_t begin = end;
  while (begin > 0 && (is_digit(text[begin - 1]) || std::string_view("+-._eE").find(text[begin - 1]) != std::string_view::npos))
    --begin;
  const std::size_t length = end - begin;
  if (length < 3 || text[end - 2] == '_' || text[end - 1] == '_') return std::nullopt;  // at least "0x" went before
  if (integer) text.replace(end - 2, 2, "e9");  // 99999999999999999999 -> 999999999999999999e9
  else text.replace(begin, 3, "inf").replace(begin + 3, length - 3, length - 3, ' ');
  Location where = location_of(text, begin);
  where.length = static_cast<int>(length);
  where.override_number = place.override_number;
  return where;
}

bool denotes_exactly(std::string_view literal, double whole_number) {
  constexpr long kLongest = 400;  // decimal digits of the largest double: 309
  std::string digits;
  long exponent = 0;
  bool after_point = false;
  for (std::size_t i = 0; i < literal.size(); ++i) {
    const char c = literal[i];
    if (c == '.') after_point = true;
    if (is_digit(c)) {
      if (!digits.empty() || c != '0') digits += c;
      if (after_point) --exponent;
    }
    if (c == 'e' || c == 'E') {
      std::string power(literal.substr(i + 1));
      std::erase(power, '_');
      exponent += std::strtol(power.c_str(), nullptr, 10);
      break;
    }
  }
  while (!digits.empty() && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  if (digits.empty()) return whole_number == 0;
  if (exponent < 0 || exponent > kLongest) return false;
  digits.append(static_cast<std::size_t>(exponent), '0');
  return digits == fmt::format("{:.0f}", whole_number < 0 ? -whole_number : whole_number);
}

bool is_bare_word(std::string_view text) {
  const std::string_view word = trimmed(text);
  if (word.empty()) return true;
  if (std::string_view("[{\"'#").find(word[0]) != std::string_view::npos) return false;
  constexpr std::array kWords = {"true", "false", "inf", "nan", "+inf", "-inf", "+nan", "-nan"};
  if (std::find(kWords.begin(), kWords.end(), word.substr(0, word.find_first_of(" \t\r\n#"))) != kWords.end()) return false;
  const bool number = is_digit(word[0]) || ((word[0] == '-' || word[0] == '+') && word.size() > 1 && is_digit(word[1]));
  if (!number) return true;
  // 12abc, 1:30:00 and 3-fold are words; 12, 1e9, 0x1F and 5 # five are not.
  const std::string_view token = word.substr(0, word.find_first_of(" \t\r\n#"));
  const bool hexadecimal = token.starts_with("0x") || token.starts_with("0o") || token.starts_with("0b");
  return !hexadecimal && token.find_first_not_of("0123456789+-_.eE") != std::string_view::npos;
}

}  // namespace shoal::config
