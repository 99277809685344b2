// SPDX-License-Identifier: Apache-2.0
// Who holds a lock: found out about this process, as text, and back.
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "record/process_life.hpp"
#include "shoal/record/lock.hpp"
#include "shoal/record/result_file.hpp"

namespace shoal::record {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string link_target(const char* path) {
  std::array<char, 128> target{};
  const ssize_t n = ::readlink(path, target.data(), target.size());
  return n > 0 ? std::string(target.data(), static_cast<std::size_t>(n)) : std::string();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::string random_token() {
  std::array<unsigned char, 16> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0) throw SystemError("the system gives no random bytes (getentropy failed).");
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

template <class T>
T number(const std::map<std::string, std::string>& values, const std::string& key) {
  T value{};
  const auto found = values.find(key);
  if (found != values.end()) std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

}  // namespace

std::optional<std::uint64_t> start_time_of(std::int64_t pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid));
  const auto name_end = line.rfind(')');  // the name may hold blanks and brackets
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  constexpr int kStartTime = 22, kFirst = 3;  // numbers of fields as in proc(5)
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return std::nullopt;  // dead; some containers have nobody who collects the dead
  for (int i = kFirst + 1; i <= kStartTime; ++i) fields >> field;
  std::uint64_t value = 0;
  std::from_chars(field.data(), field.data() + field.size(), value);
  return value;
}

LockOwner this_process() {
  LockOwner self;
  self.token = random_token();
  self.host = host_name();
  self.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  self.pid_namespace = link_target("/proc/self/ns/pid");
  self.pid = ::getpid();
  self.start_time = start_time_of(self.pid).value_or(0);
  self.slurm_job_id = environment("SLURM_JOB_ID");
  const std::string count = environment("SLURM_RESTART_COUNT");
  std::from_chars(count.data(), count.data() + count.size(), self.slurm_restart_count);
  self.since = utc_now();
  return self;
}

std::string to_text(const LockOwner& owner) {
  // The counter comes first and has a fixed width: advancing it overwrites its digits in place.
  return fmt::format(
      "counter = {:020}\ntoken = {}\nhost = {}\nboot_id = {}\npid_namespace = {}\npid = {}\nstart_time = {}\n"
      "slurm_job_id = {}\nslurm_restart_count = {}\nsince = {}\n",
      owner.counter, owner.token, owner.host, owner.boot_id, owner.pid_namespace, owner.pid, owner.start_time,
      owner.slurm_job_id, owner.slurm_restart_count, owner.since);
}

LockOwner parse_lock(const std::string& text) {
  std::map<std::string, std::string> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (const auto equals = line.find(" = "); equals != std::string::npos) values[line.substr(0, equals)] = line.substr(equals + 3);
  LockOwner owner;
  owner.counter = number<std::uint64_t>(values, "counter");
  owner.token = values["token"];
  owner.host = values["host"];
  owner.boot_id = values["boot_id"];
  owner.pid_namespace = values["pid_namespace"];
  owner.pid = number<std::int64_t>(values, "pid");
  owner.start_time = number<std::uint64_t>(values, "start_time");
  owner.slurm_job_id = values["slurm_job_id"];
  owner.slurm_restart_count = number<std::int64_t>(values, "slurm_restart_count");
  owner.since = values["since"];
  if (owner.token.empty() || owner.pid <= 0) throw Error(ExitCode::locked, "it is not a lock file of shoal");
  return owner;
}

}  // namespace shoal::record
