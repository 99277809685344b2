// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>

#include <fmt/format.h>

#include "shoal/error.hpp"
#include "shoal/tasks/work_pool.hpp"

namespace shoal::tasks {
namespace {

constexpr std::size_t kLengthBytes = 4;  // in front of each result if sizes differ

// What the result of one task starts with, and what must be true of it afterwards.
class Packer {
 public:
  Packer(Bytes& packed, std::int64_t fixed_bytes) : packed_(packed), fixed_(static_cast<std::size_t>(fixed_bytes)) {}

  void begin() {
    begin_ = packed_.size();
    if (fixed_ == 0) packed_.resize(begin_ + kLengthBytes);
  }
  void discard() { packed_.resize(begin_); }

  void end(const TaskId& id) {
    if (fixed_ != 0) {
      if (packed_.size() != begin_ + fixed_)
        throw std::logic_error(fmt::format("task {} of stream {} wrote {} bytes where the job promised {}", id.task,
                                           id.stream, packed_.size() - begin_, fixed_));
      return;
    }
    const std::size_t length = packed_.size() - begin_ - kLengthBytes;
    if (packed_.size() < begin_ + kLengthBytes || length > 0xffffffffU)
      throw std::logic_error(fmt::format("the result of task {} of stream {} has an impossible size", id.task, id.stream));
    const auto prefix = static_cast<std::uint32_t>(length);
    std::memcpy(packed_.data() + begin_, &prefix, kLengthBytes);
  }

 private:
  Bytes& packed_;
  std::size_t fixed_;
  std::size_t begin_ = 0;
};

// Knows whether tiles were put, which must then be durable before the results leave.
class WatchedTiles final : public TileSink {
 public:
  explicit WatchedTiles(TileStore* store) : store_(store) {}

  TileHash put(TileId id, std::span<const std::byte> elements, std::uint64_t extent) override {
    if (!store_) throw std::logic_error("tiles cannot be kept here");
    used_ = true;
    return store_->put(id, elements, extent);
  }
  void sync() {
    if (used_) store_->sync();
  }

