// SPDX-License-Identifier: Apache-2.0
// A job with a free round, whose every payload depends on all that prepare() may see: what was folded, in which order, and
// what is pending. It writes down every call but the one that ends the round; a second stream and a last round of the usual kind stand beside it.
#pragma once

#include <cstring>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "shoal/tasks/job.hpp"
#include "shoal/tasks/result_run.hpp"

namespace shoal::tasks::fake {

struct FreeShape {
  std::int64_t n_tasks = 40;          // or kUnlimited: prepare() says when the round ends
  std::int64_t window = kUnlimited;
  std::int64_t chains = 0;            // > 0: task k follows task k - chains and needs its blob
  std::int64_t last_round = 0;        // tasks of a round after the free one
};

class FreeJob : public Job {
 public:
  explicit FreeJob(const FreeShape& shape) : shape_(shape) {}

  std::int64_t n_streams() const override { return 2; }

  Round prepare_round(std::int64_t stream, std::int64_t round) override {
    Round next;
    if (stream == 1) {
      next.n_tasks = round == 0 ? 15 : 0;
      return next;
    }
    if (round == 1 && !pending_.empty()) throw std::logic_error("the free round is not over");
    next.free = next.prepared = round == 0;
    if (round == 0) next.window = shape_.window;
    next.n_tasks = round == 0 ? shape_.n_tasks : round == 1 ? shape_.last_round : 0;
    return next;
  }

  std::optional<Prepared> prepare(TaskId id, const Pending* pending) override {
    if (id.stream != 0 || id.task != n_prepared_) throw std::logic_error("prepared out of order");
    std::uint64_t seen = digest_;
    std::set<std::int64_t> found;
    for (std::int64_t t = pending->next(pending->begin()); t < pending->end(); t = pending->next(t + 1)) {
      found.insert(t);
      seen = mix(seen, number(pending->payload(t)) + static_cast<std::uint64_t>(t));
    }
    if (pending->end() != id.task || found != pending_) throw std::logic_error("wrong set of pending tasks");
    if (shape_.window != kUnlimited && static_cast<std::int64_t>(found.size()) >= shape_.window)
      throw std::logic_error("more tasks pending than the window allows");
    if (shape_.n_tasks == kUnlimited && n_folded_ >= 25) return std::nullopt;
    calls.push_back(fmt::format("prepare {} seeing {}", id.task, seen));
    pending_.insert(id.task);
    ++n_prepared_;
    Prepared out{bytes(mix(seen, 3)), kNoTask};
    if (shape_.chains > 0 && id.task >= shape_.chains) out.predecessor = id.task - shape_.chains;
    return out;
  }

  bool run(const TaskInput& in, Workspace*, TaskOutput& out) const override {
    if (on_run && !on_run(in)) return false;
    std::uint64_t value = mix(in.payload.empty() ? 5 : number(in.payload), static_cast<std::uint64_t>(in.id.task));
    if (!in.predecessor_blob.empty()) value = mix(value, number(in.predecessor_blob));
    const Bytes result = bytes(value);
    out.result.insert(out.result.end(), result.begin(), result.end());
    if (shape_.chains > 0) out.blob = bytes(mix(value, 9));
    return true;
  }

  void fold(TaskId id, ByteView result) override {
    if (id.stream == 1) {
      other_ = mix(other_, number(result));
      return;
    }
    if (id.task < n_prepared_ && pending_.erase(id.task) == 0) throw std::logic_error("folded twice");
    digest_ = mix(digest_, number(result) + static_cast<std::uint64_t>(id.task));
    ++n_folded_;
    calls.push_back(fmt::format("fold {}: {}", id.task, digest_));
  }

  std::vector<std::string> calls;                     // of stream 0
  std::function<bool(const TaskInput&)> on_run;       // false: obeys its stop token
  std::uint64_t other() const { return other_; }      // the digest of stream 1

 private:
  static std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    std::uint64_t z = a * 0x9e3779b97f4a7c15U + b + 0x632be59bd9b4e019U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    return z ^ (z >> 27);
  }
  static Bytes bytes(std::uint64_t value) {
    Bytes out(8);
    std::memcpy(out.data(), &value, 8);
    return out;
  }
  static std::uint64_t number(ByteView bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), 8);
    return value;
  }

  FreeShape shape_;
  std::set<std::int64_t> pending_;
  std::int64_t n_prepared_ = 0;
  std::int64_t n_folded_ = 0;
  std::uint64_t digest_ = 1;
  std::uint64_t other_ = 1;
};

// A journal that keeps the order of everything, and can be cut anywhere.
class OrderedJournal : public Journal {
 public:
  void append(const ResultRun& run) override { records.emplace_back(parse_result_run(serialise(run))); }
  void decided(const Decision& decision) override { records.emplace_back(parse_decision(serialise(decision))); }

  std::vector<ResultRun> runs() const { return all<ResultRun>(); }
  std::vector<Decision> decisions() const { return all<Decision>(); }

  std::vector<std::variant<ResultRun, Decision>> records;

 private:
  template <class T>
  std::vector<T> all() const {
    std::vector<T> list;
    for (const auto& record : records)
      if (const T* one = std::get_if<T>(&record)) list.push_back(*one);
    return list;
  }
};

}  // namespace shoal::tasks::fake
