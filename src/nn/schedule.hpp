// SPDX-License-Identifier: Apache-2.0
// Learning rates that change while a training goes on: one file in src/nn/schedules and one line in schedules.def each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shoal/nn/network_parameters.hpp"

namespace shoal::nn {

struct Schedule {
  const char* name;
  void (*bind)(config::Table&, ScheduleParameters&);  // its keys besides `warmup`; null: none
  double (*factor)(const ScheduleParameters&, double epoch, double epochs);  // after the warm-up; null: always 1
};

const Schedule& schedule(std::string_view name);  // std::invalid_argument if there is none
std::vector<std::string> schedule_names();
void bind_schedule(const std::string& name, config::Table&, ScheduleParameters&);

// The factor of the learning rate in step `step` (from 0) of epoch `epoch` (from 0), `steps` a epoch.
double rate_factor(const ScheduleParameters&, std::int64_t epoch, std::int64_t step, std::int64_t steps, std::int64_t epochs);

}  // namespace shoal::nn
