// SPDX-License-Identifier: Apache-2.0
// The twin of comm_mpi.cpp in a build without MPI.
#include <memory>
#include <string>

#include "parallel/single_rank.hpp"
#include "parallel/transport.hpp"

namespace shoal::parallel {

bool Mpi::available() { return false; }
void Mpi::start() {}
std::unique_ptr<Transport> Mpi::world() { return std::make_unique<SingleRank>(); }
void Mpi::stop() {}
std::string Mpi::version() { return "none"; }

}  // namespace shoal::parallel
