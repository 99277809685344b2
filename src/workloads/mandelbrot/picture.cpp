// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/picture.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "shoal/math/functions.hpp"
#include "workloads/mandelbrot/color_map.hpp"
#include "workloads/mandelbrot/falling_rows.hpp"
#include "workloads/mandelbrot/png_writer.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

// sRGB's curve (IEC 61966-2-1), for means of colours.
class LinearLight {
 public:
  LinearLight() {
    for (std::size_t k = 0; k < 256; ++k) values_[k] = decoded(static_cast<double>(k) / 255);
    for (std::size_t k = 0; k < 255; ++k) limits_[k] = decoded((static_cast<double>(k) + 0.5) / 255);
  }
  double linear(std::uint8_t part) const { return values_[part]; }
  std::uint8_t nearest(double linear) const {
    return static_cast<std::uint8_t>(std::lower_bound(limits_.begin(), limits_.end(), linear) - limits_.begin());
  }

 private:
  static double decoded(double v) { return v <= 0.04045 ? v / 12.92 : math::pow((v + 0.055) / 1.055, 2.4); }
  std::array<double, 256> values_{};
  std::array<double, 255> limits_{};
};

// Values to colours.
class Painter {
 public:
  Painter(const PictureField& field, const PictureParameters& parameters)
      : field_(field), scale_(field, parameters.scale, parameters.period) {
    const ColorMap* map = find_color_map(parameters.color_map);
    const auto inside = parse_color(parameters.inside);
    if (!map || !inside) throw std::logic_error("unchecked parameters of a picture");
    map_ = *map;
    inside_ = *inside;
    if (field.kind != PictureField::Kind::iterations) return;
    for (std::size_t n = 1; n < kKept; ++n) kept_.push_back(outside(static_cast<double>(n)));
  }

  Color color(double value) const {
    if (field_.is_inside(value)) return inside_;
    if (!kept_.empty() && value >= 1 && value < kKept) return kept_[static_cast<std::size_t>(value) - 1];
    return outside(value);
  }

 private:
  static constexpr std::size_t kKept = 4096;  // colours of small iteration counts, which most pixels have

  Color outside(double value) const {
    double t = scale_.place(value);
    if (scale_.is_cyclic() && !map_.is_cyclic) {  // there and back again, so that no edge appears
      t = 2 * (t / 2 - static_cast<double>(static_cast<std::int64_t>(t / 2)));
      if (t > 1) t = 2 - t;
    }
    return map_.at(t);
  }

  const PictureField& field_;
  ColorScale scale_;
  ColorMap map_;
  Color inside_;
  std::vector<Color> kept_;  // of 1, 2, ...
};

// Where the k-th of `parts` nearly equal parts of n begins.
std::uint64_t cut(std::uint64_t k, std::uint64_t parts, std::uint64_t n) { return k * n / parts; }

struct Light {
  double red = 0, green = 0, blue = 0;
};

// One row of the picture as the mean of the rows [begin, end) of the field.
void average(const PictureField& field, const Painter& painter, const LinearLight& light, FallingRows& rows, std::uint64_t begin,
             std::uint64_t end, std::span<Color> colors) {
  std::vector<Light> sums(colors.size());
  for (std::uint64_t row = end; row-- > begin;) {
    const std::span<const double> values = rows.row(row);
    for (std::size_t k = 0; k < colors.size(); ++k) {
      for (std::uint64_t i = cut(k, colors.size(), field.columns); i < cut(k + 1, colors.size(), field.columns); ++i) {
        const Color color = painter.color(values[i]);
        sums[k].red += light.linear(color.red), sums[k].green += light.linear(color.green), sums[k].blue += light.linear(color.blue);
      }
    }
  }
  for (std::size_t k = 0; k < colors.size(); ++k) {
    const double n = static_cast<double>((end - begin) * (cut(k + 1, colors.size(), field.columns) - cut(k, colors.size(), field.columns)));
    colors[k] = {light.nearest(sums[k].red / n), light.nearest(sums[k].green / n), light.nearest(sums[k].blue / n)};
  }
}

}  // namespace

PictureSize picture_size(const PictureField& field, const PictureParameters& parameters) {
  const auto wanted = static_cast<std::uint64_t>(parameters.width == 0 ? PictureParameters::kWidest : parameters.width);
  std::uint64_t width = std::min(field.columns, wanted);
  std::uint64_t height = width == field.columns ? field.rows : std::max<std::uint64_t>(1, (field.rows * width + field.columns / 2) / field.columns);
  if (height > PngWriter::kMostPixels) {  // a very tall field
    width = std::max<std::uint64_t>(1, width * PngWriter::kMostPixels / height);
    height = PngWriter::kMostPixels;
  }
  return {static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)};
}

void write_picture(const std::string& path, const PictureField& field, const PictureParameters& parameters, const std::string& description) {
  const PictureSize size = picture_size(field, parameters);
  const Painter painter(field, parameters);
  const LinearLight light;
  PngWriter png(path, size.width, size.height, description);
  FallingRows rows(field);
  std::vector<Color> colors(size.width);
  for (std::uint64_t line = size.height; line-- > 0;) {
    const std::uint64_t begin = cut(line, size.height, field.rows), end = cut(line + 1, size.height, field.rows);
    if (size.width == field.columns && end - begin == 1) {
      const std::span<const double> values = rows.row(begin);
      for (std::size_t i = 0; i < colors.size(); ++i) colors[i] = painter.color(values[i]);
    } else {
      average(field, painter, light, rows, begin, end, colors);
    }
    png.row(colors);
  }
  png.finish();
}

}  // namespace shoal::workloads::mandelbrot
