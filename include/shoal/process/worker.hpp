// SPDX-License-Identifier: Apache-2.0
// A persistent worker: a program that is started once and then answers task after task, so that what is slow to start
// (Python with its imports) starts once a slot. analysis/shoal_worker.py makes a worker of any Python function.
//
// The protocol, in flat JSON objects (json_line.hpp), one a line, the program's standard input and output:
//
//   Shoal    {"rate": 0.1, "size": 40}            one task, with whatever members the caller gives
//   program  {"epoch": 1, "loss": 0.9}            any number of intermediate lines
//   program  {"epoch": 2, "loss": 0.8, "ask": true}
//   Shoal    {"continue": true}                   the answer to an intermediate line with "ask"; false: finish now
//   program  {"done": true, "loss": 0.7}          the final line; with "error": "text" the task failed, the worker lives
//
// It should end at the end of its input. Standard error is for people.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "shoal/process/command.hpp"
#include "shoal/process/json_line.hpp"

namespace shoal::process {

struct Answer {
  State state = State::ok;
  int exit_code = 0;          // of state exit_code
  int signal = 0;             // of state signal
  JsonLine final_line;        // of states ok and error
  double wall_seconds = 0;
  double cpu_seconds = 0;     // of the worker's process during this task
  std::int64_t peak_bytes = 0;  // of the worker so far, sampled as Outcome says
  std::string err;            // what it wrote to standard error during this task, shortened as the command says
  std::string message;        // one line for people; empty if ok
};

// Takes an intermediate line; false asks the worker to finish now: politely where the line has "ask", else by its end.
using Intermediate = std::function<bool(const JsonLine&)>;

class Worker {
 public:
  // Nothing is started yet. limits.wall_seconds and the memory limit hold for each task; `input` is not used.
  explicit Worker(Command command);
  // Closes the worker's input, gives it the grace time, and kills its group.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Gives one task and waits for the final line. Starts the program if it does not run; kills it, to be started again by
  // the next task, after everything but ok and error. One call at a time, and all from one thread: the program dies with
  // the thread that started it. Throws as run() does.
  Answer ask(const JsonLine& task, const Intermediate& intermediate = {}, const StopQuery& stop = {});

  bool is_running() const;
  std::int64_t n_starts() const;

 private:
  struct Process;
  class Conversation;
  void start(Answer& answer);
  void end_with(Answer& answer);

  Command command_;
  std::unique_ptr<Process> process_;
  std::int64_t n_starts_ = 0;
};

}  // namespace shoal::process
