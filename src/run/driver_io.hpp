// SPDX-License-Identifier: Apache-2.0
// The I/O thread of rank 0: makes the journal durable, writes snapshots and the final result, so that the main thread
// never waits for a disk. Started before the parallel region, all signals blocked; one piece of work after the other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace shoal::run {

class IoThread {
 public:
  using Clock = std::chrono::steady_clock;

  // `sync` may be empty. `wake`: called after each piece of work, from the I/O thread.
  IoThread(std::function<void()> sync, std::function<void()> wake, double sync_seconds);
  ~IoThread();  // after the present piece of work
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  void note_record();                              // something was appended: sync within sync_seconds
  void sync_soon();                                // sync now, and from now on with little delay (about to be killed)
  void begin_snapshot(std::function<void()> work); // only if not busy
  void begin_finish(std::function<void()> work);   // after a last sync; nothing follows

  bool is_busy() const;        // a snapshot is waiting or being written
  bool is_finished() const;    // the work of begin_finish has ended
  double durable_age() const;  // seconds since the oldest record that is not durable arrived; 0: none

  // The first exception of sync or a snapshot, or of the work of begin_finish; null if there was none. Once sync or a
  // snapshot has failed nothing more is written, and the work of begin_finish is not run.
  std::exception_ptr failure() const;

 private:
  void loop();
  void do_sync(std::unique_lock<std::mutex>& lock);
  void do_work(std::function<void()>& work, std::unique_lock<std::mutex>& lock);
  bool attempt(const std::function<void()>& work, std::unique_lock<std::mutex>& lock);
  bool sync_is_due() const;

  const std::function<void()> sync_;
  const std::function<void()> wake_;
  std::chrono::duration<double> sync_interval_;

  mutable std::mutex mutex_;
  std::condition_variable event_;
  bool dirty_ = false;
  Clock::time_point dirty_since_{};
  bool syncing_ = false;
  Clock::time_point syncing_since_{};
  std::function<void()> snapshot_;
  std::function<void()> finish_;
  bool busy_ = false;
  bool finished_ = false;
  bool ending_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // last: everything else exists when it starts
};

}  // namespace shoal::run
