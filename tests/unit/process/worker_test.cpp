// SPDX-License-Identifier: Apache-2.0
// Persistent workers: what they answer, and every way in which they can fail to.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <cmath>

#include "process_tests.hpp"
#include "shoal/process/worker.hpp"

using namespace shoal;
using namespace shoal::process;

namespace {

// Answers every task with `lines`, shell text; $line is the task.
Command answering(const std::string& lines) { return shell("while read -r line; do " + lines + "; done"); }

JsonLine task(double x) { return JsonLine().add("x", x); }

// A worker that does something else on its first life, to show that the second one is fresh.
Command first_time(const std::string& folder, const std::string& first) {
  return answering(fmt::format("if [ ! -e {0}/once ]; then : > {0}/once; {1}; else echo '{{\"done\": true, \"y\": 2}}'; fi", folder, first));
}

// Asks twice: the first answer, and whether a fresh worker answered the second task. A wall limit holds for both, and a busy
// machine may need longer than that for the second: then with longer ones again.
Answer failing_once(const std::string& first, Limits limits = {}) {
  for (;; limits.wall_seconds *= 5) {
    const Folder folder;
    Command command = first_time(folder.path(), first);
    command.limits = limits;
    Worker worker(command);
    const Answer answer = worker.ask(task(1));
    const Answer second = worker.ask(task(2));
    CHECK(worker.n_starts() == 2);
    if (second.state == State::timeout && limits.wall_seconds < 1000) continue;
    CHECK(second.final_line.number("y") == 2.0);
    return answer;
  }
}

Command python_worker(const Folder& folder, const std::string& function) {
  std::ofstream(folder / "model.py") << function;
  Command command;
  command.arguments = {"/usr/bin/python3", SHOAL_SOURCE_DIR "/analysis/shoal_worker.py", folder / "model.py", "f"};
  return command;
}

}  // namespace

TEST_CASE("a worker starts once and answers task after task") {
  Worker worker(answering("echo \"{\\\"done\\\": true, \\\"pid\\\": $$}\""));
  CHECK_FALSE(worker.is_running());
  const auto pid = worker.ask(task(1)).final_line.number("pid");
  REQUIRE(pid);
  for (int i = 0; i < 100; ++i) CHECK(worker.ask(task(i)).final_line.number("pid") == pid);
  CHECK(worker.n_starts() == 1);
  CHECK(worker.is_running());
}

TEST_CASE("intermediate lines arrive in order, and asking for the end works politely and without") {
  Worker worker(answering("i=0; go=true; while [ $i -lt 5 ] && [ \"$go\" != '{\"continue\": false}' ]; do i=$((i+1)); "
                          "echo \"{\\\"i\\\": $i, \\\"ask\\\": true}\"; read -r go; done; echo \"{\\\"done\\\": true, \\\"i\\\": $i}\""));
  std::vector<double> seen;
  Answer answer = worker.ask(task(1), [&seen](const JsonLine& line) { return seen.push_back(*line.number("i")), true; });
  CHECK(answer.state == State::ok);
  CHECK(seen == std::vector<double>{1, 2, 3, 4, 5});
  answer = worker.ask(task(1), [](const JsonLine& line) { return *line.number("i") < 3; });
  CHECK(answer.state == State::ok);
  CHECK(answer.final_line.number("i") == 3.0);
  CHECK(worker.n_starts() == 1);

  Worker stubborn(answering("echo '{\"i\": 1}'; sleep 100"));
  CHECK(stubborn.ask(task(1), [](const JsonLine&) { return false; }).state == State::stopped);
  CHECK_FALSE(stubborn.is_running());
}

TEST_CASE("a worker that dies, talks garbage or falls silent is named, and a fresh one takes the next task") {
  Answer answer = failing_once("echo oops >&2; exit 3");
  CHECK(answer.state == State::exit_code);
  CHECK(answer.exit_code == 3);
  CHECK(answer.message == "it ended without a final line: exit code 3; its last words: oops");
  answer = failing_once("exit 0");
  CHECK(answer.state == State::exit_code);
  CHECK(answer.exit_code == 0);
  answer = failing_once("kill -KILL $$");
  CHECK(answer.state == State::signal);
  CHECK(answer.signal == SIGKILL);
  answer = failing_once("printf '{\"done\": tr'; exit 1");
  CHECK(answer.message == "it ended without a final line and half a line: {\"done\": tr: exit code 1");
  answer = failing_once("echo loss 0.5");
  CHECK(answer.state == State::garbage);
  CHECK(answer.message == "an answer that is not understood: column 1: expected '{', found 'loss 0.5': loss 0.5");
  answer = failing_once("sleep 3000", {0.2, 0, 1});
  CHECK(answer.state == State::timeout);
  answer = failing_once("printf '{\"done\"'; sleep 3000", {0.2, 0, 1});
  CHECK(answer.state == State::timeout);
  answer = failing_once("exec >&-; sleep 3000");
  CHECK(answer.message == "an answer that is not understood: it closed its standard output: ");
  answer = failing_once("/usr/bin/python3 -c 'x = b\"x\" * 300_000_000; import time; time.sleep(3000)'", {0, 100'000'000, 1});
  CHECK(answer.state == State::out_of_memory);
}

