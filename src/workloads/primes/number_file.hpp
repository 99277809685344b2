// SPDX-License-Identifier: Apache-2.0
// Whole numbers below 2^64 from a text file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::workloads::primes {

// `format`:
//   plain       numbers separated by blanks or lines; from # to the end of a line: a comment
//   csv         one column of lines separated by comma, semicolon or tab; `column`: its name in the first line, or its number
//               from 1; empty: the first. A first line whose field is no number is the header
//   prime_list  as the published lists: header lines, from the first line of numbers only numbers, at the end perhaps "end."
//   auto        csv where the path ends in .csv; prime_list where the first line is a title of several words; else plain
// Throws InputError: 66 if the file is missing, 77 if it may not be read, 65 with the line where it is wrong.
std::vector<std::uint64_t> read_numbers(const std::string& path, const std::string& format, const std::string& column);

// The same from the text of a file; `path` is for messages.
std::vector<std::uint64_t> parse_numbers(const std::string& text, const std::string& path, const std::string& format,
                                         const std::string& column);

}  // namespace shoal::workloads::primes
