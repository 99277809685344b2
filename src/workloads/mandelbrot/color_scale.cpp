// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/color_scale.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "shoal/math/functions.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

constexpr std::uint64_t kMostValues = std::uint64_t{1} << 26;
constexpr std::size_t kClasses = 65536;
constexpr double kPixelParts = 16;  // distances below this part of a pixel look alike

// Calls use(value) for all values outside the set, or for those of evenly spread groups of rows if there are too many.
template <class Use>
void for_each_outside(const PictureField& field, Use use) {
  const std::uint64_t together = std::max<std::uint64_t>(field.rows_together, 1);
  const std::uint64_t stride = together * ((field.rows * field.columns + kMostValues - 1) / kMostValues);
  std::vector<double> values;
  for (std::uint64_t first = 0; first < field.rows; first += std::max(stride, together)) {
    const std::uint64_t count = std::min(together, field.rows - first);
    values.resize(count * field.columns);
    field.read(first, count, values);
    for (const double value : values)
      if (!field.is_inside(value)) use(value);
  }
}

}  // namespace

ColorScale::ColorScale(const PictureField& field, const std::string& scale, double period) : period_(period) {
  if (scale == "linear") kind_ = Kind::linear;
  else if (scale == "log") kind_ = Kind::log;
  else if (scale == "histogram") kind_ = Kind::histogram;
  else if (scale == "cyclic") kind_ = Kind::cyclic;
  else throw std::logic_error("no scale of colours: " + scale);
  if (kind_ == Kind::cyclic) return;

  low_ = std::numeric_limits<double>::infinity();
  high_ = -low_;
  for_each_outside(field, [this](double value) { low_ = std::min(low_, value), high_ = std::max(high_, value); });
  if (!(low_ <= high_)) low_ = high_ = 0;  // nothing is outside
  if (field.kind == PictureField::Kind::distance) {
    low_ = 0;
    unit_ = kPixelParts;
  }
  log_span_ = math::log1p(unit_ * (high_ - low_));
  if (kind_ != Kind::histogram) return;

  std::vector<std::uint64_t> counts(kClasses);
  std::uint64_t total = 0;
  for_each_outside(field, [&](double value) {
    ++counts[std::min(static_cast<std::size_t>(log_place(value) * kClasses), kClasses - 1)];
    ++total;
  });
  // The first class is at 0 and the last at 1, whatever they hold.
  std::uint64_t below = 0;
  const std::uint64_t last = counts.back(), most = total > last ? total - last : 1;
  for (const std::uint64_t count : counts) {
    shares_.push_back(std::min(1.0, static_cast<double>(below) / static_cast<double>(most)));
    below += count;
  }
}

double ColorScale::log_place(double value) const {
  if (log_span_ <= 0) return 0;
  return std::clamp(math::log1p(unit_ * std::max(value - low_, 0.0)) / log_span_, 0.0, 1.0);
}

double ColorScale::place(double value) const {
  switch (kind_) {
    case Kind::cyclic: return value / period_;
    case Kind::linear: return high_ > low_ ? std::clamp((value - low_) / (high_ - low_), 0.0, 1.0) : 0.0;
    case Kind::log: return log_place(value);
    case Kind::histogram: return shares_[std::min(static_cast<std::size_t>(log_place(value) * kClasses), kClasses - 1)];
  }
  return 0;
}

}  // namespace shoal::workloads::mandelbrot
