// SPDX-License-Identifier: Apache-2.0
#include "record/in_parallel.hpp"

#include <atomic>
#include <stdexcept>
#include <vector>

#include "catch.hpp"

using shoal::record::in_parallel;

TEST_CASE("everything is done once, whatever the number of threads") {
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
    std::vector<std::atomic<int>> calls(n);
    in_parallel(n, [&](std::size_t i) { ++calls[i]; });
    for (const auto& count : calls) CHECK(count == 1);
  }
}

TEST_CASE("a failure in one of the threads is thrown by the caller") {
  CHECK_THROWS_WITH(in_parallel(100, [](std::size_t i) { if (i == 57) throw std::runtime_error("piece 57"); }), "piece 57");
}
