// SPDX-License-Identifier: Apache-2.0
// One simulated run: a heap of events, a clock that jumps, and for every rank its Worker, pool and blob store.
//
// Model. A message from a to b takes latency + bytes / bandwidth (+ a random delay) and never overtakes an earlier one of
// the same pair. Rank 0's main thread serves one message at a time, service_seconds each, received or sent; its own
// worker's messages cost nothing. A slice takes the sum of its tasks' times; the tasks themselves are run for real when it
// ends. A rank in an outage does nothing: its events are put off to the end of the outage, or dropped if it never ends.
#pragma once

#include <map>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

#include "shoal/tasks/simulate.hpp"
#include "shoal/tasks/worker.hpp"

namespace shoal::tasks {

class Simulation {
 public:
  Simulation(Job&, const Policy&, const SimulationModel&, Journal&, bool keep_log);
  SimulationResult run(std::vector<ResultRun> replay, std::vector<Decision> decisions);

 private:
  enum class Kind : std::uint8_t { arrive, serve, slice_end, worker_timer, coordinator_timer, stop, crash };
  struct Event {
    double time = 0;
    std::uint64_t number = 0;  // ties in the order of making
    Kind kind = Kind::arrive;
    int rank = 0;              // where it happens
    int from = 0;              // arrive, serve: the sender; slice_end: the thread
    std::size_t slot = 0;      // arrive, serve: the message
    bool operator<(const Event& other) const {  // std::priority_queue: largest first
      return std::pair(time, number) > std::pair(other.time, other.number);
    }
  };
  struct Running {
    WorkItem slice;
    double start = 0;
    bool busy = false;
  };
  struct SimRank {
    std::unique_ptr<Worker> worker;
    std::unique_ptr<WorkPool> pool;
    std::unique_ptr<MemoryBlobStore> blobs;
    std::unique_ptr<Workspace> workspace;
    StopToken stop;
    std::vector<Running> threads;
    double timer = 0;          // the earliest timer event in the heap
    bool gone = false;         // gave up (hang)
    double last_arrival = 0;   // of what rank 0 sent: pairs keep their order
    double last_departure = 0; // of what it sent to rank 0
  };
  class LogKeeper;

  SimRank& at(int r) { return *ranks_[static_cast<std::size_t>(r)]; }
  double random();                                       // uniform in [0, 1)
  std::size_t keep(Message&&);
  void push(double time, Kind, int rank, int from = 0, std::size_t slot = 0);
  bool postponed(const Event&);                          // the rank is in an outage
  double awake_at(int rank, double time) const;
  void handle(const Event&);
  void arrive(const Event&);
  void serve(const Event&);
  void end_slice(const Event&);
  void after_worker(int r);
  void after_coordinator();
  void start_threads(int r);
  void to_coordinator_now(int from, Message&&);
  void transmit(int from, int to, double depart, Message&&);
  double delay(const Message&);
  double slice_seconds(int r, const WorkItem&);

  Job& job_;
  Policy policy_;
  const SimulationModel& model_;
  std::unique_ptr<Observer> log_keeper_;
  int n_teams_;                                          // of each rank: they take tasks like threads
  Coordinator coordinator_;
  std::vector<std::unique_ptr<SimRank>> ranks_;
  std::priority_queue<Event> heap_;
  std::vector<Message> messages_;
  std::vector<std::size_t> free_slots_;
  std::map<std::pair<int, int>, double> last_between_;   // workers' direct messages
  std::uint64_t n_pushed_ = 0;
  std::uint64_t random_state_;
  double now_ = 0;
  double server_free_ = 0;                               // rank 0's main thread
  double coordinator_timer_ = 0;
  bool crashed_ = false;
  WorkerActions worker_actions_;
  CoordinatorActions actions_;
  SimulationResult result_;
};

}  // namespace shoal::tasks
