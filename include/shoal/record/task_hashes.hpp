// SPDX-License-Identifier: Apache-2.0
// Hashes of the results of tasks: what `shoal verify` compares with when it computes tasks again.
//
// Tasks of a stream are hashed in blocks that depend on the task number alone: block size 1 for tasks below 2^20, then
// 2 in [2^20, 2^21), 4 in [2^21, 2^22), and so on: a million hashes, and half a million more each time tasks double.
// The hash of a block: the first 8 bytes, as a little-endian integer, of SHA-256 over (length u32 little-endian | bytes) of
// the result of each of its tasks, in task order. The last block may hold fewer tasks.
//
// In the result, /provenance/task_hashes: `hash` u8 (block): the blocks of stream 0, then of stream 1, ...; `n_tasks` i8 (stream).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "shoal/record/sha256.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::record {

struct TaskBlock {
  std::int64_t index = 0;  // in the stream
  std::int64_t first = 0;  // task
  std::int64_t size = 1;   // tasks, if the stream is long enough
};

// The block that holds a task.
TaskBlock task_block(std::int64_t task);

// Number of blocks of a stream of n_tasks.
std::int64_t n_task_blocks(std::int64_t n_tasks);

// Collects hashes as results are folded.
class TaskHashes {
 public:
  // The next result of a stream: task 0, 1, 2, ... of it.
  void add(std::int64_t stream, std::span<const std::byte> result);

  std::int64_t n_streams() const { return static_cast<std::int64_t>(streams_.size()); }
  std::int64_t n_tasks(std::int64_t stream) const;

  // The hash of a block so far.
  std::uint64_t hash(std::int64_t stream, std::int64_t block) const;

  // Fills /provenance/task_hashes, and the reverse (for reading only: add() continues at a block boundary alone).
  void write(Group& task_hashes) const;
  static TaskHashes read(const Group& task_hashes);

 private:
  struct Stream {
    std::int64_t n_tasks = 0;
    std::vector<std::uint64_t> hashes;   // of full blocks
    std::vector<std::byte> open;         // of the block in progress, as hashed
    bool sealed = false;                 // read from a file: the content of the last block is not known
  };
  std::vector<Stream> streams_;
  mutable Sha256 sha256_;
};

// The hash of a block from the results of its tasks.
std::uint64_t task_block_hash(std::span<const std::vector<std::byte>> results);

}  // namespace shoal::record
