// SPDX-License-Identifier: Apache-2.0
#include "run/driver_courier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace shoal::run {

namespace {
constexpr int kTaskTag = 1;
constexpr int kUsageTag = 2;
constexpr int kFailureTag = 3;
constexpr std::int32_t kAbandonBit = 0x100;  // beyond any exit code

RankFailure read_failure(std::span<const std::byte> bytes) {
  const std::size_t head = std::min(sizeof(std::int32_t), bytes.size());
  return {static_cast<ExitCode>(parallel::from_bytes<std::int32_t>(bytes.first(head))),
          parallel::text_from_bytes(bytes.subspan(head))};
}

RankUsage read_usage(std::span<const std::byte> bytes) {
  const std::size_t head = std::min(sizeof(RankCosts), bytes.size());
  RankUsage usage{parallel::from_bytes<RankCosts>(bytes.first(head)), {}};
  std::vector<std::int64_t> states((bytes.size() - head) / sizeof(std::int64_t));
  if (!states.empty()) std::memcpy(states.data(), bytes.data() + head, states.size() * sizeof(std::int64_t));
  usage.states = measure::rank_times_from(states);
  return usage;
}

}  // namespace

void Courier::send(int to, const tasks::Message& message) { send_bytes(to, kTaskTag, tasks::serialise(message)); }

void Courier::report_usage(const RankUsage& usage) {
  std::vector<std::byte> bytes = parallel::to_bytes(static_cast<const RankCosts&>(usage));
  const std::vector<std::int64_t> states = measure::to_numbers(usage.states);
  const auto tail = std::as_bytes(std::span(states));
  bytes.insert(bytes.end(), tail.begin(), tail.end());
  send_bytes(0, kUsageTag, std::move(bytes));
}

void Courier::report_failure(const RankFailure& failure) {
  std::vector<std::byte> bytes = parallel::to_bytes(static_cast<std::int32_t>(failure.code));
  const auto text = parallel::to_bytes(std::string_view(failure.message));
  bytes.insert(bytes.end(), text.begin(), text.end());
  send_bytes(0, kFailureTag, std::move(bytes));
}

void Courier::send_bytes(int to, int tag, std::vector<std::byte> bytes) {
  const auto n_bytes = static_cast<std::int64_t>(bytes.size());
  try {
    comm_.send(to, tag, std::move(bytes));
  } catch (const SystemError& error) {
    if (error.code() == ExitCode::unsuitable) throw;  // too large: not the other rank's fault
    fmt::print(stderr, "shoal: rank {} cannot reach rank {}: {}\n", comm_.rank(), to, error.what());
    return;
  }
  ++messages_;
  bytes_ += n_bytes;
}

std::optional<Delivery> Courier::receive() {
  std::optional<parallel::Message> message = comm_.receive();
  if (!message) return std::nullopt;
  ++messages_;
  bytes_ += static_cast<std::int64_t>(message->bytes.size());
  if (message->tag == kUsageTag) return Delivery{message->source, read_usage(message->bytes)};
  if (message->tag == kFailureTag) return Delivery{message->source, read_failure(message->bytes)};
  return Delivery{message->source, tasks::parse_message(message->bytes)};
}

bool is_for_coordinator(const tasks::Message& message) {
  using namespace tasks;
  return std::holds_alternative<Hello>(message) || std::holds_alternative<Request>(message) ||
         std::holds_alternative<Results>(message) || std::holds_alternative<TaskError>(message) ||
         std::holds_alternative<BlobMissing>(message) || std::holds_alternative<Heartbeat>(message) ||
         std::holds_alternative<StopRequest>(message) || std::holds_alternative<Bye>(message);
}

std::int32_t pack_exit(ExitCode code, bool abandon) { return static_cast<std::int32_t>(code) | (abandon ? kAbandonBit : 0); }
ExitCode exit_code_of(std::int32_t packed) { return static_cast<ExitCode>(packed & (kAbandonBit - 1)); }
bool exit_abandons(std::int32_t packed) { return (packed & kAbandonBit) != 0; }

}  // namespace shoal::run
