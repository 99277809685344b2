// SPDX-License-Identifier: Apache-2.0
// A function to integrate: a typed formula, a built-in family, or a function in a plugin. Immutable, usable by any number of
// threads at a time; a value depends on its point alone.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shoal/math/expression.hpp"
#include "workloads/integrate/pieces.hpp"
#include "workloads/integrate/random_rows.hpp"

namespace shoal::workloads::integrate {

class Integrand {
 public:
  virtual ~Integrand() = default;

  virtual int dimension() const = 0;

  // values[i] = f(point i); x[k][i] is coordinate k of point i. 1 to a few thousand points.
  virtual void evaluate(std::span<const double* const> x, std::span<double> values) const = 0;

  // The same in one dimension, with x[i] = anchor + offset[i] where the offset is exact although x is rounded: for functions
  // that are singular at the anchor.
  virtual void evaluate_near(double anchor, std::span<const double> offset, std::span<const double> x,
                             std::span<double> values) const;

  // One dimension: the sum of f(origin + (first + i) * step) for i < n, over eight lanes. No value: not offered.
  virtual std::optional<double> grid_sum(double origin, double step, double first, std::int64_t n) const;

  // One dimension: columns[i % 32] += scale * f(x_i) over n points of a grid, a multiple of 32. False: not offered.
  virtual bool add_to_columns(const math::Grid& grid, std::int64_t n, Columns& columns) const;

  // One dimension: the sums about `pivot` over n_rows rows of samples x = origin + step * (w + 1/2), w the words of
  // random_rows.hpp. No value: not offered.
  virtual std::optional<ShiftedSums> random_sums(const random::Stream& stream, std::uint64_t first_row, std::size_t n_rows,
                                                 double origin, double step, double pivot) const;

  // One dimension: adds rows of nodes at x = origin + (sum of gaps) * scale to a random Riemann sum. False: not offered.
  virtual bool add_random_areas(std::span<const double> gaps, double origin, double scale, Stretches& stretches) const;
};

// A domain and what is known about the integral over it. In one dimension only: how to treat the pieces.
struct Region {
  std::vector<double> lower, upper;
  std::vector<double> breakpoints;      // one dimension, inside: kinks and singularities
  std::vector<std::vector<double>> cuts;  // more dimensions, for each axis: places of kinks and jumps across it; empty: none
  std::optional<double> cauchy;         // a pole of first order: the principal value is meant
  double first_zero = 0;                // half_period > 0: f oscillates to infinity with zeros at first_zero + i half_period
  double half_period = 0;
  std::optional<double> exact;          // the integral over this region
};

struct Family {
  std::unique_ptr<Integrand> integrand;
  Region region;  // its usual one
};

struct FamilyInfo {
  std::string name;
  bool any_dimension;       // else one
  bool has_alpha;           // has a parameter
  double alpha;             // its default
  std::string summary;
  Family (*make)(int dimension, double alpha);
};

const std::vector<FamilyInfo>& all_families();
const FamilyInfo* find_family(std::string_view name);
std::vector<std::string> family_names();

// A formula in the language of shoal/math/expression.hpp. Throws math::ExpressionError, InputError.
std::unique_ptr<Integrand> make_expression(const std::string& text, const std::vector<std::string>& variables,
                                           const std::map<std::string, double>& parameters);

// A function in a shared library; see shoal/integrate/plugin.h. Throws InputError if it is none, or of another dimension.
std::unique_ptr<Integrand> make_plugin(const std::string& path, int dimension);

}  // namespace shoal::workloads::integrate
