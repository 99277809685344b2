// SPDX-License-Identifier: Apache-2.0
// The buffers of one training, or of those that run together, used again while trials have the same point (repeats) or
// continue it (segments).
#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include "shoal/nn/trainer.hpp"
#include "shoal/search/space.hpp"
#include "shoal/tasks/job.hpp"

namespace shoal::workloads::tune {

class TrainerWorkspace final : public tasks::Workspace {
 public:
  nn::Trainer& trainer(std::size_t seat, const search::Point& point, const nn::NetworkParameters& network, const nn::Dataset& dataset) {
    if (seats_.size() <= seat) seats_.resize(seat + 1);
    Seat& here = seats_[seat];
    if (!here.trainer || !same_bits(point, here.point)) {
      here.trainer.reset();
      here.trainer = std::make_unique<nn::Trainer>(network, dataset);
      here.point = point;
    }
    return *here.trainer;
  }

  // The memory of those that ran together is not left to one that may need it alone.
  void keep_only_the_first_seat() {
    if (seats_.size() > 1) seats_.resize(1);
  }

 private:
  struct Seat {
    search::Point point;
    std::unique_ptr<nn::Trainer> trainer;
  };

  // Inactive coordinates are NaN, which is not equal to itself.
  static bool same_bits(const search::Point& a, const search::Point& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
  }

  std::vector<Seat> seats_;
};

}  // namespace shoal::workloads::tune
