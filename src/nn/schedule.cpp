// SPDX-License-Identifier: Apache-2.0
#include "nn/schedule.hpp"

#include <algorithm>
#include <stdexcept>

namespace shoal::nn {

#define SHOAL_SCHEDULE(name) extern const Schedule schedule_##name;
#include "nn/schedules.def"
#undef SHOAL_SCHEDULE

namespace {

const Schedule* const kSchedules[] = {
#define SHOAL_SCHEDULE(name) &schedule_##name,
#include "nn/schedules.def"
#undef SHOAL_SCHEDULE
};

}  // namespace

const Schedule& schedule(std::string_view name) {
  for (const Schedule* candidate : kSchedules) {
    if (name == candidate->name) return *candidate;
  }
  throw std::invalid_argument("no schedule is called " + std::string(name));
}

std::vector<std::string> schedule_names() {
  std::vector<std::string> names;
  for (const Schedule* candidate : kSchedules) names.emplace_back(candidate->name);
  return names;
}

void bind_schedule(const std::string& name, config::Table& table, ScheduleParameters& p) {
  if (const Schedule& chosen = schedule(name); chosen.bind != nullptr) chosen.bind(table, p);
  table.real("warmup", p.warmup, {.help = "epochs in which the learning rate rises from 0", .minimum = 0, .maximum = 1e7});
}

double rate_factor(const ScheduleParameters& p, std::int64_t epoch, std::int64_t step, std::int64_t steps, std::int64_t epochs) {
  const Schedule& chosen = schedule(p.name);
  const double part = 1.0 / static_cast<double>(steps);
  const double t = static_cast<double>(epoch) + static_cast<double>(step) * part;
  if (t < p.warmup) return std::min((t + part) / p.warmup, 1.0);
  return chosen.factor == nullptr ? 1.0 : chosen.factor(p, t - p.warmup, static_cast<double>(epochs) - p.warmup);
}

}  // namespace shoal::nn
