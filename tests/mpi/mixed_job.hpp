// SPDX-License-Identifier: Apache-2.0
// A job with one stream of each shape, whose history is condensed into one number: independent tasks in ranges, a
// search over a window, rounds of varying size, and a chain of predecessors with blobs. Equal numbers mean that every
// prepare, run and fold saw what it should have seen.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "shoal/tasks/job.hpp"

namespace shoal::test {

// SplitMix64 (Steele, Lea & Flood 2014).
inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

inline tasks::Bytes pack(std::uint64_t value) {
  tasks::Bytes bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline std::uint64_t unpack(tasks::ByteView bytes) {
  if (bytes.size() != sizeof(std::uint64_t)) throw std::logic_error("not eight bytes");
  std::uint64_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

class MixedJob : public tasks::Job {
 public:
  enum Stream : std::int64_t { independent, window, rounds, chain, n_all };

  explicit MixedJob(std::int64_t size = 60) : size_(size), history_(n_all, 17), folded_(n_all, 0) {}

  // Called inside every run(): delays, exceptions. Returns false to obey the stop token.
  std::function<bool(const tasks::TaskInput&)> during_run;

  std::int64_t n_streams() const override { return n_all; }
  std::int64_t result_bytes(std::int64_t stream) const override { return stream == rounds ? 0 : 8; }

  tasks::Round prepare_round(std::int64_t stream, std::int64_t round) override {
    tasks::Round next;
    next.prepared = stream == window || stream == chain;
    if (stream == window) next.window = 5;
    if (stream == rounds) {
      next.common_payload = pack(history_[rounds]);
      if (round < 6) next.n_tasks = 1 + static_cast<std::int64_t>(mix(history_[rounds]) % 9);
    } else if (round == 0) {
      next.n_tasks = stream == independent ? 20 * size_ : size_;
    }
    return next;
  }

  std::optional<tasks::Prepared> prepare(tasks::TaskId id, const tasks::Pending* pending) override {
    tasks::Prepared prepared;
    if (id.stream == chain) {
      if (id.task >= 3) prepared.predecessor = id.task - 3;
      prepared.payload = pack(mix(static_cast<std::uint64_t>(id.task)));
      return prepared;
    }
    if (pending->begin() > 0 && folded_[window] != pending->begin()) throw std::logic_error("a horizon was not kept");
    std::uint64_t value = pending->begin() > 0 ? history_[window] : 17;
    for (std::int64_t t = pending->begin(); t < pending->end(); ++t) value = mix(value ^ unpack(pending->payload(t)));
    prepared.payload = pack(value);
    return prepared;
  }

  bool run(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const override {
    if (during_run && !during_run(input)) return false;
    std::uint64_t value = mix(static_cast<std::uint64_t>(input.id.stream * 1000003 + input.id.task));
    if (!input.payload.empty()) value = mix(value ^ unpack(input.payload));
    if (!input.common_payload.empty()) value = mix(value ^ unpack(input.common_payload));
    if (!input.predecessor_blob.empty()) value = mix(value ^ unpack(input.predecessor_blob));
    if (input.id.stream == chain) output.blob = pack(value);
    const auto bytes = pack(value);
    output.result.insert(output.result.end(), bytes.begin(), bytes.end());
    return true;
  }

  void fold(tasks::TaskId id, tasks::ByteView result) override {
    const auto stream = static_cast<std::size_t>(id.stream);
    if (folded_[stream] != id.task) throw std::logic_error("folded out of order");
    ++folded_[stream];
    history_[stream] = mix(history_[stream] ^ unpack(result));
  }

  // One number for the histories of all streams.
  std::uint64_t digest() const {
    std::uint64_t value = 0;
    for (const std::uint64_t h : history_) value = mix(value ^ h);
    return value;
  }

 private:
  std::int64_t size_;
  std::vector<std::uint64_t> history_;
  std::vector<std::int64_t> folded_;
};

// Sleeps in small steps; false as soon as the stop token asks for it.
inline bool nap(const tasks::TaskInput& input, double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    if (input.stop.requested()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace shoal::test
