// SPDX-License-Identifier: Apache-2.0
// Formulas that users type, compiled once and evaluated over blocks of points by SIMD.
//
// Language, by falling precedence (all operators but ^ and ?: group from the left):
//   numbers (1, .5, 1e-3), names, f(a, b), (a)
//   a^b or a**b        power, groups from the right, binds tighter than a sign: -x^2 is -(x^2), 2^-x is
//   allowed -a  +a  !a         sign; not a*b  a/b a+b  a-b a<b a<=b a>b a>=b a==b a!=b     1 or 0 a&&b, then
//   a||b    1 or 0; anything but 0 is true, NaN too c ? a : b          groups from the right; both sides are
//   evaluated
// Constants: pi, e. Functions: abs sign floor ceil round trunc (round: ties to even) sqrt cbrt exp exp2 expm1
// log (= ln) log2 log10 log1p pow sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh hypot erf
// erfc gamma lgamma min max (two arguments or more; NaN if any is) if(c, a, b).
//
// Each operation is rounded once, in the order written; nothing is contracted or reordered. x^n for n = 2
// .. 8 is a product (by repeated squaring), x^0.5 .. x^7.5 is one with sqrt(x), a negative power of that kind its
// reciprocal; other powers are pow. Constant parts are computed once and equal
// parts shared. The value of a point has the same bits on every CPU and compiler, whatever points stand
// beside it; NaN is canonical.
//
// The same formula can be evaluated in single precision: each operation is then rounded to f32; constant parts are still
// computed in f64 and rounded once. exp, log, tanh and erf are the f32 functions of functions.hpp, the others are within
// 0.5001 ulp of the exact result for their argument.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/error.hpp"

namespace shoal::math {

// A formula that cannot be compiled. what() is the explanation, the line of the text, and a caret below the
// place.
class ExpressionError : public InputError {
 public:
  ExpressionError(const std::string& explanation, std::string_view text, std::size_t position);
  const std::string& explanation() const noexcept { return explanation_; }
  std::size_t position() const noexcept { return position_; }  // bytes from the start of the text

 private:
  std::string explanation_;
  std::size_t position_;
};

struct Program;

// Points x_i = origin + ((start + i) * step) * width of a line, or (start + i) * step if origin = 0 and width = 1; each operation is
// rounded, but start + i shall be exact.
struct Grid {
  double start = 0, step = 1, origin = 0, width = 1;
  double scale = 1;  // of values
};

// A compiled formula: immutable, cheap to copy, usable by any number of threads at a time.
class Expression {
 public:
  // Compiles `text` over the variables, whose order is that of the points' coordinates, and parameters, which
  // are constants with names. Throws ExpressionError; InputError if a name is not one (letter or _, then
  // letters, digits, _), or is taken twice. At most 10,000 operations and 200 levels of nesting.
  Expression(std::string_view text, const std::vector<std::string>& variables,
             const std::map<std::string, double>& parameters = {});

  // The value at one point: point[i] is variable i.
  double operator()(std::span<const double> point) const;

  // The values at out.size() points: columns[i] holds variable i of all points. Columns may not overlap
  // `out`.
  void evaluate(std::span<const double* const> columns, std::span<double> out) const;
  void evaluate(std::span<const float* const> columns, std::span<float> out) const;

  // Of a formula of one variable: columns[i % 32] += scale * f(x_i), in order, for i < n, a multiple of 32. What NaNs leave there is NaN.
  void add_to_columns(const Grid& grid, std::size_t n, std::array<double, 32>& columns) const;

  std::size_t n_variables() const noexcept;
  std::size_t n_operations() const noexcept;  // after folding and sharing

 private:
  std::shared_ptr<const Program> program_;
};

}  // namespace shoal::math
