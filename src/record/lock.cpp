// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <thread>

#include "record/descriptor.hpp"
#include "record/process_life.hpp"

namespace shoal::record {
namespace {

using Clock = std::chrono::steady_clock;

std::string as_text(const std::vector<std::byte>& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// The content of a lock file; nothing if it is not there.
std::optional<std::string> read_lock(const std::string& path) {
  try {
    return as_text(read_file(path));
  } catch (const Error& error) {
    if (error.code() == ExitCode::input_missing) return std::nullopt;
    throw;
  }
}

std::optional<LockOwner> parse(const std::string& text) {
  try {
    return parse_lock(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string name_of(const LockOwner& owner) {
  const std::string job = owner.slurm_job_id.empty() ? "" : fmt::format(", Slurm job {}", owner.slurm_job_id);
  return fmt::format("process {} on {}{}, since {}", owner.pid, owner.host, job, owner.since);
}

enum class Life { dead, alive, unknown };

// What can be said at once about the owner of a lock, seen from `self`.
Life life_of(const LockOwner& owner, const LockOwner& self) {
  if (owner.boot_id != self.boot_id || owner.pid_namespace != self.pid_namespace || owner.boot_id.empty()) return Life::unknown;
  const auto start = start_time_of(owner.pid);
  return start && *start == owner.start_time ? Life::alive : Life::dead;
}

bool is_requeued(const LockOwner& owner, const LockOwner& self) {
  return !owner.slurm_job_id.empty() && owner.slurm_job_id == self.slurm_job_id && self.slurm_restart_count > owner.slurm_restart_count;
}

[[noreturn]] void throw_locked(const std::string& result, const std::string& who, const std::string& why) {
  throw Error(ExitCode::locked, fmt::format("{} is being written by another run: {} ({}). Wait for it, stop it, or name another "
                                            "result with -o.", result, who, why));
}

// Watches a lock of which nothing is known. Returns once it stood still for so long; false if it changed or went away.
bool stands_still(const std::string& path, const std::string& content, double seconds) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  const auto step = std::chrono::duration<double>(std::min(1.0, seconds / 20));
  while (Clock::now() < end) {
    std::this_thread::sleep_for(step);
    if (read_lock(path) != content) return false;
  }
  return true;
}

// Whether the owner lives, looked at for so long: a process that was just killed stays visible while its memory is freed.
Life life_after_a_moment(const LockOwner& owner, const LockOwner& self, double seconds) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  Life life = life_of(owner, self);
  while (life == Life::alive && Clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    life = life_of(owner, self);
  }
  return life;
}

}  // namespace

Lock::Lock(const std::string& result, LockOptions options) : Lock(result, this_process(), std::move(options)) {}

Lock::Lock(const std::string& result, LockOwner self, LockOptions options)
    : result_(result), path_(result + ".lock"), self_(std::move(self)), options_(std::move(options)) {
  acquire();
  advanced_ = Clock::now();
}

Lock::~Lock() {
  try {
    release();
  } catch (const Error&) {
  }
}

void Lock::acquire() {
  constexpr int kAttempts = 10;  // others may take and release it in between
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (try_create()) {
      sync_folder_of(path_);
      return;
    }
    const auto content = read_lock(path_);
    if (!content) continue;
    const std::string reason = judge(*content);
    if (reason.empty()) continue;
    take_away(*content);
    took_over_ = reason;
    if (options_.notice) options_.notice(reason);
  }
  throw_locked(result_, path_, "the lock changes hands too often");
}

// A file appears under the lock's name with all its content, or not at all.
bool Lock::try_create() {
  const std::string draft = fmt::format("{}.{}", path_, self_.token);
  const std::string text = to_text(self_);
  Descriptor file(::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) throw file_error("write", path_, errno);
  int error = write_fully(file.get(), std::as_bytes(std::span(text)));
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0 && ::link(draft.c_str(), path_.c_str()) != 0) error = errno;
  // File systems without hard links: the second best way; a reader may see the file while it is still empty.
  if (error == EPERM || error == ENOTSUP || error == EMLINK) {
    Descriptor direct(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    error = direct.get() < 0 ? errno : write_fully(direct.get(), std::as_bytes(std::span(text)));
    if (error == 0) std::swap(file, direct);
  }
  ::unlink(draft.c_str());
  if (error == EEXIST) return false;
  if (error != 0) throw file_error("write", path_, error);
  descriptor_ = file.release();
  return true;
}

std::string Lock::judge(const std::string& content) {
  const auto owner = parse(content);
  const std::string who = owner ? name_of(*owner) : "the unreadable lock file " + path_;
  if (owner && is_requeued(*owner, self_))
    return fmt::format("took over the lock of {}: Slurm has restarted that job (restart {}, before {})", who, self_.slurm_restart_count,
                       owner->slurm_restart_count);
  const Life life = owner ? life_after_a_moment(*owner, self_, options_.dying_seconds) : Life::unknown;
  if (life == Life::dead) return fmt::format("took over the lock of {}: that process has ended", who);
  if (life == Life::alive) throw_locked(result_, who, "that process is alive");
  if (options_.notice)
    options_.notice(fmt::format("{} is locked by {}; watching for {:g} s whether it is alive", result_, who, options_.watch_seconds));
  if (stands_still(path_, content, options_.watch_seconds))
    return fmt::format("took over the lock of {}: its counter stood still for {:g} s", who, options_.watch_seconds);
  const auto now = read_lock(path_);
  if (!now) return {};
  throw_locked(result_, who, "its counter moves");
}

// Renames the stale lock away and makes sure that it was the stale one: another process may have been faster.
void Lock::take_away(const std::string& content) {
  const std::string aside = fmt::format("{}.{}", path_, self_.token);
  if (std::rename(path_.c_str(), aside.c_str()) != 0) {
    if (errno == ENOENT) return;
    throw file_error("rename", path_, errno);
  }
  const auto taken = read_lock(aside);
  const bool was_stale = taken && parse(*taken).has_value() == parse(content).has_value() &&
                         (!parse(content) || parse(*taken)->token == parse(content)->token);
  if (!was_stale) ::link(aside.c_str(), path_.c_str());  // give it back; if that fails its owner stops at its next check
  ::unlink(aside.c_str());
}

void Lock::check() {
  keep_alive();
  const auto content = read_lock(path_);
  const auto owner = content ? parse(*content) : std::nullopt;
  if (owner && owner->token == self_.token) return;
  const std::string what = owner ? "taken over by " + name_of(*owner) : content ? "overwritten" : "removed";
  throw Error(ExitCode::locked, fmt::format("stopped writing {}: the lock {} was {}. What was durable before is kept.", result_, path_, what));
}

void Lock::keep_alive() noexcept {
  const std::lock_guard guard(mutex_);
  const auto now = Clock::now();
  if (descriptor_ < 0 || now - advanced_ < std::chrono::duration<double>(options_.advance_seconds)) return;
  advanced_ = now;
  ++self_.counter;
  std::array<char, 32> digits{};
  const auto end = fmt::format_to(digits.data(), "{:020}", self_.counter);
  constexpr off_t kDigits = 10;  // behind "counter = "
  // A failure needs no report here: others then see a counter that stands still, and check() tells if they acted on it.
  [[maybe_unused]] const ssize_t n = ::pwrite(descriptor_, digits.data(), static_cast<std::size_t>(end - digits.data()), kDigits);
}

void Lock::release() {
  const std::lock_guard guard(mutex_);
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  descriptor_ = -1;
  const auto content = read_lock(path_);
  const auto owner = content ? parse(*content) : std::nullopt;
  if (owner && owner->token == self_.token) remove_file(path_);
}

std::string describe_lock(const std::string& result) {
  const auto content = read_lock(result + ".lock");
  if (!content) return {};
  const auto owner = parse(*content);
  if (!owner) return fmt::format("{}.lock exists but is unreadable", result);
  switch (life_of(*owner, this_process())) {
    case Life::dead: return {};
    case Life::alive: return fmt::format("being written by {}", name_of(*owner));
    case Life::unknown: break;
  }
  return fmt::format("locked by {} (whether it is alive cannot be told from here)", name_of(*owner));
}

}  // namespace shoal::record
