// SPDX-License-Identifier: Apache-2.0
// Carries the scheduler's messages between ranks as bytes, and counts them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "run/driver.hpp"
#include "shoal/parallel/comm.hpp"
#include "shoal/tasks/message.hpp"

namespace shoal::run {

// The main thread of a rank failed: not a task's fault, but the end of the run.
struct RankFailure {
  ExitCode code = ExitCode::internal;
  std::string message;
};

// What arrived: a message of the state machines, a rank's usage report, or its failure.
struct Delivery {
  int from = 0;
  std::variant<tasks::Message, RankUsage, RankFailure> content;
};

class Courier {
 public:
  explicit Courier(parallel::Comm& comm) : comm_(comm) {}

  // Never throws for a destination that cannot be reached: silence is noticed by those who wait for an answer.
  void send(int to, const tasks::Message& message);
  void report_usage(const RankUsage& usage);         // to rank 0
  void report_failure(const RankFailure& failure);   // to rank 0

  // The next message, if any. Throws SystemError for bytes that are none.
  std::optional<Delivery> receive();

  std::int64_t messages() const { return messages_; }
  std::int64_t bytes() const { return bytes_; }
  parallel::Comm& comm() { return comm_; }

 private:
  void send_bytes(int to, int tag, std::vector<std::byte> bytes);

  parallel::Comm& comm_;
  std::int64_t messages_ = 0;
  std::int64_t bytes_ = 0;
};

// True for what workers say to the coordinator, false for what is addressed to a rank's Worker.
bool is_for_coordinator(const tasks::Message& message);

// Exit::code carries in one number the exit code and whether processes must leave without MPI_Finalize.
std::int32_t pack_exit(ExitCode code, bool abandon);
ExitCode exit_code_of(std::int32_t packed);
bool exit_abandons(std::int32_t packed);

}  // namespace shoal::run
