// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/task_hashes.hpp"

#include <bit>
#include <cstring>
#include <stdexcept>

#include "record/byte_stream.hpp"

namespace shoal::record {
namespace {

constexpr std::int64_t kSingle = std::int64_t{1} << 20;  // so many tasks have hashes of their own
constexpr std::int64_t kOctave = kSingle / 2;            // blocks in each later doubling

std::uint64_t first_8_bytes(const Sha256Value& value) {
  std::uint64_t word = 0;
  std::memcpy(&word, value.data(), sizeof word);
  return word;
}

// k: tasks [2^(19+k), 2^(20+k)) are in blocks of 2^k; 0 below 2^20.
int octave_of(std::int64_t task) {
  return task < kSingle ? 0 : static_cast<int>(std::bit_width(static_cast<std::uint64_t>(task))) - 20;
}

std::span<const std::byte> as_bytes(const std::uint32_t& number) { return std::as_bytes(std::span(&number, 1)); }

}  // namespace

TaskBlock task_block(std::int64_t task) {
  const int octave = octave_of(task);
  if (octave == 0) return {task, task, 1};
  const std::int64_t begin = kOctave << octave;  // first task of the octave
  const std::int64_t size = std::int64_t{1} << octave;
  const std::int64_t inside = (task - begin) / size;
  return {kSingle + (octave - 1) * kOctave + inside, begin + inside * size, size};
}

std::int64_t n_task_blocks(std::int64_t n_tasks) { return n_tasks == 0 ? 0 : task_block(n_tasks - 1).index + 1; }

void TaskHashes::add(std::int64_t stream, std::span<const std::byte> result) {
  if (stream >= n_streams()) streams_.resize(static_cast<std::size_t>(stream) + 1);
  Stream& s = streams_[static_cast<std::size_t>(stream)];
  const TaskBlock block = task_block(s.n_tasks);
  if (s.n_tasks == block.first) s.open.clear();
  else if (s.sealed) throw std::logic_error("hashes that were read cannot be continued inside a block");
  s.sealed = false;
  const auto length = static_cast<std::uint32_t>(result.size());
  s.open.insert(s.open.end(), as_bytes(length).begin(), as_bytes(length).end());
  s.open.insert(s.open.end(), result.begin(), result.end());
  if (++s.n_tasks == block.first + block.size) {
    s.hashes.push_back(first_8_bytes(sha256_.update(s.open).finish()));
    s.open.clear();
  }
}

std::int64_t TaskHashes::n_tasks(std::int64_t stream) const { return streams_.at(static_cast<std::size_t>(stream)).n_tasks; }

std::uint64_t TaskHashes::hash(std::int64_t stream, std::int64_t block) const {
  const Stream& s = streams_.at(static_cast<std::size_t>(stream));
  if (block < static_cast<std::int64_t>(s.hashes.size())) return s.hashes[static_cast<std::size_t>(block)];
  if (block >= n_task_blocks(s.n_tasks)) throw std::out_of_range("no such block of tasks");
  return first_8_bytes(sha256_.update(s.open).finish());
}

void TaskHashes::write(Group& task_hashes) const {
  std::vector<std::uint64_t> hashes;
  std::vector<std::int64_t> n;
  for (std::int64_t stream = 0; stream < n_streams(); ++stream) {
    n.push_back(n_tasks(stream));
    for (std::int64_t block = 0; block < n_task_blocks(n_tasks(stream)); ++block) hashes.push_back(hash(stream, block));
  }
  const std::uint64_t n_blocks = hashes.size();
  task_hashes.add("hash", hashes, {n_blocks}, {"block"}, "1", "first 8 bytes of SHA-256 of the results of a block of tasks");
  task_hashes.add("n_tasks", n, {n.size()}, {"stream"}, "1", "tasks of the stream that are hashed");
}

TaskHashes TaskHashes::read(const Group& task_hashes) {
  const Dataset* hash = task_hashes.find_dataset("hash");
  const Dataset* n_tasks = task_hashes.find_dataset("n_tasks");
  if (!hash || !n_tasks || hash->type != Type::u8 || n_tasks->type != Type::i8)
    throw Error(ExitCode::other_input, "the result holds no hashes of its tasks.");
  const auto all = hash->values<std::uint64_t>();
  TaskHashes hashes;
  std::size_t at = 0;
  for (const std::int64_t n : n_tasks->values<std::int64_t>()) {
    const std::int64_t n_blocks = n < 0 ? -1 : n_task_blocks(n);
    if (n_blocks < 0 || static_cast<std::uint64_t>(n_blocks) > all.size() - at)
      throw Error(ExitCode::other_input, "the hashes of tasks in the result are incomplete.");
    Stream stream;
    stream.n_tasks = n;
    stream.sealed = true;
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(at);
    stream.hashes.assign(first, first + n_blocks);
    at += static_cast<std::size_t>(n_blocks);
    hashes.streams_.push_back(std::move(stream));
  }
  return hashes;
}

std::uint64_t task_block_hash(std::span<const std::vector<std::byte>> results) {
  Sha256 hash;
  for (const auto& result : results) {
    const auto length = static_cast<std::uint32_t>(result.size());
    hash.update(as_bytes(length)).update(result);
  }
  return first_8_bytes(hash.finish());
}

}  // namespace shoal::record
