// SPDX-License-Identifier: Apache-2.0
#include "workloads/primes/number_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

#include "shoal/error.hpp"

namespace shoal::workloads::primes {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";
constexpr std::size_t kShownLetters = 40;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::optional<std::uint64_t> number_of(std::string_view word) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

// Runs `use` for each word between blanks.
template <class Use>
void for_words(std::string_view line, const Use& use) {
  for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    use(line.substr(at, end - at));
    at = line.find_first_not_of(kBlanks, end);
  }
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& path, const std::string& column) : text_(text), path_(path), column_(column) {}

  std::vector<std::uint64_t> read(const std::string& format) {
    std::string_view line;
    while (next_line(line)) {
      if (format == "plain") plain(line);
      if (format == "csv") csv(line);
      if (format == "prime_list") prime_list(line);
    }
    if (numbers_.empty())
      throw InputError(fmt::format("data file {} has no numbers{}", path_, format == "csv" ? " in this column" : ""));
    return std::move(numbers_);
  }

 private:
  bool next_line(std::string_view& line) {
    if (at_ >= text_.size()) return false;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    line = text_.substr(at_, end - at_);
    at_ = end + 1;
    ++line_number_;
    return true;
  }

  [[noreturn]] void fail(std::string_view word) const {
    std::string shown;
    for (const char c : word.substr(0, kShownLetters)) shown += c >= ' ' && c < 127 ? c : '?';
    throw InputError(fmt::format("data file {}, line {}: `{}{}` is not a whole number below 2^64", path_, line_number_, shown,
                                 word.size() > kShownLetters ? "..." : ""));
  }

  void add(std::string_view word) {
    const auto number = number_of(word);
    if (!number) fail(word);
    numbers_.push_back(*number);
  }

  void plain(std::string_view line) {
    for_words(line.substr(0, line.find('#')), [this](std::string_view word) { add(word); });
  }

  void prime_list(std::string_view line) {
    const bool ends = trimmed(line) == "end.";
    if (ended_ && !trimmed(line).empty()) fail(trimmed(line));
    if (numbers_.empty()) {
      bool only_numbers = true;
      for_words(line, [&](std::string_view word) { only_numbers = only_numbers && number_of(word); });
      if (!only_numbers) return;  // of the header
    }
    ended_ = ended_ || (ends && !numbers_.empty());
    if (!ended_) for_words(line, [this](std::string_view word) { add(word); });
  }

  std::vector<std::string_view> fields_of(std::string_view line) const {
    std::vector<std::string_view> fields;
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t end = std::min(line.find(separator_, at), line.size());
      std::string_view field = trimmed(line.substr(at, end - at));
      if (field.size() >= 2 && field.front() == '"' && field.back() == '"') field = trimmed(field.substr(1, field.size() - 2));
      fields.push_back(field);
      at = end + 1;
    }
    return fields;
  }

  // The first line decides on the separator and the column; true if it is a header.
  bool csv_header(std::string_view line) {
    for (const char c : {',', ';', '\t'})
      if (separator_ == '\0' && line.find(c) != std::string_view::npos) separator_ = c;
    if (separator_ == '\0') separator_ = ',';
    const auto fields = fields_of(line);
    const auto named = std::find(fields.begin(), fields.end(), column_);
    const auto number = number_of(column_);
    index_ = 0;
    if (named != fields.end()) {
      index_ = static_cast<std::size_t>(named - fields.begin());
    } else if (number && *number >= 1) {
      index_ = *number - 1;
    } else if (!column_.empty()) {
      throw InputError(fmt::format("data file {} has no column `{}` in its first line", path_, column_));
    }
    return (named != fields.end() && !column_.empty()) || (index_ < fields.size() && !number_of(fields[index_]));
  }

  void csv(std::string_view line) {
    if (trimmed(line).empty()) return;
    if (separator_ == '\0' && csv_header(line)) return;
    const auto fields = fields_of(line);
    if (index_ >= fields.size())
      throw InputError(fmt::format("data file {}, line {}: no column {}, only {}", path_, line_number_, index_ + 1, fields.size()));
    add(fields[index_]);
  }

  std::string_view text_;
  const std::string& path_;
  const std::string& column_;
  std::size_t at_ = 0;
  std::int64_t line_number_ = 0;
  std::vector<std::uint64_t> numbers_;
  bool ended_ = false;
  char separator_ = '\0';
  std::size_t index_ = 0;
};

std::string format_of(std::string_view text, const std::string& path) {
  if (path.ends_with(".csv") || path.ends_with(".CSV")) return "csv";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trimmed(text.substr(at, end - at));
    if (!line.empty()) {  // a title has words; a word alone is a mistake to be told
      std::size_t words = 0, numbers = 0;
      for_words(line, [&](std::string_view word) { ++words, numbers += number_of(word).has_value(); });
      return line.front() != '#' && words >= 3 && 2 * numbers < words ? "prime_list" : "plain";
    }
    at = end + 1;
  }
  return "plain";
}

}  // namespace

std::vector<std::uint64_t> parse_numbers(const std::string& text, const std::string& path, const std::string& format,
                                         const std::string& column) {
  return Reader(text, path, column).read(format == "auto" ? format_of(text, path) : format);
}

std::vector<std::uint64_t> read_numbers(const std::string& path, const std::string& format, const std::string& column) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == EACCES) throw InputError(fmt::format("data file {} may not be read", path), ExitCode::permission);
    throw InputError(fmt::format("data file {} does not exist", path), ExitCode::input_missing);
  }
  std::ostringstream text;
  text << file.rdbuf();
  if (!file.good() && !file.eof()) throw InputError(fmt::format("data file {} cannot be read: {}", path, std::strerror(errno)));
  return parse_numbers(text.str(), path, format, column);
}

}  // namespace shoal::workloads::primes
