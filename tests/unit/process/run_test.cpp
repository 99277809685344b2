// SPDX-License-Identifier: Apache-2.0
// Every way in which a program can fail, and what it sees of this process.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <vector>

#include "process_tests.hpp"
#include "shoal/error.hpp"

using namespace shoal;
using namespace shoal::process;

TEST_CASE("a program that ends well is ok, with its output and its costs") {
  const Outcome outcome = run(python("import sys, time\nprint('out'); print('err', file=sys.stderr)\n"
                                     "end = time.process_time() + 0.1\nwhile time.process_time() < end: pass"));
  CHECK(outcome.state == State::ok);
  CHECK(outcome.message.empty());
  CHECK(outcome.out.text() == "out\n");
  CHECK(outcome.err.text() == "err\n");
  CHECK(outcome.cpu_seconds >= 0.1);
  CHECK(outcome.wall_seconds >= 0.1);
  CHECK(outcome.peak_bytes > 4'000'000);
}

TEST_CASE("a missing program is said to be missing") {
  Command command;
  command.arguments = {"shoal-no-such-program", "x"};
  CHECK(run(command).state == State::missing_program);
  CHECK(run(command).message == "program 'shoal-no-such-program' is not in PATH");
  command.arguments = {"/no/such/program"};
  CHECK(run(command).message == "/no/such/program: cannot be run: No such file or directory");
  const Folder folder;
  std::ofstream(folder / "text") << "no script\n";
  command.arguments = {folder / "text"};
  CHECK(run(command).message == (folder / "text") + ": cannot be run: Permission denied");
  std::filesystem::permissions(folder / "text", std::filesystem::perms::owner_all);
  CHECK(run(command).message == (folder / "text") + ": cannot be run: Exec format error (a script needs a first line like #!/bin/sh)");
  command.arguments = {};
  CHECK_THROWS_AS(run(command), InputError);
}

TEST_CASE("an exit code and a signal are told apart, with the last words") {
  Outcome outcome = run(shell("echo first >&2; echo 'no data' >&2; exit 3"));
  CHECK(outcome.state == State::exit_code);
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.message == "exit code 3; its last words: no data");
  outcome = run(shell("kill -SEGV $$"));
  CHECK(outcome.state == State::signal);
  CHECK(outcome.signal == SIGSEGV);
  CHECK(outcome.message == "killed by signal 11 (Segmentation fault)");
}

// Runs a program that says "on" once its trap is set into its wall limit: with longer ones until it came so far.
Outcome run_into_limit(const std::string& line, double grace_seconds) {
  Command command = shell(line);
  Outcome outcome;
  for (double limit = 0.3; limit < 1000 && !outcome.out.text().starts_with("on\n"); limit *= 5) {
    command.limits = {limit, 0, grace_seconds};
    outcome = run(command);
    CHECK(outcome.state == State::timeout);
    CHECK(outcome.message.starts_with(fmt::format("not finished within {} s", limit)));  // the shell may say "Terminated"
  }
  return outcome;
}

TEST_CASE("the wall limit ends a program politely, and then not") {
  CHECK(run_into_limit("trap 'echo bye; exit 0' TERM; echo on; while :; do sleep 0.01; done", 300).out.text() == "on\nbye\n");
  CHECK(run_into_limit("trap '' TERM; echo on; while :; do sleep 0.01; done", 0.2).signal == SIGKILL);
}

TEST_CASE("a stop token ends a program") {
  std::atomic<int> questions{0};
  const Outcome outcome = run(shell("sleep 3000"), [&questions] { return ++questions > 3; });
  CHECK(outcome.state == State::stopped);
}

TEST_CASE("lines are told as they come, and may end a program") {
  std::vector<std::string> lines;
  const auto note = [&lines](std::string_view line) {
    lines.emplace_back(line);
    return line != "two";
  };
  Outcome outcome = run(shell("echo one; printf 'tw'; sleep 0.01; echo o; sleep 3000"), {}, note);
  CHECK(outcome.state == State::stopped);
  CHECK(lines == std::vector<std::string>{"one", "two"});
  CHECK(outcome.out.text() == "one\ntwo\n");
  lines.clear();
  outcome = run(shell("head -c 3000000 /dev/zero | tr '\\0' x; echo; printf 'no end'"), {}, note);
  CHECK(outcome.state == State::ok);
  CHECK(lines == std::vector<std::string>{"no end"});  // a line of 3 MB is left out
}

