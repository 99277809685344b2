// SPDX-License-Identifier: Apache-2.0
// How code that runs in a worker thread says what the thread is doing, without knowing which thread it is:
//
//   const measure::InState reading(measure::ThreadState::io);   // until the end of the block
//
// In threads without a seat (tests, the main thread, the serial driver) nothing happens.
#pragma once

#include <functional>

#include "shoal/measure/rank_clock.hpp"

namespace shoal::measure {

// Gives the calling thread a place on a RankClock while it lives. `clock`: seconds, the one of RankClock::start. Both
// outlive the object. One seat a thread.
class ThreadSeat {
 public:
  ThreadSeat(RankClock& rank, int thread, const std::function<double()>& clock);
  ~ThreadSeat();
  ThreadSeat(const ThreadSeat&) = delete;
  ThreadSeat& operator=(const ThreadSeat&) = delete;
};

// The calling thread goes over to `state` at the time `now` of its seat's clock.
void enter_state(ThreadState state, double now);

// The calling thread is in `state` while the object lives, afterwards in the one before. May be nested.
class InState {
 public:
  explicit InState(ThreadState state);
  ~InState();
  InState(const InState&) = delete;
  InState& operator=(const InState&) = delete;

 private:
  ThreadState before_ = ThreadState::useful;
};

}  // namespace shoal::measure
