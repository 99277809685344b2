// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "nn/lanes/lane_training.hpp"
#include "shoal/nn/train_together.hpp"

namespace shoal::nn::lanes {

std::vector<Progress> train_group(std::span<Training* const> group, std::int64_t to_epoch,
                                  std::span<const std::span<double>> histories, const Stop& stop) {
  if (group.empty() || group.size() > kMostTogether || histories.size() != group.size())
    throw std::invalid_argument("a group is 1 to 16 networks with a history each");
  std::vector<Training*> well;
  std::vector<std::span<double>> rows;
  std::vector<std::size_t> numbers;
  for (std::size_t m = 0; m < group.size(); ++m) {
    const Training& training = *group[m];
    if (&training.dataset() != &group.front()->dataset() || !may_train_together(training.parameters(), training.dataset()) ||
        !fit_together(training.parameters(), group.front()->parameters()))
      throw std::invalid_argument("networks that do not fit together");
    if (training.progress().state == State::nan) continue;
    if (!well.empty() && training.progress().epoch != well.front()->progress().epoch)
      throw std::invalid_argument("networks of a group stand at different epochs");
    well.push_back(group[m]);
    rows.push_back(histories[m]);
    numbers.push_back(m);
  }
  std::vector<bool> alone(group.size(), true);
  bool stopped = false;
  if (!well.empty()) {
    LaneTraining together(well);
    stopped = !together.train(to_epoch, rows, stop);
    for (std::size_t i = 0; i < well.size(); ++i) alone[numbers[i]] = together.is_bad(i);
  }
  std::vector<Progress> all;
  for (std::size_t m = 0; m < group.size(); ++m) {
    Progress progress = group[m]->progress();
    if (!stopped && alone[m]) progress = group[m]->train(to_epoch, histories[m], stop, {});
    stopped = stopped || progress.state == State::interrupted;
    all.push_back(progress);
  }
  if (stopped) {
    for (Progress& progress : all) progress.state = State::interrupted;
  }
  return all;
}

}  // namespace shoal::nn::lanes
