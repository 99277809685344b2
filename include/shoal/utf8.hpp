// SPDX-License-Identifier: Apache-2.0
// UTF-8 as far as messages and foreign texts need it: valid or not, and columns counted in code points.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace shoal {

// Bytes of the code point that starts `text`, or 0 if these bytes are not UTF-8 (overlong forms, surrogates and values
// over 0x10FFFF included). `text` is not empty.
std::size_t utf8_length(std::string_view text);

// The code points of a line for display: control characters and bytes that are not UTF-8 become one `?` each, tabs one
// space, so that one element is one column.
std::u32string display_code_points(std::string_view line);

std::string to_utf8(std::u32string_view code_points);

// The text with every byte that is not UTF-8, and every NUL, replaced by U+FFFD: fit for a result file and for JSON.
std::string valid_utf8(std::string_view text);

}  // namespace shoal
