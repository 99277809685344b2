// SPDX-License-Identifier: Apache-2.0
// Aligned columns of text.
#pragma once

#include <string>
#include <vector>

namespace shoal::record {

enum class Align { left, right };

class TextTable {
 public:
  explicit TextTable(std::vector<Align> columns) : align_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // Lines that end in newlines, each begun by `indent`, columns two blanks apart, cut to `width` characters.
  std::string text(const std::string& indent, std::size_t width) const;

 private:
  std::vector<Align> align_;
  std::vector<std::vector<std::string>> rows_;
};

// Number of code points of UTF-8 text.
std::size_t text_width(const std::string& text);

// At most `width` code points on one line; what is left out is marked by "…".
std::string shorten(const std::string& text, std::size_t width);

}  // namespace shoal::record
