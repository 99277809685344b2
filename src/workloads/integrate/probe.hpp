// SPDX-License-Identifier: Apache-2.0
// What a few thousand values say about an integrand: is it smooth, has it kinks or jumps, and are these walls across single axes,
// so that boxes between them are smooth again?
//
// Fourth differences along a line shrink 16-fold where the integrand is smooth when the step is halved, 2-fold at a kink, not at all
// at a jump. A break is followed by halving the stretch with the largest fourth difference: steep flanks and narrow peaks turn out smooth.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "workloads/integrate/method.hpp"

namespace shoal::workloads::integrate {

inline constexpr double kSmooth = 6;  // the contraction of fourth differences from which on an integrand counts as smooth
inline constexpr double kKink = 1.5;  // below: a jump

struct Probe {
  // Of fourth differences: the lower quartile over random lines through the box, or the least where that is a jump; one dimension: the
  // growth at the ends (auto.cpp).
  double contraction = 16;
  double between = 16;      // the same for lines within the boxes between the cuts
  double peak = 1;          // the largest |f| against its mean
  bool blank = false;       // f was 0 on all these lines
  std::int64_t evaluations = 0;
  std::vector<std::vector<double>> cuts;  // of each axis of the unit cube, sorted; those known before and those found

  bool has_cuts() const;
  double n_boxes() const;  // between the cuts
  void write(tasks::Bytes& bytes) const;
  static Probe read(Reader& reader, int dimension);
};

// Two and more dimensions. At most a twentieth of the evaluations of the budget, and half as much again where lines are followed;
// where there are kinks or jumps as much once more, and axes are searched until half of the budget is used. evaluations = 0: the
// budget is too small for any of this. No value: stopped.
std::optional<Probe> probe_box(const Context& context, const tasks::StopToken& stop);

}  // namespace shoal::workloads::integrate
