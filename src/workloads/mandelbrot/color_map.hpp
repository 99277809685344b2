// SPDX-License-Identifier: Apache-2.0
// Named colour maps: one line each in color_maps.def, which color_maps.py makes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::workloads::mandelbrot {

// sRGB, 8 bits each.
struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;
  friend bool operator==(const Color&, const Color&) = default;
};

struct ColorMap {
  std::string_view name;
  bool is_cyclic = false;            // the last colour is next to the first
  std::array<std::uint32_t, 256> table;  // 0xrrggbb

  // The colour at t in [0, 1], between the nearest two of the table; t beyond is clamped (of cyclic maps: taken modulo 1).
  Color at(double t) const;
};

std::vector<std::string> color_map_names();

// Null if there is none of that name.
const ColorMap* find_color_map(std::string_view name);

// "#rrggbb".
std::optional<Color> parse_color(std::string_view text);

}  // namespace shoal::workloads::mandelbrot