TEST_CASE("a worker that says more after its final line is not trusted with the next task") {
  const Folder folder;
  const std::string said = folder / "said";
  Worker worker(answering("echo '{\"done\": true}'; echo '{\"done\": true}'; : > " + said + "; sleep 0.01"));
  CHECK(worker.ask(task(1)).state == State::ok);
  while (!std::filesystem::exists(said)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(worker.ask(task(2)).state == State::garbage);
  CHECK(worker.ask(task(3)).state == State::ok);
}

TEST_CASE("a line without end does not fill the memory") {
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const Answer answer = failing_once("head -c 1000000000 /dev/zero");
  getrusage(RUSAGE_SELF, &after);
  CHECK(answer.state == State::garbage);
  CHECK(after.ru_maxrss - before.ru_maxrss < 100'000);  // kB
}

TEST_CASE("a worker that does not read its tasks runs into the limit, whatever their size") {
  Command command = shell("sleep 3000");
  command.limits = {0.3, 0, 0.1};
  Worker worker(command);
  CHECK(worker.ask(JsonLine().add("x", std::string(1 << 20, 'x'))).state == State::timeout);
  command = shell("exec <&-; sleep 3000");  // nobody at the other end: no SIGPIPE for us
  command.limits = {2, 0, 0.1};
  Worker deaf(command);
  CHECK(deaf.ask(JsonLine().add("x", std::string(1 << 20, 'x'))).state != State::ok);
}

TEST_CASE("a missing worker program is said to be missing, each time") {
  Command command;
  command.arguments = {"shoal-no-such-program"};
  Worker worker(command);
  for (int i = 0; i < 2; ++i) CHECK(worker.ask(task(1)).message == "program 'shoal-no-such-program' is not in PATH");
  CHECK(worker.n_starts() == 0);
}

TEST_CASE("a stop token ends a task of a worker, and an exception of the caller passes through") {
  Worker worker(answering("echo '{\"i\": 1}'; sleep 100"));
  CHECK(worker.ask(task(1), {}, [] { return true; }).state == State::stopped);
  CHECK_THROWS_WITH(worker.ask(task(1), [](const JsonLine&) -> bool { throw std::runtime_error("mine"); }), "mine");
  CHECK_FALSE(worker.is_running());
}

TEST_CASE("a worker and its children end with its owner") {
  const std::string mark = unique_mark("owned");
  Command command = answering("sleep 3000 & echo '{\"done\": true}'");
  command.environment = {{"SHOAL_TEST_MARK", mark}};
  {
    Worker worker(command);
    REQUIRE(worker.ask(task(1)).state == State::ok);
    CHECK(wait_for_marked("SHOAL_TEST_MARK=" + mark, 2) == 2);
  }
  CHECK(wait_for_marked("SHOAL_TEST_MARK=" + mark, 0) == 0);
}

TEST_CASE("any Python function is a worker, whatever it prints, reads or raises") {
  const Folder folder;
  Worker worker(python_worker(folder, R"(
import os, sys
def f(x, report, mode="plain"):
    print("a word on the side"); os.system("cat; echo from a child")
    if mode == "raise": raise ValueError("x is wrong")
    if mode == "nan": return float("nan")
    if mode == "dict": return {"y": x, "list": [1, 2], "text": "\u00fc"}
    if mode == "steps":
        for i in range(1, 10):
            if not report(i=i, loss=x / i): break
        return {"i": i}
    return 2 * x
)"));
  Answer answer = worker.ask(task(4));
  INFO(answer.message);
  CHECK(answer.final_line.number("value") == 8.0);
  CHECK(answer.err == "a word on the side\nfrom a child\n");
  answer = worker.ask(task(4).add("mode", "raise"));
  CHECK(answer.state == State::error);
  CHECK(answer.message == "ValueError: x is wrong");
  CHECK(answer.err.find("Traceback") != std::string::npos);
  CHECK(std::isnan(*worker.ask(task(4).add("mode", "nan")).final_line.number("value")));
  CHECK(worker.ask(task(4).add("mode", "dict")).final_line.string("text") == "\xc3\xbc");
  std::vector<double> losses;
  answer = worker.ask(task(12).add("mode", "steps"), [&losses](const JsonLine& line) {
    losses.push_back(*line.number("loss"));
    return losses.size() < 3;
  });
  CHECK(losses == std::vector<double>{12, 6, 4});
  CHECK(answer.final_line.number("i") == 3.0);
  CHECK(worker.ask(JsonLine().add("z", 1.0)).state == State::error);
  CHECK(worker.n_starts() == 1);
}
