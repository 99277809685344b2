// SPDX-License-Identifier: Apache-2.0
// `shoal picture RESULT.h5`: a PNG of a stored result, in other colours as often as one likes.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <ostream>

#include "cli/command.hpp"
#include "workloads/mandelbrot/color_map.hpp"
#include "workloads/mandelbrot/picture.hpp"

namespace shoal::cli {
namespace {

using workloads::mandelbrot::PictureParameters;

struct Options {
  std::string result;
  PictureParameters picture;
};

}  // namespace

Action add_picture(CLI::App& app) {
  namespace mandelbrot = workloads::mandelbrot;
  auto options = std::make_shared<Options>();
  PictureParameters& picture = options->picture;
  CLI::App& command = add_command(app, "picture", "a PNG of a result of the workload mandelbrot",
                                  "shoal picture mandelbrot.h5 -o blue.png --color-map lagoon --scale histogram");
  command.add_option("RESULT.h5", options->result, "the result, complete or partial")->required();
  command.add_option("-o,--output", picture.file, "the PNG (default: the result's name with .png)");
  command.add_option("--values", picture.values, "what is shown (default: smooth if it is there, else iterations)")->check(CLI::IsMember(mandelbrot::picture_values()));
  command.add_option("--color-map", picture.color_map, fmt::format("name of a colour map (default: {})", picture.color_map))->check(CLI::IsMember(mandelbrot::color_map_names()));
  command.add_option("--scale", picture.scale, fmt::format("from values to colours (default: {})", picture.scale))->check(CLI::IsMember(mandelbrot::picture_scales()));
  command.add_option("--period", picture.period, fmt::format("of the cyclic scale, in iterations (default: {})", picture.period))->check(CLI::PositiveNumber);
  command.add_option("--inside", picture.inside, fmt::format("colour of points that do not escape (default: {})", picture.inside))->check([](const std::string& text) {
    return mandelbrot::parse_color(text) ? std::string() : "expected # and six hexadecimal digits, such as \"#203040\"";
  });
  command.add_option("--width", picture.width, fmt::format("pixels of a row, averaged (default: one a value, at most {})", PictureParameters::kWidest))->check(CLI::Range(1, 1000000));
  return [options](const Invocation& invocation) {
    std::string file = options->picture.file;
    if (file.empty()) file = std::filesystem::path(options->result).stem().string() + ".png";
    invocation.out << mandelbrot::picture_of_result(options->result, options->picture, file) << '\n';
    return ExitCode::complete;
  };
}

}  // namespace shoal::cli
