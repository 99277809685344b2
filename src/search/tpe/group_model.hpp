// SPDX-License-Identifier: Apache-2.0
// The parameters that are always active together, and what is known of those trials that have left the best ones.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "search/latent.hpp"
#include "search/tpe/background.hpp"
#include "search/tpe/settings.hpp"
#include "shoal/search/space.hpp"

namespace shoal::search::tpe {

// Weights of n observations by age: the last 25 have 1, the others rise linearly from 1 / n (hyperopt's rule).
struct Forgetting {
  explicit Forgetting(std::int64_t n);
  double operator()(std::int64_t order) const { return order >= recent_from ? 1.0 : a + b * static_cast<double>(order); }
  double sum() const;

  std::int64_t n, recent_from;
  double a = 1, b = 0;  // of an old one: a + b order
};

// One observation of a group; values by member, options as their numbers, numbers as latent coordinates.
struct GroupSample {
  std::vector<double> values;
  std::int64_t order = 0;
  double weight = 1;
};

// The same, with values that belong to somebody else.
struct SampleView {
  const double* values = nullptr;
  std::int64_t order = 0;
  double weight = 1;
};
std::vector<SampleView> views_of(std::span<const GroupSample> samples);

class GroupModel {
 public:
  struct Member {
    int parameter = -1;
    std::int64_t n_options = 0;                // > 0: a choice
    std::vector<double> prior;                 // its probabilities
    std::unique_ptr<Latent> latent;            // of numbers
    std::unique_ptr<Background> background;    // of numbers, once there are many
    std::vector<double> old_count, old_order;  // of options: number, and sum of orders, of old observations
  };

  GroupModel(const Space& space, std::vector<int> parameters, const ParzenRule& rule);

  bool active(std::span<const double> point) const { return is_active(point[static_cast<std::size_t>(members_[0].parameter)]); }
  std::vector<double> values(std::span<const double> point) const;
  // Of n points, (point, member).
  std::vector<double> values(std::span<const std::span<const double>> points) const;

  // A new observation's order.
  std::int64_t count() { return n_++; }
  // An observation that is not, or no longer, among the best.
  void add_bad(GroupSample sample);
  // Moves what is neither recent nor one of few into the tables.
  void settle();

  // Appends a sample of the old ones, the newest and some drawn from all others, weighted so that they stand for all.
  void add_sample(const Forgetting& forgetting, std::vector<SampleView>& samples) const;

  std::int64_t size() const { return n_; }
  std::int64_t n_old() const { return n_old_; }                         // in the tables
  const std::vector<GroupSample>& recent() const { return recent_; }    // the other bad ones
  const std::vector<Member>& members() const { return members_; }

 private:
  void make_old(const GroupSample& sample);

  ParzenRule rule_;
  std::vector<Member> members_;
  std::vector<GroupSample> recent_;
  std::vector<GroupSample> newest_;                              // of the old ones
  std::vector<std::pair<std::uint64_t, GroupSample>> drawn_;     // of those before: a heap, the largest key on top
  std::int64_t n_ = 0, n_old_ = 0;
};

}  // namespace shoal::search::tpe
