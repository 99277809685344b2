// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "shoal/error.hpp"
#include "shoal/tasks/message.hpp"

using namespace shoal::tasks;

namespace {

Bytes bytes(std::size_t n) { return Bytes(n, std::byte{7}); }

std::vector<Message> one_of_each() {
  const Request request{3, 17, 2, 5, 1.25};
  const ResultRun run{1, 2, {OrderKind::bit_reversed, 100, 4}, 10, 3, bytes(24), {11, 12}};
  return {Hello{4, request},
          request,
          Assignment{0.5, 2, {{0, 1}}, {{0, 2, 100, 8, {OrderKind::longest, 9, 1}, true, bytes(5)}}, {{0, 2, 3, 4}},
                     {{0, 2, 101, 99, 3, bytes(2)}}},
          Results{request, {run}, {{1, 2, 3, 4, 5, 6.5, 7.5, 0.5}}},
          TaskError{{1, 2}, 74, "disk is full"},
          BlobMissing{{1, 2}, 1},
          BlobRequest{{3, 4}},
          BlobReply{{3, 4}, true, bytes(9)},
          Heartbeat{2.5},
          HeartbeatReply{2.5},
          Reset{6},
          StopRequest{StopKind::hard},
          Stop{StopKind::soft, 60},
          Bye{1},
          Exit{75}};
}

std::string failure(ByteView data) {
  try {
    parse_message(data);
  } catch (const shoal::SystemError& e) {
    return e.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("Every kind of message survives the way through bytes", "[unit]") {
  const std::vector<Message> all = one_of_each();
  CHECK(all.size() == std::variant_size_v<Message>);
  for (const Message& message : all) {
    const Bytes data = serialise(message);
    const Message back = parse_message(data);
    CHECK(back.index() == message.index());
    CHECK(serialise(back) == data);
  }
  const auto assignment = std::get<Assignment>(parse_message(serialise(all[2])));
  CHECK(assignment.rounds[0].order == Order{OrderKind::longest, 9, 1});
  CHECK(assignment.rounds[0].common_payload.size() == 5);
  CHECK(assignment.tasks[0].predecessor == 99);
  CHECK(assignment.forget[0] == std::pair<std::int64_t, std::int64_t>{0, 1});
  const auto results = std::get<Results>(parse_message(serialise(all[3])));
  CHECK(results.runs[0].blobs == std::vector<std::int64_t>{11, 12});
  CHECK(results.log[0].end == 7.5);
  CHECK(std::get<TaskError>(parse_message(serialise(all[4]))).text == "disk is full");
}

TEST_CASE("A message cut anywhere or too long is refused, never read past its end", "[unit]") {
  for (const Message& message : one_of_each()) {
    const Bytes data = serialise(message);
    for (std::size_t n = 0; n < data.size(); ++n)
      CHECK_THROWS_AS(parse_message(ByteView(data).first(n)), shoal::SystemError);
    Bytes longer = data;
    longer.push_back(std::byte{0});
    CHECK(failure(longer) == "message between ranks: bytes left over at the end");
  }
}

TEST_CASE("Damaged messages are refused or read, never more", "[unit]") {
  for (const Message& message : one_of_each()) {
    const Bytes data = serialise(message);
    for (std::size_t i = 0; i < data.size(); ++i) {
      for (const int flip : {0x01, 0x80, 0xff}) {
        Bytes damaged = data;
        damaged[i] ^= static_cast<std::byte>(flip);
        try {
          parse_message(damaged);
        } catch (const shoal::SystemError&) {
        }
      }
    }
  }
  SUCCEED();
}

TEST_CASE("Messages of another version or kind name it", "[unit]") {
  Bytes data = serialise(Message(Bye{}));
  data[0] = std::byte{9};
  CHECK(failure(data) == "message between ranks: version 9, this program speaks version 1");
  data = serialise(Message(Bye{}));
  data[1] = std::byte{200};
  CHECK(failure(data) == "message between ranks: unknown kind 200");
}

TEST_CASE("Journal records of finished tasks survive, and damaged ones are refused", "[unit]") {
  const ResultRun run{1, 2, {OrderKind::natural, 0, 1}, 1000, 3, bytes(24), {1001}};
  const Bytes data = serialise(run);
  const ResultRun back = parse_result_run(data);
  CHECK(serialise(back) == data);
  CHECK(back.first == 1000);
  CHECK(back.blobs == std::vector<std::int64_t>{1001});
  for (std::size_t n = 0; n < data.size(); ++n)
    CHECK_THROWS_AS(parse_result_run(ByteView(data).first(n)), shoal::SystemError);
  Bytes other = data;
  other[0] = std::byte{2};
  CHECK_THROWS_WITH(parse_result_run(other), "journal record of finished tasks: version 2, this program reads version 1");
}
