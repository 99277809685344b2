// SPDX-License-Identifier: Apache-2.0
#include "shoal/search/scheduler.hpp"

namespace shoal::search {
namespace {

class None final : public Scheduler {
 public:
  explicit None(std::int64_t trials) : trials_(trials) {}

  std::int64_t n_trials() const override { return trials_; }
  bool begin_stage() override { return n_started_ < trials_; }
  std::optional<Leg> next() override {
    if (n_started_ == trials_) return std::nullopt;
    Leg leg;
    leg.trial = n_started_++;
    return leg;
  }
  void note(const LegResult&) override {}

 private:
  std::int64_t trials_;
};

}  // namespace

std::unique_ptr<AlgorithmOptions> scheduler_options_none() {
  return nullptr;
}

std::unique_ptr<Scheduler> make_scheduler_none(const SchedulerSetting& setting, const AlgorithmOptions*) {
  return std::make_unique<None>(setting.trials);
}

}  // namespace shoal::search
