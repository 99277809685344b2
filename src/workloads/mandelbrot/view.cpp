// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/view.hpp"

#include <fmt/format.h>

#include "workloads/mandelbrot/decimal.hpp"
#include "workloads/mandelbrot/mandelbrot_parameters.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

using config::Code;

constexpr double kLargest = 1e6;  // of centres and spans: |c| > 2 is outside anyway

struct Reader {
  const config::Table& root;
  config::Diagnostics& diagnostics;

  Decimal number(const std::string& key, const std::string& text) const {
    const std::optional<Decimal> value = Decimal::parse(text);
    if (!value)
      diagnostics.error(Code::wrong_type, root.where(key), fmt::format("`{}` is no number: {}", key, config::quoted(text.substr(0, 40))),
                        "expected decimal digits such as \"-0.75\" or \"1.5e-30\"");
    else if (const double size = value->to_double(); size > kLargest || size < -kLargest)
      diagnostics.error(Code::out_of_range, root.where(key), "value out of range", "expected a number in [-1000000, 1000000]");
    else
      return *value;
    return Decimal();
  }

  // Corners of one axis; `axis`: 0 or 1.
  void corners(const MandelbrotParameters& p, std::size_t axis, Axis& to) const {
    const std::size_t before = diagnostics.count();
    const Decimal lower = number("lower", p.lower[axis]), upper = number("upper", p.upper[axis]), span = upper - lower;
    if (diagnostics.count() > before) return;
    if (span.is_zero() || span.is_negative())
      diagnostics.error(Code::contradiction, root.where("upper"), fmt::format("the view has no {}", axis == 0 ? "width" : "height"),
                        fmt::format("`upper` must be greater than `lower`, which is {}", p.lower[axis]));
    set(to, (lower + upper).half(), span);
  }

  static void set(Axis& to, const Decimal& center, const Decimal& span) {
    to.center_text = center.to_text();
    to.span_text = span.to_text();
    to.center = center.to_double();
    to.span = span.to_double();
  }
};

}  // namespace

View view_of(const MandelbrotParameters& p, const config::Table& root, config::Diagnostics& diagnostics) {
  View view;
  view.x.n = p.width;
  view.y.n = p.height;
  view.x.sampling = view.y.sampling = p.sampling == "corner" ? Sampling::corner : Sampling::center;
  const Reader read{root, diagnostics};
  if (root.given("lower") || root.given("upper")) {
    if (!root.given("lower") || !root.given("upper"))
      diagnostics.error(Code::missing_key, root.where(root.given("lower") ? "lower" : "upper"),
                        fmt::format("missing key `{}`", root.given("lower") ? "upper" : "lower"), "corners come in pairs");
    else if (root.given("center") || root.given("view_width"))
      diagnostics.error(Code::contradiction, root.where("lower"), "a view by its corners and by its centre",
                        "give `lower` and `upper`, or `center` and `view_width`");
    else if (p.lower.size() == 2 && p.upper.size() == 2)
      read.corners(p, 0, view.x), read.corners(p, 1, view.y);
    return view;
  }
  if (p.center.size() != 2) return view;  // an error of its own
  const Decimal x = read.number("center", p.center[0]), y = read.number("center", p.center[1]);
  const std::size_t before = diagnostics.count();
  const Decimal span = read.number("view_width", p.view_width);
  if (diagnostics.count() == before && (span.is_zero() || span.is_negative()))
    diagnostics.error(Code::out_of_range, root.where("view_width"), "value out of range", "expected a number greater than 0");
  Reader::set(view.x, x, span);
  Reader::set(view.y, y, span);
  view.y.ratio_above = p.height;
  view.y.ratio_below = p.width;
  view.y.span = view.y.span * static_cast<double>(p.height) / static_cast<double>(p.width);
  return view;
}

bool needs_perturbation(const View& view) {
  const auto size = [](const Axis& axis) { return (axis.center < 0 ? -axis.center : axis.center) + axis.span / 2; };
  const double x = size(view.x), y = size(view.y), radius = x > y ? x : y;
  const double step_x = view.x.span / static_cast<double>(view.x.n), step_y = view.y.span / static_cast<double>(view.y.n);
  return !((step_x < step_y ? step_x : step_y) >= radius * 0x1p-44);
}

bool has_equal_neighbours(const View& view) {
  const auto equal = [](const Axis& axis) {
    return axis.n > 1 && (axis.at(0) == axis.at(1) || axis.at(axis.n - 2) == axis.at(axis.n - 1));
  };
  return equal(view.x) || equal(view.y);
}

}  // namespace shoal::workloads::mandelbrot
