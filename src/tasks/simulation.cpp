// SPDX-License-Identifier: Apache-2.0
#include "tasks/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace shoal::tasks {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// Roughly what a message takes on the wire.
double wire_bytes(const Message& message) {
  double n = 64;
  if (const auto* results = std::get_if<Results>(&message)) {
    for (const ResultRun& run : results->runs) n += 64 + static_cast<double>(run.packed.size());
    n += 56 * static_cast<double>(results->log.size());
  } else if (const auto* assignment = std::get_if<Assignment>(&message)) {
    for (const RoundStart& round : assignment->rounds) n += 64 + static_cast<double>(round.common_payload.size());
    for (const PreparedTask& task : assignment->tasks) n += 44 + static_cast<double>(task.payload.size());
    n += 32 * static_cast<double>(assignment->ranges.size());
  } else if (const auto* reply = std::get_if<BlobReply>(&message)) {
    n += static_cast<double>(reply->blob.size());
  }
  return n;
}

}  // namespace

class Simulation::LogKeeper final : public Observer {
 public:
  explicit LogKeeper(std::vector<ChunkLog>& log) : log_(log) {}
  void chunk(const ChunkLog& entry) override { log_.push_back(entry); }

 private:
  std::vector<ChunkLog>& log_;
};

Simulation::Simulation(Job& job, const Policy& policy, const SimulationModel& model, Journal& journal, bool keep_log)
    : job_(job), policy_(policy), model_(model),
      log_keeper_(keep_log ? std::make_unique<LogKeeper>(result_.log) : nullptr),
      n_teams_(std::max(1, model.threads_per_rank / policy.threads_per_task)),
      coordinator_(job, policy, std::vector<int>(static_cast<std::size_t>(model.n_ranks), n_teams_), journal,
                   log_keeper_.get()),
      random_state_(model.seed * 0x9e3779b97f4a7c15U + 1) {
  for (int r = 0; r < model.n_ranks; ++r) {
    auto rank = std::make_unique<SimRank>();
    rank->blobs = std::make_unique<MemoryBlobStore>(model.blob_bytes, model.min_blobs);
    rank->worker = std::make_unique<Worker>(job, r, n_teams_, policy, *rank->blobs);
    rank->pool = std::make_unique<WorkPool>(r, n_teams_, policy);
    rank->workspace = job.make_workspace();
    rank->threads.resize(static_cast<std::size_t>(n_teams_));
    ranks_.push_back(std::move(rank));
  }
}

