// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/network_objective.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <stdexcept>

#include "shoal/error.hpp"
#include "shoal/nn/trainer.hpp"
#include "workloads/tune/model_record.hpp"

namespace shoal::workloads::tune {
namespace {

using search::Point;
using search::State;

// The buffers of one training, used again while trials have the same point (repeats) or continue it (segments).
class TrainerWorkspace final : public tasks::Workspace {
 public:
  nn::Trainer& trainer(const Point& point, const nn::NetworkParameters& network, const nn::Dataset& dataset) {
    if (!trainer_ || !same_bits(point)) {
      trainer_.reset();
      trainer_ = std::make_unique<nn::Trainer>(network, dataset);
      point_ = point;
    }
    return *trainer_;
  }

 private:
  // Inactive coordinates are NaN, which is not equal to itself.
  bool same_bits(const Point& point) const {
    return point.size() == point_.size() &&
           (point.empty() || std::memcmp(point.data(), point_.data(), point.size() * sizeof(double)) == 0);
  }

  Point point_;
  std::unique_ptr<nn::Trainer> trainer_;
};

// What a segment leaves for the next one.
struct Carried {
  State state = State::ok;
  std::int64_t first_bad_epoch = -1;
  std::vector<std::byte> trainer;
};

Carried read_carried(tasks::ByteView bytes) {
  ByteReader reader(bytes);
  Carried carried;
  carried.state = reader.number<State>();
  carried.first_bad_epoch = reader.number<std::int64_t>();
  carried.trainer = reader.array<std::byte>();
  return carried;
}

void write_carried(const Carried& carried, tasks::Bytes& bytes) {
  ByteWriter writer(bytes);
  writer.number(carried.state);
  writer.number(carried.first_bad_epoch);
  writer.array(carried.trainer);
}

std::string automatic_metric(const nn::NetworkParameters& network, const std::vector<std::string>& columns) {
  const std::string preferred = network.loss == "mse" ? "validation_rmse" : "validation_loss";
  return std::find(columns.begin(), columns.end(), preferred) != columns.end() ? preferred
         : columns.back() == "loss"                                            ? "loss"
                                                                               : "validation_loss";
}

bool is_maximised(const std::string& metric, const std::string& direction) {
  if (direction != "auto") return direction == "maximise";
  return metric.find("accuracy") != std::string::npos;
}

}  // namespace

NetworkObjective::NetworkObjective(const TuneParameters& parameters, const config::Value& network,
                                   const search::Space& space, nn::Dataset dataset, std::uint64_t seed)
    : networks_(network, space),
      dataset_(std::move(dataset)),
      seed_(seed),
      segment_flop_(parameters.objective.segment_flop),
      metric_(parameters.objective.metric == "auto" ? automatic_metric(parameters.network, columns(parameters.network))
                                                    : parameters.objective.metric),
      maximise_(is_maximised(metric_, parameters.objective.direction)) {}

std::vector<std::string> NetworkObjective::columns(const nn::NetworkParameters& network) const {
  std::vector<std::string> names = {"loss"};
  if (dataset_.validation.n_samples == 0) return names;
  names.emplace_back("validation_loss");
  for (const std::string& metric : nn::resolved_metrics(network)) names.push_back("validation_" + metric);
  return names;
}

std::vector<std::string> NetworkObjective::problems(const Point& point, config::Diagnostics& diagnostics) const {
  const std::size_t before = diagnostics.count();
  const nn::NetworkParameters network = networks_.at(point, diagnostics);
  if (diagnostics.count() > before) return {};
  std::vector<std::string> found = nn::problems(network, dataset_);
  const std::vector<std::string> known = columns(network);
  if (found.empty() && std::find(known.begin(), known.end(), metric_) == known.end()) {
    found.push_back(fmt::format("the metric `{}` is not computed; there are: {}", metric_, fmt::join(known, ", ")));
  }
  return found;
}

std::vector<std::string> NetworkObjective::problems(const Point& point) const {
  config::Diagnostics diagnostics("the trial", "");
  std::vector<std::string> found = problems(point, diagnostics);
  if (!diagnostics.empty()) found.push_back(diagnostics.to_text());
  return found;
}

nn::NetworkParameters NetworkObjective::network_at(const Point& point) const {
  config::Diagnostics diagnostics("the trial", "");
  nn::NetworkParameters network = networks_.at(point, diagnostics);
  diagnostics.throw_if_any();
  return network;
}

std::int64_t NetworkObjective::epochs_per_segment(const nn::NetworkParameters& network) const {
  const double epochs = std::floor(segment_flop_ / nn::training_flop(network, dataset_, 1));
  return std::clamp<std::int64_t>(epochs < 1e9 ? static_cast<std::int64_t>(epochs) : network.epochs, 1,
                                  std::max<std::int64_t>(network.epochs, 1));
}

std::int64_t NetworkObjective::n_epochs(const Point& point) const {
  return network_at(point).epochs;
}

std::int64_t NetworkObjective::n_segments(const Point& point) const {
  const nn::NetworkParameters network = network_at(point);
  const std::int64_t length = epochs_per_segment(network);
  return std::max<std::int64_t>(1, (network.epochs + length - 1) / length);
}

double NetworkObjective::flop(const Point& point) const {
  const nn::NetworkParameters network = network_at(point);
  return nn::training_flop(network, dataset_, network.epochs);
}

std::unique_ptr<tasks::Workspace> NetworkObjective::make_workspace() const {
  return std::make_unique<TrainerWorkspace>();
}

bool NetworkObjective::run(const Segment& segment, const Point& point, tasks::ByteView state,
                           const tasks::StopToken& stop, tasks::Workspace* workspace, SegmentOutcome& outcome,
                           tasks::Bytes& next) const try {
  const nn::NetworkParameters network = network_at(point);
  nn::Trainer& trainer = static_cast<TrainerWorkspace&>(*workspace).trainer(point, network, dataset_);
  const std::int64_t length = epochs_per_segment(network);
  const std::int64_t begin = segment.number * length;
  const std::int64_t end = std::min(begin + length, network.epochs);
  outcome.columns = trainer.columns();
  outcome.history.assign(static_cast<std::size_t>(end - begin) * outcome.columns.size(), std::nan(""));

  Carried carried;
  if (segment.number > 0) carried = read_carried(state);
  if (carried.state == State::ok) {
    if (segment.number > 0) trainer.restore(carried.trainer);
    else trainer.start(seed_, static_cast<std::uint64_t>(segment.trial));
    if (trainer.progress().epoch != begin) throw std::logic_error("a segment got the state of another one");
    const nn::Progress progress = trainer.train(end, outcome.history, [&stop] { return stop.requested(); });
    if (progress.state == nn::State::interrupted) return false;
    carried.state = progress.state == nn::State::nan ? State::nan : State::ok;
    carried.first_bad_epoch = progress.first_bad_epoch;
    carried.trainer = trainer.save();
  }
  outcome.state = carried.state;
  outcome.first_bad_epoch = carried.first_bad_epoch;
  if (outcome.state == State::nan)
    outcome.fail_reason = fmt::format("loss or weights became NaN or infinite in epoch {}", outcome.first_bad_epoch);
  write_carried(carried, next);
  return true;
} catch (const InputError& error) {
  // A point that cannot be trained is knowledge too; the same point fails the same way everywhere.
  outcome = {};
  outcome.state = State::failed;
  outcome.fail_reason = error.what();
  write_carried({State::failed, -1, {}}, next);
  return true;
} catch (const std::bad_alloc&) {
  outcome = {};
  outcome.state = State::out_of_memory;
  outcome.fail_reason = "the network does not fit into memory";
  write_carried({State::out_of_memory, -1, {}}, next);
  return true;
}

void NetworkObjective::keep(const Point& point, tasks::ByteView state, tasks::Bytes& kept) const {
  nn::Trainer trainer(network_at(point), dataset_);
  trainer.restore(read_carried(state).trainer);
  ByteWriter writer(kept);
  write_model(trainer.model(), writer);
  const bool tested = dataset_.test.n_samples > 0;
  writer.number(static_cast<std::int64_t>(tested ? trainer.metric_names().size() : 0));
  if (!tested) return;
  const std::vector<double> values = trainer.evaluate(dataset_.test);
  for (std::size_t i = 0; i < values.size(); ++i) {
    writer.text(trainer.metric_names()[i]);
    writer.number(values[i]);
  }
}

void NetworkObjective::write_kept(tasks::ByteView kept, record::Group& best) const {
  ByteReader reader(kept);
  write_model(read_model(reader), best.group("model"));
  const auto n_metrics = reader.number<std::int64_t>();
  for (std::int64_t i = 0; i < n_metrics; ++i) {
    const std::string name = reader.text();
    best.group("test").scalar(name, reader.number<double>(), "1",
                              fmt::format("{} of the test part, which decided nothing", name));
  }
}

std::int64_t NetworkObjective::worker_bytes(const Point& point) const {
  return nn::trainer_bytes(network_at(point), dataset_);
}

std::int64_t NetworkObjective::kept_bytes(const Point& point) const {
  return nn::state_bytes(network_at(point), dataset_);
}

std::int64_t NetworkObjective::shared_bytes() const {
  std::size_t floats = 0;
  for (const nn::Part* part : {&dataset_.train, &dataset_.validation, &dataset_.test})
    floats += part->inputs.size() + part->targets.size();
  return static_cast<std::int64_t>(floats * sizeof(float));
}

std::vector<std::string> NetworkObjective::describe() const {
  return {fmt::format("data        {}: {} inputs, {} targets; {} training, {} validation, {} test samples",
                      dataset_.source, dataset_.n_inputs(), dataset_.n_targets(), dataset_.train.n_samples,
                      dataset_.validation.n_samples, dataset_.test.n_samples),
          fmt::format("objective   {} {} after the last epoch", maximise_ ? "maximise" : "minimise", metric_)};
}

}  // namespace shoal::workloads::tune
