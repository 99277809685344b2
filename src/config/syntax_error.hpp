// SPDX-License-Identifier: Apache-2.0
// Turns the parser's complaints into messages with a remedy, and judges number literals and bare words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shoal/config/diagnostics.hpp"

namespace shoal::config {

// Reports what the parser said about a place, with the likely cause where it can be told (missing quotes, True).
void report_syntax_error(std::string_view text, const Location& place, std::string_view description,
                         Diagnostics& diagnostics);

// Numbers that TOML's own types cannot hold are out of range for every key, and each key says best what its range is: if
// the parser complained about such a literal, replaces it in place by one that no key accepts, so that parsing can go on.
// Returns where it stood, or nothing if the complaint was another one.
std::optional<Location> replace_huge_number(std::string& text, const Location& place, std::string_view description);

// Does a TOML float literal ("1e18", "1_000.0") denote exactly this whole number?
bool denotes_exactly(std::string_view literal, double whole_number);

// Is the right-hand side of a --set meant as a string without quotes? No: TOML values, and whatever starts like one.
bool is_bare_word(std::string_view text);

}  // namespace shoal::config
