// SPDX-License-Identifier: Apache-2.0
#include "shoal/process/worker.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "process/child.hpp"
#include "process/words.hpp"
#include "shoal/error.hpp"

namespace shoal::process {

namespace {

using namespace std::chrono_literals;

constexpr auto kStopInterval = 50ms;
constexpr std::size_t kLongestLine = 16 << 20;

Clock::time_point after(Clock::time_point now, double seconds) {
  return now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(std::min(seconds, 1e9)));
}

// write() that reports a reader's death by EPIPE alone: SIGPIPE is held back and taken away.
ssize_t quiet_write(int fd, std::string_view text) {
  sigset_t broken, former, pending;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &broken, &former);
  const ssize_t n = write(fd, text.data(), text.size());
  const int error = errno;
  if (n < 0 && error == EPIPE && sigismember(&pending, SIGPIPE) == 0) {
    const timespec at_once{};
    sigtimedwait(&broken, nullptr, &at_once);
  }
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
  errno = error;
  return n;
}

double cpu_seconds_of(pid_t pid) {
  clockid_t clock{};
  timespec t{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

std::string shortened(std::string_view text) { return text.size() <= 80 ? std::string(text) : std::string(text.substr(0, 80)) + "..."; }

}  // namespace

struct Worker::Process {
  Process(const Command& command, Pipe in) : child(command, in.read), input(std::move(in.write)), err(command.kept_output_bytes) {
    set_nonblocking(input);
  }

  Child child;
  Descriptor input;
  std::string output;  // what has been read and is no whole line yet
  CapturedText err;
};

// One task: what is said, and how long it may take. run() gives the state; `exit_code` stands for "it ended, see how".
class Worker::Conversation {
 public:
  Conversation(Process& process, const Limits& limits, const Intermediate& intermediate, const StopQuery& stop, Answer& answer)
      : process_(process), child_(process.child), limits_(limits), intermediate_(intermediate), stop_(stop), answer_(answer) {
    if (limits.wall_seconds > 0) deadline_ = after(Clock::now(), limits.wall_seconds);
  }

  State run(const JsonLine& task) {
    while (child_.read_out(process_.output)) {}
    if (!process_.output.empty()) return garbage("after its final line", process_.output);
    std::optional<State> state = send(task.text() + '\n');
    while (!state) state = listen();
    return *state;
  }

 private:
  State garbage(std::string_view what, std::string_view line) {
    answer_.message = fmt::format("an answer that is not understood: {}: {}", what, shortened(line));
    std::replace_if(answer_.message.begin(), answer_.message.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, '?');
    return State::garbage;
  }

  // Writes without ever waiting for a program that does not read: what does not fit waits while we listen for limits.
  std::optional<State> send(std::string_view line) {
    while (!line.empty()) {
      const ssize_t n = quiet_write(process_.input.get(), line);
      if (n > 0) {
        line.remove_prefix(static_cast<std::size_t>(n));
      } else if (errno == EAGAIN) {
        child_.wait(std::min(Clock::now() + 1ms, deadline_));
        child_.read_err(process_.err);
        if (const auto state = look()) return state;
      } else if (errno != EINTR) {
        return State::exit_code;
      }
    }
    return std::nullopt;
  }

  std::optional<State> listen() {
    child_.wait(next_look());
    const bool news = child_.read_out(process_.output);
    child_.read_err(process_.err);
    if (news) {
      if (const auto state = take_lines()) return state;
      if (process_.output.size() > kLongestLine) return garbage("a line longer than 16 MiB", process_.output);
    } else if (!child_.out_is_open() || child_.has_ended()) {
      return ended();
    }
    return look();
  }

  std::optional<State> take_lines() {
    std::string& output = process_.output;
    std::size_t begin = 0;
    std::optional<State> state;
    for (std::size_t end = output.find('\n', scanned_); end != std::string::npos && !state; end = output.find('\n', begin)) {
      state = hear(std::string_view(output).substr(begin, end - begin));
      begin = end + 1;
    }
    output.erase(0, begin);
    scanned_ = output.size();
    return state;
  }

  std::optional<State> hear(std::string_view text) {
    JsonLine line;
    try {
      line = JsonLine::parse(text);
    } catch (const InputError& error) {
      return garbage(error.what(), text);
    }
    if (line.is_true("done")) {
      const auto error = line.string("error");
      if (error) answer_.message = *error;
      answer_.final_line = std::move(line);
      return error ? State::error : State::ok;
    }
    const bool go_on = !intermediate_ || intermediate_(line);
    if (line.is_true("ask")) {
      if (!go_on) finish_by_ = std::min(finish_by_, after(Clock::now(), limits_.grace_seconds));
      return send(JsonLine().add("continue", go_on).text() + '\n');
    }
    return go_on ? std::nullopt : std::optional(State::stopped);
  }

  // Its output is closed: so it ends in a moment, or does not mean to answer any more.
  State ended() {
    const auto patience = Clock::now() + 1s;
    while (child_.read_out(process_.output)) {}
    if (const auto state = take_lines()) return *state;
    while (!child_.has_ended() && Clock::now() < patience) child_.wait(Clock::now() + 5ms);
    if (!child_.has_ended()) return garbage("it closed its standard output", "");
    while (child_.read_err(process_.err)) {}
    return State::exit_code;
  }

  Clock::time_point next_look() const {
    const Clock::time_point next = std::min({child_.memory().next(), deadline_, finish_by_});
    return stop_ ? std::min(next, Clock::now() + kStopInterval) : next;
  }

  std::optional<State> look() {
    const auto now = Clock::now();
    if (child_.memory().look(now)) return State::out_of_memory;
    if (now >= deadline_) return State::timeout;
    if (now >= finish_by_) return State::stopped;
    if (stop_ && now >= next_question_) {
      next_question_ = now + kStopInterval;
      if (stop_()) return State::stopped;
    }
    return std::nullopt;
  }

  Process& process_;
  Child& child_;
  const Limits& limits_;
  const Intermediate& intermediate_;
  const StopQuery& stop_;
  Answer& answer_;
  std::size_t scanned_ = 0;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point finish_by_ = Clock::time_point::max();
  Clock::time_point next_question_{};
};

Worker::Worker(Command command) : command_(std::move(command)) {}

Worker::~Worker() {
  if (!process_) return;
  process_->input.reset();
  const auto patience = after(Clock::now(), command_.limits.grace_seconds);
  std::string unread;
  while (!process_->child.has_ended() && Clock::now() < patience) {
    process_->child.wait(std::min(patience, Clock::now() + 5ms));
    process_->child.read_out(unread);
    process_->child.read_err(process_->err);
    unread.clear();
  }
}

bool Worker::is_running() const { return process_ && !process_->child.has_ended(); }

std::int64_t Worker::n_starts() const { return n_starts_; }

void Worker::start(Answer& answer) {
  process_ = std::make_unique<Process>(command_, make_pipe());
  if (process_->child.problem().empty()) {
    ++n_starts_;
    return;
  }
  answer.state = State::missing_program;
  answer.message = process_->child.problem();
  process_.reset();
}

// Kills and forgets the process after a task that went wrong.
void Worker::end_with(Answer& answer) {
  const Ending ending = process_->child.reap();
  answer.peak_bytes = std::max(answer.peak_bytes, ending.peak_bytes);
  if (answer.state == State::exit_code) {
    if (WIFSIGNALED(ending.status)) {
      answer.state = State::signal;
      answer.signal = WTERMSIG(ending.status);
    } else {
      answer.exit_code = WEXITSTATUS(ending.status);
    }
    const std::string half = process_->output.empty() ? "" : fmt::format(" and half a line: {}", shortened(process_->output));
    answer.message = fmt::format("it ended without a final line{}: {}", half,
                                 words_for(answer.state, answer.exit_code, answer.signal, command_.limits, process_->err));
  } else if (answer.message.empty()) {
    answer.message = words_for(answer.state, 0, 0, command_.limits, process_->err);
  }
  process_.reset();
}

Answer Worker::ask(const JsonLine& task, const Intermediate& intermediate, const StopQuery& stop) {
  const auto begin = Clock::now();
  Answer answer;
  if (process_ && process_->child.has_ended()) process_.reset();  // between two tasks: not the fault of this one
  if (!process_) start(answer);
  if (!process_) return answer;
  const pid_t pid = process_->child.pid();
  const double cpu_before = cpu_seconds_of(pid);
  process_->err.clear();
  try {
    answer.state = Conversation(*process_, command_.limits, intermediate, stop, answer).run(task);
  } catch (...) {  // out of the caller's functions: the answer to come would be taken for that of the next task
    process_.reset();
    throw;
  }
  answer.cpu_seconds = std::max(0.0, cpu_seconds_of(pid) - cpu_before);
  answer.peak_bytes = process_->child.memory().peak_bytes();
  process_->child.read_err(process_->err);
  answer.err = process_->err.text();
  answer.wall_seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (answer.state != State::ok && answer.state != State::error) end_with(answer);
  return answer;
}

}  // namespace shoal::process
