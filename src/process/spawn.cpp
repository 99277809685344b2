// SPDX-License-Identifier: Apache-2.0
#include "process/spawn.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <limits>
#include <thread>

// libc's clone under its other name: sanitizers replace `clone` by one for children with memory of their own.
extern "C" int __clone(int (*function)(void*), void* stack, int flags, void* argument, ...) noexcept;

namespace shoal::process {

namespace {

// What the child needs, prepared by the parent: between clone and execve the child may only make system calls.
struct Plan {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* folder;        // null: stay
  const cpu_set_t* cpus;     // null: inherit
  std::size_t cpu_bytes;
  std::array<int, 3> streams;
  pid_t parent;
  bool dies_with_thread;
  int error;                 // the child's words to the parent: they share memory
  const char* step;
};

// All in the child: no allocation, no locks, no instrumentation, and for signals the bare system calls, since libc's (or a
// sanitizer's) functions keep books in memory that is the parent's. Handlers go first, while all signals are blocked: one
// that ran here would run in the parent.
#define SHOAL_IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined")))

constexpr std::size_t kSignalSetBytes = 8;  // the kernel's, not libc's

SHOAL_IN_CHILD void default_handlers() {
  const unsigned long standard[8] = {};  // the kernel's struct sigaction: handler SIG_DFL, no flags, empty mask
  for (int number = 1; number < NSIG; ++number) syscall(SYS_rt_sigaction, number, standard, nullptr, kSignalSetBytes);
}

SHOAL_IN_CHILD void close_from(unsigned first) {
  if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t end = limit.rlim_cur < 65536 ? limit.rlim_cur : 65536;
  for (rlim_t fd = first; fd < end; ++fd) close(static_cast<int>(fd));
}

SHOAL_IN_CHILD bool connect_streams(const Plan& plan) {
  for (int i = 0; i < 3; ++i) {
    if (syscall(SYS_dup3, plan.streams[static_cast<std::size_t>(i)], i, 0) < 0) return false;
  }
  return true;
}

SHOAL_IN_CHILD const char* prepare(const Plan& plan) {
  default_handlers();
  if (setpgid(0, 0) != 0) return "setpgid";
  if (plan.dies_with_thread) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != plan.parent) _exit(127);  // it died before the request
  }
  if (!connect_streams(plan)) return "dup3";
  close_from(3);
  if (plan.folder != nullptr && chdir(plan.folder) != 0) return "chdir";
  if (plan.cpus != nullptr && sched_setaffinity(0, plan.cpu_bytes, plan.cpus) != 0) return "sched_setaffinity";
  const unsigned long no_signals = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &no_signals, nullptr, kSignalSetBytes);
  execve(plan.program, plan.arguments, plan.environment);
  return "execve";
}

SHOAL_IN_CHILD int child_main(void* argument) {
  Plan& plan = *static_cast<Plan*>(argument);
  plan.step = prepare(plan);
  plan.error = errno;
  _exit(127);
}

Started clone_child(Plan& plan) {
  // As much as libc's posix_spawn takes beyond the arguments; the parent sleeps, so its stack can lend it.
  alignas(16) std::array<char, 32768> stack;
  int pidfd = -1;
  sigset_t all, former;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &former);
  const int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
  const pid_t pid = __clone(child_main, stack.data() + stack.size(), flags, &plan, &pidfd);
  const int clone_error = errno;
  pthread_sigmask(SIG_SETMASK, &former, nullptr);

  Started started;
  started.pidfd = Descriptor(pidfd);
  started.error = pid < 0 ? clone_error : plan.error;
  started.step = pid < 0 ? "clone" : plan.step;
  if (pid > 0 && started.error != 0) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
  } else {
    started.pid = pid;
  }
  return started;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// A mask of any number of CPUs, as sched_setaffinity wants it.
std::vector<cpu_set_t> mask_of(const std::vector<int>& cpus) {
  std::vector<cpu_set_t> mask;
  for (const int cpu : cpus) {
    const auto block = static_cast<std::size_t>(cpu) / CPU_SETSIZE;
    while (mask.size() <= block) CPU_ZERO(&mask.emplace_back());
    CPU_SET(static_cast<std::size_t>(cpu) % CPU_SETSIZE, &mask[block]);
  }
  return mask;
}

}  // namespace

Started spawn(const Start& start) {
  using namespace std::chrono_literals;
  const auto arguments = pointers_to(start.arguments);
  const auto environment = pointers_to(start.environment);
  const auto cpus = mask_of(start.cpus);
  Plan plan{start.program.c_str(),
            arguments.data(),
            environment.data(),
            start.folder.empty() ? nullptr : start.folder.c_str(),
            cpus.empty() ? nullptr : cpus.data(),
            cpus.size() * sizeof(cpu_set_t),
            {start.in, start.out, start.err},
            getpid(),
            start.dies_with_thread,
            0,
            ""};
  Started started = clone_child(plan);
  // A program that was written a moment ago is "busy" while another thread's child, on its way to execve, still holds
  // the descriptor it was written through.
  for (int i = 0; i < 100 && started.error == ETXTBSY; ++i) {
    std::this_thread::sleep_for(1ms);
    plan.error = 0;
    started = clone_child(plan);
  }
  return started;
}

}  // namespace shoal::process
