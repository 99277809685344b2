// SPDX-License-Identifier: Apache-2.0
// One writer per result: the lock file RESULT.h5.lock.
//
// Text, one `key = value` a line: counter (advanced every 10 s by the owner), token, host, boot_id, pid_namespace, pid,
// start_time, slurm_job_id, slurm_restart_count, since. An existing lock is stale, and taken over, if
//   - its process is dead: same boot id and pid namespace, and no process of that pid and start time; or
//   - it belongs to the same Slurm job with a smaller restart count; or
//   - its counter stands still for 60 s while we watch.
// The owner reads the file again before every fsync and rename, and stops (73) if the token is not its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "shoal/record/write_file.hpp"

namespace shoal::record {

// Who holds a lock.
struct LockOwner {
  std::uint64_t counter = 0;
  std::string token;               // 32 random hexadecimal digits
  std::string host;
  std::string boot_id;             // /proc/sys/kernel/random/boot_id
  std::string pid_namespace;       // such as pid:[4026531836]
  std::int64_t pid = 0;
  std::uint64_t start_time = 0;    // clock ticks since boot (/proc/PID/stat, field 22)
  std::string slurm_job_id;        // empty outside Slurm
  std::int64_t slurm_restart_count = 0;
  std::string since;               // UTC
};

// This process, with a fresh token.
LockOwner this_process();

std::string to_text(const LockOwner& owner);
LockOwner parse_lock(const std::string& text);  // throws Error (73) if it is not a lock

struct LockOptions {
  double advance_seconds = 10;
  double watch_seconds = 60;
  double dying_seconds = 1;  // how long a process that was just killed may stay visible
  std::function<void(const std::string&)> notice;  // told once before watching, and why a stale lock is taken over
};

class Lock final : public Guard {
 public:
  // Takes the lock of `result` (the file `result`.lock). Throws Error (73) naming the owner if it is alive, or SystemError
  // (74, 77) if the folder cannot be written.
  explicit Lock(const std::string& result, LockOptions options = {});
  Lock(const std::string& result, LockOwner self, LockOptions options);

  // Releases the lock if it is still ours.
  ~Lock() override;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  // Throws Error (73) if the lock is not ours any more. Also advances the counter when that is due. Thread-safe.
  void check() override;

  // Advances the counter when that is due. Call it at least every few seconds. Thread-safe.
  void keep_alive() noexcept override;

  // Releases the lock now, durably.
  void release();

  const std::string& path() const noexcept { return path_; }
  const LockOwner& owner() const noexcept { return self_; }

  // Why a stale lock was taken over; empty if there was none.
  const std::string& took_over() const noexcept { return took_over_; }

 private:
  void acquire();
  bool try_create();
  std::string judge(const std::string& content);  // why it is stale, empty: try again; throws Error (73) if alive
  void take_away(const std::string& content);

  std::string result_, path_;
  LockOwner self_;
  LockOptions options_;
  std::string took_over_;
  std::mutex mutex_;
  int descriptor_ = -1;
  std::chrono::steady_clock::time_point advanced_;
};

// A sentence on who holds the lock of `result`, without waiting; empty if there is no lock or it is certainly stale.
std::string describe_lock(const std::string& result);

}  // namespace shoal::record
