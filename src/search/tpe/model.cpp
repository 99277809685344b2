// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/model.hpp"

#include <algorithm>
#include <utility>

#include "search/condition.hpp"

namespace shoal::search::tpe {

Model::Model(const Space& space, const Settings& settings) : good_limit_(static_cast<std::size_t>(settings.good_limit)) {
  const std::vector<Parameter>& all = space.parameters();
  std::vector<std::vector<int>> groups;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const std::vector<int>& group) {
      return same_condition(all[static_cast<std::size_t>(group[0])], all[i]);
    });
    if (same == groups.end()) groups.push_back({static_cast<int>(i)});
    else same->push_back(static_cast<int>(i));
  }
  for (std::vector<int>& group : groups) groups_.emplace_back(space, std::move(group), settings.rule);
}

void Model::observe(std::span<const double> point, double loss) {
  Trial trial{Point(point.begin(), point.end()), loss, n_++, {}, {}};
  if (loss < kBadLoss) ++n_ok_;
  for (GroupModel& group : groups_) {
    const bool active = group.active(point);
    trial.orders.push_back(active ? group.count() : -1);
    trial.values.push_back(active ? group.values(point) : std::vector<double>());
  }
  const auto place = std::upper_bound(best_.begin(), best_.end(), loss, [](double l, const Trial& t) { return l < t.loss; });
  best_.insert(place, std::move(trial));
  if (best_.size() > good_limit_) {
    Trial& last = best_.back();
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (last.orders[g] >= 0) groups_[g].add_bad({std::move(last.values[g]), last.orders[g], 1});
    }
    best_.pop_back();
  }
  for (GroupModel& group : groups_) group.settle();
}

}  // namespace shoal::search::tpe
