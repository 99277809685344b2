// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/network_objective.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <set>
#include <span>
#include <stdexcept>

#include "shoal/error.hpp"
#include "shoal/nn/train_together.hpp"
#include "shoal/nn/trainer.hpp"
#include "shoal/random/stream.hpp"
#include "workloads/tune/model_record.hpp"
#include "workloads/tune/trainer_workspace.hpp"

namespace shoal::workloads::tune {
namespace {

using search::Point;
using search::State;

// Where a segment is looked at: its rungs and its end.
std::vector<Rung> stages_of(const Segment& segment) {
  std::vector<Rung> stages = segment.rungs;
  if (stages.empty() || stages.back().resource < segment.end) stages.push_back({segment.end});
  return stages;
}

std::string automatic_metric(const nn::NetworkParameters& network, const std::vector<std::string>& columns) {
  const auto has = [&columns](const char* name) { return std::find(columns.begin(), columns.end(), name) != columns.end(); };
  if (network.loss == "mse" && has("validation_rmse")) return "validation_rmse";
  return has("validation_loss") ? "validation_loss" : "loss";
}

bool is_maximised(const std::string& metric, const std::string& direction) {
  if (direction != "auto") return direction == "maximise";
  return nn::is_maximised(metric);
}

std::string bad_numbers(const nn::Progress& progress, std::size_t n_layers) {
  const auto layer = static_cast<std::size_t>(progress.first_bad_layer);
  const std::string where = layer < n_layers ? fmt::format("first in layer_{} of {} layers", layer, n_layers) : "in the loss alone";
  return fmt::format("loss or weights became NaN or infinite in epoch {}, {}", progress.first_bad_epoch, where);
}

}  // namespace

NetworkObjective::NetworkObjective(const TuneParameters& parameters, const config::Value& network,
                                   const search::Space& space, nn::Dataset dataset, std::uint64_t seed)
    : networks_(network, space),
      space_(space),
      dataset_(std::move(dataset)),
      seed_(seed),
      segment_flop_(parameters.objective.segment_flop),
      metric_(parameters.objective.metric == "auto" ? automatic_metric(parameters.network, columns(parameters.network))
                                                    : parameters.objective.metric),
      maximise_(is_maximised(metric_, parameters.objective.direction)) {}

std::vector<std::string> NetworkObjective::columns(const nn::NetworkParameters& network) const {
  return nn::history_columns(network, dataset_);
}

std::vector<std::string> NetworkObjective::check(const Point& point, config::Diagnostics& diagnostics) const {
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
  std::vector<std::string> found = check(point, diagnostics);
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

std::int64_t NetworkObjective::resource(const Point& point) const {
  return std::max<std::int64_t>(network_at(point).epochs, 1);
}

std::int64_t NetworkObjective::value_every(const Point& point) const {
  const nn::NetworkParameters network = network_at(point);
  if (!metric_.starts_with("validation_")) return 1;
  return network.validate_every > 0 ? network.validate_every : std::max<std::int64_t>(network.epochs, 1);
}

std::int64_t NetworkObjective::segment_resource(const Point& point) const {
  return epochs_per_segment(network_at(point));
}

// Weights fit any step size, batch or penalty, but not another shape, and the optimiser's own state no other optimiser.
std::vector<bool> NetworkObjective::tied_parameters() const {
  static const std::set<std::string> free = {"batch", "dropout", "l1", "l2", "clip_value", "clip_norm"};
  const std::vector<std::string> keys = nn::network_keys();
  std::vector<bool> tied;
  for (const search::Parameter& parameter : space_.parameters()) {
    const std::string name = parameter.name.substr(parameter.name.rfind('.') + 1);
    const bool of_optimizer =
        name != "name" && std::find(keys.begin(), keys.end(), "optimizer." + name) != keys.end();
    tied.push_back(parameter.branches || !(of_optimizer || free.contains(name)));
  }
  return tied;
}

double NetworkObjective::flop(const Point& point) const {
  const nn::NetworkParameters network = network_at(point);
  return nn::training_flop(network, dataset_, network.epochs);
}

std::unique_ptr<tasks::Workspace> NetworkObjective::make_workspace() const {
  return std::make_unique<TrainerWorkspace>();
}

// A segment under way.
struct NetworkObjective::Training {
  const Segment& segment;
  SegmentOutcome& outcome;
  nn::Trainer& trainer;
  bool restores_best;
  std::int64_t epochs;
  std::size_t n_layers;
  bool over = false;

  std::size_t n_rows() const { return static_cast<std::size_t>(outcome.reached - segment.begin); }
  std::span<double> rows_to_come() const { return std::span(outcome.history).subspan(n_rows() * outcome.columns.size()); }
};

NetworkObjective::Training NetworkObjective::begin(const Segment& segment, const Point& point, tasks::ByteView state,
                                                   const Execution& execution, std::size_t seat, SegmentOutcome& outcome) const {
  const nn::NetworkParameters network = network_at(point);
  nn::Trainer& trainer = static_cast<TrainerWorkspace&>(*execution.workspace).trainer(seat, point, network, dataset_);
  outcome.columns = trainer.columns();
  if (segment.begin > 0) trainer.restore(state);
  else trainer.start(seed_, static_cast<std::uint64_t>(segment.trial));
  if (trainer.progress().epoch != segment.begin) throw std::logic_error("a segment got the state of another one");
  outcome.history.resize(static_cast<std::size_t>(segment.end - segment.begin) * outcome.columns.size());
  outcome.reached = segment.begin;
  const nn::EarlyStopping& early = network.early_stopping;
  return {segment, outcome, trainer, early.patience > 0 && early.restore_best, network.epochs, network.hidden.size() + 1};
}

// After a stage: what came of it, and whether that was all.
void NetworkObjective::note(Training& t, std::int64_t resource, const nn::Progress& progress) const {
  SegmentOutcome& outcome = t.outcome;
  const std::vector<Rung>& rungs = t.segment.rungs;
  outcome.reached = progress.state == nn::State::nan ? resource : progress.epoch;
  outcome.loss = last_loss(outcome, t.n_rows());
  // Early stopping may have brought back the weights of an earlier epoch: the trial is what it ends with.
  const bool restored = t.restores_best && (progress.stopped || progress.epoch == t.epochs);
  if (restored && progress.best_epoch >= 0) outcome.loss = loss_in(outcome.columns, t.trainer.best_row());
  t.over = true;
  if (progress.state == nn::State::nan) {
    outcome.state = State::nan;
    outcome.first_bad_epoch = progress.first_bad_epoch;
    outcome.fail_reason = bad_numbers(progress, t.n_layers);
    return;
  }
  if (progress.stopped || rungs.empty() || resource > rungs.back().resource) return;  // the end, and no rung
  outcome.rungs.push_back({resource, outcome.loss});
  const auto rung = std::ranges::find(rungs, resource, &Rung::resource);
  t.over = !(outcome.loss <= rung->threshold);
  if (t.over) outcome.state = State::pruned;
}

void NetworkObjective::end(const Training& t, tasks::Bytes& next) const {
  t.outcome.history.resize(t.n_rows() * t.outcome.columns.size());
  if (t.outcome.state == State::ok || t.outcome.state == State::pruned) next = t.trainer.save();
}

bool NetworkObjective::run(const Segment& segment, const Point& point, tasks::ByteView state,
                           const Execution& execution, SegmentOutcome& outcome, tasks::Bytes& next) const try {
  Training training = begin(segment, point, state, execution, 0, outcome);
  const nn::Team team{execution.team.size(), [&execution](const auto& body) { execution.team.run(body); }};
  for (const Rung& stage : stages_of(segment)) {
    if (training.over) break;
    const nn::Progress progress = training.trainer.train(stage.resource, training.rows_to_come(),
                                                         [&execution] { return execution.stop.requested(); }, team);
    if (progress.state == nn::State::interrupted) return false;
    note(training, stage.resource, progress);
  }
  end(training, next);
  return true;
} catch (const InputError& error) {
  // A point that cannot be trained is knowledge too; the same point fails the same way everywhere.
  outcome = {};
  outcome.state = State::failed;
  outcome.fail_reason = error.what();
  return true;
} catch (const std::bad_alloc&) {
  outcome = {};
  outcome.state = State::out_of_memory;
  outcome.fail_reason = "the network does not fit into memory";
  return true;
}

std::int64_t NetworkObjective::most_together() const { return static_cast<std::int64_t>(nn::kMostTogether); }

// What is lost when a run is killed stays below one piece of a long training.
std::uint64_t NetworkObjective::group(const Segment& segment, const Point& point) const {
  config::Diagnostics diagnostics("the trial", "");
  const nn::NetworkParameters network = networks_.at(point, diagnostics);
  if (!diagnostics.empty() || !nn::problems(network, dataset_).empty() || !nn::gain_together(network, dataset_)) return 0;
  const double flop = nn::training_flop(network, dataset_, segment.end - segment.begin);
  if (flop * static_cast<double>(nn::kMostTogether) > segment_flop_) return 0;
  std::uint64_t key = nn::together_key(network);
  key = random::mix(key + static_cast<std::uint64_t>(segment.begin));
  for (const Rung& stage : stages_of(segment)) key = random::mix(key + static_cast<std::uint64_t>(stage.resource));
  return key | 1;
}

// Trials that end at a rung or with bad numbers leave the group.
bool NetworkObjective::run_together(std::span<SegmentRun> runs, const Execution& execution) const try {
  const auto stop = [&execution] { return execution.stop.requested(); };
  std::vector<Training> trainings;
  for (SegmentRun& one : runs) {
    if (one.segment.begin != runs.front().segment.begin ||
        !std::ranges::equal(stages_of(one.segment), stages_of(runs.front().segment), {}, &Rung::resource, &Rung::resource))
      throw std::logic_error("segments that do not fit together");
    trainings.push_back(begin(one.segment, one.point, one.state, execution, trainings.size(), one.outcome));
  }
  for (const Rung& stage : runs.empty() ? std::vector<Rung>{} : stages_of(runs.front().segment)) {
    std::vector<Training*> active;
    for (Training& training : trainings)
      if (!training.over) active.push_back(&training);
    std::vector<nn::Trainer*> trainers;
    std::vector<std::span<double>> rows;
    for (const Training* training : active) {
      trainers.push_back(&training->trainer);
      rows.push_back(training->rows_to_come());
    }
    std::vector<nn::Progress> progress;
    if (active.size() >= nn::kLeastTogether) progress = nn::train_together(trainers, stage.resource, rows, stop);
    else for (std::size_t i = 0; i < active.size(); ++i) progress.push_back(trainers[i]->train(stage.resource, rows[i], stop));
    for (std::size_t i = 0; i < active.size(); ++i) {
      if (progress[i].state == nn::State::interrupted) return false;
      note(*active[i], stage.resource, progress[i]);
    }
  }
  for (std::size_t i = 0; i < runs.size(); ++i) end(trainings[i], runs[i].next);
  return true;
} catch (...) {
  static_cast<TrainerWorkspace&>(*execution.workspace).keep_only_the_first_seat();
  throw;
}

// The latest value of the metric in the history; not every epoch may have one.
double NetworkObjective::last_loss(const SegmentOutcome& outcome, std::size_t n_rows) const {
  const std::size_t width = outcome.columns.size();
  const auto column = std::find(outcome.columns.begin(), outcome.columns.end(), metric_) - outcome.columns.begin();
  double value = std::nan("");
  for (std::size_t row = n_rows; row > 0 && std::isnan(value); --row)
    value = outcome.history[(row - 1) * width + static_cast<std::size_t>(column)];
  return loss_of(*this, value);
}

double NetworkObjective::loss_in(const std::vector<std::string>& columns, const std::vector<double>& row) const {
  const auto column = std::find(columns.begin(), columns.end(), metric_) - columns.begin();
  return loss_of(*this, row[static_cast<std::size_t>(column)]);
}

void NetworkObjective::keep(const Point& point, tasks::ByteView state, tasks::Bytes& kept) const {
  nn::Trainer trainer(network_at(point), dataset_);
  trainer.restore(state);
  ByteWriter writer(kept);
  write_model(trainer.model(), writer);
  const bool tested = dataset_.test.n_samples > 0;
  writer.number(static_cast<std::int64_t>(tested ? trainer.metric_names().size() : 0));
  if (tested) {
    const std::vector<double> values = trainer.evaluate(dataset_.test);
    for (std::size_t i = 0; i < values.size(); ++i) {
      writer.text(trainer.metric_names()[i]);
      writer.number(values[i]);
    }
  }
  writer.array(confusion(trainer.model(), tested ? dataset_.test : dataset_.validation));
}

// Samples by actual and predicted class, row-major; empty unless the target is the number of a class.
std::vector<std::int64_t> NetworkObjective::confusion(nn::Model model, const nn::Part& part) const {
  if (!model.loss.ends_with("crossentropy") || dataset_.n_targets() != 1 || part.n_samples == 0) return {};
  model.standardisation = {};  // the inputs of the parts have it already
  const auto n = static_cast<std::size_t>(model.n_outputs() == 1 ? 2 : model.n_outputs());
  std::vector<std::int64_t> counts(n * n);
  const std::vector<std::int64_t> predicted = nn::predicted_classes(model, nn::predict(model, part.inputs));
  for (std::size_t s = 0; s < predicted.size(); ++s)
    ++counts[static_cast<std::size_t>(part.targets[s]) * n + static_cast<std::size_t>(predicted[s])];
  return counts;
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
  const auto counts = reader.array<std::int64_t>();
  if (counts.empty()) return;
  const auto n = static_cast<std::uint64_t>(std::llround(std::sqrt(static_cast<double>(counts.size()))));
  const std::string part = dataset_.test.n_samples > 0 ? "test" : "validation";
  best.group(part).add("confusion", counts, {n, n}, {"actual", "predicted"}, "1",
                       fmt::format("samples of the {} part by actual and predicted class", part));
}

std::vector<std::string> NetworkObjective::report_kept(tasks::ByteView kept) const {
  ByteReader reader(kept);
  read_model(reader);
  std::vector<std::string> values;
  for (auto n = reader.number<std::int64_t>(); n > 0; --n) {
    const std::string name = reader.text();
    values.push_back(fmt::format("{} {:.5g}", name, reader.number<double>()));
  }
  if (values.empty()) return {};
  return {fmt::format("test   {} ({} samples, which decided nothing)", fmt::join(values, ", "), dataset_.test.n_samples)};
}

std::int64_t NetworkObjective::worker_bytes(const Point& point) const {
  const nn::NetworkParameters network = network_at(point);
  const bool together = nn::gain_together(network, dataset_);
  return nn::trainer_bytes(network, dataset_) * (together ? 2 * most_together() : 1);
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
  std::vector<std::string> lines = {fmt::format("data        {}: {} inputs, {} targets; {} training, {} validation, {} test samples",
                      dataset_.source, dataset_.n_inputs(), dataset_.n_targets(), dataset_.train.n_samples,
                      dataset_.validation.n_samples, dataset_.test.n_samples),
          fmt::format("objective   {} {} after the last epoch", maximise_ ? "maximise" : "minimise", metric_)};
  for (const std::string& note : dataset_.notes) lines.push_back("data        " + note);
  return lines;
}

}  // namespace shoal::workloads::tune