 private:
  TileStore* store_;
  std::atomic<bool> used_{false};  // members of a team may put at once
};

TaskError describe(const TaskId& id, const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& e) {
    return {id, static_cast<std::int32_t>(e.code()), e.what()};
  } catch (const std::bad_alloc&) {
    return {id, static_cast<std::int32_t>(ExitCode::unsuitable),
            fmt::format("out of memory in task {} of stream {}: use fewer threads per rank or a smaller problem", id.task,
                        id.stream)};
  } catch (const std::exception& e) {
    return {id, static_cast<std::int32_t>(ExitCode::internal), e.what()};
  } catch (...) {
    return {id, static_cast<std::int32_t>(ExitCode::internal), "an exception of unknown type"};
  }
}

void run_tasks(const Job& job, const WorkItem& slice, ByteView predecessor_blob, Workspace* workspace, BlobStore& blobs,
               const StopToken& stop, Team& team, TileSink& tiles, SliceResult& out) {
  const RoundStart& round = slice.round->start;
  const TaskOrder& order = *slice.round->order;
  const bool natural = order.order().is_natural();
  Packer packer(out.run.packed, round.result_bytes);
  if (round.result_bytes > 0) out.run.packed.reserve(static_cast<std::size_t>(slice.count * round.result_bytes));
  TaskOutput output{out.run.packed, std::nullopt, &tiles};
  TaskInput input{{round.stream, 0}, round.round, slice.payload, round.common_payload, predecessor_blob, stop, team};
  for (std::int64_t p = slice.first; p < slice.first + slice.count; ++p) {
    input.id.task = round.first_task + (natural ? p : order.task_at(p));
    packer.begin();
    try {
      if (stop.requested() || !job.run(input, workspace, output)) {
        packer.discard();
        return;
      }
      packer.end(input.id);
      if (output.blob) {
        blobs.put(input.id, *output.blob);
        out.run.blobs.push_back(input.id.task);
        output.blob.reset();
      }
    } catch (...) {
      packer.discard();
      out.error = describe(input.id, std::current_exception());
      return;
    }
    ++out.run.count;
  }
}

// False: tasks must be run one after the other, which shows what was wrong with which.
bool run_group(const Job& job, const WorkItem& slice, Workspace* workspace, BlobStore& blobs, const StopToken& stop,
               std::vector<SliceResult>& out) try {
  const RoundStart& round = slice.round->start;
  const std::size_t n = 1 + slice.beside.size();
  const auto item = [&](std::size_t i) -> const WorkItem& { return i == 0 ? slice : slice.beside[i - 1]; };
  std::vector<std::optional<Bytes>> fetched(n);
  std::vector<Bytes> results(n);
  std::vector<TaskInput> inputs;
  std::vector<TaskOutput> outputs;
  WatchedTiles tiles(blobs.tiles());
  for (std::size_t i = 0; i < n; ++i) {
    const WorkItem& one = item(i);
    if (one.predecessor != kNoTask && !one.blob) {
      fetched[i] = blobs.get({round.stream, one.predecessor});
      if (!fetched[i]) return false;
    }
    const ByteView blob = one.blob ? ByteView(*one.blob) : fetched[i] ? ByteView(*fetched[i]) : ByteView{};
    inputs.push_back({{round.stream, round.first_task + one.first}, round.round, one.payload, round.common_payload, blob, stop});
    outputs.push_back({results[i], std::nullopt, &tiles});
  }
  if (stop.requested() || !job.run_together(inputs, workspace, outputs)) return false;
  tiles.sync();
  for (std::size_t i = 0; i < n; ++i) {
    SliceResult& one = out.emplace_back();
    one.run.stream = round.stream;
    one.run.round = round.round;
    one.run.order = round.order;
    one.run.first = item(i).first;
    one.run.count = 1;
    one.log_first = inputs[i].id.task;
    Packer packer(one.run.packed, round.result_bytes);
    packer.begin();
    one.run.packed.insert(one.run.packed.end(), results[i].begin(), results[i].end());
    packer.end(inputs[i].id);
    if (!outputs[i].blob) continue;
    blobs.put(inputs[i].id, *outputs[i].blob);
    one.run.blobs.push_back(inputs[i].id.task);
  }
  return true;
} catch (...) {
  out.clear();
  return false;
}

}  // namespace

std::vector<SliceResult> run_slices(const Job& job, const WorkItem& slice, Workspace* workspace, BlobStore& blobs,
                                    const StopToken& stop, Team& team) {
  std::vector<SliceResult> out;
  if (!slice.beside.empty() && run_group(job, slice, workspace, blobs, stop, out)) return out;
  out.push_back(run_slice(job, slice, workspace, blobs, stop, team));
  for (const WorkItem& item : slice.beside) out.push_back(run_slice(job, item, workspace, blobs, stop, team));
  return out;
}

SliceResult run_slice(const Job& job, const WorkItem& slice, Workspace* workspace, BlobStore& blobs,
                      const StopToken& stop, Team& team) {
  const RoundStart& round = slice.round->start;
  SliceResult out;
  out.run.stream = round.stream;
  out.run.round = round.round;
  out.run.order = round.order;
  out.run.first = slice.first;
  out.log_first = round.first_task + slice.first;
  std::optional<Bytes> fetched;
  if (slice.predecessor != kNoTask && !slice.blob) {
    const TaskId predecessor{round.stream, slice.predecessor};
    try {
      fetched = blobs.get(predecessor);
    } catch (...) {  // an unreadable store is as good as an empty one: the blob is computed again
    }
    if (!fetched) {
      out.missing = BlobMissing{{round.stream, round.first_task + slice.first}, slice.predecessor};
      return out;
    }
  }
  WatchedTiles tiles(blobs.tiles());
  run_tasks(job, slice, slice.blob ? ByteView(*slice.blob) : fetched ? ByteView(*fetched) : ByteView{}, workspace, blobs,
            stop, team, tiles, out);
  try {
    tiles.sync();
  } catch (...) {
    out.run.count = 0;
    out.run.packed.clear();
    out.run.blobs.clear();
    if (!out.error) out.error = describe({round.stream, out.log_first}, std::current_exception());
  }
  std::sort(out.run.blobs.begin(), out.run.blobs.end());
  return out;
}

}  // namespace shoal::tasks
