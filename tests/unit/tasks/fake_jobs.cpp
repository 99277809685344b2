// SPDX-License-Identifier: Apache-2.0
#include "fake_jobs.hpp"

#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

namespace shoal::tasks::fake {
namespace {

std::uint64_t digest_of(ByteView bytes) {
  std::uint64_t h = bytes.size() + 17;
  for (const std::byte b : bytes) h = mix(h, static_cast<std::uint64_t>(b));
  return h;
}

Bytes to_bytes(std::uint64_t value) {
  Bytes out(8);
  std::memcpy(out.data(), &value, 8);
  return out;
}

const std::map<std::string, std::vector<StreamShape>>& shapes() {
  static const std::map<std::string, std::vector<StreamShape>> all = {
      {"independent", {{{40}}}},
      {"prepared", {{{30}, 1, kUnlimited, true}}},
      {"window", {{{35}, 1, 4, true}}},
      {"window of zero", {{{9}, 1, 0, true}}},
      {"open-ended window", {{{23}, 1, 5, true, true}}},
      {"rounds", {{{}, 6}}},
      {"prepared rounds", {{{}, 5, kUnlimited, true}}},
      {"windowed rounds", {{{}, 4, 2, true}}},
      {"two streams", {{{}, 4}, {{20}, 1, 3, true}}},
      {"chain", {{{24}, 1, kUnlimited, true, false, 3}}},
      {"chain in rounds", {{{}, 5, kUnlimited, true, false, 2}}},
      {"chains of two streams", {{{9}, 1, 4, true, true, 1}, {{12}, 1, kUnlimited, true, false, 4}}},
      {"together", {{{150}, 1, kUnlimited, true, false, 0, 4}}},
      {"together of three kinds", {{{160}, 1, kUnlimited, true, false, 0, 4, 3}}},
      {"together in a window", {{{90}, 1, 40, true, true, 0, 3}}},
      {"chain together", {{{120}, 1, kUnlimited, true, false, 24, 4}, {{}, 4, kUnlimited, true, false, 0, 2}}},
      {"empty", {{{0}}}},
      {"one task", {{{1}}}},
  };
  return all;
}

}  // namespace

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a * 0x9e3779b97f4a7c15U + b + 0x632be59bd9b4e019U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  return z ^ (z >> 27);
}

FakeJob::FakeJob(std::vector<StreamShape> shapes, bool fixed_size)
    : shapes_(std::move(shapes)), fixed_size_(fixed_size), history_(shapes_.size()), live_(shapes_.size()) {}

std::int64_t FakeJob::round_size(std::int64_t stream, std::int64_t round) const {
  const StreamShape& shape = shapes_[static_cast<std::size_t>(stream)];
  const auto r = static_cast<std::size_t>(round);
  if (!shape.round_sizes.empty()) return r < shape.round_sizes.size() ? shape.round_sizes[r] : 0;
  if (round >= shape.n_rounds) return 0;
  return 1 + static_cast<std::int64_t>(history_[static_cast<std::size_t>(stream)].digest % 11);
}

Round FakeJob::prepare_round(std::int64_t stream, std::int64_t round) {
  const auto s = static_cast<std::size_t>(stream);
  Live& live = live_[s];
  const std::int64_t n = round_size(stream, round);
  history_[s].calls.push_back(fmt::format("round {} after {} folds: {} tasks", round, live.folded, n));
  live.round = round;
  live.round_first = live.folded;
  live.round_end = live.folded + n;
  const StreamShape& shape = shapes_[s];
  Round out{n, shape.window, shape.prepared, to_bytes(history_[s].digest)};
  if (shape.open_ended && n > 0) out.n_tasks = kUnlimited;
  out.together = shape.together;
  return out;
}

std::optional<Prepared> FakeJob::prepare(TaskId id, const Pending* pending) {
  const auto s = static_cast<std::size_t>(id.stream);
  const StreamShape& shape = shapes_[s];
  Live& live = live_[s];
  const std::int64_t h =
      shape.window == kUnlimited ? live.round_first : std::max(live.round_first, id.task - shape.window);
  std::uint64_t seen = h > 0 ? history_[s].digest : 99;
  if ((pending != nullptr) != (shape.window != kUnlimited)) throw std::logic_error("pending or not");
  if (pending) {
    if (pending->begin() != h || pending->end() != id.task) throw std::logic_error("wrong pending range");
    for (std::int64_t k = h; k < id.task; ++k) seen = mix(seen, digest_of(pending->payload(k)));
  }
  if (h > 0 && h != live.folded) throw std::logic_error(fmt::format("task {} prepared after {} folds", id.task, live.folded));
  const bool end = id.task >= live.round_end;
  (h > 0 ? history_[s].calls : history_[s].early)
      .push_back(fmt::format("prepare {} seeing {}{}", id.task, seen, end ? ": end" : ""));
  if (end) return std::nullopt;
  Prepared out{to_bytes(mix(seen, static_cast<std::uint64_t>(id.task))), kNoTask};
  if (shape.chains > 0 && id.task >= shape.chains) out.predecessor = id.task - shape.chains;
  if (shape.together > 1) out.group = 7 + static_cast<std::uint64_t>(id.task % shape.groups);
  return out;
}

