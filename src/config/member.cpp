// SPDX-License-Identifier: Apache-2.0
#include "config/member.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

namespace shoal::config {
namespace {

// 1000000 rather than 1e+06, since that is what people type.
std::string bound_text(double bound) {
  if (std::floor(bound) == bound && std::abs(bound) < 1e15) return fmt::format("{:.0f}", bound);
  return fmt::format("{}", bound);
}

// Exact: long double holds every 64-bit integer on x86; elsewhere it is at least as wide as the bounds need.
bool in_range(long double number, const Key& key) {
  if (!std::isfinite(number)) return false;
  const long double minimum = key.minimum;
  return (key.exclusive_minimum ? number > minimum : number >= minimum) && number <= static_cast<long double>(key.maximum);
}

void wrong_type(const Value& value, const std::string& expected, Diagnostics& diagnostics) {
  diagnostics.error(Code::wrong_type, value.where(), "wrong type",
                    fmt::format("expected {}, found {}", expected, kind_name(value)));
}

std::optional<std::int64_t> parse_integer(const Value& value, const Key& key, Diagnostics& diagnostics) {
  const auto integer = value.as_integer();
  if (!integer && value.get_if<double>()) {
    const bool too_large = std::abs(*value.get_if<double>()) >= 9.2e18;
    diagnostics.error(too_large ? Code::out_of_range : Code::wrong_type, value.where(),
                      too_large ? "value out of range" : "not an integer", "expected " + expectation(key, "an integer"));
  } else if (!integer) {
    wrong_type(value, expectation(key, "an integer"), diagnostics);
  } else if (!in_range(static_cast<long double>(*integer), key)) {
    diagnostics.error(Code::out_of_range, value.where(), "value out of range", "expected " + expectation(key, "an integer"));
    return std::nullopt;
  }
  return integer;
}

// The number that a text of decimal digits denotes; nothing if it is another text or 2^64 or more.
std::optional<std::uint64_t> natural_of(const std::string& digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_natural(const Value& value, const Key& key, Diagnostics& diagnostics) {
  constexpr double kTwoTo64 = 18446744073709551616.0;
  const std::string expected =
      fmt::format("expected an integer in [{}, {}]; from 2^63 on its digits in quotes",
                  std::isfinite(key.minimum) ? bound_text(key.minimum) : "0",
                  std::isfinite(key.maximum) ? bound_text(key.maximum) : "18446744073709551615");
  std::optional<std::uint64_t> number;
  bool too_large = false;
  if (const auto integer = value.as_integer()) {
    if (*integer >= 0) number = static_cast<std::uint64_t>(*integer);
    too_large = !number;
  } else if (const auto* real = value.get_if<double>()) {
    too_large = !(*real > -kTwoTo64 && *real < kTwoTo64);
    if (!too_large && *real >= 0 && !value.rounded() && std::floor(*real) == *real) number = static_cast<std::uint64_t>(*real);
  } else if (const auto* text = value.get_if<std::string>()) {
    number = natural_of(*text);
    too_large = !number && !text->empty() && text->find_first_not_of("0123456789") == std::string::npos;
  }
  if (!number && !too_large) {
    diagnostics.error(Code::wrong_type, value.where(), value.get_if<double>() ? "not an integer" : "wrong type", expected);
  } else if (!number || !in_range(static_cast<long double>(*number), key)) {
    diagnostics.error(Code::out_of_range, value.where(), "value out of range", expected);
    return std::nullopt;
  }
  return number;
}

// As an integer where TOML has it.
Value natural_value(std::uint64_t number) {
  if (number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return Value(static_cast<std::int64_t>(number));
  return Value(std::to_string(number));
}

std::optional<double> parse_real(const Value& value, const Key& key, Diagnostics& diagnostics) {
  const auto real = value.as_real();
  if (!real) {
    wrong_type(value, expectation(key, "a number"), diagnostics);
  } else if (!in_range(static_cast<long double>(*real), key)) {
    diagnostics.error(Code::out_of_range, value.where(), "value out of range",
                      "expected " + expectation(key, std::isfinite(*real) ? "a number" : "a finite number"));
    return std::nullopt;
  }
  return real;
}

std::optional<std::string> parse_text(const Value& value, const Key& key, Diagnostics& diagnostics) {
  const auto* text = value.get_if<std::string>();
  if (!text) {
    wrong_type(value, "a string", diagnostics);
    return std::nullopt;
  }
  const bool allowed = key.allowed.empty() || std::find(key.allowed.begin(), key.allowed.end(), *text) != key.allowed.end();
  if (!allowed) {
    const std::string nearest = suggestion(*text, key.allowed);
    const std::string guess = nearest.empty() ? "" : fmt::format("did you mean `{}`? ", nearest);
    diagnostics.error(Code::not_allowed, value.where(), "value not allowed", guess + "expected " + expectation(key, "a string"));
    return std::nullopt;
  }
  return *text;
}

bool enough(std::size_t count, const Value& value, const Key& key, const char* noun, Diagnostics& diagnostics) {
  if (count >= key.minimum_count) return true;
  diagnostics.error(Code::out_of_range, value.where(), "value out of range",
                    fmt::format("expected at least {} {}{}", key.minimum_count, noun, key.minimum_count == 1 ? "" : "s"));
  return false;
}

template <class T, class ParseOne>
Member single(std::string name, T& target, Key key, ParseOne parse_one) {
  Member member{.name = std::move(name), .key = key};
  member.parse = [&target, key, parse_one](const Value& value, Diagnostics& diagnostics) {
    if (auto parsed = parse_one(value, key, diagnostics)) target = std::move(*parsed);
  };
  if constexpr (!std::is_same_v<T, std::uint64_t>) member.resolved = [&target] { return Value(target); };
  return member;
}

// All elements are checked, so that every wrong one is reported.
template <class T, class ParseOne>
Member list(std::string name, std::vector<T>& target, Key key, const char* noun, ParseOne parse_one) {
  Member member{.name = std::move(name), .key = key};
  member.parse = [&target, key, noun, parse_one](const Value& value, Diagnostics& diagnostics) {
    const auto* array = value.get_if<Array>();
    if (!array) return wrong_type(value, fmt::format("an array, each element {}", expectation(key, noun)), diagnostics);
    if (!enough(array->size(), value, key, "element", diagnostics)) return;
    std::vector<T> elements;
    for (const Value& element : *array)
      if (auto parsed = parse_one(element, key, diagnostics)) elements.push_back(std::move(*parsed));
    if (elements.size() == array->size()) target = std::move(elements);
  };
  if constexpr (!std::is_same_v<T, std::uint64_t>) {
    member.resolved = [&target] {
      Array array;
      for (const T& element : target) array.push_back(Value(element));
      return Value(std::move(array));
    };
  }
  return member;
}

}  // namespace

std::string expectation(const Key& key, std::string_view noun) {
  if (!key.allowed.empty()) {
    std::string names;
    for (const std::string& name : key.allowed) names += (names.empty() ? "" : " | ") + quoted(name);
    return names;
  }
  const bool below = std::isfinite(key.minimum);
  const bool above = std::isfinite(key.maximum);
  std::string range;
  if (below && above)
    range = fmt::format("in {}{}, {}]", key.exclusive_minimum ? '(' : '[', bound_text(key.minimum), bound_text(key.maximum));
  else if (below) range = fmt::format("{} {}", key.exclusive_minimum ? ">" : ">=", bound_text(key.minimum));
  else if (above) range = fmt::format("<= {}", bound_text(key.maximum));
  return fmt::format("{}{}{}", noun, noun.empty() || range.empty() ? "" : " ", range);
}

Member boolean_member(std::string name, bool& target, Key key) {
  return single(std::move(name), target, std::move(key),
                [](const Value& value, const Key&, Diagnostics& diagnostics) -> std::optional<bool> {
                  if (const bool* boolean = value.get_if<bool>()) return *boolean;
                  wrong_type(value, "true or false", diagnostics);
                  return std::nullopt;
                });
}

Member integer_member(std::string name, std::int64_t& target, Key key) {
  return single(std::move(name), target, std::move(key), parse_integer);
}

Member natural_member(std::string name, std::uint64_t& target, Key key) {
  Member member = single(std::move(name), target, std::move(key), parse_natural);
  member.resolved = [&target] { return natural_value(target); };
  return member;
}

Member real_member(std::string name, double& target, Key key) {
  return single(std::move(name), target, std::move(key), parse_real);
}

Member text_member(std::string name, std::string& target, Key key) {
  return single(std::move(name), target, std::move(key),
                [](const Value& value, const Key& k, Diagnostics& diagnostics) -> std::optional<std::string> {
                  auto text = parse_text(value, k, diagnostics);
                  if (text && !enough(text->size(), value, k, "character", diagnostics)) return std::nullopt;
                  return text;
                });
}

Member integers_member(std::string name, std::vector<std::int64_t>& target, Key key) {
  return list(std::move(name), target, std::move(key), "an integer", parse_integer);
}

Member naturals_member(std::string name, std::vector<std::uint64_t>& target, Key key) {
  Member member = list(std::move(name), target, std::move(key), "an integer", parse_natural);
  member.resolved = [&target] {
    Array array;
    for (const std::uint64_t number : target) array.push_back(natural_value(number));
    return Value(std::move(array));
  };
  return member;
}

Member reals_member(std::string name, std::vector<double>& target, Key key) {
  return list(std::move(name), target, std::move(key), "a number", parse_real);
}

Member texts_member(std::string name, std::vector<std::string>& target, Key key) {
  return list(std::move(name), target, std::move(key), "a string", parse_text);
}

}  // namespace shoal::config
