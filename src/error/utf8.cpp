// SPDX-License-Identifier: Apache-2.0
#include "shoal/utf8.hpp"

namespace shoal {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

// Decodes a code point of known, valid length.
char32_t decode(std::string_view text, std::size_t length) {
  if (length == 1) return byte_at(text, 0);
  char32_t point = byte_at(text, 0) & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) point = (point << 6) | (byte_at(text, i) & 0x3Fu);
  return point;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const unsigned first = byte_at(text, 0);
  const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_at(text, i) & 0xC0u) != 0x80u) return 0;
  const unsigned second = length > 1 ? byte_at(text, 1) : 0;
  if (first == 0xE0 && second < 0xA0) return 0;  // overlong
  if (first == 0xED && second > 0x9F) return 0;  // surrogates
  if (first == 0xF0 && second < 0x90) return 0;  // overlong
  if (first == 0xF4 && second > 0x8F) return 0;  // over 0x10FFFF
  return length;
}

std::u32string display_code_points(std::string_view line) {
  std::u32string points;
  points.reserve(line.size());
  while (!line.empty()) {
    const std::size_t length = utf8_length(line);
    const char32_t point = length == 0 ? U'?' : decode(line, length);
    const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
    points += point == U'\t' ? U' ' : control ? U'?' : point;
    line.remove_prefix(length == 0 ? 1 : length);
  }
  return points;
}

std::string to_utf8(std::u32string_view code_points) {
  std::string text;
  const auto append = [&](char32_t bits) { text += static_cast<char>(static_cast<unsigned char>(bits)); };
  for (const char32_t c : code_points) {
    if (c < 0x80) {
      append(c);
    } else if (c < 0x800) {
      append(0xC0 | (c >> 6));
      append(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      append(0xE0 | (c >> 12));
      append(0x80 | ((c >> 6) & 0x3F));
      append(0x80 | (c & 0x3F));
    } else {
      append(0xF0 | (c >> 18));
      append(0x80 | ((c >> 12) & 0x3F));
      append(0x80 | ((c >> 6) & 0x3F));
      append(0x80 | (c & 0x3F));
    }
  }
  return text;
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = text.front() == '\0' ? 0 : utf8_length(text);
    if (length == 0) valid += "\uFFFD";
    else valid += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return valid;
}

}  // namespace shoal
