// SPDX-License-Identifier: Apache-2.0
#include "run/driver_io.hpp"

#include <utility>

#include "shoal/parallel/signals.hpp"
#include "shoal/parallel/threads.hpp"

namespace shoal::run {

IoThread::IoThread(std::function<void()> sync, std::function<void()> wake, double sync_seconds)
    : sync_(std::move(sync)), wake_(std::move(wake)), sync_interval_(sync_seconds) {
  thread_ = std::thread([this] {
    parallel::block_all_signals();
    parallel::unbind_thread();  // not on the core of the main thread and the last worker
    loop();
  });
}

IoThread::~IoThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  event_.notify_one();
  thread_.join();
}

void IoThread::note_record() {
  {
    const std::lock_guard lock(mutex_);
    if (dirty_ || !sync_) return;
    dirty_ = true;
    dirty_since_ = Clock::now();
  }
  event_.notify_one();
}

void IoThread::sync_soon() {
  {
    const std::lock_guard lock(mutex_);
    sync_interval_ = std::chrono::milliseconds(20);
  }
  event_.notify_one();
}

void IoThread::begin_snapshot(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    snapshot_ = std::move(work);
    busy_ = true;
  }
  event_.notify_one();
}

void IoThread::begin_finish(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    finish_ = std::move(work);
  }
  event_.notify_one();
}

bool IoThread::is_busy() const {
  const std::lock_guard lock(mutex_);
  return busy_;
}

bool IoThread::is_finished() const {
  const std::lock_guard lock(mutex_);
  return finished_;
}

double IoThread::durable_age() const {
  const std::lock_guard lock(mutex_);
  if (!dirty_ && !syncing_) return 0;
  return std::chrono::duration<double>(Clock::now() - (syncing_ ? syncing_since_ : dirty_since_)).count();
}

std::exception_ptr IoThread::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

bool IoThread::sync_is_due() const { return dirty_ && !failure_ && Clock::now() - dirty_since_ >= sync_interval_; }

void IoThread::loop() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (sync_is_due()) {
      do_sync(lock);
    } else if (snapshot_) {
      auto work = std::exchange(snapshot_, nullptr);
      if (!failure_) attempt(work, lock);
      busy_ = false;
      lock.unlock();
      wake_();
      lock.lock();
    } else if (finish_) {
      auto work = std::exchange(finish_, nullptr);
      do_work(work, lock);
    } else if (dirty_ && !failure_) {
      const auto due = dirty_since_ + std::chrono::duration_cast<Clock::duration>(sync_interval_);
      event_.wait_until(lock, due);
    } else {
      event_.wait(lock);
    }
  }
}

void IoThread::do_sync(std::unique_lock<std::mutex>& lock) {
  dirty_ = false;  // records appended from here on need another one
  syncing_ = true;
  syncing_since_ = dirty_since_;
  attempt(sync_, lock);
  syncing_ = false;
}

void IoThread::do_work(std::function<void()>& work, std::unique_lock<std::mutex>& lock) {
  if (dirty_ && !failure_) do_sync(lock);
  if (!failure_) attempt(work, lock);
  finished_ = true;
  lock.unlock();
  wake_();
  lock.lock();
}

// Runs `work` without the lock; keeps what it throws and tells the main thread.
bool IoThread::attempt(const std::function<void()>& work, std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  std::exception_ptr thrown;
  try {
    work();
  } catch (...) {
    thrown = std::current_exception();
  }
  lock.lock();
  if (!thrown) return true;
  if (!failure_) failure_ = thrown;
  lock.unlock();
  wake_();
  lock.lock();
  return false;
}

}  // namespace shoal::run
