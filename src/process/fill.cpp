// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "shoal/error.hpp"
#include "shoal/process/command.hpp"

namespace shoal::process {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_in_name(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

// The length of {name} at the start of `text`; 0 if it is something else.
std::size_t placeholder_length(std::string_view text) {
  if (text.size() < 3 || text[0] != '{' || !is_letter(text[1])) return 0;
  const auto end = std::find_if_not(text.begin() + 2, text.end(), is_in_name);
  return end != text.end() && *end == '}' ? static_cast<std::size_t>(end - text.begin()) + 1 : 0;
}

[[noreturn]] void refuse(std::string_view text, std::size_t at, std::string_view name, const Values& values) {
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  std::string known;
  for (const auto& [other, value] : values) known += (known.empty() ? "" : ", ") + other;
  throw InputError(fmt::format("line {}: {{{}}} has no value; there are: {} (for the text itself write {{{{{}}}}})", line, name,
                               known.empty() ? "none" : known, name));
}

// `value_of(name, place)` gives what stands for {name}.
template <class ValueOf>
std::string fill_with(std::string_view text, const ValueOf& value_of) {
  std::string filled;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (rest[0] != '{') {
      const std::size_t next = std::min(text.find('{', i), text.size());
      filled += text.substr(i, next - i);
      i = next;
    } else if (const std::size_t inner = placeholder_length(rest.substr(1)); inner > 0 && rest.substr(1 + inner, 1) == "}") {
      filled += rest.substr(1, inner);  // {{name}}
      i += inner + 2;
    } else if (const std::size_t length = placeholder_length(rest); length > 0) {
      filled += value_of(rest.substr(1, length - 2), i);
      i += length;
    } else {
      filled += '{';
      ++i;
    }
  }
  return filled;
}

std::string quoted_for_shell(const std::string& value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'') quoted += "'\\''";
    else quoted += c;
  }
  return quoted + '\'';
}

const std::string& value_in(const Values& values, std::string_view text, std::string_view name, std::size_t at) {
  const auto found = std::find_if(values.begin(), values.end(), [name](const auto& value) { return value.first == name; });
  if (found == values.end()) refuse(text, at, name, values);
  return found->second;
}

std::string fill_for_shell(std::string_view text, const Values& values) {
  return fill_with(text, [&](std::string_view name, std::size_t at) { return quoted_for_shell(value_in(values, text, name, at)); });
}

}  // namespace

std::string fill(std::string_view text, const Values& values) {
  return fill_with(text, [&](std::string_view name, std::size_t at) { return value_in(values, text, name, at); });
}

Command fill(const Command& command, const Values& values) {
  Command filled = command;
  for (std::size_t i = 0; i < filled.arguments.size(); ++i) {
    std::string& argument = filled.arguments[i];
    argument = command.shell && i == 0 ? fill_for_shell(argument, values) : fill(argument, values);
  }
  for (auto& [name, value] : filled.environment) value = fill(value, values);
  filled.folder = fill(filled.folder, values);
  for (File& file : filled.files) {
    file.path = fill(file.path, values);
    file.text = fill(file.text, values);
  }
  filled.input = fill(filled.input, values);
  return filled;
}

std::vector<std::string> placeholder_names(const Command& command) {
  std::vector<std::string> names;
  const auto look = [&names](std::string_view text) {
    fill_with(text, [&names](std::string_view name, std::size_t) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
      return std::string();
    });
  };
  for (const std::string& argument : command.arguments) look(argument);
  for (const auto& [name, value] : command.environment) look(value);
  look(command.folder);
  for (const File& file : command.files) {
    look(file.path);
    look(file.text);
  }
  look(command.input);
  return names;
}

}  // namespace shoal::process
