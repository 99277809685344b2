// SPDX-License-Identifier: Apache-2.0
// What a search tells people: before it runs, while it runs, and at its end.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "workloads/tune/tune.hpp"
#include "workloads/tune/tune_results.hpp"

namespace shoal::workloads::tune {
namespace {

constexpr std::int64_t kSamplePoints = 10;
constexpr std::size_t kReportedConfigs = 10;
constexpr int kDigits = 4;  // of parameters in tables for people

}  // namespace

Estimate Tune::estimate() const {
  Estimate estimate;
  const std::int64_t looked_at = std::min(n_configs_, kCheckedPoints);
  double tasks = 0, flop = 0, history = 0;
  for (std::int64_t config = 0; config < looked_at; ++config) {
    const search::Point point = algorithm_->propose(config, {});
    const std::int64_t resource = objective_->resource(point), length = objective_->segment_resource(point);
    tasks += static_cast<double>((resource + length - 1) / length);
    flop += objective_->flop(point);
    history = std::max(history, static_cast<double>(resource));
    estimate.rank_bytes = std::max(estimate.rank_bytes, objective_->worker_bytes(point));
    estimate.result_bytes = std::max(estimate.result_bytes, objective_->kept_bytes(point));
  }
  const double scale = static_cast<double>(n_configs_) / static_cast<double>(looked_at) *
                       static_cast<double>(parameters_.search.repeats);
  constexpr double kColumns = 3, kTrialBytes = 100;
  const double n_trials = static_cast<double>(n_configs_ * parameters_.search.repeats);
  const bool depends = job_->windowed();
  estimate.n_tasks = depends ? -1 : static_cast<std::int64_t>(tasks * scale) + 1;
  const bool limited = depends && !parameters_.search.window_free;
  estimate.max_parallel_tasks = (limited ? std::min(n_configs_, parameters_.search.window + 1) : n_configs_) * parameters_.search.repeats;
  estimate.rank_bytes += objective_->shared_bytes();
  estimate.result_bytes += static_cast<std::int64_t>(n_trials * (history * kColumns * sizeof(double) + kTrialBytes));
  estimate.flop = flop * scale;
  return estimate;
}

std::vector<std::string> Tune::describe() const {
  std::vector<std::string> lines = objective_->describe();
  const auto n_points = space_.n_points();
  lines.push_back(fmt::format("search      {}: {} configurations x {} repeats = {} trials",
                              parameters_.search.algorithm, n_configs_, parameters_.search.repeats,
                              n_configs_ * parameters_.search.repeats));
  lines.push_back(
      fmt::format("space       {} parameters, {}", space_.parameters().size(),
                  n_points ? fmt::format("{} different points", *n_points) : std::string("infinitely many points")));
  for (const std::string& line : space_.describe()) lines.push_back("  " + line);
  for (const std::string& line : scheduler_->describe()) lines.push_back(line);
  if (!earlier_.trials.empty() || earlier_.n_outside > 0)
    lines.push_back(fmt::format("warm start  {} losses of earlier trials; {} trials are outside of this space, {} were stopped on their way",
                                earlier_.trials.size(), earlier_.n_outside, earlier_.n_stopped));
  if (job_->windowed() && !parameters_.search.window_free)
    lines.push_back(fmt::format("window      a trial sees all results but those of the {} configurations before it: more than {} "
                                "workers would idle", parameters_.search.window,
                                (parameters_.search.window + 1) * parameters_.search.repeats));
  lines.push_back(fmt::format("first points ({} shown)", std::min(n_configs_, kSamplePoints)));
  for (std::int64_t config = 0; config < std::min(n_configs_, kSamplePoints); ++config) {
    lines.push_back(fmt::format("  {:>4}  {}", config,
                                space_.to_text(algorithm_->propose(config, {}), kDigits)));
  }
  return lines;
}

std::string Tune::headline() const {
  const std::int64_t best = job_->best_trial();
  if (best < 0) return "";
  const double loss = job_->trials()[static_cast<std::size_t>(best)].loss;
  std::string line = objective_->maximise() ? fmt::format("best {} {:.4g} (trial {})", objective_->metric(), -loss, best)
                                            : fmt::format("best loss {:.4g} (trial {})", loss, best);
  if (!job_->windowed()) return line;
  // The number of tasks follows from the results: what is done, and what ends it.
  line += fmt::format(", {} of at most {} trials ended", job_->n_finished(), n_configs_ * parameters_.search.repeats);
  const ControlParameters& control = parameters_.search.control;
  if (control.seconds > 0) line += fmt::format(", or {:.6g} s", control.seconds);
  if (control.metric_reached) line += fmt::format(", or {} {:.6g}", objective_->metric(), *control.metric_reached);
  if (control.no_progress > 0) line += fmt::format(", or {} without a better one", control.no_progress);
  return line;
}

// The table shows the metric itself, also where its negative is the loss.
std::vector<std::string> Tune::report() const {
  if (job_->n_finished() == 0) return {};
  const std::vector<ConfigStatistics> configs = config_statistics(*job_);
  std::vector<std::size_t> order(configs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return configs[i].n == 0; });
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return configs[a].median < configs[b].median; });

  const bool maximise = objective_->maximise();
  const auto turned = [maximise](double loss) { return maximise ? 0.0 - loss : loss; };
  std::vector<std::string> lines = {fmt::format("{} by configuration, best median first", objective_->metric()),
                                    fmt::format("{:>6} {:>11} {:>11} {:>22} {:>4} {:>6}  {}", "config", "median",
                                                "mean", "95 % of the mean", "n", "failed", "parameters")};
  for (std::size_t rank = 0; rank < std::min(order.size(), kReportedConfigs); ++rank) {
    const ConfigStatistics& c = configs[order[rank]];
    const double low = turned(maximise ? c.interval.high : c.interval.low);
    const double high = turned(maximise ? c.interval.low : c.interval.high);
    lines.push_back(fmt::format("{:>6} {:>11.5g} {:>11.5g} {:>22} {:>4} {:>6}  {}", order[rank], turned(c.median),
                                turned(c.mean), c.n < 2 ? std::string("-") : fmt::format("[{:.5g}, {:.5g}]", low, high),
                                c.n, c.n_failed, space_.to_text(job_->point(static_cast<std::int64_t>(order[rank])), kDigits)));
  }
  if (order.size() > kReportedConfigs)
    lines.push_back(fmt::format("       ... and {} more", order.size() - kReportedConfigs));
  if (const std::int64_t best = job_->best_trial(); best >= 0) {
    const std::string point = space_.to_text(job_->point_of(best), kDigits);
    lines.push_back(fmt::format("best   {} {:.5g} in trial {}{}{}", objective_->metric(),
                                turned(job_->trials()[static_cast<std::size_t>(best)].loss), best, point.empty() ? "" : ": ", point));
  }
  if (!job_->kept().empty()) std::ranges::move(objective_->report_kept(job_->kept()), std::back_inserter(lines));
  return lines;
}

std::optional<std::string> Tune::too_many_failed() const {
  const std::int64_t failed = job_->n_failed();
  if (job_->n_finished() > 0 && failed == job_->n_finished() && failed == job_->n_trials()) {
    return fmt::format("all {} trials failed; the first: {}", failed, job_->trials()[0].fail_reason);
  }
  if (failed > 0 && parameters_.search.control.on_failure == "stop")
    return fmt::format("{} of {} trials failed, and search.on_failure is \"stop\"", failed, job_->n_finished());
  if (parameters_.search.max_failed < 0 || failed <= parameters_.search.max_failed) return std::nullopt;
  return fmt::format("{} of {} trials failed, search.max_failed allows {}", failed, job_->n_finished(),
                     parameters_.search.max_failed);
}

}  // namespace shoal::workloads::tune
