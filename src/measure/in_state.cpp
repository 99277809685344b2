// SPDX-License-Identifier: Apache-2.0
#include "shoal/measure/in_state.hpp"

namespace shoal::measure {
namespace {

struct Seat {
  RankClock* rank = nullptr;
  int thread = 0;
  const std::function<double()>* clock = nullptr;
};
thread_local Seat seat;

}  // namespace

ThreadSeat::ThreadSeat(RankClock& rank, int thread, const std::function<double()>& clock) { seat = {&rank, thread, &clock}; }
ThreadSeat::~ThreadSeat() { seat = {}; }

void enter_state(ThreadState state, double now) {
  if (seat.rank) seat.rank->enter(seat.thread, state, now);
}

InState::InState(ThreadState state) {
  if (seat.rank) before_ = seat.rank->enter(seat.thread, state, (*seat.clock)());
}
InState::~InState() {
  if (seat.rank) seat.rank->enter(seat.thread, before_, (*seat.clock)());
}

}  // namespace shoal::measure
