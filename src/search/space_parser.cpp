// SPDX-License-Identifier: Apache-2.0
#include "search/space_parser.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "shoal/search/expression.hpp"

namespace shoal::search {
namespace {

using config::Array;
using config::Code;
using config::Entries;
using config::Entry;
using config::Value;

// More would be a mistake, not a search: every option is a line of the result's flags.
constexpr std::size_t kMostOptions = 100000;

constexpr const char* kShared = "shared";

const Entry* expression_entry(const Entries& entries) {
  static const std::vector<std::string> names = expression_names();
  for (const Entry& entry : entries) {
    if (std::find(names.begin(), names.end(), entry.key) != names.end()) return &entry;
  }
  return nullptr;
}

// { shared = "name" } and nothing else.
const Entry* shared_entry(const Entries& entries) {
  return entries.size() == 1 && entries.front().key == kShared ? &entries.front() : nullptr;
}

// Names become names of datasets, placeholders and variables.
bool is_name(const std::string& key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// One word for an option: its text without blanks, or the `name` of a table.
std::string label_of(const Value& option) {
  if (const auto* text = option.get_if<std::string>(); text && !text->empty()) return *text;
  if (option.is_table()) {
    if (const Value* name = option.find("name")) {
      if (const auto* text = name->get_if<std::string>(); text && !text->empty()) return *text;
    }
  }
  return config::to_text(option);
}

// [{shared="width"},8] as [width,8].
std::string with_plain_names(std::string label) {
  const std::string before = fmt::format("{{{}=\"", kShared), after = "\"}";
  for (auto begin = label.find(before); begin != std::string::npos; begin = label.find(before, begin)) {
    const auto end = label.find(after, begin);
    if (end == std::string::npos) break;
    const std::string name = label.substr(begin + before.size(), end - begin - before.size());
    label.replace(begin, end + after.size() - begin, name);
  }
  return label;
}

}  // namespace

Space Space::parse(const Value& table, const std::vector<std::string>& keys, config::Diagnostics& diagnostics) {
  return SpaceParser(keys, diagnostics).parse(table);
}

Space SpaceParser::parse(const Value& table) {
  if (const Entries* entries = table.get_if<Entries>()) {
    if (const Value* shared = table.find(kShared)) shared_ = shared->is_table() ? *shared->get_if<Entries>() : Entries{};
    shared_uses_.resize(shared_.size());
    roots("", *entries);
    add_shared();
    check_paths();
    check_columns();
  } else {
    error(Code::wrong_type, table.where(), "[space] is no table",
          "write [space] and below it one key for each parameter");
  }
  return std::move(space_);
}

void SpaceParser::error(Code code, const config::Location& where, std::string message, std::string hint) {
  diagnostics_.error(code, where, std::move(message), std::move(hint));
}

// A table that is no expression is a group: each of its keys is resolved by its full dotted name.
void SpaceParser::roots(const std::string& prefix, const Entries& entries) {
  for (const Entry& entry : entries) {
    if (prefix.empty() && entry.key == kShared && entry.value.is_table()) continue;
    const std::string name = prefix + entry.key;
    if (!is_name(entry.key)) {
      error(Code::not_allowed, entry.where, fmt::format("{} is no name for a parameter", config::quoted(entry.key)),
            "expected letters, digits, _ and -");
      continue;
    }
    const Entries* group = entry.value.get_if<Entries>();
    if (group && !expression_entry(*group) && !shared_entry(*group)) {
      const std::string near = group->size() == 1 ? config::suggestion(group->front().key, expression_names()) : "";
      if (!near.empty()) {
        error(Code::unknown_key, group->front().where,
              fmt::format("unknown expression `{}` for `{}`", group->front().key, name),
              fmt::format("did you mean `{}`?", near));
      } else {
        roots(name + ".", *group);
      }
      continue;
    }
    const std::string full = keys_.resolve(name, entry.where, diagnostics_);
    Pattern found = pattern(entry.value, {name});
    check_table_members(full, found);
    space_.roots_.emplace_back(full, std::move(found));
    root_places_.push_back(entry.where);
  }
}

Pattern SpaceParser::pattern(const Value& value, const Place& place) {
  if (const auto* entries = value.get_if<Entries>()) return table(*entries, value, place);
  if (const auto* array = value.get_if<Array>()) return list(*array, value, place);
  Pattern constant;
  constant.constant = value;
  return constant;
}

Pattern SpaceParser::table(const Entries& entries, const Value& value, const Place& place) {
  if (const Entry* used = shared_entry(entries)) return use_shared(used->value, place);
  if (const Entry* found = expression_entry(entries)) {
    const Entry* step = nullptr;
    for (const Entry& entry : entries) {
      if (&entry == found) continue;
      if (entry.key == "step" && found->key == "grid") step = &entry;
      else
        error(
            Code::unknown_key, entry.where,
            fmt::format("unknown key `{}` beside `{}` of `{}`", entry.key, found->key, place.name),
            found->key == "grid" ? "only `step` may stand beside `grid`" : "an expression stands alone in its braces");
    }
    return expression(found->key, found->value, step, place);
  }
  Pattern result;
  result.kind = Pattern::Kind::table;
  result.constant = Value(Value::Data{}, value.where());
  for (const Entry& entry : entries) {
    result.keys.push_back(entry.key);
    result.elements.push_back(pattern(entry.value, place.member(entry.key)));
    result.elements.back().key_place = entry.where;
  }
  return result;
}

// At the top a list means "each of these"; inside a choice it is a value, whose elements may be expressions.
Pattern SpaceParser::list(const Array& array, const Value& value, const Place& place) {
  if (!place.in_choice()) return choice("grid", array, value, {}, place);
  Pattern result;
  result.kind = Pattern::Kind::list;
  bool constant = true;
  for (std::size_t i = 0; i < array.size(); ++i) {
    result.elements.push_back(pattern(array[i], place.member(std::to_string(i))));
    constant = constant && result.elements.back().kind == Pattern::Kind::constant;
  }
  result.constant = constant ? value : Value(Value::Data{}, value.where());
  if (constant) {
    result.kind = Pattern::Kind::constant;
    result.elements.clear();
  }
  return result;
}

Pattern SpaceParser::expression(const std::string& kind, const Value& argument, const Entry* step, const Place& place) {
  if (find_expression(kind)) return numeric(kind, argument, place);
  if (kind == "pchoice") return weighted_choice(argument, place);
  const Array* options = argument.get_if<Array>();
  if (!options) {
    error(Code::wrong_type, argument.where(), fmt::format("`{}` of `{}` needs a list", kind, place.name),
          fmt::format("write {} = [value, value, ...]", kind));
    return {};
  }
  return step ? range(*options, argument, *step, place) : choice(kind, *options, argument, {}, place);
}

Pattern SpaceParser::numeric(const std::string& kind, const Value& argument, const Place& place) {
  const Expression& known = *find_expression(kind);
  const auto wrong = [&] {
    error(Code::wrong_type, argument.where(),
          fmt::format("`{}` of `{}` needs {} numbers", kind, place.name, known.n_arguments),
          fmt::format("write {} = {}", kind, known.arguments));
    return Pattern{};
  };
  std::vector<double> numbers;
  if (const Array* array = argument.get_if<Array>()) {
    for (const Value& element : *array) {
      const auto number = element.as_real();
      if (!number || !std::isfinite(*number)) return wrong();
      numbers.push_back(*number);
    }
  } else if (const auto number = argument.as_real(); number && std::isfinite(*number) && kind == "randint") {
    numbers = {0.0, *number};
  }
  if (numbers.size() != known.n_arguments) return wrong();

  Parameter parameter;
  parameter.name = place.name;
  parameter.parent = place.parent;
  parameter.parent_option = place.option;
  parameter.where = argument.where();
  const std::string complaint = known.make(numbers, parameter.prior);
  parameter.prior.expression = fmt::format("{} {}", kind, config::to_text(argument));
  if (!complaint.empty()) {
    error(Code::out_of_range, argument.where(), fmt::format("`{}` of `{}`: {}", kind, place.name, complaint),
          fmt::format("{} = {}", kind, known.arguments));
    return {};
  }
  Pattern result;
  result.kind = Pattern::Kind::parameter;
  result.parameter = add(std::move(parameter));
  return result;
}

Pattern SpaceParser::weighted_choice(const Value& argument, const Place& place) {
  constexpr double kSumTolerance = 1e-6;  // enough for thirds written with seven digits
  Array options;
  std::vector<double> probabilities;
  double sum = 0;
  const Array* pairs = argument.get_if<Array>();
  for (const Value& pair : pairs ? *pairs : Array{}) {
    const Array* both = pair.get_if<Array>();
    const auto p = both && both->size() == 2 ? both->front().as_real() : std::nullopt;
    if (!p || !(*p > 0) || *p > 1) {
      error(Code::wrong_type, pair.where(),
            fmt::format("`pchoice` of `{}` needs pairs of a probability and a value", place.name),
            "write pchoice = [[0.1, a], [0.9, b]] with probabilities in (0, 1]");
      return {};
    }
    probabilities.push_back(*p);
    options.push_back(both->back());
    sum += *p;
  }
  if (pairs && !pairs->empty() && std::fabs(sum - 1) > kSumTolerance) {
    error(Code::out_of_range, argument.where(), fmt::format("the probabilities of `{}` sum to {}", place.name, sum),
          "expected a sum of 1");
    return {};
  }
  for (double& p : probabilities) p /= sum;
  return choice("pchoice", options, argument, std::move(probabilities), place);
}

Pattern SpaceParser::range(const Array& bounds, const Value& argument, const Entry& step, const Place& place) {
  constexpr double kRatioTolerance = 1e-9;  // 0.3 counts as three steps of 0.1
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const double size = step.value.as_real().value_or(kNone);
  const double first = bounds.size() == 2 ? bounds[0].as_real().value_or(kNone) : kNone;
  const double last = bounds.size() == 2 ? bounds[1].as_real().value_or(kNone) : kNone;
  if (!(size > 0) || !(first <= last) || !std::isfinite(last - first)) {
    error(Code::wrong_type, argument.where(), fmt::format("the range of `{}` is none", place.name),
          "write { grid = [first, last], step = s } with first <= last and s > 0");
    return {};
  }
  const double n = std::floor((last - first) / size + kRatioTolerance) + 1;
  if (n > static_cast<double>(kMostOptions)) {
    error(Code::out_of_range, step.value.where(), fmt::format("the range of `{}` has {} values", place.name, n),
          fmt::format("at most {}: choose a larger step", kMostOptions));
    return {};
  }
  const auto whole_first = bounds[0].get_if<std::int64_t>();
  const auto whole_step = step.value.get_if<std::int64_t>();
  Array values;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(n); ++i) {
    if (whole_first && whole_step) values.emplace_back(*whole_first + i * *whole_step, argument.where());
    else values.emplace_back(first + static_cast<double>(i) * size, argument.where());
  }
  return choice("grid", values, argument, {}, place);
}

Pattern SpaceParser::choice(const std::string& kind, const Array& options, const Value& argument,
                            std::vector<double> probabilities, const Place& place) {
  if (options.empty() || options.size() > kMostOptions) {
    error(Code::out_of_range, argument.where(),
          fmt::format("`{}` of `{}` has {} options", kind, place.name, options.size()),
          fmt::format("expected 1 to {}", kMostOptions));
    return {};
  }
  Parameter parameter;
  parameter.name = place.name;
  parameter.parent = place.parent;
  parameter.parent_option = place.option;
  parameter.where = argument.where();
  parameter.prior.shape = Distribution::Shape::options;
  parameter.prior.count = static_cast<std::int64_t>(options.size());
  parameter.prior.probabilities = std::move(probabilities);
  parameter.prior.expression = fmt::format("{} {}", kind, config::to_text(argument));
  parameter.labels = labels(options, argument.where());
  const int number = add(std::move(parameter));
  std::vector<Pattern> patterns;
  for (std::size_t i = 0; i < options.size(); ++i) {
    Place inside{place.name, number, static_cast<int>(i)};
    const Entries* entries = options[i].get_if<Entries>();
    const Entry* nested = entries ? expression_entry(*entries) : nullptr;
    if (nested) inside.name += "." + nested->key;  // the choice itself has the plain name already
    patterns.push_back(pattern(options[i], inside));
  }
  Parameter& added = space_.parameters_[static_cast<std::size_t>(number)];
  added.options = std::move(patterns);
  added.branches = space_.parameters_.size() > static_cast<std::size_t>(number) + 1;
  Pattern result;
  result.kind = Pattern::Kind::parameter;
  result.parameter = number;
  return result;
}

int SpaceParser::add(Parameter parameter) {
  space_.parameters_.push_back(std::move(parameter));
  return static_cast<int>(space_.parameters_.size()) - 1;
}

// Flags of results are words: blanks go, and equal words get their number.
std::vector<std::string> SpaceParser::labels(const Array& options, const config::Location& where) {
  std::vector<std::string> texts;
  std::set<std::string> seen;
  for (const Value& option : options) {
    const std::string text = config::to_text(option);
    if (!seen.insert(text).second) {
      error(Code::contradiction, option.where().known() ? option.where() : where,
            fmt::format("the option {} is there twice", text),
            fmt::format("leave one out; a list means each of its elements: one list as a value is [{}]",
                        config::to_text(Value(options))));
    }
    std::string label = label_of(option);
    std::erase_if(label, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
    label = with_plain_names(label);
    texts.push_back(std::move(label));
  }
  std::vector<std::string> words = texts;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (std::count(texts.begin(), texts.end(), texts[i]) > 1) words[i] += fmt::format("#{}", i);
  }
  return words;
}

}  // namespace shoal::search
