// SPDX-License-Identifier: Apache-2.0
#include "tasks/result_store.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "shoal/error.hpp"

namespace shoal::tasks {
namespace {

constexpr std::size_t kLengthBytes = 4;

[[noreturn]] void misfit(const ResultRun& run) {
  throw SystemError(fmt::format("the results of {} tasks of stream {}, round {} have an impossible size ({} bytes)",
                                run.count, run.stream, run.round, run.packed.size()),
                    ExitCode::other_input);
}

}  // namespace

std::vector<std::uint32_t> run_offsets(const ResultRun& run, std::int64_t result_bytes) {
  const auto count = static_cast<std::size_t>(run.count);
  if (result_bytes > 0) {
    if (run.packed.size() / static_cast<std::size_t>(result_bytes) != count ||
        run.packed.size() % static_cast<std::size_t>(result_bytes) != 0)
      misfit(run);
    return {};
  }
  if (run.packed.size() > 0xffffffffU || count > run.packed.size() / kLengthBytes) misfit(run);
  std::vector<std::uint32_t> offsets(count + 1);
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    offsets[i] = static_cast<std::uint32_t>(at);
    std::uint32_t length = 0;
    if (run.packed.size() - at < kLengthBytes) misfit(run);
    std::memcpy(&length, run.packed.data() + at, kLengthBytes);
    at += kLengthBytes;
    if (run.packed.size() - at < length) misfit(run);
    at += length;
  }
  if (at != run.packed.size()) misfit(run);
  offsets[count] = static_cast<std::uint32_t>(at);
  return offsets;
}

ResultRun cut_run(const ResultRun& run, const std::vector<std::uint32_t>& offsets, std::int64_t result_bytes,
                  std::int64_t first, std::int64_t count) {
  ResultRun part{run.stream, run.round, run.order, first, count, {}, {}};
  const auto from = static_cast<std::size_t>(first - run.first);
  const auto to = from + static_cast<std::size_t>(count);
  const std::size_t begin = result_bytes > 0 ? from * static_cast<std::size_t>(result_bytes) : offsets[from];
  const std::size_t end = result_bytes > 0 ? to * static_cast<std::size_t>(result_bytes) : offsets[to];
  part.packed.assign(run.packed.begin() + static_cast<std::ptrdiff_t>(begin),
                     run.packed.begin() + static_cast<std::ptrdiff_t>(end));
  return part;
}

void ResultStore::add(ResultRun run, std::shared_ptr<const TaskOrder> order, std::vector<std::uint32_t> offsets) {
  found_group_ = nullptr;
  auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) { return g.order->order() == run.order; });
  if (group == groups_.end()) {
    groups_.push_back({std::move(order), {}});
    group = std::prev(groups_.end());
  }
  if (run.count == 1) offsets = {};  // the one result is the whole
  group->runs.emplace(run.first, Stored{run.count, run.count, std::move(run.packed), std::move(offsets)});
}

std::optional<ByteView> ResultStore::find(std::int64_t task) {
  const auto result = [&](std::int64_t position) {
    const Stored& run = found_->second;
    const auto i = static_cast<std::size_t>(position - found_->first);
    const ByteView all(run.packed);
    if (result_bytes_ > 0) {
      const auto n = static_cast<std::size_t>(result_bytes_);
      return all.subspan(i * n, n);
    }
    if (run.offsets.empty()) return all.subspan(kLengthBytes);
    return all.subspan(run.offsets[i] + kLengthBytes, run.offsets[i + 1] - run.offsets[i] - kLengthBytes);
  };
  const auto holds = [&](std::int64_t position) {
    return found_->first <= position && position < found_->first + found_->second.count;
  };
  if (found_group_) {
    const std::int64_t position = found_group_->order->position_of(task);
    if (holds(position)) return result(position);
  }
  for (Group& group : groups_) {
    const Order& order = group.order->order();
    if (!order.is_natural() && task >= order.n_tasks) continue;  // a record of a shorter round
    const std::int64_t position = group.order->position_of(task);
    found_ = group.runs.upper_bound(position);
    if (found_ == group.runs.begin()) continue;
    --found_;
    if (!holds(position)) continue;
    found_group_ = &group;
    return result(position);
  }
  found_group_ = nullptr;
  return std::nullopt;
}

void ResultStore::drop_found() {
  if (--found_->second.left > 0) return;
  found_group_->runs.erase(found_);
  found_group_ = nullptr;
}

}  // namespace shoal::tasks
