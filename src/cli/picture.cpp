// SPDX-License-Identifier: Apache-2.0
// `shoal picture RESULT.h5`: a PNG of a stored result, in other colours as often as one likes; or its numbers as OpenEXR.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>

#include "cli/command.hpp"
#include "shoal/error.hpp"
#include "workloads/mandelbrot/color_map.hpp"
#include "workloads/mandelbrot/picture.hpp"
#include "workloads/mandelbrot/result_exr.hpp"

namespace shoal::cli {
namespace {

namespace mandelbrot = workloads::mandelbrot;
using mandelbrot::PictureParameters;

struct Options {
  std::string result;
  std::string format = "png";
  std::string file;
  std::optional<std::string> values, color_map, scale, inside;
  std::optional<double> period;
  std::optional<std::int64_t> width;

  bool has_colors() const { return values || color_map || scale || inside || period || width; }
};

template <class T>
void replace(T& value, const std::optional<T>& given) {
  if (given) value = *given;
}

std::string perform(const Options& options) {
  const std::string stem = std::filesystem::path(options.result).stem().string();
  if (options.format == "exr") {
    if (options.has_colors()) throw InputError("an OpenEXR file holds numbers: colours and --width are for --format png", ExitCode::usage);
    return mandelbrot::exr_of_result(options.result, options.file.empty() ? stem + ".exr" : options.file);
  }
  PictureParameters picture = mandelbrot::stored_picture(options.result);
  replace(picture.values, options.values);
  replace(picture.color_map, options.color_map);
  replace(picture.scale, options.scale);
  replace(picture.inside, options.inside);
  replace(picture.period, options.period);
  replace(picture.width, options.width);
  return mandelbrot::picture_of_result(options.result, picture, options.file.empty() ? stem + ".png" : options.file);
}

}  // namespace

Action add_picture(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, "picture", "a picture of a result of the workload mandelbrot",
                                  "shoal picture mandelbrot.h5 -o blue.png --color-map lagoon --scale histogram");
  const auto by_input = [](const std::string& what, const std::string& otherwise) {
    return fmt::format("{} (default: as the input's [picture] says, else {})", what, otherwise);
  };
  const PictureParameters defaults;
  command.add_option("RESULT.h5", options->result, "the result, complete or partial")->required();
  command.add_option("-o,--output", options->file, "the file (default: the result's name with .png or .exr)");
  command.add_option("--format", options->format, "png: in colours | exr: numbers for other programs, in the channels N, NF, DE (default: png)")->check(CLI::IsMember({"png", "exr"}));
  command.add_option("--values", options->values, by_input("what is shown", "smooth if it is there, else iterations"))->check(CLI::IsMember(mandelbrot::picture_values()));
  command.add_option("--color-map", options->color_map, by_input("name of a colour map", defaults.color_map))->check(CLI::IsMember(mandelbrot::color_map_names()));
  command.add_option("--scale", options->scale, by_input("from values to colours", defaults.scale))->check(CLI::IsMember(mandelbrot::picture_scales()));
  command.add_option("--period", options->period, by_input("of the cyclic scale, in iterations", fmt::format("{}", defaults.period)))->check(CLI::PositiveNumber);
  command.add_option("--inside", options->inside, by_input("colour of points that do not escape", defaults.inside))->check([](const std::string& text) {
    return mandelbrot::parse_color(text) ? std::string() : "expected # and six hexadecimal digits, such as \"#203040\"";
  });
  command.add_option("--width", options->width, by_input("pixels of a row, averaged", fmt::format("one a value, at most {}", PictureParameters::kWidest)))->check(CLI::Range(1, 1000000));
  return [options](const Invocation& invocation) {
    invocation.out << perform(*options) << '\n';
    return ExitCode::complete;
  };
}

}  // namespace shoal::cli