TEST_CASE("the memory limit holds for a program and its children together") {
  const char* hungry = "x = b'x' * 300_000_000\nimport time\ntime.sleep(3000)";
  Command command = python(hungry);
  command.limits.memory_bytes = 100'000'000;
  Outcome outcome = run(command);
  CHECK(outcome.state == State::out_of_memory);
  CHECK(outcome.message == "more than 100 MB of memory");
  CHECK(outcome.peak_bytes > 100'000'000);
  command = shell("/usr/bin/python3 -c \"$1\" & /usr/bin/python3 -c \"$1\" & wait");
  command.arguments.push_back(hungry);
  command.limits.memory_bytes = 500'000'000;  // neither is above it alone
  outcome = run(command);
  CHECK(outcome.state == State::out_of_memory);
}

TEST_CASE("the peak of a child is not that of this process") {
  std::vector<char> large(400'000'000, 'x');
  CHECK(large[large.size() / 2] == 'x');
  CHECK(run(shell("sleep 0.05")).peak_bytes < 50'000'000);
}

TEST_CASE("a flood of output does not fill the memory") {
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const Outcome outcome = run(shell("printf first; head -c 1000000000 /dev/zero; printf last"));
  getrusage(RUSAGE_SELF, &after);
  CHECK(outcome.state == State::ok);
  CHECK(outcome.out.bytes() == 1'000'000'009);
  CHECK(outcome.out.dropped_bytes() == 1'000'000'009 - 128 * 1024);
  CHECK(outcome.out.text().starts_with("first"));
  CHECK(outcome.out.text().ends_with("last"));
  CHECK(after.ru_maxrss - before.ru_maxrss < 4096);  // kB
}

TEST_CASE("grandchildren end with the program, and do not hold up its end") {
  const std::string mark = unique_mark("grandchildren");
  Command command = shell("sleep 3000 & echo started");
  command.environment = {{"SHOAL_TEST_MARK", mark}};
  const Outcome outcome = run(command);
  CHECK(outcome.state == State::ok);
  CHECK(outcome.out.text() == "started\n");
  CHECK(outcome.wall_seconds < 1000);
  CHECK(wait_for_marked("SHOAL_TEST_MARK=" + mark, 0) == 0);
}

TEST_CASE("a program sees nothing of the rank: no variables of launchers, descriptors, signals or handlers") {
  setenv("OMPI_COMM_WORLD_RANK", "3", 1);
  setenv("PMIX_RANK", "3", 1);
  const int leak = open("/dev/null", O_RDONLY);
  sigset_t usr1, former;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &usr1, &former);
  signal(SIGUSR2, SIG_IGN);
  Command command;
  command.arguments = {"/bin/sh", "-c", "env; ls /proc/self/fd; grep -E 'SigBlk|SigIgn' /proc/self/status"};
  const std::string seen = run(command).out.text();
  signal(SIGUSR2, SIG_DFL);
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
  close(leak);
  unsetenv("OMPI_COMM_WORLD_RANK");
  unsetenv("PMIX_RANK");
  CHECK(seen.find("OMPI_") == std::string::npos);
  CHECK(seen.find("PMIX_") == std::string::npos);
  CHECK(seen.find("\n0\n1\n2\n3\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n") != std::string::npos);
}

TEST_CASE("a program has its own process group and the CPUs it was given") {
  cpu_set_t mask;
  REQUIRE(sched_getaffinity(0, sizeof mask, &mask) == 0);
  int cpu = 0;
  while (!CPU_ISSET(static_cast<std::size_t>(cpu), &mask)) ++cpu;
  Command command = shell("awk '{ print $1 == $5 }' /proc/$$/stat; awk '/Cpus_allowed_list/ { print $2 }' /proc/$$/status; echo $OMP_NUM_THREADS");
  command.cpus = {cpu};
  CHECK(run(command).out.text() == "1\n" + std::to_string(cpu) + "\n1\n");
  command.cpus = {1'000'000};
  CHECK_THROWS_AS(run(command), SystemError);
  command.cpus = {-1};
  CHECK_THROWS_AS(run(command), InputError);
}

TEST_CASE("many threads run programs at once, just written ones too") {
  const Folder folder;
  std::atomic<int> n_good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string path = folder / (std::to_string(t) + "-" + std::to_string(i));
        std::ofstream(path) << "#!/bin/sh\necho $1\n";
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        Command command;
        command.arguments = {path, path};
        n_good += run(command).out.text() == path + "\n";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(n_good == 60);
}
