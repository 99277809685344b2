// SPDX-License-Identifier: Apache-2.0
// A whole rank is killed: nothing that it started survives. The rank is this program again, with the hidden test.
#include <signal.h>

#include <thread>

#include "process_tests.hpp"
#include "shoal/process/worker.hpp"

using namespace shoal::process;

namespace {
const char* const kMark = "SHOAL_TEST_MARK=orphans";
}

TEST_CASE("a rank with a command, its grandchildren and a worker is killed", "[.rank]") {
  std::thread command_thread([] {
    Command command = shell("sleep 1000 & setsid sleep 1001 & wait");
    command.environment = {{"SHOAL_TEST_MARK", "orphans"}};
    run(command);
  });
  Command deaf = shell("trap '' TERM; read -r line; echo '{\"done\": true}'; while :; do sleep 1; done");
  deaf.environment = {{"SHOAL_TEST_MARK", "orphans"}};
  Worker worker(deaf);
  REQUIRE(worker.ask({}).state == State::ok);
  // The two shells, the sleeps of the first and the one of the second.
  const int found = wait_for_marked(kMark, 5);
  if (found != 5) std::_Exit(found);
  kill(getpid(), SIGKILL);
  command_thread.join();
}

TEST_CASE("nothing survives the death of a rank, not even what left its process group") {
  Command rank;
  rank.arguments = {"/proc/self/exe", "[.rank]"};
  const Outcome outcome = run(rank);
  INFO(outcome.message << outcome.out.text());
  REQUIRE(outcome.signal == SIGKILL);
  CHECK(wait_for_marked(kMark, 0) == 0);
}
