// SPDX-License-Identifier: Apache-2.0
// Sets of CPUs for the programs of a rank, one for each team of threads that runs trials.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

namespace shoal::workloads::tune {

class CpuSeats {
 public:
  // A set that nobody else has as long as the object lives; empty if there is none left.
  class Seat {
   public:
    explicit Seat(CpuSeats& seats);
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    const std::vector<int>& cpus() const { return cpus_; }

   private:
    CpuSeats& seats_;
    std::vector<int> cpus_;
  };

  // While no seat is taken.
  void set(std::vector<std::vector<int>> cpus);

 private:
  std::mutex mutex_;
  std::vector<std::vector<int>> left_;
};

}  // namespace shoal::workloads::tune
