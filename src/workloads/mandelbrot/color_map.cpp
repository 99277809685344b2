// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/color_map.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace shoal::workloads::mandelbrot {
namespace {

#define SHOAL_COLOR_MAP(name, is_cyclic, ...) ColorMap{#name, is_cyclic, {__VA_ARGS__}},
constexpr ColorMap kMaps[] = {
#include "workloads/mandelbrot/color_maps.def"
};
#undef SHOAL_COLOR_MAP

std::uint8_t mixed(std::uint32_t a, std::uint32_t b, int shift, double t) {
  const auto part = [shift](std::uint32_t color) { return static_cast<double>((color >> shift) & 0xff); };
  return static_cast<std::uint8_t>(part(a) + (part(b) - part(a)) * t + 0.5);
}

}  // namespace

Color ColorMap::at(double t) const {
  t = is_cyclic ? t - std::floor(t) : std::clamp(t, 0.0, 1.0);
  const double place = t * (is_cyclic ? 256 : 255);
  const auto k = std::min<std::size_t>(static_cast<std::size_t>(place), 255);
  const std::uint32_t a = table[k], b = table[is_cyclic ? (k + 1) % 256 : std::min<std::size_t>(k + 1, 255)];
  const double beyond = place - static_cast<double>(k);
  return {mixed(a, b, 16, beyond), mixed(a, b, 8, beyond), mixed(a, b, 0, beyond)};
}

std::vector<std::string> color_map_names() {
  std::vector<std::string> names;
  for (const ColorMap& map : kMaps) names.emplace_back(map.name);
  return names;
}

const ColorMap* find_color_map(std::string_view name) {
  const auto* found = std::find_if(std::begin(kMaps), std::end(kMaps), [name](const ColorMap& map) { return map.name == name; });
  return found == std::end(kMaps) ? nullptr : found;
}

std::optional<Color> parse_color(std::string_view text) {
  std::uint32_t value = 0;
  if (text.size() != 7 || text[0] != '#') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 7, value, 16);
  if (error != std::errc() || end != text.data() + 7) return std::nullopt;
  return Color{static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

}  // namespace shoal::workloads::mandelbrot
