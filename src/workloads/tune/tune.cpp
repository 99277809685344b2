// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/tune.hpp"

#include <fmt/format.h>

#include <algorithm>

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

}  // namespace shoal::workloads::tune
