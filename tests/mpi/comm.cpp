// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/comm.hpp"

#include <chrono>
#include <thread>

#include "catch.hpp"
#include "mpi_tests.hpp"
#include "shoal/error.hpp"
#include "shoal/parallel/placement.hpp"

namespace shoal::parallel {
namespace {

constexpr double kPatience = 200;  // seconds: only a run that hangs may fail by time

Message wait_for_message(Comm& comm) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(kPatience);
  while (std::chrono::steady_clock::now() < end) {
    if (auto message = comm.receive()) return std::move(*message);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  throw SystemError("no message came");
}

std::vector<std::byte> pattern(std::size_t n, int seed) {
  std::vector<std::byte> bytes(n);
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::byte>((i * 31 + static_cast<std::size_t>(seed)) & 0xff);
  return bytes;
}

TEST_CASE("every rank hears every rank, sizes from nothing to megabytes, in the order sent", "[mpi]") {
  Comm& comm = test::comm();
  const std::vector<std::size_t> sizes{0, 1, 100, 4096, 70'000, 3'000'000};
  for (int to = 0; to < comm.size(); ++to) {
    for (std::size_t i = 0; i < sizes.size(); ++i) comm.send(to, static_cast<int>(i), pattern(sizes[i], comm.rank()));
  }
  std::vector<std::size_t> next(static_cast<std::size_t>(comm.size()));
  for (int n = 0; n < comm.size() * static_cast<int>(sizes.size()); ++n) {
    const Message message = wait_for_message(comm);
    std::size_t& expected = next[static_cast<std::size_t>(message.source)];
    REQUIRE(message.tag == static_cast<int>(expected));
    REQUIRE(message.bytes == pattern(sizes[expected], message.source));
    ++expected;
  }
  CHECK(comm.flush(kPatience));
  CHECK(comm.unsent() == 0);
  comm.barrier();
}

TEST_CASE("sending never waits for the receiver", "[mpi]") {
  Comm& comm = test::comm();
  constexpr int kMessages = 200;
  if (comm.rank() == 0) {
    for (int i = 0; i < kMessages; ++i) comm.send(comm.size() - 1, i, pattern(100'000, i));
    if (comm.size() > 1) CHECK(comm.unsent(comm.size() - 1) > 0);  // nobody has asked for them yet: they cannot have left
  }
  comm.barrier();
  if (comm.rank() == comm.size() - 1) {
    for (int i = 0; i < kMessages; ++i) {
      const Message message = wait_for_message(comm);
      REQUIRE(message.tag == i);
      REQUIRE(message.bytes == pattern(100'000, i));
    }
  }
  CHECK(comm.flush(kPatience));
  comm.barrier();
}

TEST_CASE("start-up collectives carry values and texts of different lengths", "[mpi]") {
  Comm& comm = test::comm();
  CHECK(comm.broadcast(comm.rank() == 0 ? 7.5 : 0.0) == 7.5);
  CHECK(comm.broadcast(comm.rank() == 0 ? std::string(100'000, 'x') : std::string()) == std::string(100'000, 'x'));
  const int last = comm.size() - 1;
  CHECK(comm.broadcast(comm.rank() == last ? 3 : 0, last) == 3);
  const auto texts = comm.gather(std::string(static_cast<std::size_t>(comm.rank()), 'r'));
  REQUIRE(texts.size() == static_cast<std::size_t>(comm.rank() == 0 ? comm.size() : 0));
  for (std::size_t rank = 0; rank < texts.size(); ++rank) CHECK(texts[rank] == std::string(rank, 'r'));
}

TEST_CASE("an error of one rank is thrown by all alike", "[mpi]") {
  Comm& comm = test::comm();
  const int last = comm.size() - 1;
  const auto step = [&] {
    if (comm.rank() == last) throw InputError("no such file", ExitCode::input_missing);
  };
  try {
    together(comm, step);
    FAIL("nothing was thrown");
  } catch (const InputError& error) {
    CHECK(error.code() == ExitCode::input_missing);
    CHECK(std::string(error.what()) == (last == 0 ? "no such file" : "rank " + std::to_string(last) + ": no such file"));
  }
  CHECK_NOTHROW(together(comm, [] {}));
}

TEST_CASE("the placement of all ranks arrives at rank 0 in order", "[mpi]") {
  Comm& comm = test::comm();
  const auto ranks = gather_placement(comm, comm.rank() + 1);
  REQUIRE(ranks.size() == static_cast<std::size_t>(comm.rank() == 0 ? comm.size() : 0));
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    CHECK(ranks[rank].rank == static_cast<int>(rank));
    CHECK(ranks[rank].n_threads == static_cast<int>(rank) + 1);
    CHECK_FALSE(ranks[rank].cpus.empty());
  }
}

}  // namespace
}  // namespace shoal::parallel
