// SPDX-License-Identifier: Apache-2.0
// Collects every error of an input in one pass, and prints each with its place, the line of text and a caret:
//
//   error E012: unknown key `learning_rat` in [space]            inputs/tune.toml:14:1
//     14 | learning_rat = { loguniform = [1e-4, 1e-1] }
//        | ^^^^^^^^^^^^ did you mean `learning_rate`?
//   error E021: value out of range                               inputs/tune.toml:19:10
//   2 errors. Nothing was run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shoal/config/value.hpp"

namespace shoal::config {

// The number identifies the kind of mistake for ever; never reuse one.
enum class Code : int {
  syntax = 1,          // not TOML, not UTF-8, too large, too deep
  duplicate = 2,       // a key twice
  missing_key = 11,    // a required key is not there
  unknown_key = 12,
  wrong_type = 20,
  out_of_range = 21,
  not_allowed = 22,    // a text that is none of the allowed ones
  contradiction = 30,  // two keys that do not go together
  data_file = 40,      // a named file is missing or has bad content
};

class Diagnostics {
 public:
  // `source_name`: the input file as the user named it; `text`: its content.
  Diagnostics(std::string source_name, std::string text);

  // Makes the text of one --set known, so that locations can point into it. Returns its override_number.
  int add_override(std::string text);

  // `hint` stands behind the caret: what was expected, or "did you mean `x`?".
  void error(Code code, const Location& where, std::string message, std::string hint = "");

  bool empty() const { return errors_.empty(); }
  std::size_t count() const { return errors_.size(); }
  // All of it (at most the first 50), in the order of the text, ended by "N errors. Nothing was run."
  std::string to_text() const;
  void throw_if_any() const;      // InputError(65) with to_text()

  const std::string& source_name() const { return source_name_; }
  const std::string& text() const { return text_; }
  const std::string& override_text(int override_number) const;  // from 1

 private:
  struct Item {
    Code code;
    Location where;
    std::string message;
    std::string hint;
  };
  std::string format(const Item& item) const;

  std::string source_name_;
  std::string text_;
  std::vector<std::string> overrides_;
  std::vector<Item> errors_;
};

// "did you mean `x`?" with the nearest candidate, else "expected one of: a, b, c".
std::string suggestion_or_list(std::string_view word, const std::vector<std::string>& candidates);

// The candidate nearest to a misspelt word (Damerau-Levenshtein distance at most a third of its length), or "".
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace shoal::config
