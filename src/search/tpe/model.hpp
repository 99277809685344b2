// SPDX-License-Identifier: Apache-2.0
// All that is known of the trials of one budget. The best trials are kept whole, so that the border between good and bad
// may move among them; a trial that leaves them never returns, and goes to the models of its groups.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search/tpe/group_model.hpp"

namespace shoal::search::tpe {

class Model {
 public:
  struct Trial {
    Point point;
    double loss;
    std::int64_t number;                // in order of observation
    std::vector<std::int64_t> orders;   // by group; -1: inactive
    std::vector<std::vector<double>> values;  // by group, as GroupModel has them
  };

  Model(const Space& space, const Settings& settings);

  void observe(std::span<const double> point, double loss);

  std::int64_t size() const { return n_; }
  std::int64_t n_ok() const { return n_ok_; }
  const std::vector<Trial>& best() const { return best_; }  // by (loss, number), at most settings.good_limit
  const std::vector<GroupModel>& groups() const { return groups_; }  // parents before children

 private:
  std::size_t good_limit_;
  std::vector<GroupModel> groups_;
  std::vector<Trial> best_;
  std::int64_t n_ = 0, n_ok_ = 0;
};

}  // namespace shoal::search::tpe
