// SPDX-License-Identifier: Apache-2.0
// Grid: trial i is point i of the cartesian product, in input order, the last key fastest. Branches of a choice are
// laid end to end: a choice of {adam} and {sgd, momentum in 3 values} has 4 points.
#include <fmt/format.h>

#include "shoal/search/algorithm.hpp"

namespace shoal::search {
namespace {

class Grid final : public Algorithm {
 public:
  explicit Grid(const Space& space) : space_(space), n_points_(space.n_points().value_or(0)) {}

  std::optional<std::int64_t> n_trials() const override { return n_points_; }

  Point propose(std::int64_t trial, PendingPoints) const override {
    return space_.grid_point(trial);
  }

 private:
  const Space& space_;
  std::int64_t n_points_;
};

}  // namespace

std::unique_ptr<AlgorithmOptions> options_grid() {
  return nullptr;
}

std::string unsuitable_grid(const Space& space) {
  const std::string uncountable = space.uncountable_parameter();
  if (!uncountable.empty()) {
    return fmt::format(
        "a grid needs lists or steps, but `{}` is continuous: give values, use quniform, qloguniform or {{ grid = "
        "[first, last], step = s }}, "
        "or take algorithm = \"random\"",
        uncountable);
  }
  if (!space.n_points()) return "the grid has more than 2^53 points: shorten the lists, or take algorithm = \"random\"";
  return "";
}

std::unique_ptr<Algorithm> make_grid(const Space& space, std::uint64_t, const AlgorithmOptions*) {
  return std::make_unique<Grid>(space);
}

}  // namespace shoal::search
