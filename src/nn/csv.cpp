// SPDX-License-Identifier: Apache-2.0
#include "nn/csv.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "nn/read_bytes.hpp"
#include "shoal/error.hpp"

namespace shoal::nn {
namespace {

// Bytes of memory for a byte of text: the text itself, its fields and its numbers.
constexpr double kMemoryOfText = 12;

// Cuts a text into rows. Errors name the line.
class Reader {
 public:
  Reader(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  // The next row that is not blank; false at the end.
  bool next(CsvRow& row) {
    while (at_ < text_.size()) {
      row.line = line_;
      row.fields.clear();
      read_row(row.fields);
      if (row.fields.size() > 1 || !row.fields.front().empty()) return true;
    }
    return false;
  }

 private:
  void read_row(std::vector<std::string>& fields) {
    for (;;) {
      fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : plain());
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      if (at_ < text_.size() && text_[at_] == '\r') ++at_;
      if (at_ < text_.size() && text_[at_] != '\n') fail("text after a closing quote");
      ++at_;
      ++line_;
      return;
    }
  }

  std::string plain() {
    const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    std::string_view field = text_.substr(at_, end - at_);
    at_ = end;
    if (field.find('"') != field.npos) fail("a quote inside a field that does not begin with one");
    if (field.find('\0') != field.npos) fail("a zero byte: this is no text file");
    const auto first = field.find_first_not_of(" \t");
    if (first == field.npos) return "";
    return std::string(field.substr(first, field.find_last_not_of(" \t") - first + 1));
  }

  std::string quoted() {
    std::string field;
    const std::int64_t begin = line_;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        if (at_ >= text_.size() || text_[at_] != '"') return field;
      }
      line_ += text_[at_] == '\n';
      field.push_back(text_[at_]);
    }
    line_ = begin;
    fail("a quote that is never closed");
  }

  [[noreturn]] void fail(const char* what) const { throw InputError(fmt::format("{}:{}: {}", path_, line_, what)); }

  const std::string& path_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
};

bool parse_number(std::string_view field, double& value) {
  if (field.starts_with('+')) field.remove_prefix(1);
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error == std::errc() && end == field.data() + field.size() && std::isfinite(value);
}

void check_names(const CsvTable& table, std::int64_t line) {
  for (std::size_t i = 0; i < table.names.size(); ++i) {
    if (table.names[i].empty()) {
      throw InputError(fmt::format("{}:{}: column {} has no name", table.path, line, i + 1));
    }
    if (std::find(table.names.begin(), table.names.begin() + static_cast<std::ptrdiff_t>(i), table.names[i]) !=
        table.names.begin() + static_cast<std::ptrdiff_t>(i)) {
      throw InputError(fmt::format("{}:{}: two columns are called `{}`", table.path, line, table.names[i]));
    }
  }
}

}  // namespace

std::size_t CsvTable::column(const std::string& name) const {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    throw InputError(fmt::format("{}: no column is called `{}`; there are {}", path, name, fmt::join(names, ", ")));
  }
  return static_cast<std::size_t>(found - names.begin());
}

CsvTable read_csv(const std::string& path) {
  std::string text = read_bytes(path, kMemoryOfText);
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  Reader reader(path, text);
  CsvTable table{path, {}, {}};
  CsvRow row;
  if (!reader.next(row)) throw InputError(fmt::format("{}:1: the file is empty; expected a header line", path));
  table.names = row.fields;
  check_names(table, row.line);
  while (reader.next(row)) {
    if (row.fields.size() != table.names.size()) {
      throw InputError(fmt::format("{}:{}: {} fields where the header has {}", path, row.line, row.fields.size(),
                                   table.names.size()));
    }
    table.rows.push_back(row);
  }
  if (table.rows.empty()) throw InputError(fmt::format("{}: no rows after the header", path));
  return table;
}

bool is_missing(const std::string& field) {
  if (field.size() > 4) return false;
  std::string lower;
  for (const char c : field) lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  return lower.empty() || lower == "na" || lower == "n/a" || lower == "nan" || lower == "null" || lower == "?";
}

bool is_csv_number(const std::string& field) {
  double value;
  return parse_number(field, value);
}

double csv_number(const CsvTable& table, const CsvRow& row, std::size_t column) {
  double value = 0;
  const std::string& field = row.fields[column];
  if (!parse_number(field, value)) {
    const std::string what = field.empty() ? std::string("a missing value") : fmt::format("`{}` is no number", field);
    throw InputError(fmt::format("{}:{}: column `{}`: {}", table.path, row.line, table.names[column], what));
  }
  return value;
}

}  // namespace shoal::nn
