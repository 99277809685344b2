// SPDX-License-Identifier: Apache-2.0
// Results of one round that are known but not yet folded, packed as they came. Runs may come under several orders (a
// resumed run may use another one than the run that wrote the journal).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "shoal/tasks/job.hpp"
#include "shoal/tasks/order.hpp"
#include "shoal/tasks/result_run.hpp"

namespace shoal::tasks {

// Where the result of each task of a run lies. Throws SystemError if the packed bytes do not fit the count.
// Fixed sizes: empty. Else count + 1 offsets, the i-th result (without its length) at [offset[i] + 4, offset[i + 1]).
std::vector<std::uint32_t> run_offsets(const ResultRun&, std::int64_t result_bytes);

// The part [first, first + count) of a run, blobs included if `keep_blob(task)`.
ResultRun cut_run(const ResultRun&, const std::vector<std::uint32_t>& offsets, std::int64_t result_bytes,
                  std::int64_t first, std::int64_t count);

class ResultStore {
 public:
  explicit ResultStore(std::int64_t result_bytes) : result_bytes_(result_bytes) {}

  // No task may be in the store already. Tasks are numbered within the round.
  void add(ResultRun, std::shared_ptr<const TaskOrder>, std::vector<std::uint32_t> offsets);

  bool contains(std::int64_t task) { return find(task).has_value(); }

  // The result of a task; valid until the next add or drop.
  std::optional<ByteView> find(std::int64_t task);

  // The task found last has been folded: its run is freed with its last task.
  void drop_found();

 private:
  struct Stored {
    std::int64_t count = 0;
    std::int64_t left = 0;
    Bytes packed;
    std::vector<std::uint32_t> offsets;
  };
  struct Group {
    std::shared_ptr<const TaskOrder> order;
    std::map<std::int64_t, Stored> runs;  // by first position
  };

  std::int64_t result_bytes_;
  std::vector<Group> groups_;
  Group* found_group_ = nullptr;                       // where the last find ended: the next task is often there, too
  std::map<std::int64_t, Stored>::iterator found_;
};

}  // namespace shoal::tasks
