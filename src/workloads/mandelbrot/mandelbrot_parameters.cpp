// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/mandelbrot_parameters.hpp"

#include <algorithm>

namespace shoal::workloads::mandelbrot {
namespace {

using config::Code;
using config::Diagnostics;
using config::Key;
using config::Table;
using config::Value;

constexpr double kMostPixels = 1e6;        // of one axis
constexpr double kMostIterations = 4.0e9;  // iterations are stored in 32 bits

// A number as a text with all its digits, or as a TOML number; whether the text is a number is checked later.
bool read_decimal(const Value& value, std::string& text) {
  if (const std::string* given = value.get_if<std::string>()) text = *given;
  else if (value.as_real()) text = config::to_text(value);
  else return false;
  return true;
}

void bind_decimal(Table& root, const std::string& name, std::string& target, Key key) {
  root.custom(
      name, std::move(key),
      [&target](const Value& value, Diagnostics& diagnostics) {
        if (!read_decimal(value, target))
          diagnostics.error(Code::wrong_type, value.where(), "wrong type", "expected a number, or its digits as a string");
      },
      [&target] { return Value(target); });
}

void bind_point(Table& root, const std::string& name, std::vector<std::string>& target, Key key) {
  root.custom(
      name, std::move(key),
      [&target](const Value& value, Diagnostics& diagnostics) {
        const config::Array* given = value.get_if<config::Array>();
        std::vector<std::string> point(2);
        if (given && given->size() == 2 && read_decimal((*given)[0], point[0]) && read_decimal((*given)[1], point[1]))
          target = point;
        else
          diagnostics.error(Code::wrong_type, value.where(), "wrong type", "expected [x, y]: two numbers, or their digits as strings");
      },
      [&target] {
        config::Array array;
        for (const std::string& text : target) array.emplace_back(text);
        return Value(array);
      });
}

void bind_deep(Table& table, DeepParameters& deep) {
  table.boolean("approximation", deep.approximation, {.help = "skip iterations by bilinear approximations"});
  table.real("tolerance", deep.tolerance, {.help = "relative error allowed to an approximation", .minimum = 0, .maximum = 1, .exclusive_minimum = true});
  table.integer("precision", deep.precision, {.help = "bits of the reference orbit; 0: by the size of the view", .unit = "bit", .minimum = 0, .maximum = 1e6});
}

}  // namespace

void bind(Table& root, MandelbrotParameters& p) {
  root.integer("width", p.width, {.help = "pixels of a row", .minimum = 1, .maximum = kMostPixels});
  root.integer("height", p.height, {.help = "rows", .minimum = 1, .maximum = kMostPixels});
  bind_point(root, "center", p.center, {.help = "[x, y] of the middle of the picture: numbers, or strings of any length"});
  bind_decimal(root, "view_width", p.view_width, {.help = "of the picture in the plane; pixels are square"});
  bind_point(root, "lower", p.lower, {.help = "[x, y] of the lower left corner, instead of `center` and `view_width`"});
  bind_point(root, "upper", p.upper, {.help = "[x, y] of the upper right corner"});
  root.integer("max_iterations", p.max_iterations, {.help = "points that stay longer are inside", .minimum = 1, .maximum = kMostIterations});
  root.text("mode", p.mode,
            {.help = "strict: separate products and sums; fast: fused multiply-adds. Both are exact definitions; a few late pixels differ",
             .allowed = {"strict", "fast"}});
  root.text("method", p.method,
            {.help = "direct: in doubles; perturbation: deep zooms; auto: perturbation where doubles have too few digits",
             .allowed = {"auto", "direct", "perturbation"}});
  root.text("sampling", p.sampling, {.help = "points at the centres of pixels or at their lower left corners", .allowed = {"center", "corner"}});
  root.texts("outputs", p.outputs,
             {.help = "iterations, smooth (count), distance (estimate): arrays; png: a picture; balance: how even rows are; area: only the sums",
              .allowed = {"iterations", "smooth", "distance", "png", "balance", "area"},
              .minimum_count = 1});
  root.boolean("interior_tests", p.interior_tests, {.help = "points of the cardioid and of the largest disc are inside without iterating"});
  root.text("periodicity", p.periodicity,
            {.help = "stop points whose orbit repeats itself exactly; auto: from 4096 iterations on. Changes no pixel",
             .allowed = {"auto", "on", "off"}});
  root.boolean("mirror", p.mirror, {.help = "compute only the lower half of a view that is symmetric about the real axis"});
  root.text("subdivision", p.subdivision,
            {.help = "none: every pixel is computed | mariani_silver: blocks whose border has one number of iterations are filled with it, "
                     "which may cover what is thinner than a pixel",
             .allowed = {"none", "mariani_silver"}});
  root.integer("tile_rows", p.tile_rows, {.help = "rows a task; 0: by the size of the picture", .minimum = 0, .maximum = kMostPixels});
  root.text("storage", p.storage,
            {.help = "of arrays until the end: memory (of rank 0), or files of tiles beside the result; auto: files beyond 64 MiB",
             .allowed = {"auto", "memory", "files"}});
  bind_deep(root.table("deep", "perturbation: how"), p.deep);
  bind(root.table("picture", "outputs with \"png\": how"), p.picture);
}

bool MandelbrotParameters::wants(std::string_view output) const {
  return std::find(outputs.begin(), outputs.end(), output) != outputs.end();
}

bool MandelbrotParameters::detects_periods() const {
  constexpr std::int64_t kWorthwhile = 4096;
  return periodicity == "on" || (periodicity == "auto" && max_iterations >= kWorthwhile);
}

bool MandelbrotParameters::uses_doubles(const View& view) const {
  return method == "direct" || (method == "auto" && !needs_perturbation(view));
}

}  // namespace shoal::workloads::mandelbrot
