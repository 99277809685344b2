// SPDX-License-Identifier: Apache-2.0
#include "math/expression_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "shoal/math/expression.hpp"

namespace shoal::math {
namespace {

constexpr int max_depth = 400;  // a bracket counts twice: once as a conditional, once as a signed value
constexpr std::size_t max_nodes = 10000;

// ASCII whatever the locale.
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_part(char c) {
  return is_name_start(c) || is_digit(c);
}

struct Infix {
  std::string_view token;
  Operation operation;
  bool swapped = false;  // a > b is b < a
};

// Lowest precedence first; within a level the longer token first.
const std::array<std::vector<Infix>, 5> levels = {{
    {{"||", Operation::logical_or}},
    {{"&&", Operation::logical_and}},
    {{"<=", Operation::less_equal},
     {">=", Operation::less_equal, true},
     {"==", Operation::equal},
     {"!=", Operation::not_equal},
     {"<", Operation::less},
     {">", Operation::less, true}},
    {{"+", Operation::add}, {"-", Operation::subtract}},
    {{"*", Operation::product}, {"/", Operation::quotient}},
}};

const std::map<std::string_view, Operation> functions = {
#define OPERATION(arguments, name, text) {text, Operation::name},
#include "math/expression_operations.def"
#undef OPERATION
    {"ln", Operation::log},
};

// Changes of one character that turn one word into the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

void check_name(const std::string& name) {
  const bool good =
      !name.empty() && is_name_start(name[0]) && std::all_of(name.begin(), name.end(), is_name_part);
  if (!good)
    throw InputError(
        fmt::format("`{}` cannot name a variable: expected a letter or _, then letters, digits and _", name));
  if (functions.count(name) != 0)
    throw InputError(fmt::format("`{}` cannot name a variable: it is a function", name));
}

}  // namespace

ExpressionParser::ExpressionParser(std::string_view text, const std::vector<std::string>& variables,
                                   const std::map<std::string, double>& parameters)
    : text_(text), graph_(variables.size()) {
  const auto take = [&](const std::string& name, Index index) {
    check_name(name);
    if (!names_.try_emplace(name, index).second)
      throw InputError(fmt::format("`{}` names two variables or parameters", name));
  };
  for (std::size_t i = 0; i < variables.size(); ++i) take(variables[i], graph_.variable(i));
  for (const auto& [name, value] : parameters) take(name, graph_.constant(value));
  names_.try_emplace("pi", graph_.constant(0x1.921fb54442d18p+1));
  names_.try_emplace("e", graph_.constant(0x1.5bf0a8b145769p+1));
}

ExpressionGraph::Index ExpressionParser::parse() {
  const Index root = conditional();
  skip_space();
  if (place_ < text_.size()) fail(fmt::format("expected an operator or the end, found {}", found()), place_);
  return root;
}

ExpressionGraph::Index ExpressionParser::conditional() {
  if (++depth_ > max_depth) fail(fmt::format("nested more than {} levels deep", max_depth / 2), place_);
  Index result = binary(0);
  if (accept("?")) {
    const Index yes = conditional();
    expect(":", "of the conditional `c ? a : b`");
    const Index no = conditional();
    result = graph_.operation(Operation::choose, result, yes, no);
  }
  --depth_;
  return result;
}

ExpressionGraph::Index ExpressionParser::binary(int level) {
  if (level == static_cast<int>(levels.size())) return prefixed();
  Index left = binary(level + 1);
  for (;;) {
    skip_space();
    const Infix* match = nullptr;
    for (const Infix& infix : levels[static_cast<std::size_t>(level)])
      if (match == nullptr && text_.substr(place_).starts_with(infix.token)) match = &infix;
    if (match == nullptr) return left;
    accept(match->token);
    Index right = binary(level + 1);
    if (match->swapped) std::swap(left, right);
    left = graph_.operation(match->operation, left, right);
  }
}

ExpressionGraph::Index ExpressionParser::prefixed() {
  if (++depth_ > max_depth) fail(fmt::format("nested more than {} levels deep", max_depth / 2), place_);
  Index result;
  skip_space();
  if (accept("-")) {
    result = graph_.operation(Operation::minus, prefixed());
  } else if (accept("+")) {
    result = prefixed();
  } else if (!text_.substr(place_).starts_with("!=") && accept("!")) {
    result = graph_.operation(Operation::logical_not, prefixed());
  } else {
    result = powered();
  }
  --depth_;
  return result;
}

ExpressionGraph::Index ExpressionParser::powered() {
  const Index base = primary();
  if (accept("**") || accept("^")) return graph_.power(base, prefixed());
  return base;
}

ExpressionGraph::Index ExpressionParser::primary() {
  if (graph_.size() > max_nodes) fail(fmt::format("more than {} operations", max_nodes), place_);
  skip_space();
  if (place_ == text_.size()) fail(fmt::format("expected a value {}, found the end", after_), place_);
  const char c = text_[place_];
  if (is_digit(c) || c == '.') return number();
  if (is_name_start(c)) return name();
  const std::size_t open = place_;
  if (!accept("(")) fail(fmt::format("expected a value {}, found {}", after_, found()), place_);
  const Index result = conditional();
  expect(")", fmt::format("for the `(` in column {}", open + 1));
  return result;
}

ExpressionGraph::Index ExpressionParser::number() {
  const std::size_t begin = place_;
  double value = 0;
  const auto [end, error] = std::from_chars(text_.data() + place_, text_.data() + text_.size(), value);
  place_ = static_cast<std::size_t>(end - text_.data());
  const bool glued = place_ < text_.size() && (is_name_part(text_[place_]) || text_[place_] == '.');
  if (error == std::errc::result_out_of_range) fail("a number beyond the range of double precision", begin);
  if (error != std::errc() || glued) {
    while (place_ < text_.size() && (is_name_part(text_[place_]) || text_[place_] == '.')) ++place_;
    fail(fmt::format("`{}` is not a number (a product needs `*`)", text_.substr(begin, place_ - begin)),
         begin);
  }
  after_ = "after a number";
  return graph_.constant(value);
}

ExpressionGraph::Index ExpressionParser::name() {
  const std::size_t begin = place_;
  while (place_ < text_.size() && is_name_part(text_[place_])) ++place_;
  const std::string_view word = text_.substr(begin, place_ - begin);
  skip_space();
  const bool is_call = place_ < text_.size() && text_[place_] == '(';
  if (is_call) return call(word, begin);
  if (const auto found_name = names_.find(word); found_name != names_.end()) return found_name->second;
  if (functions.count(word) != 0) fail(fmt::format("`{}` is a function: expected `(` after it", word), begin);
  fail_unknown(word, begin, false);
}

ExpressionGraph::Index ExpressionParser::call(std::string_view function, std::size_t place) {
  const auto entry = functions.find(function);
  if (entry == functions.end() || function.empty()) fail_unknown(function, place, true);
  const Operation operation = entry->second;
  const std::vector<Index> list = arguments();
  const auto needed = static_cast<std::size_t>(argument_count(operation));
  if (operation == Operation::minimum || operation == Operation::maximum) {
    if (list.size() >= 2) return extreme(operation, list);
    fail(fmt::format("`{}` takes two arguments or more, found {}", function, list.size()), place);
  }
  if (list.size() != needed)
    fail(fmt::format("`{}` takes {} argument{}, found {}", function, needed, needed == 1 ? "" : "s",
                     list.size()),
         place);
  if (operation == Operation::pow) return graph_.power(list[0], list[1]);
  return graph_.operation(operation, list[0], needed > 1 ? list[1] : 0, needed > 2 ? list[2] : 0);
}

ExpressionGraph::Index ExpressionParser::extreme(Operation operation, const std::vector<Index>& list) {
  Index result = list[0];
  for (std::size_t i = 1; i < list.size(); ++i) result = graph_.operation(operation, result, list[i]);
  return result;
}

std::vector<ExpressionGraph::Index> ExpressionParser::arguments() {
  const std::size_t open = place_;
  std::vector<Index> list;
  accept("(");
  if (accept(")")) return list;
  do list.push_back(conditional());
  while (accept(","));
  expect(")", fmt::format("or `,` for the `(` in column {}", open + 1));
  return list;
}

void ExpressionParser::skip_space() {
  while (place_ < text_.size() &&
         (text_[place_] == ' ' || text_[place_] == '\t' || text_[place_] == '\n' || text_[place_] == '\r'))
    ++place_;
}

bool ExpressionParser::accept(std::string_view token) {
  skip_space();
  if (!text_.substr(place_).starts_with(token)) return false;
  place_ += token.size();
  after_ = fmt::format("after `{}`", token);
  return true;
}

void ExpressionParser::expect(std::string_view token, const std::string& where) {
  if (!accept(token)) fail(fmt::format("expected `{}` {}, found {}", token, where, found()), place_);
}

std::string ExpressionParser::found() const {
  if (place_ == text_.size()) return "the end";
  const auto c = static_cast<unsigned char>(text_[place_]);
  if (c < 0x20 || c > 0x7e) return fmt::format("the byte 0x{:02x}", c);
  return fmt::format("`{}`", text_[place_]);
}

void ExpressionParser::fail(const std::string& explanation, std::size_t place) const {
  throw ExpressionError(explanation, text_, place);
}

void ExpressionParser::fail_unknown(std::string_view word, std::size_t place, bool is_function) const {
  std::string best, known;
  std::size_t nearest = 6;  // twice the distance, less one for the same first letter
  const auto consider = [&](std::string_view candidate) {
    if (candidate.empty()) return;
    const std::size_t changes = distance(word, candidate);
    const std::size_t score = 2 * changes - (word[0] == candidate[0]);
    if (score < nearest && changes < word.size()) nearest = score, best = candidate;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", candidate);
  };
  if (is_function)
    for (const auto& [name, operation] : functions) consider(name);
  else
    for (const auto& [name, index] : names_) consider(name);
  const std::string hint =
      best.empty() ? fmt::format("known are {}", known) : fmt::format("did you mean `{}`?", best);
  fail(fmt::format("unknown {} `{}`: {}", is_function ? "function" : "name", word, hint), place);
}

}  // namespace shoal::math
