// SPDX-License-Identifier: Apache-2.0
// The prior distribution of one search parameter: where its values come from before anything is known.
//
// Numbers are made in a latent space (the value itself, or its logarithm), mapped back, clipped to the bounds and,
// where a step is given, rounded to a multiple of it (half to even). All of it with + - * / and shoal::math: the same
// bits everywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shoal/random/stream.hpp"

namespace shoal::search {

struct Distribution {
  enum class Shape {
    uniform,   // latent value uniform in [low, high]
    normal,    // latent value normal with mean mu and standard deviation sigma
    integers,  // an integer, uniform in [first, first + count)
    options,   // the number of an option, 0 .. count - 1, with probabilities
  };

  Shape shape = Shape::uniform;
  bool logarithmic = false;           // the latent value is the natural logarithm of the value
  double low = 0, high = 1;           // uniform: bounds of the value (not of its logarithm)
  double mu = 0, sigma = 1;           // normal: of the latent value
  double step = 0;                    // > 0: values are multiples of it
  std::int64_t first = 0;             // integers
  std::int64_t count = 0;             // integers, options
  std::vector<double> probabilities;  // options: one each, sum 1; empty: all equal
  std::string expression;             // as users know it: "loguniform [0.0001, 0.1]"

  // The value at one random address: draw `draw` of task `trial`. For options: the number of the option.
  double sample(const random::Stream& stream, std::uint64_t trial, std::uint64_t draw) const;

  // The value below which a share u of the probability lies, 0 < u < 1: what Sobol points are mapped by.
  double quantile(double u) const;

  // The value that may be proposed and is nearest to x: clipped to the bounds, rounded to the step. Not for options.
  double nearest(double x) const;

  // How many values there are; nothing if they are not countable (or have no bounds).
  std::optional<std::int64_t> n_values() const;

  // Value i in rising order (options: i), 0 <= i < n_values().
  double value(std::int64_t i) const;

  // The value itself if it belongs to the distribution, rounded to the nearest multiple where it is one but for its last
  // digits; nothing if it is outside.
  std::optional<double> accept(double value) const;

  // All values are whole numbers.
  bool whole() const;

 private:
  double quantised(double value) const;
  std::int64_t first_multiple() const;
  std::int64_t last_multiple() const;
};

}  // namespace shoal::search
