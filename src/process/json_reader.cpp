// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

#include "shoal/error.hpp"
#include "shoal/process/json_line.hpp"
#include "shoal/utf8.hpp"

namespace shoal::process {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  JsonLine object() {
    JsonLine line;
    skip_blanks();
    expect('{', "'{'");
    if (!take('}')) {
      do {
        skip_blanks();
        const std::size_t begin = at_;
        std::string name = string("a name in quotes");
        if (line.find(name) != nullptr) at_ = begin, fail(fmt::format("another name than {}, which is there already", name));
        skip_blanks();
        expect(':', "':'");
        line.add(std::move(name), value());
      } while (take(','));
      expect('}', "',' or '}'");
    }
    skip_blanks();
    if (at_ < text_.size()) fail("the end of the line");
    return line;
  }

 private:
  [[noreturn]] void fail(std::string_view expected) const {
    const std::string found = at_ < text_.size() ? fmt::format("'{}'", text_.substr(at_, 20)) : "the end";
    throw InputError(fmt::format("column {}: expected {}, found {}", at_ + 1, expected, found));
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n') ++at_;
  }

  bool take(char c) {
    skip_blanks();
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  void expect(char c, std::string_view words) {
    if (peek() != c) fail(words);
    ++at_;
  }

  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  JsonValue value() {
    skip_blanks();
    if (peek() == '[') return array();
    if (peek() == '{') fail("a number, text, true, false, null or an array of these (objects are flat)");
    return scalar();
  }

  JsonValue scalar() {
    if (peek() == '"') return string("text");
    if (take_word("true")) return true;
    if (take_word("false")) return false;
    if (take_word("null")) return nullptr;
    if (take_word("NaN")) return std::numeric_limits<double>::quiet_NaN();
    if (take_word("Infinity")) return std::numeric_limits<double>::infinity();
    if (take_word("-Infinity")) return -std::numeric_limits<double>::infinity();
    return number();
  }

  void digits() {
    if (!is_digit(peek())) fail("a digit");
    while (is_digit(peek())) ++at_;
  }

  JsonValue number() {
    const std::size_t begin = at_;
    if (peek() != '-' && !is_digit(peek())) fail("a value");
    if (peek() == '-') ++at_;
    if (peek() == '0') ++at_;
    else digits();
    bool whole = true;
    if (peek() == '.') whole = false, ++at_, digits();
    if (peek() == 'e' || peek() == 'E') {
      whole = false, ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      digits();
    }
    const char* first = text_.data() + begin;
    const char* last = text_.data() + at_;
    if (std::int64_t integer = 0; whole && std::from_chars(first, last, integer).ec == std::errc()) return integer;
    double real = 0;
    if (std::from_chars(first, last, real).ec != std::errc()) at_ = begin, fail("a number within the range of doubles");
    return real;
  }

  unsigned four_hex_digits() {
    unsigned code = 0;
    const char* first = text_.data() + at_;
    const char* last = first + std::min<std::size_t>(4, text_.size() - at_);
    if (last - first < 4 || std::from_chars(first, last, code, 16).ptr != last) fail("four hexadecimal digits");
    at_ += 4;
    return code;
  }

  // After \u. Characters beyond 16 bits come as two.
  unsigned code_point() {
    const unsigned first = four_hex_digits();
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first > 0xDBFF || !take_word("\\u")) fail("the second half of a character");
    const unsigned second = four_hex_digits();
    if (second < 0xDC00 || second > 0xDFFF) fail("the second half of a character");
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
  }

  void escape(std::string& text) {
    static constexpr std::string_view kEscapes = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char c = peek();
    if (c == 'u') {
      ++at_;
      const char32_t point = code_point();
      text += to_utf8({&point, 1});
      return;
    }
    const std::size_t index = kEscapes.find(c);
    if (index == std::string_view::npos || c == '\0') fail("one of \" \\ / b f n r t u after \\");
    text += kMeanings[index];
    ++at_;
  }

  std::string string(std::string_view what) {
    expect('"', what);
    std::string text;
    while (peek() != '"') {
      const char c = peek();
      if (at_ >= text_.size()) fail("'\"' at the end of a text");
      if (static_cast<unsigned char>(c) < 0x20) fail("no control characters in a text");
      ++at_;
      if (c == '\\') escape(text);
      else text += c;
    }
    ++at_;
    return text;
  }

  // All elements of one kind; whole and other numbers are one.
  JsonValue array() {
    ++at_;
    std::vector<bool> booleans;
    std::vector<double> numbers;
    std::vector<std::string> texts;
    if (take(']')) return numbers;
    std::size_t n = 0;
    do {
      skip_blanks();
      const std::size_t begin = at_;
      if (peek() == '[' || peek() == '{') fail("a number, text, true or false (arrays are flat)");
      JsonValue element = scalar();
      if (auto* boolean = std::get_if<bool>(&element)) booleans.push_back(*boolean);
      else if (auto* integer = std::get_if<std::int64_t>(&element)) numbers.push_back(static_cast<double>(*integer));
      else if (auto* real = std::get_if<double>(&element)) numbers.push_back(*real);
      else if (auto* text = std::get_if<std::string>(&element)) texts.push_back(std::move(*text));
      if (++n != std::max({booleans.size(), numbers.size(), texts.size()})) {
        at_ = begin;
        fail("an array of numbers, of texts, or of true and false");
      }
    } while (take(','));
    expect(']', "',' or ']'");
    if (!booleans.empty()) return booleans;
    if (!texts.empty()) return texts;
    return numbers;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

JsonLine JsonLine::parse(std::string_view text) { return Reader(text).object(); }

}  // namespace shoal::process
