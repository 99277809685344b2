// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/tune.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "shoal/error.hpp"
#include "shoal/measure/clock.hpp"
#include "workloads/tune/genealogy_record.hpp"
#include "workloads/tune/make_objective.hpp"
#include "workloads/tune/network_at_point.hpp"
#include "shoal/search/points_first.hpp"
#include "workloads/tune/trial_details.hpp"
#include "workloads/tune/tune_results.hpp"

namespace shoal::workloads {

std::unique_ptr<Workload> make_tune() {
  return std::make_unique<tune::Tune>();
}

}  // namespace shoal::workloads

namespace shoal::workloads::tune {
namespace {

using config::Code;

// Points looked at before a run: enough to meet every mistake of a hand-written space, few enough for `shoal check` to
// answer at once.
constexpr std::int64_t kCheckedPoints = 1000;
constexpr std::int64_t kSamplePoints = 10;
constexpr std::size_t kReportedConfigs = 10;
constexpr int kDigits = 4;  // of parameters in tables for people

// Trials are kept in the memory of rank 0.
constexpr std::int64_t kMostTrials = 100000000;

// Stages follow from the number of trials, and each waits for the one before it.
bool goes_in_stages(const SearchParameters& search) {
  return search.scheduler == "hyperband" || search.scheduler == "bohb" || search.scheduler == "pbt";
}

}  // namespace

void Tune::bind(config::Table& root) {
  root_ = &root;
  network_ = &tune::bind(root, parameters_);
}

void Tune::check_keys(config::Diagnostics& diagnostics) const {
  read_space(diagnostics);
  check_objective_keys(diagnostics);
}

// A key that another kind of objective has would do nothing.
void Tune::check_objective_keys(config::Diagnostics& diagnostics) const {
  const std::string& kind = parameters_.objective.kind;
  const auto check = [&](const char* key, bool belongs, const char* hint) {
    const std::string name = std::string("objective.") + key;
    if (!belongs && root_->given(name))
      diagnostics.error(Code::contradiction, root_->where(name), fmt::format("`{}` does nothing where kind is \"{}\"", key, kind), hint);
  };
  check("expression", kind == "expression", "set kind = \"expression\"");
  check("function", kind == "function", "set kind = \"function\"");
  for (const char* key : {"command", "persistent", "timeout_seconds", "memory_mb", "cpus", "folder", "templates", "result_file",
                          "environment", "output_bytes", "checkpoint", "tied"})
    check(key, kind == "command", "set kind = \"command\"");
  check("steps", kind != "network", "epochs of [network] are what a training counts");
  check("segment_flop", kind == "network", "only trainings are cut into pieces");
}

// Names of [network] only where a network is trained; other objectives give their own meaning to names.
search::Space Tune::read_space(config::Diagnostics& diagnostics) const {
  const ObjectiveInfo& info = *find_objective(parameters_.objective.kind);
  const bool network = info.name == "network";
  return search::Space::parse(network ? expand_space(parameters_.space) : parameters_.space, info.keys(), diagnostics);
}

// BOHB is defined with tpe.
bool Tune::choose_algorithm(config::Diagnostics& diagnostics) {
  SearchParameters& search = parameters_.search;
  if (search.scheduler != "bohb" || search.algorithm == "tpe") return true;
  if (!root_->given("search.algorithm")) {
    search.algorithm = "tpe";
    return true;
  }
  diagnostics.error(Code::contradiction, root_->where("search.algorithm"), fmt::format("bohb proposes by tpe, not by {}", search.algorithm),
                    "leave `algorithm` out, or take scheduler = \"hyperband\"");
  return false;
}

void Tune::load(const std::string& folder, std::uint64_t seed, config::Diagnostics& diagnostics) {
  folder_ = folder;
  space_ = read_space(diagnostics);
  if (!diagnostics.empty()) return;
  if (!choose_algorithm(diagnostics)) return;
  const search::AlgorithmInfo& info = *search::find_algorithm(parameters_.search.algorithm);
  const std::string unsuitable = info.unsuitable(space_);
  if (!unsuitable.empty()) {
    diagnostics.error(Code::contradiction, root_->where("search.algorithm"),
                      fmt::format("[space] does not suit `{}`", info.name), unsuitable);
    return;
  }
  algorithm_ = info.make(space_, seed, parameters_.search.options.of(info.name));
  if (!read_points(diagnostics) || !choose_trials(diagnostics)) return;
  objective_ = find_objective(parameters_.objective.kind)
                   ->make({parameters_, *root_, network_->source(), space_, folder, seed}, diagnostics);
  if (!diagnostics.empty()) return;
  check_points(diagnostics);
  if (!diagnostics.empty() || !make_scheduler(seed, diagnostics)) return;
  warm_up();
  job_ = std::make_unique<TuneJob>(*algorithm_, *scheduler_, *objective_, space_.parameters().size(), job_options());
}

// [search] points stand before what the algorithm proposes; the trials of [search] warm_start are read, not yet observed.
bool Tune::read_points(config::Diagnostics& diagnostics) {
  const auto* given = parameters_.search.points.get_if<config::Array>();
  std::vector<search::Point> points;
  for (const config::Value& value : given ? *given : config::Array{}) {
    if (auto point = space_.read_point(value, diagnostics)) points.push_back(std::move(*point));
  }
  if (!diagnostics.empty()) return false;
  if (!points.empty()) algorithm_ = std::make_unique<search::PointsFirst>(std::move(points), std::move(algorithm_));
  if (!parameters_.search.warm_start.empty()) {
    if (!algorithm_->uses_history()) {
      diagnostics.error(Code::contradiction, root_->where("search.warm_start"),
                        fmt::format("`{}` looks at no results", parameters_.search.algorithm),
                        "leave warm_start out, or take an algorithm that learns");
      return false;
    }
    earlier_ = read_earlier_search(warm_start_path(), space_, parameters_.search.scheduler != "none");
  }
  return true;
}

std::string Tune::warm_start_path() const {
  const std::string& path = parameters_.search.warm_start;
  return folder_.empty() || path.starts_with('/') ? path : folder_ + "/" + path;
}

// Earlier trials have negative numbers.
void Tune::warm_up() {
  const double full = static_cast<double>(job_options().resource);
  std::int64_t first = 0;
  for (const EarlierTrial& trial : earlier_.trials) first = std::min(first, -1 - trial.number);
  for (const EarlierTrial& trial : earlier_.trials)
    algorithm_->observe({first + trial.number, trial.point, trial.loss, trial.state, trial.resource > 0 ? static_cast<double>(trial.resource) : full});
}

// The clock begins with the job, so that reading data is not part of the search.
TuneJobOptions Tune::job_options() const {
  TuneJobOptions options;
  options.repeats = parameters_.search.repeats;
  options.rungs = parameters_.search.scheduler != "none";
  options.resource = options.rungs ? objective_->resource(algorithm_->propose(0, {})) : 1;
  options.window = parameters_.search.window;
  options.free = parameters_.search.window_free;
  options.control = parameters_.search.control;
  options.seconds = [watch = measure::Stopwatch()] { return watch.wall_seconds(); };
  return options;
}

bool Tune::reproducible() const {
  return objective_->reproducible() && !parameters_.search.window_free && parameters_.search.control.seconds == 0;
}

std::vector<std::string> Tune::growable_keys() const {
  return goes_in_stages(parameters_.search) || parameters_.search.window_free || parameters_.search.control.seconds > 0
             ? std::vector<std::string>{}
             : std::vector<std::string>{"search.trials"};
}

// What does not go together, whatever the space; empty: nothing.
std::string Tune::schedule_contradiction() const {
  const SearchParameters& search = parameters_.search;
  if (search.scheduler == "none") return "";
  if (search.repeats > 1)
    return "schedulers stop and continue single trials: use repeats = 1, and repeat the best configurations afterwards";
  const bool stages = goes_in_stages(search);
  if (stages && search.window_free)
    return fmt::format("{} goes stage by stage: leave window = \"free\" out", search.scheduler);
  if (stages && search.control.seconds > 0)
    return fmt::format("{} goes stage by stage: leave search.seconds out, or limit the run with --max-time", search.scheduler);
  return "";
}

bool Tune::make_scheduler(std::uint64_t seed, config::Diagnostics& diagnostics) {
  const SearchParameters& search = parameters_.search;
  const search::SchedulerInfo& info = *search::find_scheduler(search.scheduler);
  const std::string contradiction = schedule_contradiction();
  if (!contradiction.empty()) {
    diagnostics.error(Code::contradiction, root_->where("search.scheduler"),
                      fmt::format("`{}` does not go together with other keys", info.name), contradiction);
    return false;
  }
  if (info.name != "none" && !check_resource(diagnostics)) return false;
  search::SchedulerSetting setting{space_, seed, n_configs_ * search.repeats, 1, objective_->tied_parameters()};
  if (info.name != "none") setting.resource = objective_->resource(algorithm_->propose(0, {}));
  scheduler_ = info.make(setting, search.scheduler_options.of(info.name));
  if (!check_rungs(diagnostics)) return false;
  n_configs_ = scheduler_->n_trials() / search.repeats;
  const std::optional<std::int64_t> most = algorithm_->n_trials();
  if (!most || n_configs_ <= *most) return true;
  diagnostics.error(Code::out_of_range, root_->where("search.trials"),
                    fmt::format("`{}` needs {} trials, `{}` has only {}", info.name, n_configs_, search.algorithm, *most),
                    "set a smaller number of trials, or take another algorithm");
  return false;
}

// Rungs need a resource that can be divided, and that is the same for all.
bool Tune::check_resource(config::Diagnostics& diagnostics) const {
  const std::int64_t first = objective_->resource(algorithm_->propose(0, {}));
  std::string wrong;
  if (first < 2)
    wrong = fmt::format("a trial has {} of {}: there is nothing to stop on the way", first, objective_->resource_unit());
  const std::int64_t looked_at = std::min<std::int64_t>(std::max<std::int64_t>(n_configs_, 1), kCheckedPoints);
  for (std::int64_t config = 1; wrong.empty() && config < looked_at; ++config) {
    const std::int64_t resource = objective_->resource(algorithm_->propose(config, {}));
    if (resource != first)
      wrong = fmt::format("trials differ in {} ({} and {}): what a scheduler divides cannot be searched too",
                          objective_->resource_unit(), first, resource);
  }
  if (wrong.empty()) return true;
  diagnostics.error(Code::contradiction, root_->where("search.scheduler"),
                    fmt::format("`{}` has no rungs here", parameters_.search.scheduler), wrong);
  return false;
}

// Who is compared at a rung must have a value there: validations may be rarer.
bool Tune::check_rungs(config::Diagnostics& diagnostics) const {
  const std::vector<std::int64_t> rungs = scheduler_->rungs();
  const std::int64_t looked_at = rungs.empty() ? 0 : std::clamp<std::int64_t>(n_configs_, 1, kCheckedPoints);
  for (std::int64_t config = 0; config < looked_at; ++config) {
    const std::int64_t every = objective_->value_every(algorithm_->propose(config, {}));
    const auto without = std::find_if(rungs.begin(), rungs.end(), [every](std::int64_t rung) { return rung % every != 0; });
    if (without == rungs.end()) continue;
    const bool given = root_->given("network.validate_every");
    diagnostics.error(Code::contradiction, root_->where(given ? "network.validate_every" : "search.scheduler"),
                      fmt::format("`{}` compares trials after {} {}, but {} has a value only every {}", parameters_.search.scheduler,
                                  *without, objective_->resource_unit(), objective_->metric(), every),
                      "set validate_every = 1, or rungs that are multiples of it (min_resource, interval)");
    return false;
  }
  return true;
}

bool Tune::choose_trials(config::Diagnostics& diagnostics) {
  const std::optional<std::int64_t> most = algorithm_->n_trials();
  n_configs_ = parameters_.search.trials;
  // These know how many trials they need.
  const bool own_number = goes_in_stages(parameters_.search);
  if (n_configs_ == 0 && own_number) return true;
  if (n_configs_ == 0 && !most) {
    diagnostics.error(Code::missing_key, root_->where("search"), "missing key `trials` in [search]",
                      "how many configurations should be tried?");
    return false;
  }
  if (n_configs_ == 0) n_configs_ = *most;
  if (most && n_configs_ > *most) {
    diagnostics.error(Code::out_of_range, root_->where("search.trials"),
                      fmt::format("the grid has only {} points", *most), "leave `trials` out to try all of them");
    return false;
  }
  if (n_configs_ > kMostTrials / parameters_.search.repeats) {
    diagnostics.error(
        Code::out_of_range, root_->where("search.trials"),
        fmt::format("{} configurations with {} repeats are too many trials", n_configs_, parameters_.search.repeats),
        fmt::format("at most {} trials in one job", kMostTrials));
    return false;
  }
  return true;
}

// Mistakes of keys carry their places; what does not fit together belongs to [space], or to [network] without one.
void Tune::check_points(config::Diagnostics& diagnostics) const {
  const std::int64_t looked_at = std::clamp<std::int64_t>(n_configs_, 1, kCheckedPoints);
  for (std::int64_t config = 0; config < looked_at; ++config) {
    const search::Point point = algorithm_->propose(config, {});
    const std::size_t before = diagnostics.count();
    for (const std::string& problem : objective_->check(point, diagnostics)) {
      const bool varied = !space_.parameters().empty();
      const bool metric = problem.starts_with("the metric");
      const config::Location where = root_->where(metric ? "objective.metric" : varied ? "space" : "network");
      diagnostics.error(Code::contradiction, where,
                        varied ? fmt::format("{} (trial {}: {})", problem, config, space_.to_text(point)) : problem,
                        "");
    }
    if (diagnostics.count() > before) return;  // the next points would only repeat it
  }
}

std::vector<DataFile> Tune::data_files() const {
  std::vector<DataFile> files;
  for (std::string& path : nn::data_files(parameters_.data, folder_)) files.push_back({"data.file", std::move(path), ""});
  const std::string folder = folder_.empty() ? "" : folder_ + "/";
  for (const std::string& path : parameters_.objective.command.templates)
    files.push_back({"objective.templates", path.starts_with('/') ? path : folder + path, ""});
  if (!parameters_.search.warm_start.empty()) files.push_back({"search.warm_start", warm_start_path(), earlier_.digest});
  return files;
}

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

tasks::Job& Tune::job() {
  return *job_;
}

void Tune::write_results(record::Group& results, record::Group& measurements) const {
  tune::write_results(*job_, space_, *objective_, results);
  if (job_->trials().empty()) return;
  record::Group costs;
  write_trial_details(*job_, *objective_, results.group("trials"), costs);
  job_->times().write(job_->trials().size(), costs);
  if (!costs.datasets.empty()) measurements.group("trials") = std::move(costs);
  if (const search::Genealogy* genealogy = scheduler_->genealogy())
    write_genealogy(*genealogy, space_, objective_->resource_unit(), results.group("population"));
}

void Tune::restore_measurements(const record::Group& measurements) {
  if (const record::Group* trials = measurements.find_group("trials")) job_->restore_times(*trials);
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
    lines.push_back(fmt::format("best   {} {:.5g} in trial {}: {}", objective_->metric(),
                                turned(job_->trials()[static_cast<std::size_t>(best)].loss), best,
                                space_.to_text(job_->point_of(best), kDigits)));
  }
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
