// SPDX-License-Identifier: Apache-2.0
#include "record/text_table.hpp"

#include <algorithm>

namespace shoal::record {
namespace {

bool starts_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

}  // namespace

std::size_t text_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_code_point));
}

std::string shorten(const std::string& text, std::size_t width) {
  std::string line = text;
  std::replace_if(line.begin(), line.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  if (text_width(line) <= width) return line;
  std::size_t end = 0, kept = 0;
  while (end < line.size() && (kept + 1 < width || !starts_code_point(line[end]))) kept += starts_code_point(line[end++]) ? 1 : 0;
  line.resize(end);
  return line + "…";
}

std::string TextTable::text(const std::string& indent, std::size_t width) const {
  std::vector<std::size_t> widths(align_.size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], text_width(row[i]));
  std::string all;
  for (const auto& row : rows_) {
    std::string line = indent;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - text_width(row[i]), ' ');
      line += align_[i] == Align::right ? padding + row[i] : row[i] + padding;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    all += shorten(line, width) + "\n";
  }
  return all;
}

}  // namespace shoal::record
