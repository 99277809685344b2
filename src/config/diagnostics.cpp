// SPDX-License-Identifier: Apache-2.0
#include "shoal/config/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "shoal/utf8.hpp"
#include "shoal/error.hpp"

namespace shoal::config {
namespace {

constexpr std::size_t kPlaceColumn = 61;   // where file:line:column starts, unless the message is longer
constexpr std::size_t kMostErrors = 50;    // printed; the rest is counted
constexpr std::size_t kWidestLine = 120;   // code points of the input shown; longer lines are cut around the caret
constexpr std::size_t kBeforeCaret = 40;   // of them before the caret

// A message may quote the input: no control characters to the terminal.
std::string clean(std::string_view text) { return to_utf8(display_code_points(text)); }

std::string_view line_of(std::string_view text, int number) {
  for (int i = 1; i < number; ++i) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return "";
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

struct Excerpt {
  std::string text;
  std::size_t caret;    // columns before the caret
  std::size_t length;   // of the caret
};

// The part of a line around the place, at most kWidestLine wide.
Excerpt excerpt_of(std::string_view line, const Location& where) {
  std::u32string points = display_code_points(line);
  std::size_t caret = where.column > 0 ? static_cast<std::size_t>(where.column) - 1 : 0;
  caret = std::min(caret, points.size());
  std::size_t length = static_cast<std::size_t>(std::max(where.length, 1));
  if (points.size() > kWidestLine) {
    const std::size_t begin = caret > kBeforeCaret ? caret - kBeforeCaret : 0;
    const bool cut_end = begin + kWidestLine < points.size();
    points = (begin > 0 ? U"..." : U"") + points.substr(begin, kWidestLine) + (cut_end ? U"..." : U"");
    caret = caret - begin + (begin > 0 ? 3 : 0);
  }
  length = std::min(length, std::max<std::size_t>(points.size() - std::min(caret, points.size()), 1));
  return {to_utf8(points), caret, length};
}

// "  14 | text" and "     | ^^^ hint".
std::string quote(std::string_view gutter, const Excerpt& excerpt, const std::string& hint) {
  std::string text = fmt::format("{} | {}\n{:{}} | {:{}}{:^>{}}", gutter, excerpt.text, "", gutter.size(), "",
                                 excerpt.caret, "", excerpt.length);
  if (!hint.empty()) text.append(" ").append(clean(hint));
  return text + "\n";
}

}  // namespace

Diagnostics::Diagnostics(std::string source_name, std::string text)
    : source_name_(std::move(source_name)), text_(std::move(text)) {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.erase(0, 3);  // a byte order mark has no column
}

int Diagnostics::add_override(std::string text) {
  overrides_.push_back(std::move(text));
  return static_cast<int>(overrides_.size());
}

const std::string& Diagnostics::override_text(int override_number) const {
  return overrides_.at(static_cast<std::size_t>(override_number - 1));
}

void Diagnostics::error(Code code, const Location& where, std::string message, std::string hint) {
  errors_.push_back({code, where, std::move(message), std::move(hint)});
}

std::string Diagnostics::to_text() const {
  std::vector<const Item*> items;
  for (const Item& item : errors_) items.push_back(&item);
  std::stable_sort(items.begin(), items.end(), [](const Item* a, const Item* b) {
    const auto place = [](const Location& w) { return std::tuple(w.override_number, w.line, w.column); };
    return place(a->where) < place(b->where);
  });

  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), kMostErrors); ++i) text += format(*items[i]);
  if (items.size() > kMostErrors) text += fmt::format("... and {} more\n", items.size() - kMostErrors);
  return text + fmt::format("{} error{}. Nothing was run.", items.size(), items.size() == 1 ? "" : "s");
}

std::string Diagnostics::format(const Item& item) const {
  const std::string head = fmt::format("error E{:03}: {}", static_cast<int>(item.code), clean(item.message));
  const bool in_override = item.where.override_number > 0;
  std::string place = in_override ? "--set" : clean(source_name_);
  if (!in_override && item.where.known()) place += fmt::format(":{}:{}", item.where.line, item.where.column);

  // Padded by hand: fmt counts display widths, the columns of the layout are code points.
  const std::size_t width = display_code_points(head).size();
  const std::size_t padding = width + 2 <= kPlaceColumn ? kPlaceColumn - width : 2;
  std::string text = head + std::string(padding, ' ') + place + "\n";
  if (in_override) {
    text += quote("  --set", excerpt_of(override_text(item.where.override_number), item.where), item.hint);
  } else if (item.where.known()) {
    text += quote(fmt::format("{:>4}", item.where.line), excerpt_of(line_of(text_, item.where.line), item.where), item.hint);
  } else if (!item.hint.empty()) {
    text += fmt::format("     | {}\n", clean(item.hint));
  }
  return text;
}

void Diagnostics::throw_if_any() const {
  if (!empty()) throw InputError(to_text());
}

}  // namespace shoal::config
