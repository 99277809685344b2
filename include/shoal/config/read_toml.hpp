// SPDX-License-Identifier: Apache-2.0
// The text of an input file -> Value, by toml++ (whose types stay in one source file).
//
// Hostile text gets an error, never a crash: files over 16 MiB, bytes that are not UTF-8, control characters, and nesting
// deeper than 32 are refused before toml++ sees them (it recurses once a level).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "shoal/config/diagnostics.hpp"
#include "shoal/config/value.hpp"

namespace shoal::config {

inline constexpr std::size_t kMaximumInputBytes = std::size_t{16} << 20;
inline constexpr int kMaximumNesting = 32;

// Reads a whole file. Throws InputError: 66 if it is missing, 77 if it may not be read, 65 if it is too large or no
// ordinary file.
std::string read_input_text(const std::string& path);

// Parses diagnostics.text(). Repeated keys are reported and parsing goes on without them, so that all other errors can be
// reported too; after any other syntax error the value is no table, and Table::read() has nothing to say about it.
Value read_toml(Diagnostics& diagnostics);

// Applies one `--set section.key=value` to a root table. The value is TOML; a bare word is a string. Errors point into the
// text of the --set.
void apply_override(Value& root, const std::string& text, Diagnostics& diagnostics);

}  // namespace shoal::config
