// SPDX-License-Identifier: Apache-2.0
#include "shoal/search/scheduler.hpp"

namespace shoal::search {

#define SHOAL_SCHEDULER(name, summary)                          \
  std::unique_ptr<AlgorithmOptions> scheduler_options_##name(); \
  std::unique_ptr<Scheduler> make_scheduler_##name(const SchedulerSetting& setting, const AlgorithmOptions* options);
#include "schedulers.def"
#undef SHOAL_SCHEDULER

const std::vector<SchedulerInfo>& all_schedulers() {
  static const std::vector<SchedulerInfo> list = {
#define SHOAL_SCHEDULER(name, summary) {#name, summary, scheduler_options_##name, make_scheduler_##name},
#include "schedulers.def"
#undef SHOAL_SCHEDULER
  };
  return list;
}

const SchedulerInfo* find_scheduler(std::string_view name) {
  for (const SchedulerInfo& scheduler : all_schedulers()) {
    if (scheduler.name == name) return &scheduler;
  }
  return nullptr;
}

std::vector<std::string> scheduler_names() {
  std::vector<std::string> names;
  for (const SchedulerInfo& scheduler : all_schedulers()) names.push_back(scheduler.name);
  return names;
}

SchedulerTables::SchedulerTables() {
  for (const SchedulerInfo& scheduler : all_schedulers()) options_.push_back(scheduler.options());
}

void SchedulerTables::bind(config::Table& search) {
  for (std::size_t i = 0; i < options_.size(); ++i) {
    const std::string& name = all_schedulers()[i].name;
    if (options_[i]) options_[i]->bind(search.table(name, "options of scheduler = \"" + name + "\""));
  }
}

const AlgorithmOptions* SchedulerTables::of(std::string_view scheduler) const {
  for (std::size_t i = 0; i < options_.size(); ++i) {
    if (all_schedulers()[i].name == scheduler) return options_[i].get();
  }
  return nullptr;
}

}  // namespace shoal::search