// SplitMix64 (Steele, Lea & Flood 2014): the simulation needs no more than a repeatable scatter.
double Simulation::random() {
  std::uint64_t z = (random_state_ += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

std::size_t Simulation::keep(Message&& message) {
  if (free_slots_.empty()) {
    messages_.push_back(std::move(message));
    return messages_.size() - 1;
  }
  const std::size_t slot = free_slots_.back();
  free_slots_.pop_back();
  messages_[slot] = std::move(message);
  return slot;
}

void Simulation::push(double time, Kind kind, int rank, int from, std::size_t slot) {
  heap_.push({time, n_pushed_++, kind, rank, from, slot});
}

SimulationResult Simulation::run(std::vector<ResultRun> replay, std::vector<Decision> decisions) {
  for (ResultRun& run : replay) coordinator_.replay(std::move(run));
  for (Decision& decision : decisions) coordinator_.replay(std::move(decision));
  if (model_.stop_at) push(*model_.stop_at, Kind::stop, 0);
  if (model_.crash_at) push(*model_.crash_at, Kind::crash, 0);
  coordinator_timer_ = kNever;
  for (int r = 0; r < model_.n_ranks; ++r) at(r).timer = kNever;
  coordinator_.start(0, actions_);
  after_coordinator();
  for (int r = 0; r < model_.n_ranks; ++r) {
    at(r).worker->start(0, worker_actions_);
    after_worker(r);
  }
  double last_fold = 0;
  Outcome seen = coordinator_.outcome();
  while (!heap_.empty() && !coordinator_.finished() && !crashed_) {
    const Event event = heap_.top();
    heap_.pop();
    now_ = event.time;
    ++result_.events;
    if (!postponed(event)) handle(event);
    if (seen == Outcome::running && coordinator_.outcome() != Outcome::running) {
      seen = coordinator_.outcome();
      last_fold = now_;
    }
  }
  result_.summary.outcome = crashed_ ? Outcome::running : coordinator_.outcome();
  result_.summary.failure = coordinator_.failure();
  result_.summary.counts = coordinator_.counts();
  result_.summary.seconds = seen == Outcome::running ? now_ : last_fold;
  const double slots = static_cast<double>(model_.n_ranks) * n_teams_;
  if (result_.summary.seconds > 0) result_.efficiency = result_.useful_seconds / (slots * result_.summary.seconds);
  return std::move(result_);
}

bool Simulation::postponed(const Event& event) {
  const bool elsewhere = event.kind == Kind::serve || event.rank == 0;
  if (elsewhere) return false;
  if (at(event.rank).gone) return true;
  const double when = awake_at(event.rank, event.time);
  if (when == event.time) return false;
  if (std::isfinite(when)) push(when, event.kind, event.rank, event.from, event.slot);
  return true;
}

// The end of all outages that follow each other: found at once, so that events keep their order.
double Simulation::awake_at(int r, double time) const {
  for (bool again = true; again;) {
    again = false;
    for (const Outage& outage : model_.outages) {
      if (outage.rank != r || time < outage.from || time >= outage.until) continue;
      time = outage.until;
      again = true;
    }
  }
  return time;
}

void Simulation::handle(const Event& event) {
  switch (event.kind) {
    case Kind::arrive: arrive(event); break;
    case Kind::serve: serve(event); break;
    case Kind::slice_end: end_slice(event); break;
    case Kind::worker_timer:
      if (at(event.rank).timer > event.time) break;  // an earlier one has done its work
      at(event.rank).timer = kNever;
      at(event.rank).worker->on_timer(now_, worker_actions_);
      after_worker(event.rank);
      break;
    case Kind::coordinator_timer:
      if (coordinator_timer_ > event.time) break;
      coordinator_timer_ = kNever;
      coordinator_.on_timer(now_, actions_);
      after_coordinator();
      break;
    case Kind::stop:
      coordinator_.on_stop(now_, model_.stop_kind, actions_);
      after_coordinator();
      break;
    case Kind::crash: crashed_ = true; break;
  }
}

void Simulation::arrive(const Event& event) {
  if (event.rank != 0) {
    free_slots_.push_back(event.slot);
    at(event.rank).worker->on_message(now_, event.from, std::move(messages_[event.slot]), worker_actions_);
    return after_worker(event.rank);
  }
  server_free_ = std::max(server_free_, now_) + model_.service_seconds;
  result_.rank0_busy_seconds += model_.service_seconds;
  ++result_.messages;
  push(server_free_, Kind::serve, 0, event.from, event.slot);
}

void Simulation::serve(const Event& event) {
  free_slots_.push_back(event.slot);
  Message message = std::move(messages_[event.slot]);
  const bool for_worker = std::holds_alternative<BlobRequest>(message) || std::holds_alternative<BlobReply>(message);
  if (!for_worker) return to_coordinator_now(event.from, std::move(message));
  at(0).worker->on_message(now_, event.from, std::move(message), worker_actions_);
  after_worker(0);
}

void Simulation::to_coordinator_now(int from, Message&& message) {
  coordinator_.on_message(now_, from, std::move(message), actions_);
  after_coordinator();
}

double Simulation::slice_seconds(int r, const WorkItem& slice) {
  const double slowdown = model_.rank_slowdown ? model_.rank_slowdown(r) : 1;
  if (!model_.task_seconds) return 1e-3 * slowdown * static_cast<double>(slice.n_tasks());
  const RoundStart& round = slice.round->start;
  double seconds = 0;
  for (std::int64_t p = slice.first; p < slice.first + slice.count; ++p)
    seconds += model_.task_seconds({round.stream, round.first_task + slice.round->order->task_at(p)});
  for (const WorkItem& item : slice.beside) seconds += model_.task_seconds({round.stream, round.first_task + item.first});
  return seconds * slowdown;
}

void Simulation::start_threads(int r) {
  SimRank& rank = at(r);
  for (std::size_t t = 0; t < rank.threads.size(); ++t) {
    if (rank.threads[t].busy) continue;
    std::optional<WorkItem> slice = rank.pool->take();
    if (!slice) return;
    const double seconds = slice_seconds(r, *slice);
    result_.useful_seconds += seconds;
    result_.tasks_run += slice->n_tasks();
    rank.threads[t] = {std::move(*slice), now_, true};
    push(now_ + seconds, Kind::slice_end, r, static_cast<int>(t));
  }
}

void Simulation::end_slice(const Event& event) {
  SimRank& rank = at(event.rank);
  Running& running = rank.threads[static_cast<std::size_t>(event.from)];
  running.busy = false;
  std::vector<SliceResult> results = run_slices(job_, running.slice, rank.workspace.get(), *rank.blobs, rank.stop);
  rank.pool->finish(event.from, std::move(results), running.start, now_, now_ - running.start);
  running.slice = {};
  start_threads(event.rank);
  rank.worker->on_local(now_, rank.pool->report(), worker_actions_);
  after_worker(event.rank);
}

// Carries out what a worker wants; its own rank's coordinator is reached at once.
void Simulation::after_worker(int r) {
  SimRank& rank = at(r);
  WorkerActions actions = std::exchange(worker_actions_, {});
  if (actions.hang) {
    rank.gone = true;
    ++result_.hung;
    return;
  }
  if (actions.request_stop) rank.stop.request();
  if (actions.clear_queue) rank.pool->clear();
  const bool changed = actions.clear_queue || !actions.start.empty();
  for (WorkItem& item : actions.start) rank.pool->push(std::move(item));
  for (Send& send : actions.sends) {
    if (r == 0 && send.to == 0) {
      to_coordinator_now(0, std::move(send.message));
    } else {
      double depart = now_;
      if (r == 0) {
        server_free_ = std::max(server_free_, now_) + model_.service_seconds;
        result_.rank0_busy_seconds += model_.service_seconds;
        depart += model_.service_seconds;
      }
      transmit(r, send.to, depart, std::move(send.message));
    }
  }
  if (changed) {
    start_threads(r);
    rank.worker->on_local(now_, rank.pool->report(), worker_actions_);
    after_worker(r);
  }
  const double next = std::max(now_, rank.worker->deadline());
  if (next < rank.timer) {
    rank.timer = next;
    push(next, Kind::worker_timer, r);
  }
}

void Simulation::after_coordinator() {
  CoordinatorActions actions = std::exchange(actions_, {});
  double depart = now_;
  for (Send& send : actions.sends) {
    if (send.to == 0) {
      at(0).worker->on_message(now_, 0, std::move(send.message), worker_actions_);
      after_worker(0);
      continue;
    }
    depart += model_.service_seconds;
    server_free_ = std::max(server_free_, now_) + model_.service_seconds;
    result_.rank0_busy_seconds += model_.service_seconds;
    ++result_.messages;
    transmit(0, send.to, depart, std::move(send.message));
  }
  const double next = std::max(now_, coordinator_.deadline());
  if (next < coordinator_timer_) {
    coordinator_timer_ = next;
    push(next, Kind::coordinator_timer, 0);
  }
}

double Simulation::delay(const Message& message) {
  double seconds = model_.latency_min + random() * (model_.latency_max - model_.latency_min);
  seconds += wire_bytes(message) / model_.bytes_per_second;
  if (model_.delay_probability > 0 && random() < model_.delay_probability) seconds += random() * model_.delay_seconds;
  return seconds;
}

void Simulation::transmit(int from, int to, double depart, Message&& message) {
  double& last = from == 0 ? at(to).last_arrival : to == 0 ? at(from).last_departure : last_between_[{from, to}];
  last = std::max(last, depart + delay(message));
  if (model_.through_bytes) message = parse_message(serialise(message));
  push(last, Kind::arrive, to, from, keep(std::move(message)));
}

}  // namespace shoal::tasks