bool FakeJob::run(const TaskInput& in, Workspace*, TaskOutput& out) const {
  if (on_run) on_run(in);
  std::uint64_t value = mix(static_cast<std::uint64_t>(in.id.stream), static_cast<std::uint64_t>(in.id.task));
  value = mix(value, static_cast<std::uint64_t>(in.round));
  value = mix(value, digest_of(in.payload));
  value = mix(value, digest_of(in.common_payload));
  value = mix(value, digest_of(in.predecessor_blob));
  const Bytes bytes = to_bytes(value);
  out.result.insert(out.result.end(), bytes.begin(), bytes.end());
  if (!fixed_size_) out.result.resize(out.result.size() + value % 7);
  if (shapes_[static_cast<std::size_t>(in.id.stream)].chains > 0) out.blob = to_bytes(mix(value, 5));
  return true;
}

bool FakeJob::run_together(std::span<const TaskInput> inputs, Workspace* workspace, std::span<TaskOutput> outputs) const {
  const StreamShape& shape = shapes_[static_cast<std::size_t>(inputs.front().id.stream)];
  if (std::ssize(inputs) > shape.together || inputs.size() != outputs.size()) throw std::logic_error("too many together");
  for (const TaskInput& in : inputs) {
    if (in.id.stream != inputs.front().id.stream || in.round != inputs.front().round ||
        in.id.task % shape.groups != inputs.front().id.task % shape.groups)
      throw std::logic_error("tasks of different groups");
  }
  ++n_together;
  if (on_run_together) on_run_together(inputs);
  return Job::run_together(inputs, workspace, outputs);
}

void FakeJob::fold(TaskId id, ByteView result) {
  const auto s = static_cast<std::size_t>(id.stream);
  History& h = history_[s];
  if (id.task != live_[s].folded) throw std::logic_error("folded out of order");
  ++live_[s].folded;
  h.digest = mix(h.digest, digest_of(result));
  h.calls.push_back(fmt::format("fold {}: {}", id.task, h.digest));
}

std::vector<std::string> shape_names() {
  std::vector<std::string> names;
  for (const auto& [name, shape] : shapes()) names.push_back(name);
  return names;
}

std::unique_ptr<FakeJob> make_job(const std::string& name) {
  return std::make_unique<FakeJob>(shapes().at(name), name.size() % 2 == 0);
}

namespace {

// The payloads and results of one stream, all kept.
class ReferenceStream {
 public:
  ReferenceStream(Job& job, std::int64_t stream) : job_(job), stream_(stream) {}

  void run() {
    for (std::int64_t r = 0;; ++r) {
      round_ = job_.prepare_round(stream_, r);
      if (round_.n_tasks == 0) return;
      first_ = folded_;
      end_ = round_.n_tasks == kUnlimited ? kUnlimited : first_ + round_.n_tasks;
      next_ = first_;
      while (true) {
        while (next_ < end_ && horizon(next_) <= folded_ && prepare()) {
        }
        if (folded_ == end_) break;
        compute(r);
      }
    }
  }

 private:
  class View final : public Pending {
   public:
    View(const std::vector<Prepared>& all, std::int64_t begin, std::int64_t end) : all_(all), begin_(begin), end_(end) {}
    std::int64_t begin() const override { return begin_; }
    std::int64_t end() const override { return end_; }
    ByteView payload(std::int64_t k) const override { return all_[static_cast<std::size_t>(k)].payload; }

   private:
    const std::vector<Prepared>& all_;
    std::int64_t begin_, end_;
  };

  std::int64_t horizon(std::int64_t k) const {
    return round_.window == kUnlimited ? first_ : std::max(first_, k - round_.window);
  }

  bool prepare() {
    std::optional<Prepared> what = Prepared{};
    const View view(prepared_, horizon(next_), next_);
    if (round_.prepared) what = job_.prepare({stream_, next_}, round_.window == kUnlimited ? nullptr : &view);
    if (!what) {
      end_ = next_;
      return false;
    }
    prepared_.push_back(std::move(*what));
    ++next_;
    return true;
  }

  void compute(std::int64_t r) {
    const Prepared& what = prepared_[static_cast<std::size_t>(folded_)];
    const StopToken never;
    const Bytes none;
    const TaskInput in{{stream_, folded_}, r, what.payload, round_.common_payload,
                       what.predecessor == kNoTask ? none : blobs_[what.predecessor], never};
    Bytes result;
    TaskOutput out{result, std::nullopt};
    job_.run(in, nullptr, out);
    if (out.blob) blobs_[folded_] = *out.blob;
    job_.fold({stream_, folded_}, result);
    ++folded_;
  }

  Job& job_;
  std::int64_t stream_;
  Round round_;
  std::int64_t first_ = 0, end_ = 0, next_ = 0, folded_ = 0;
  std::vector<Prepared> prepared_;
  std::map<std::int64_t, Bytes> blobs_;
};

}  // namespace

void run_reference(Job& job) {
  for (std::int64_t s = 0; s < job.n_streams(); ++s) ReferenceStream(job, s).run();
}

}  // namespace shoal::tasks::fake
