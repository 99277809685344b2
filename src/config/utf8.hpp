// SPDX-License-Identifier: Apache-2.0
// UTF-8 as far as messages need it: valid or not, and columns counted in code points.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace shoal::config {

// Bytes of the code point that starts `text`, or 0 if these bytes are not UTF-8 (overlong forms, surrogates and values
// over 0x10FFFF included). `text` is not empty.
std::size_t utf8_length(std::string_view text);

// The code points of a line for display: control characters and bytes that are not UTF-8 become one `?` each, tabs one
// space, so that one element is one column.
std::u32string display_code_points(std::string_view line);

std::string to_utf8(std::u32string_view code_points);

}  // namespace shoal::config
