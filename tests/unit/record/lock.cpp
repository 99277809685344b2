// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/lock.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "catch.hpp"
#include "folder.hpp"

using namespace shoal;
using namespace shoal::record;

namespace {

// An owner elsewhere of whom nothing can be known but the counter.
LockOwner stranger() {
  LockOwner owner = this_process();
  owner.host = "n17";
  owner.boot_id = "another-boot";
  owner.pid = 4242;
  owner.since = "2026-01-31T12:00:00Z";
  return owner;
}

void leave_lock(const std::string& result, const LockOwner& owner) { std::ofstream(result + ".lock") << to_text(owner); }

LockOptions quick(std::string* notices = nullptr) {
  LockOptions options;
  options.advance_seconds = 0.02;
  options.watch_seconds = 0.3;
  options.dying_seconds = 0.1;
  if (notices) options.notice = [notices](const std::string& text) { *notices += text + "\n"; };
  return options;
}

// The number of a process that has ended and was waited for.
pid_t ended_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

ExitCode code_of(const std::string& result, const LockOptions& options) {
  try {
    const Lock lock(result, options);
  } catch (const Error& error) {
    return error.code();
  }
  return ExitCode::complete;
}

}  // namespace

TEST_CASE("a lock is a readable file that goes away with its owner") {
  const Folder folder;
  const std::string result = folder.file("r.h5");
  {
    const Lock lock(result, quick());
    const auto bytes = read_file(result + ".lock");
    const LockOwner owner = parse_lock(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    CHECK(owner.pid == ::getpid());
    CHECK(owner.token == lock.owner().token);
    CHECK(owner.token.size() == 32);
    CHECK_FALSE(owner.boot_id.empty());
    CHECK(owner.start_time > 0);
    CHECK(lock.took_over().empty());
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a second lock by a live process is refused at once, with its name") {
  const Folder folder;
  const std::string result = folder.file("r.h5");
  const Lock lock(result, quick());
  const LockOwner& me = lock.owner();
  CHECK(message_of([&] { Lock(result, quick()); }) ==
        result + " is being written by another run: process " + std::to_string(me.pid) + " on " + me.host + ", since " + me.since +
            " (that process is alive). Wait for it, stop it, or name another result with -o.");
  CHECK(code_of(result, quick()) == ExitCode::locked);
}

TEST_CASE("the lock of a live child holds, and is stale once the child is killed") {
  const Folder folder;
  const std::string result = folder.file("r.h5");
  const pid_t child = ::fork();
  if (child == 0) {
    const Lock lock(result);
    for (;;) ::pause();
  }
  while (!std::filesystem::exists(result + ".lock")) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  CHECK(code_of(result, quick()) == ExitCode::locked);
  CHECK_THAT(describe_lock(result), Catch::Contains("being written by process " + std::to_string(child)));
  ::kill(child, SIGKILL);
  siginfo_t ended{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == 0);  // dead, and nobody has collected it
  CHECK(describe_lock(result).empty());
  const Lock lock(result, quick());
  CHECK_THAT(lock.took_over(), Catch::StartsWith("took over the lock of process " + std::to_string(child)) && Catch::EndsWith(": that process has ended"));
  ::waitpid(child, nullptr, 0);
}

TEST_CASE("a lock is stale if its process number now belongs to another process") {
  const Folder folder;
  LockOwner owner = this_process();
  owner.start_time -= 1;
  leave_lock(folder.file("r.h5"), owner);
  CHECK_THAT(Lock(folder.file("r.h5"), quick()).took_over(), Catch::EndsWith("that process has ended"));
  owner = this_process();
  owner.pid = ended_process();
  leave_lock(folder.file("s.h5"), owner);
  CHECK_THAT(Lock(folder.file("s.h5"), quick()).took_over(), Catch::EndsWith("that process has ended"));
}

TEST_CASE("a dead process number of another boot or PID namespace proves nothing: the lock is watched") {
  const Folder folder;
  for (const bool other_namespace : {false, true}) {
    LockOwner owner = this_process();
    owner.pid = ended_process();
    (other_namespace ? owner.pid_namespace : owner.boot_id) = "elsewhere";
    leave_lock(folder.file("r.h5"), owner);
    std::string notices;
    const Lock lock(folder.file("r.h5"), quick(&notices));
    CHECK_THAT(lock.took_over(), Catch::EndsWith("its counter stood still for 0.3 s"));
    CHECK_THAT(notices, Catch::Contains("watching for 0.3 s whether it is alive"));
  }
}

TEST_CASE("a lock elsewhere whose counter moves is alive") {
  const Folder folder;
  const std::string result = folder.file("r.h5");
  LockOwner owner = stranger();
  leave_lock(result, owner);
  std::atomic<bool> done = false;
  std::thread beating([&] {
    for (; !done; std::this_thread::sleep_for(std::chrono::milliseconds(40))) {
      ++owner.counter;
      const std::string text = to_text(owner);
      write_atomically(result + ".lock", std::as_bytes(std::span(text)));
    }
  });
  LockOptions patient = quick();
  patient.watch_seconds = 20;  // in looks a second apart: beats that a slow disk delays are still seen
  const std::string message = message_of([&] { Lock(result, patient); });
  done = true;
  beating.join();
  CHECK(message == result + " is being written by another run: process 4242 on n17, since 2026-01-31T12:00:00Z (its counter moves). "
                            "Wait for it, stop it, or name another result with -o.");
}

TEST_CASE("a job that Slurm restarted takes over its own earlier lock at once") {
  const Folder folder;
  LockOwner before = stranger();
  before.slurm_job_id = "17";
  LockOwner after = this_process();
  after.slurm_job_id = "17";
  after.slurm_restart_count = 1;
  leave_lock(folder.file("r.h5"), before);
  LockOptions slow = quick();
  slow.watch_seconds = 1000;  // would not return
  const Lock lock(folder.file("r.h5"), after, slow);
  CHECK(lock.took_over() == "took over the lock of process 4242 on n17, Slurm job 17, since 2026-01-31T12:00:00Z: Slurm has "
                            "restarted that job (restart 1, before 0)");
}

TEST_CASE("the same or a smaller restart count is no reason to take a lock over") {
  const Folder folder;
  LockOwner owner = this_process();  // alive
  owner.slurm_job_id = "17";
  owner.slurm_restart_count = 1;
  leave_lock(folder.file("r.h5"), owner);
  LockOwner self = this_process();
  self.slurm_job_id = "17";
  for (const int count : {0, 1}) {
    self.slurm_restart_count = count;
    CHECK_THROWS_AS(Lock(folder.file("r.h5"), self, quick()), Error);
  }
}

TEST_CASE("an unreadable lock file is watched, then replaced") {
  const Folder folder;
  std::ofstream(folder.file("r.h5.lock")) << "";
  CHECK(Lock(folder.file("r.h5"), quick()).took_over() ==
        "took over the lock of the unreadable lock file " + folder.file("r.h5") + ".lock: its counter stood still for 0.3 s");
}

TEST_CASE("the owner notices that its lock was taken over, removed or overwritten, and leaves the new one alone") {
  const Folder folder;
  const std::string result = folder.file("r.h5");
  {
    Lock lock(result, quick());
    lock.check();
    leave_lock(result, stranger());
    CHECK(message_of([&] { lock.check(); }) == "stopped writing " + result + ": the lock " + result +
          ".lock was taken over by process 4242 on n17, since 2026-01-31T12:00:00Z. What was durable before is kept.");
    std::ofstream(result + ".lock") << "x";
    CHECK_THAT(message_of([&] { lock.check(); }), Catch::Contains(".lock was overwritten"));
    std::filesystem::remove(result + ".lock");
    CHECK_THAT(message_of([&] { lock.check(); }), Catch::Contains(".lock was removed"));
    const std::string content = "old state";
    write_atomically(result, std::as_bytes(std::span(content)));
    const std::string other = "new state";
    CHECK_THROWS_AS(write_atomically(result, std::as_bytes(std::span(other)), &lock), Error);
    CHECK(read_file(result).size() == content.size());  // as before, and nothing left behind
    CHECK_FALSE(std::filesystem::exists(result + ".part"));
    leave_lock(result, stranger());
  }
  CHECK(std::filesystem::exists(result + ".lock"));
}

TEST_CASE("the counter advances while the owner lives") {
  const Folder folder;
  const auto counter = [](const Lock& lock) {
    const auto bytes = read_file(lock.path());
    return parse_lock(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())).counter;
  };
  LockOptions options = quick();
  for (const double seconds : {1e6, 1e-6}) {  // not due for days; due at once
    options.advance_seconds = seconds;
    Lock lock(folder.file("r.h5"), options);
    const auto before = counter(lock);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lock.keep_alive();
    CHECK(counter(lock) == before + (seconds < 1 ? 1 : 0));
  }
}

TEST_CASE("of several processes that find a stale lock one gets it") {
  const Folder folder;
  const std::string result = folder.file("r.h5");
  LockOwner owner = this_process();
  owner.pid = ended_process();
  leave_lock(result, owner);
  // Who gets it keeps it until all have tried: each writes a byte after its attempt, and reads one before its end.
  std::array<int, 2> tried{}, end{};
  REQUIRE((::pipe(tried.data()) == 0 && ::pipe(end.data()) == 0));
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      char byte = 'x';
      std::optional<Lock> lock;
      try {
        lock.emplace(result, quick());
      } catch (const std::exception&) {
      }
      if (::write(tried[1], &byte, 1) != 1 || ::read(end[0], &byte, 1) != 1) ::_exit(2);
      try {
        if (lock) lock->check();
      } catch (const std::exception&) {
        lock.reset();
      }
      ::_exit(lock ? 0 : 1);
    }
    children.push_back(child);
  }
  char byte = 0;
  for (std::size_t i = 0; i < children.size(); ++i) REQUIRE(::read(tried[0], &byte, 1) == 1);
  REQUIRE(::write(end[1], "xxxxxx", children.size()) == static_cast<ssize_t>(children.size()));
  int n_owners = 0;
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ++n_owners;
  }
  CHECK(n_owners == 1);
  for (const int descriptor : {tried[0], tried[1], end[0], end[1]}) ::close(descriptor);
}
