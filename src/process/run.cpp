// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "process/child.hpp"
#include "process/words.hpp"
#include "shoal/process/command.hpp"

namespace shoal::process {

namespace {

using namespace std::chrono_literals;

constexpr auto kStopInterval = 50ms;
constexpr std::size_t kLongestLine = 1 << 20;

Clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(std::min(seconds, 1e9)));
}

// What a program says on standard output: kept, shortened, and told line by line.
class Listener {
 public:
  Listener(const LineQuery& line, CapturedText& kept) : line_(line), kept_(kept) {}

  // Reads what there is; false if there was nothing.
  bool read(Child& child) {
    if (!line_) return child.read_out(kept_);
    std::string news;
    const bool more = child.read_out(news);
    kept_.append(news);
    begun_ += news;
    std::size_t begin = 0;
    for (std::size_t end = begun_.find('\n'); end != std::string::npos; end = begun_.find('\n', begin)) {
      tell(std::string_view(begun_).substr(begin, end - begin));
      begin = end + 1;
    }
    begun_.erase(0, begin);
    if (begun_.size() > kLongestLine) too_long_ = true;
    if (too_long_) begun_.clear();
    return more;
  }

  // The last line, which may have no end.
  void end() {
    if (!begun_.empty()) tell(begun_);
    begun_.clear();
  }

  bool refused() const { return refused_; }

 private:
  void tell(std::string_view line) {
    if (!too_long_ && !refused_) refused_ = !line_(line);
    too_long_ = false;
  }

  const LineQuery& line_;
  CapturedText& kept_;
  std::string begun_;      // of a line whose end has not come
  bool too_long_ = false;  // the line that began
  bool refused_ = false;
};

// Watches one command to its end.
class Run {
 public:
  Run(const Command& command, const StopQuery& stop, Listener& listener, Child& child, Clock::time_point begin)
      : limits_(command.limits), stop_(stop), listener_(listener), child_(child) {
    if (limits_.wall_seconds > 0) deadline_ = begin + duration_of(limits_.wall_seconds);
  }

  void to_the_end(Outcome& outcome) {
    while (!child_.has_ended()) {
      child_.wait(next_look());
      listener_.read(child_);
      child_.read_err(outcome.err);
      look(Clock::now());
    }
  }

  // The limit that ended it.
  std::optional<State> broken() const { return broken_; }

 private:
  Clock::time_point next_look() const {
    Clock::time_point next = std::min(child_.memory().next(), broken_ ? kill_time_ : deadline_);
    if (stop_) next = std::min(next, Clock::now() + kStopInterval);
    return next;
  }

  void look(Clock::time_point now) {
    if (broken_) {
      if (now >= kill_time_) kill_now();
      return;
    }
    if (child_.memory().look(now)) {
      broken_ = State::out_of_memory;
      kill_now();
    } else if (now >= deadline_) {
      end_politely(State::timeout, now);
    } else if (listener_.refused()) {
      end_politely(State::stopped, now);
    } else if (stop_ && now >= next_question_) {
      next_question_ = now + kStopInterval;
      if (stop_()) end_politely(State::stopped, now);
    }
  }

  void end_politely(State why, Clock::time_point now) {
    broken_ = why;
    kill_time_ = now + duration_of(limits_.grace_seconds);
    child_.signal_group(SIGTERM);
    child_.signal_group(SIGCONT);  // a stopped process would not notice
  }

  void kill_now() {
    kill_time_ = Clock::time_point::max();
    child_.signal_group(SIGKILL);
  }

  const Limits& limits_;
  const StopQuery& stop_;
  Listener& listener_;
  Child& child_;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point kill_time_ = Clock::time_point::max();
  Clock::time_point next_question_{};
  std::optional<State> broken_;
};

void conclude(Outcome& outcome, const Ending& ending, std::optional<State> broken, const Limits& limits) {
  outcome.cpu_seconds = ending.cpu_seconds;
  outcome.peak_bytes = ending.peak_bytes;
  outcome.exit_code = WIFEXITED(ending.status) ? WEXITSTATUS(ending.status) : 0;
  outcome.signal = WIFSIGNALED(ending.status) ? WTERMSIG(ending.status) : 0;
  // Who broke the limit between two looks, and ended, has broken it all the same.
  if (!broken && limits.memory_bytes > 0 && outcome.peak_bytes > limits.memory_bytes) broken = State::out_of_memory;
  if (broken) {
    outcome.state = *broken;
  } else if (outcome.signal != 0) {
    outcome.state = State::signal;
  } else {
    outcome.state = outcome.exit_code != 0 ? State::exit_code : State::ok;
  }
  outcome.message = words_for(outcome.state, outcome.exit_code, outcome.signal, limits, outcome.err);
}

}  // namespace

Outcome run(const Command& command, const StopQuery& stop, const LineQuery& line) {
  const auto begin = Clock::now();
  Outcome outcome;
  outcome.out = CapturedText(command.kept_output_bytes);
  outcome.err = CapturedText(command.kept_output_bytes);
  const Descriptor in = command.input.empty() ? open_null() : memory_file(command.input);
  Child child(command, in);
  if (!child.problem().empty()) {
    outcome.state = State::missing_program;
    outcome.message = child.problem();
    return outcome;
  }
  Listener listener(line, outcome.out);
  Run watched(command, stop, listener, child, begin);
  watched.to_the_end(outcome);
  const Ending ending = child.reap();
  outcome.wall_seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  // What is in the pipes now; processes that left the group may hold them open, and flood them, for ever.
  const auto drain_end = Clock::now() + 1s;
  for (bool more = true; more && Clock::now() < drain_end;) {
    more = listener.read(child);
    more = child.read_err(outcome.err) || more;
  }
  listener.end();
  conclude(outcome, ending, watched.broken(), command.limits);
  return outcome;
}

}  // namespace shoal::process
