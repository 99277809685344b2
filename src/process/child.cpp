// SPDX-License-Identifier: Apache-2.0
#include "process/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "process/environment.hpp"
#include "process/watcher.hpp"
#include "shoal/error.hpp"

namespace shoal::process {

namespace {

bool is_program(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

// The path of a program as a shell would find it; a relative path counts from here, not from the command's folder.
std::string find_program(const std::string& name, const std::string& search_path) {
  if (name.find('/') != std::string::npos) return std::filesystem::absolute(name).string();
  for (std::size_t begin = 0; begin <= search_path.size();) {
    const std::size_t end = std::min(search_path.find(':', begin), search_path.size());
    const std::string folder = search_path.substr(begin, end - begin);
    if (std::string path = folder + '/' + name; !folder.empty() && is_program(path)) return path;
    begin = end + 1;
  }
  return "";
}

void write_files(const Command& command) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!command.folder.empty()) fs::create_directories(command.folder, error);
  if (error) throw SystemError(fmt::format("{}: cannot make the folder: {}", command.folder, error.message()));
  for (const File& file : command.files) {
    const fs::path path = fs::path(command.folder) / file.path;
    const Descriptor out(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    for (std::size_t written = 0; written < file.text.size() || !out.is_open();) {
      const ssize_t n = out.is_open() ? ::write(out.get(), file.text.data() + written, file.text.size() - written) : -1;
      if (n < 0 && errno != EINTR) throw SystemError(fmt::format("{}: cannot write: {}", path.string(), std::strerror(errno)));
      if (n > 0) written += static_cast<std::size_t>(n);
    }
  }
}

Start start_of(const Command& command) {
  if (command.arguments.empty() || command.arguments[0].empty()) throw InputError("a command needs the name of a program");
  for (const std::string& argument : command.arguments) {
    if (argument.find('\0') != std::string::npos) throw InputError("an argument of a command contains a zero byte");
  }
  if (std::any_of(command.cpus.begin(), command.cpus.end(), [](int cpu) { return cpu < 0; })) {
    throw InputError("the CPUs of a command are numbers from 0 on");
  }
  Start start;
  start.environment = child_environment(command);
  start.folder = command.folder;
  start.cpus = command.cpus;
  start.arguments = command.arguments;
  if (command.shell) {
    start.program = "/bin/sh";
    start.arguments.insert(start.arguments.begin(), {"sh", "-c"});
    start.arguments.insert(start.arguments.begin() + 3, "sh");  // $0
  } else {
    start.program = find_program(command.arguments[0], value_in(start.environment, "PATH"));
  }
  return start;
}

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); }

std::int64_t own_peak() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024 * std::int64_t{usage.ru_maxrss};
}

void append_to(std::string& text, std::string_view more) { text += more; }
void append_to(CapturedText& text, std::string_view more) { text.append(more); }

}  // namespace

Child::Child(const Command& command, const Descriptor& in) {
  Start start = start_of(command);
  if (start.program.empty()) {
    problem_ = fmt::format("program '{}' is not in PATH", command.arguments[0]);
    return;
  }
  start_watcher();
  write_files(command);
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  set_nonblocking(out.read);
  set_nonblocking(err.read);
  start.in = in.get();
  start.out = out.write.get();
  start.err = err.write.get();
  own_peak_bytes_ = own_peak();
  Started started = spawn(start);
  if (started.error != 0) {
    refuse(started, start.program, start.folder);
    return;
  }
  pid_ = started.pid;
  pidfd_ = std::move(started.pidfd);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  memory_.begin(pid_, command.limits.memory_bytes, Clock::now());
}

void Child::refuse(const Started& started, const std::string& program, const std::string& folder) {
  const std::string reason = std::strerror(started.error);
  const std::string_view step = started.step;
  if (step == "execve" && started.error != ENOMEM && started.error != EAGAIN && started.error != E2BIG) {
    problem_ = fmt::format("{}: cannot be run: {}{}", program, reason,
                           started.error == ENOEXEC ? " (a script needs a first line like #!/bin/sh)" : "");
    return;
  }
  if (step == "chdir") throw SystemError(fmt::format("{}: cannot work in this folder: {}", folder, reason));
  throw SystemError(fmt::format("cannot start {}: {}: {}", program, step, reason), ExitCode::unsuitable);
}

Child::~Child() {
  if (pid_ > 0) reap();
}

bool Child::has_ended() const {
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return errno != EINTR;
  return info.si_pid == pid_;
}

void Child::signal_group(int signal) noexcept {
  if (pid_ > 0) kill(-pid_, signal);
}

Ending Child::reap() {
  signal_group(SIGKILL);  // before the wait: until then nobody else can have this number
  Ending ending;
  rusage usage{};
  pid_t waited = -1;
  do {
    waited = wait4(pid_, &ending.status, 0, &usage);
  } while (waited < 0 && errno == EINTR);
  if (waited < 0) ending.status = W_EXITCODE(255, 0);  // something else in this process took the news: not a success
  pid_ = -1;
  pidfd_.reset();
  ending.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  const std::int64_t peak = 1024 * std::int64_t{usage.ru_maxrss};
  ending.peak_bytes = std::max(memory_.peak_bytes(), peak > own_peak_bytes_ ? peak : 0);
  return ending;
}

void Child::wait(Clock::time_point until) {
  using namespace std::chrono_literals;
  std::array<pollfd, 3> events{{{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}}};
  auto left = std::max<Clock::duration>(until - Clock::now(), 0ns);
  if (!pidfd_.is_open()) left = std::min<Clock::duration>(left, 2ms);
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(left - whole);
  const timespec limit{whole.count(), rest.count()};
  ppoll(events.data(), events.size(), &limit, nullptr);
}

template <class Text>
bool Child::read(Descriptor& stream, Text& text) {
  if (!stream.is_open()) return false;
  std::array<char, 65536> buffer;
  const ssize_t n = ::read(stream.get(), buffer.data(), buffer.size());
  if (n > 0) append_to(text, {buffer.data(), static_cast<std::size_t>(n)});
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) stream.reset();
  return n > 0;
}

template bool Child::read(Descriptor&, std::string&);
template bool Child::read(Descriptor&, CapturedText&);

}  // namespace shoal::process
