// SPDX-License-Identifier: Apache-2.0
// The transport of a single rank: messages to itself wait in a queue.
#pragma once

#include <deque>
#include <stdexcept>
#include <utility>

#include "parallel/transport.hpp"

namespace shoal::parallel {

class SingleRank final : public Transport {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }

  void send(int, int tag, std::vector<std::byte> bytes) override {
    queue_.push_back(Message{0, tag, std::move(bytes)});
  }

  std::optional<Message> receive() override {
    if (queue_.empty()) return std::nullopt;
    Message message = std::move(queue_.front());
    queue_.pop_front();
    return message;
  }

  void progress() override {}
  std::int64_t unsent(int) const override { return 0; }
  void forget(int) override {}

  std::vector<std::byte> broadcast(std::vector<std::byte> bytes, int) override { return bytes; }
  std::vector<std::vector<std::byte>> gather(std::span<const std::byte> bytes) override {
    return {std::vector<std::byte>(bytes.begin(), bytes.end())};
  }
  void barrier() override {}

 private:
  std::deque<Message> queue_;
};

}  // namespace shoal::parallel
