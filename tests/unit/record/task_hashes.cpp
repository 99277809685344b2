// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/task_hashes.hpp"

#include <cstring>

#include "catch.hpp"
#include "shoal/error.hpp"
#include "shoal/record/image.hpp"

using namespace shoal::record;

namespace {

using Bytes = std::vector<std::byte>;

Bytes result_of(std::int64_t task) {
  Bytes bytes(8);
  std::memcpy(bytes.data(), &task, 8);
  return bytes;
}

}  // namespace

TEST_CASE("blocks of tasks have size one up to a million, then double with every doubling of tasks") {
  constexpr std::int64_t million = std::int64_t{1} << 20;
  CHECK(task_block(0).size == 1);
  CHECK(task_block(million - 1).index == million - 1);
  CHECK(task_block(million).size == 2);
  CHECK(task_block(million).index == million);
  CHECK(task_block(million + 1).first == million);
  CHECK(task_block(2 * million).size == 4);
  CHECK(task_block(2 * million).index == million + million / 2);
  CHECK(n_task_blocks(0) == 0);
  CHECK(n_task_blocks(million) == million);
  CHECK(n_task_blocks(million + 1) == million + 1);
  CHECK(n_task_blocks(million + 2) == million + 1);
  for (std::int64_t task = million - 3; task < 4 * million; task += 99991) {
    const TaskBlock block = task_block(task), next = task_block(block.first + block.size);
    REQUIRE(block.first <= task);
    REQUIRE(task < block.first + block.size);
    REQUIRE(next.index == block.index + 1);
    REQUIRE(next.first == block.first + block.size);
  }
}

TEST_CASE("the hash of a task is the first 8 bytes of SHA-256 of its length and bytes") {
  TaskHashes hashes;
  const std::vector<Bytes> results = {{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}}};
  hashes.add(0, results[0]);
  const auto expected = sha256(std::string_view("\3\0\0\0abc", 7));
  std::uint64_t word = 0;
  std::memcpy(&word, expected.data(), 8);
  CHECK(hashes.hash(0, 0) == word);
  CHECK(task_block_hash(results) == word);
}

TEST_CASE("hashes of several streams survive a file, whole blocks and open ones") {
  constexpr std::int64_t n = (std::int64_t{1} << 20) + 101;
  TaskHashes hashes;
  for (std::int64_t task = 0; task < n; ++task) hashes.add(2, result_of(task));
  hashes.add(0, result_of(7));
  Group group;
  hashes.write(group);
  const TaskHashes read = TaskHashes::read(read_image(make_image(group)));
  REQUIRE(read.n_streams() == 3);
  CHECK(read.n_tasks(1) == 0);
  CHECK(read.n_tasks(2) == n);
  CHECK(read.hash(0, 0) == task_block_hash(std::vector<Bytes>{result_of(7)}));
  for (const std::int64_t task : {std::int64_t{0}, std::int64_t{12345}, n - 50, n - 1}) {
    const TaskBlock block = task_block(task);
    std::vector<Bytes> results;
    for (std::int64_t k = block.first; k < std::min(block.first + block.size, n); ++k) results.push_back(result_of(k));
    CHECK(read.hash(2, block.index) == task_block_hash(results));
    CHECK(hashes.hash(2, block.index) == task_block_hash(results));
    results.back()[0] ^= std::byte{1};
    CHECK(read.hash(2, block.index) != task_block_hash(results));
  }
}

TEST_CASE("hashes that are missing or incomplete are refused") {
  Group group;
  CHECK_THROWS_AS(TaskHashes::read(group), shoal::Error);
  group.add("hash", std::vector<std::uint64_t>{1, 2}, {2}, {"block"}, "1", "");
  group.add("n_tasks", std::vector<std::int64_t>{3}, {1}, {"stream"}, "1", "");
  CHECK_THROWS_AS(TaskHashes::read(group), shoal::Error);
}
