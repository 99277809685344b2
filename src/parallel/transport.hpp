// SPDX-License-Identifier: Apache-2.0
// What carries the bytes of a Comm. Implementations: MPI (comm_mpi.cpp) and a single rank (single_rank.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "shoal/parallel/comm.hpp"

namespace shoal::parallel {

class Transport {
 public:
  virtual ~Transport() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  virtual void send(int destination, int tag, std::vector<std::byte> bytes) = 0;
  virtual std::optional<Message> receive() = 0;
  virtual void progress() = 0;
  virtual std::int64_t unsent(int destination) const = 0;  // -1: all
  virtual void forget(int destination) = 0;                // its unsent messages no longer count

  virtual std::vector<std::byte> broadcast(std::vector<std::byte> bytes, int root) = 0;
  virtual std::vector<std::vector<std::byte>> gather(std::span<const std::byte> bytes) = 0;
  virtual void barrier() = 0;
};

// The MPI library of this process, or its absence; two files, CMake picks one.
struct Mpi {
  static bool available();                         // built with MPI
  static void start();                             // MPI_Init_thread; throws SystemError
  static std::unique_ptr<Transport> world();       // of a duplicate of MPI_COMM_WORLD
  static void stop();                              // MPI_Finalize
  static std::string version();                    // one line, or "none"
};

}  // namespace shoal::parallel
