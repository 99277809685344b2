// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/comm.hpp"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <stdexcept>
#include <thread>
#include <utility>

#include "parallel/single_rank.hpp"
#include "shoal/error.hpp"

namespace shoal::parallel {

namespace {
constexpr std::size_t kMaxMessageBytes = std::numeric_limits<std::int32_t>::max();  // MPI counts are int
}

Comm::Comm() : Comm(std::make_unique<SingleRank>()) {}

Comm::Comm(std::unique_ptr<Transport> transport)
    : transport_(std::move(transport)), lost_(static_cast<std::size_t>(transport_->size())) {}

Comm::~Comm() = default;
Comm::Comm(Comm&&) noexcept = default;
Comm& Comm::operator=(Comm&&) noexcept = default;

int Comm::rank() const { return transport_->rank(); }
int Comm::size() const { return transport_->size(); }

void Comm::send(int destination, int tag, std::vector<std::byte> bytes) {
  if (is_lost(destination)) return;
  if (bytes.size() > kMaxMessageBytes) {
    throw SystemError(fmt::format("a message of {} bytes is larger than the {} bytes that one MPI message can carry",
                                  bytes.size(), kMaxMessageBytes),
                      ExitCode::unsuitable);
  }
  transport_->send(destination, tag, std::move(bytes));
}

std::optional<Message> Comm::receive() { return transport_->receive(); }
void Comm::progress() { transport_->progress(); }
std::int64_t Comm::unsent(int destination) const { return transport_->unsent(destination); }

bool Comm::flush(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  auto pause = std::chrono::microseconds(5);
  for (;;) {
    transport_->progress();
    if (transport_->unsent(-1) == 0) return true;
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, std::chrono::microseconds(1000));
  }
}

void Comm::mark_lost(int rank) {
  lost_.at(static_cast<std::size_t>(rank)) = true;
  any_was_lost_ = true;
  transport_->forget(rank);
}

void Comm::mark_alive(int rank) { lost_.at(static_cast<std::size_t>(rank)) = false; }
bool Comm::is_lost(int rank) const { return lost_.at(static_cast<std::size_t>(rank)); }
bool Comm::any_was_lost() const { return any_was_lost_; }

std::vector<std::byte> Comm::broadcast_bytes(std::vector<std::byte> bytes, int root) {
  return transport_->broadcast(std::move(bytes), root);
}

std::vector<std::vector<std::byte>> Comm::gather_bytes(std::span<const std::byte> bytes) {
  return transport_->gather(bytes);
}

void Comm::barrier() { transport_->barrier(); }

std::string Comm::broadcast(const std::string& text, int root) {
  return text_from_bytes(broadcast_bytes(to_bytes(std::string_view(text)), root));
}

std::vector<std::string> Comm::gather(const std::string& text) {
  std::vector<std::string> texts;
  for (const auto& entry : gather_bytes(to_bytes(std::string_view(text)))) texts.push_back(text_from_bytes(entry));
  return texts;
}

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

std::string text_from_bytes(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void check_message_size(std::size_t expected, std::size_t actual) {
  if (expected == actual) return;
  throw SystemError(fmt::format("a message has {} bytes instead of {}", actual, expected), ExitCode::internal);
}

}  // namespace shoal::parallel
