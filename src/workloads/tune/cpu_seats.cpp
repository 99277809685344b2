// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/cpu_seats.hpp"

#include <utility>

namespace shoal::workloads::tune {

CpuSeats::Seat::Seat(CpuSeats& seats) : seats_(seats) {
  const std::lock_guard lock(seats_.mutex_);
  if (seats_.left_.empty()) return;
  cpus_ = std::move(seats_.left_.back());
  seats_.left_.pop_back();
}

CpuSeats::Seat::~Seat() {
  if (cpus_.empty()) return;
  const std::lock_guard lock(seats_.mutex_);
  seats_.left_.push_back(std::move(cpus_));
}

void CpuSeats::set(std::vector<std::vector<int>> cpus) {
  const std::lock_guard lock(mutex_);
  left_ = std::move(cpus);
}

}  // namespace shoal::workloads::tune
