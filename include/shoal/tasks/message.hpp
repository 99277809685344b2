// SPDX-License-Identifier: Apache-2.0
// What ranks tell each other. Plain structs; serialise() and parse_message() turn them into checked, versioned bytes.
//
//   worker -> rank 0    Hello, Request, Results, TaskError, BlobMissing, Heartbeat, StopRequest, Bye
//   rank 0 -> worker    Assignment, HeartbeatReply, Reset, Stop, Exit
//   worker -> worker    BlobRequest, BlobReply
//
// Delivery: messages between two ranks arrive in the order sent (as MPI promises for one communicator and tag), or not
// at all once a rank has died. Rank 0 talks to its own worker through the very same messages, without bytes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/tasks/job.hpp"
#include "shoal/tasks/order.hpp"
#include "shoal/tasks/result_run.hpp"

namespace shoal::tasks {

// How much work a rank can take. Absolute, so a lost or repeated one does no harm.
struct Request {
  std::int64_t epoch = 0;     // of the last Reset; requests of older epochs are ignored
  std::int64_t received = 0;  // chunks received in this epoch: what is under way is subtracted by rank 0
  std::int32_t idle = 0;      // threads without work
  std::int32_t ahead = 0;     // chunks wanted before threads run dry
  double sent = 0;            // the sender's clock; comes back in Assignment::echo
};

struct Hello {
  std::int32_t threads = 1;
  Request request;
};

// A round, told to a rank before its first task of it.
struct RoundStart {
  std::int64_t stream = 0;
  std::int64_t round = 0;
  std::int64_t first_task = 0;   // number in the stream of its first task
  std::int64_t result_bytes = 0;
  Order order;
  bool prepared = false;
  Bytes common_payload;
};

// Positions [first, first + count) of an unprepared round.
struct RangeTask {
  std::int64_t stream = 0;
  std::int64_t round = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

// One task of a prepared round.
struct PreparedTask {
  std::int64_t stream = 0;
  std::int64_t round = 0;
  std::int64_t task = 0;                // number in the stream
  std::int64_t predecessor = kNoTask;
  std::int32_t blob_rank = -1;          // who holds its blob; -1: unknown, try your own store
  Bytes payload;
  std::int64_t together = kNoTask;      // those that follow each other with the same number are run by one run_together()
};

struct Assignment {
  double echo = 0;                                            // Request::sent if answered at once, else 0
  std::int32_t chunks = 0;                                    // how many chunks this is, for Request::received
  std::vector<std::pair<std::int64_t, std::int64_t>> forget;  // (stream, round) that need not be kept any longer
  std::vector<RoundStart> rounds;
  std::vector<RangeTask> ranges;
  std::vector<PreparedTask> tasks;
  double blocked_ago = -1;                                    // so many seconds ago no task could start yet and the rank
                                                              // waited for that; negative: it did not
};

// One slice of work as it was done, for efficiency figures and for replaying other schedules.
struct ChunkLog {
  std::int32_t rank = 0;
  std::int32_t thread = 0;
  std::int64_t stream = 0;
  std::int64_t first = 0;   // first task of the round + position in its order (the task's number in natural order)
  std::int64_t count = 0;
  double start = 0;         // seconds on the driver's clock
  double end = 0;
  double cpu = 0;           // CPU seconds of the thread in between
};

struct Results {
  Request request;
  std::vector<ResultRun> runs;
  std::vector<ChunkLog> log;
};

// A task threw: the job ends with this text.
struct TaskError {
  TaskId task;
  std::int32_t exit_code = 70;  // ExitCode of the exception
  std::string text;
};

// The blob of `predecessor`, needed by `task`, could not be had: rank 0 has it computed again.
struct BlobMissing {
  TaskId task;
  std::int64_t predecessor = kNoTask;
};

struct BlobRequest {
  TaskId id;  // the task that left the blob
};

struct BlobReply {
  TaskId id;
  bool found = false;
  Bytes blob;
};

struct Heartbeat {
  double sent = 0;
};

struct HeartbeatReply {
  double echo = 0;
};

// To a rank that was believed lost: forget everything not yet started, start a new epoch.
struct Reset {
  std::int64_t epoch = 0;
};

enum class StopKind : std::uint8_t {
  finish,  // everything is done
  soft,    // no new tasks; running ones finish within the grace time
  hard,    // drop running tasks, hand in what is finished
};

// A worker received a signal or hit a limit: asks rank 0 to stop everybody.
struct StopRequest {
  StopKind kind = StopKind::soft;
};

struct Stop {
  StopKind kind = StopKind::finish;
  double grace_seconds = 0;
  double blocked_ago = -1;  // as in Assignment; since then there was none left
};

// The rank has nothing running and nothing left to hand in.
struct Bye {
  std::int32_t abandoned = 0;  // tasks left behind that ignored their stop token
};

// Sent by the driver (not by the state machines) at the very end, so that every rank returns the same code.
struct Exit {
  std::int32_t code = 0;
};

using Message = std::variant<Hello, Request, Assignment, Results, TaskError, BlobMissing, BlobRequest, BlobReply,
                             Heartbeat, HeartbeatReply, Reset, StopRequest, Stop, Bye, Exit>;

Bytes serialise(const Message&);

// Throws SystemError naming what is wrong if the bytes are not exactly one message of this version.
Message parse_message(ByteView);

struct Send {
  int to = 0;
  Message message;
};

}  // namespace shoal::tasks
