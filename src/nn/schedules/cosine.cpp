// SPDX-License-Identifier: Apache-2.0
// Half a cosine from the learning rate down to `final` of it after the last epoch (Loshchilov and Hutter, ICLR 2017,
// without restarts).
#include <algorithm>

#include "nn/schedule.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::nn {
namespace {

constexpr double kPi = 3.14159265358979323846;

void bind_cosine(config::Table& table, ScheduleParameters& p) {
  table.real("final", p.final, {.help = "factor of the learning rate after the last epoch", .minimum = 0, .maximum = 1});
}

double cosine_factor(const ScheduleParameters& p, double t, double epochs) {
  const double share = epochs > 0 ? std::min(t / epochs, 1.0) : 1.0;
  return p.final + (1 - p.final) * (0.5 * (1 + math::cos(kPi * share)));
}

}  // namespace

extern const Schedule schedule_cosine;
const Schedule schedule_cosine = {"cosine", bind_cosine, cosine_factor};

}  // namespace shoal::nn
