// SPDX-License-Identifier: Apache-2.0
// The learning rate times `factor` after every `every` epochs.
#include <cmath>

#include "nn/schedule.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::nn {
namespace {

void bind_step(config::Table& table, ScheduleParameters& p) {
  table.real("every", p.every, {.help = "epochs between two steps", .minimum = 0, .maximum = 1e7, .exclusive_minimum = true});
  table.real("factor", p.factor, {.help = "of the learning rate at each step", .minimum = 0, .maximum = 1e3});
}

double step_factor(const ScheduleParameters& p, double t, double) { return math::pow(p.factor, std::floor(t / p.every)); }

}  // namespace

extern const Schedule schedule_step;
const Schedule schedule_step = {"step", bind_step, step_factor};

}  // namespace shoal::nn
