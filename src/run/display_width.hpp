// SPDX-License-Identifier: Apache-2.0
// Columns that a UTF-8 text takes on a terminal, one a code point: our own texts hold no wide or combining characters.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace shoal::run {

inline std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // not a continuation byte
  }));
}

}  // namespace shoal::run
