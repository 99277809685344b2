// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/comm.hpp"

#include "catch.hpp"
#include "shoal/error.hpp"

namespace shoal::parallel {
namespace {

struct Pair {
  std::int32_t a;
  double b;
};

TEST_CASE("a single rank receives its own messages in the order sent", "[unit]") {
  Comm comm;
  REQUIRE(comm.rank() == 0);
  REQUIRE(comm.size() == 1);
  REQUIRE_FALSE(comm.receive());
  comm.send(0, 3, to_bytes(std::string_view("first")));
  comm.send(0, 4, {});
  const auto first = comm.receive();
  REQUIRE(first);
  CHECK(first->source == 0);
  CHECK(first->tag == 3);
  CHECK(text_from_bytes(first->bytes) == "first");
  const auto second = comm.receive();
  REQUIRE(second);
  CHECK(second->tag == 4);
  CHECK(second->bytes.empty());
  CHECK_FALSE(comm.receive());
  CHECK(comm.flush(0));
}

TEST_CASE("collectives of a single rank return what they are given", "[unit]") {
  Comm comm;
  CHECK(comm.broadcast(42) == 42);
  CHECK(comm.broadcast(std::string("text")) == "text");
  const auto pairs = comm.gather(Pair{1, 2.5});
  REQUIRE(pairs.size() == 1);
  CHECK(pairs[0].b == 2.5);
  CHECK(comm.gather(std::string("x")) == std::vector<std::string>{"x"});
  comm.barrier();
}

TEST_CASE("messages to a rank that is lost are dropped until it is taken in again", "[unit]") {
  Comm comm;
  CHECK_FALSE(comm.any_was_lost());
  comm.mark_lost(0);
  comm.send(0, 1, to_bytes(1));
  CHECK_FALSE(comm.receive());
  comm.mark_alive(0);
  comm.send(0, 1, to_bytes(2));
  CHECK(from_bytes<int>(comm.receive()->bytes) == 2);
  CHECK(comm.any_was_lost());
}

TEST_CASE("a message of another size than its type is refused by name", "[unit]") {
  CHECK_THROWS_WITH(from_bytes<std::int32_t>(to_bytes(1.5)), "a message has 8 bytes instead of 4");
  CHECK_THROWS_AS(from_bytes<std::int32_t>(to_bytes(1.5)), SystemError);
}

TEST_CASE("sending to a rank that does not exist is an error of ours", "[unit]") {
  Comm comm;
  CHECK_THROWS_AS(comm.send(1, 0, {}), std::out_of_range);
  CHECK_THROWS_AS(comm.send(-1, 0, {}), std::out_of_range);
}

}  // namespace
}  // namespace shoal::parallel
