// SPDX-License-Identifier: Apache-2.0
// A whole rank is killed: nothing that it started survives. The rank is this program again, with the hidden test.
#include <signal.h>

#include <thread>

#include "process_tests.hpp"
#include "shoal/process/worker.hpp"

using namespace shoal::process;

namespace {

// The mark of what a rank starts, unique to this run of the tests.
std::pair<std::string, std::string> mark_of(const std::string& run) { return {"SHOAL_TEST_MARK", "orphans-" + run}; }
std::string variable_of(const std::string& run) { return "SHOAL_TEST_MARK=orphans-" + run; }

}  // namespace

TEST_CASE("a rank with a command, its grandchildren and a worker is killed", "[.rank]") {
  const char* name = std::getenv("SHOAL_TEST_RUN");
  REQUIRE(name != nullptr);
  const std::string test_run = name;
  std::thread command_thread([&test_run] {
    Command command = shell("sleep 3000 & setsid sleep 3001 & wait");
    command.environment = {mark_of(test_run)};
    run(command);
  });
  Command deaf = shell("trap '' TERM; read -r line; echo '{\"done\": true}'; while :; do sleep 1; done");
  deaf.environment = {mark_of(test_run)};
  Worker worker(deaf);
  REQUIRE(worker.ask({}).state == State::ok);
  // The two shells, the sleeps of the first and the one of the second.
  const int found = wait_for_marked(variable_of(test_run), 5);
  if (found != 5) std::_Exit(found);
  kill(getpid(), SIGKILL);
  command_thread.join();
}

TEST_CASE("nothing survives the death of a rank, not even what left its process group") {
  Command rank;
  const std::string test_run = std::to_string(getpid());
  rank.arguments = {"/proc/self/exe", "[.rank]"};
  rank.environment = {{"SHOAL_TEST_RUN", test_run}};
  const Outcome outcome = run(rank);
  INFO(outcome.message << outcome.out.text());
  REQUIRE(outcome.signal == SIGKILL);
  CHECK(wait_for_marked(variable_of(test_run), 0) == 0);
}

TEST_CASE("a worker dies with the thread that started it") {
  Command command = shell("while read -r line; do echo '{\"done\": true}'; done");
  Worker worker(command);
  std::thread([&worker] { CHECK(worker.ask({}).state == State::ok); }).join();
  for (int i = 0; i < 20000 && worker.is_running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK_FALSE(worker.is_running());
  CHECK(worker.ask({}).state == State::ok);
  CHECK(worker.n_starts() == 2);
}
