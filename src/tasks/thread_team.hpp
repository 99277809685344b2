// SPDX-License-Identifier: Apache-2.0
// A team of worker threads of one rank: member 0 leads and takes the tasks, the others serve.
//
// Waiting is spinning for some 100 microseconds, then sleeping: parts of tasks follow each other quickly, tasks do not.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <vector>

#include "shoal/measure/rank_clock.hpp"
#include "shoal/tasks/team.hpp"

namespace shoal::tasks {

class ThreadTeam final : public Team {
 public:
  // `clock`: seconds, for the states of the threads.
  ThreadTeam(int size, std::function<double()> clock);

  // By the leader, around each piece of work, and at the end of its life: then serve() returns.
  void begin_task();
  void end_task();
  void close();

  // The life of the thread of another member.
  void serve(int member) noexcept;

  int size() const override { return size_; }
  void run(const std::function<void(int member)>& body) override;
  void barrier() override;

 private:
  enum class Order : std::uint8_t { begin, run, end, close };
  void give(Order);                       // once every member has done the last one
  void wait_for_all();
  void take_part(int member) noexcept;
  void enter(measure::ThreadState);

  int size_;
  std::function<double()> clock_;
  std::atomic<std::uint32_t> number_{0};  // of orders given
  std::atomic<std::int32_t> left_{0};     // members that have not done the last one
  Order order_ = Order::end;              // written before number_, read after it
  const std::function<void(int)>* body_ = nullptr;
  std::vector<std::exception_ptr> thrown_;
  std::atomic<std::int32_t> arrived_{0};  // at the barrier
  std::atomic<std::uint32_t> passed_{0};  // barriers so far
};

}  // namespace shoal::tasks
