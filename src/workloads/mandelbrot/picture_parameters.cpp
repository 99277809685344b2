// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/picture_parameters.hpp"

#include <fmt/format.h>

#include "workloads/mandelbrot/color_map.hpp"

namespace shoal::workloads::mandelbrot {

const std::vector<std::string>& picture_values() {
  static const std::vector<std::string> words = {"auto", "iterations", "smooth", "distance"};
  return words;
}

const std::vector<std::string>& picture_scales() {
  static const std::vector<std::string> words = {"linear", "log", "histogram", "cyclic"};
  return words;
}

void bind(config::Table& table, PictureParameters& picture) {
  const config::Role role = config::Role::execution;
  table.text("file", picture.file, {.help = "where; empty: the result's name with .png. A picture that is there is kept as FILE.1, .2, ...", .role = role});
  table.text("values", picture.values, {.help = "what is shown; auto: the smooth count where it is an output, else iterations", .role = role, .allowed = picture_values()});
  table.text("color_map", picture.color_map, {.help = "name of a colour map; viridis, magma, inferno, plasma, cividis and lagoon are perceptually uniform", .role = role, .allowed = color_map_names()});
  table.text("scale", picture.scale, {.help = "from values to colours; log: of the value above the smallest; histogram: every colour as often", .role = role, .allowed = picture_scales()});
  table.real("period", picture.period, {.help = "of cyclic colours, in iterations", .role = role, .minimum = 0, .exclusive_minimum = true});
  table.custom(
      "inside", {.help = "colour of points that do not escape, as #rrggbb", .role = role},
      [&picture](const config::Value& value, config::Diagnostics& diagnostics) {
        const std::string* text = value.get_if<std::string>();
        if (text && parse_color(*text)) picture.inside = *text;
        else diagnostics.error(config::Code::wrong_type, value.where(), "not a colour", "expected # and six hexadecimal digits, such as \"#203040\"");
      },
      [&picture] { return config::Value(picture.inside); });
  table.integer("width", picture.width,
                {.help = fmt::format("pixels of a row, fewer than values: averaged; 0: one a value, at most {}", PictureParameters::kWidest),
                 .role = role, .minimum = 0, .maximum = 1e6});
}

}  // namespace shoal::workloads::mandelbrot
