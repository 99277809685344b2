// SPDX-License-Identifier: Apache-2.0
// The learning rate times decay^t after t epochs, fractions included.
#include "nn/schedule.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::nn {
namespace {

void bind_exponential(config::Table& table, ScheduleParameters& p) {
  table.real("decay", p.decay, {.help = "factor of the learning rate in an epoch", .minimum = 0, .maximum = 10, .exclusive_minimum = true});
}

double exponential_factor(const ScheduleParameters& p, double t, double) { return math::pow(p.decay, t); }

}  // namespace

extern const Schedule schedule_exponential;
const Schedule schedule_exponential = {"exponential", bind_exponential, exponential_factor};

}  // namespace shoal::nn
