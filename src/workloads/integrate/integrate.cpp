// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/integrate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "shoal/error.hpp"
#include "shoal/math/expression.hpp"
#include "workloads/integrate/integrate_results.hpp"

namespace shoal::workloads {

std::unique_ptr<Workload> make_integrate() {
  return std::make_unique<integrate::Integrate>();
}

}  // namespace shoal::workloads

namespace shoal::workloads::integrate {
namespace {

using config::Code;

// What a family knows about its usual range, over another one.
void adapt_to_new_range(Region& region) {
  const double lower = region.lower[0], upper = region.upper[0];
  const auto outside = [lower, upper](double place) { return place <= lower || place >= upper; };
  region.exact.reset();
  std::erase_if(region.breakpoints, outside);
  for (std::size_t k = 0; k < region.cuts.size(); ++k)
    std::erase_if(region.cuts[k], [&](double place) { return place <= region.lower[k] || place >= region.upper[k]; });
  if (region.cauchy && outside(*region.cauchy)) region.cauchy.reset();
  if (!std::isinf(upper) || region.first_zero < lower) region.half_period = 0;
}

std::string path_in(const std::string& folder, const std::string& path) {
  return folder.empty() || path.starts_with('/') ? path : folder + "/" + path;
}

std::string bound_text(double bound) {
  return std::isinf(bound) ? (bound > 0 ? "inf" : "-inf") : fmt::format("{}", bound);
}

}  // namespace

void Integrate::bind(config::Table& root) {
  root_ = &root;
  integrate::bind(root, parameters_);
}

void Integrate::check_keys(config::Diagnostics& diagnostics) const {
  const int given = !parameters_.integrand.empty() + !parameters_.family.empty() + !parameters_.plugin.empty();
  if (given == 0) {
    diagnostics.error(Code::missing_key, {}, "missing key `integrand`", "what is to be integrated? A formula, or `family`, or `plugin`");
  } else if (given > 1) {
    diagnostics.error(Code::contradiction, root_->where(parameters_.family.empty() ? "plugin" : "family"),
                      "more than one integrand is given", "keep one of `integrand`, `family` and `plugin`");
  }
  if (!parameters_.family.empty()) {
    for (const char* key : {"variables", "parameters"})
      if (root_->given(key))
        diagnostics.error(Code::contradiction, root_->where(key), fmt::format("`{}` belongs to a formula, not to a family", key));
  }
  const FamilyInfo* family = find_family(parameters_.family);
  if (root_->given("alpha") && !(family && family->has_alpha)) {
    diagnostics.error(Code::contradiction, root_->where("alpha"), "`alpha` has no meaning here",
                      "it is the parameter of the families quadpack_1, 2, 7, 9, 10, 11, 12, 14 and 15");
  }
}

void Integrate::load(const std::string& folder, std::uint64_t seed, config::Diagnostics& diagnostics) {
  folder_ = folder;
  if (!choose_dimension(diagnostics) || !make_integrand(folder, diagnostics) || !choose_region(diagnostics)) return;
  problem_ = Problem(integrand_, region_, parameters_.non_finite == "skip");
  const Plan plan = make_plan(seed);
  for (const int number : plan.methods) {
    const MethodInfo& info = all_methods()[static_cast<std::size_t>(number)];
    const std::string unsuitable = info.method().unsuitable(problem_);
    if (!unsuitable.empty()) {
      diagnostics.error(Code::contradiction, root_->where("method"), fmt::format("{} does not suit this integral", info.name), unsuitable);
    }
  }
  if (parameters_.options.sequence == "lattice" && problem_.dimension() > kLatticeDimensions) {
    diagnostics.error(Code::contradiction, root_->where("quasi_monte_carlo.sequence"),
                      fmt::format("the lattice has at most {} dimensions, not {}", kLatticeDimensions, problem_.dimension()),
                      "use sequence = \"sobol\"");
  }
  if (diagnostics.empty()) job_ = std::make_unique<IntegrateJob>(problem_, plan);
}

bool Integrate::choose_dimension(config::Diagnostics& diagnostics) {
  std::int64_t& d = parameters_.dimension;
  const FamilyInfo* family = find_family(parameters_.family);
  const auto bounds = static_cast<std::int64_t>(std::max(parameters_.lower.size(), parameters_.upper.size()));
  const auto variables = static_cast<std::int64_t>(parameters_.variables.size());
  const char* from = d > 0 ? "dimension" : variables > 0 ? "variables" : "lower";
  if (d == 0) d = variables > 0 ? variables : std::max<std::int64_t>(bounds, 1);
  const auto refuse = [&](const char* key, std::int64_t size) {
    diagnostics.error(Code::contradiction, root_->where(key),
                      fmt::format("`{}` has {} values, but there are {} variables", key, size, d),
                      fmt::format("the number of variables follows from `{}`", from));
  };
  if (variables > 0 && variables != d) refuse("variables", variables);
  for (const char* key : {"lower", "upper"}) {
    const auto size = static_cast<std::int64_t>((*key == 'l' ? parameters_.lower : parameters_.upper).size());
    if (size > 1 && size != d) refuse(key, size);
  }
  if (family && !family->any_dimension && d != 1) {
    diagnostics.error(Code::contradiction, root_->where("family"), fmt::format("{} has one variable, not {}", family->name, d));
  }
  return diagnostics.empty();
}

// Of a character of the formula, which stands in quotes; the whole value where escapes or other alphabets shift places.
config::Location Integrate::place_in_formula(std::size_t position) const {
  config::Location where = root_->where("integrand");
  const std::string& text = parameters_.integrand;
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (!where.known() || !plain || where.length != static_cast<int>(text.size()) + 2) return where;
  where.column += 1 + static_cast<int>(position);
  where.length = 1;
  return where;
}

bool Integrate::make_integrand(const std::string& folder, config::Diagnostics& diagnostics) {
  const auto d = static_cast<int>(parameters_.dimension);
  region_ = Region();
  if (const FamilyInfo* family = find_family(parameters_.family)) {
    Family made = family->make(d, root_->given("alpha") ? parameters_.alpha : family->alpha);
    integrand_ = std::move(made.integrand);
    region_ = std::move(made.region);
    return true;
  }
  if (!parameters_.plugin.empty()) {
    integrand_ = make_plugin(path_in(folder, parameters_.plugin), d);
    return true;
  }
  variables_ = parameters_.variables;
  if (variables_.empty() && d == 1) variables_ = {"x"};
  for (int i = 1; variables_.size() < static_cast<std::size_t>(d); ++i) variables_.push_back(fmt::format("x{}", i));
  const std::map<std::string, double> named = constants(parameters_, diagnostics);
  if (!diagnostics.empty()) return false;
  try {
    integrand_ = make_expression(parameters_.integrand, variables_, named);
  } catch (const math::ExpressionError& error) {
    diagnostics.error(Code::not_allowed, place_in_formula(error.position()), fmt::format("integrand: {}", error.explanation()),
                      fmt::format("variables: {}{}", fmt::join(variables_, ", "), named.empty() ? "" : ", and the names in [parameters]"));
  } catch (const InputError& error) {
    diagnostics.error(Code::not_allowed, root_->where(root_->given("variables") ? "variables" : "parameters"), error.what());
  }
  return diagnostics.empty();
}

bool Integrate::choose_region(config::Diagnostics& diagnostics) {
  const auto d = static_cast<std::size_t>(parameters_.dimension);
  const auto spread = [d](std::vector<double> given, std::vector<double> usual, double otherwise) {
    if (given.empty()) return usual.empty() ? std::vector<double>(d, otherwise) : usual;
    if (given.size() == 1) given.resize(d, given.front());
    return given;
  };
  const Region usual = region_;
  region_.lower = spread(parameters_.lower, usual.lower, 0);
  region_.upper = spread(parameters_.upper, usual.upper, 1);
  if (region_.lower != usual.lower || region_.upper != usual.upper) adapt_to_new_range(region_);
  if (parameters_.exact) region_.exact = parameters_.exact;
  for (std::size_t i = 0; i < d; ++i) {
    if (region_.lower[i] < region_.upper[i]) continue;
    diagnostics.error(Code::contradiction, root_->where(root_->given("upper") ? "upper" : "lower"),
                      fmt::format("the range of variable {} is empty: lower = {}, upper = {}", i + 1, bound_text(region_.lower[i]),
                                  bound_text(region_.upper[i])),
                      "expected lower < upper");
  }
  if (root_->given("breakpoints")) {
    region_.breakpoints = parameters_.breakpoints;
    region_.cuts = parameters_.cuts;
  }
  if (root_->given("cauchy") && parameters_.cauchy.size() <= 1) {
    region_.cauchy = parameters_.cauchy.empty() ? std::nullopt : std::optional(parameters_.cauchy.front());
  }
  if (root_->given("half_period")) {
    region_.first_zero = parameters_.first_zero;
    region_.half_period = parameters_.half_period;
  }
  return diagnostics.empty() && check_line(region_, diagnostics);
}

// Breakpoints, poles and zeros belong inside the range of a single variable.
bool Integrate::check_line(const Region& region, config::Diagnostics& diagnostics) const {
  const auto refuse = [&](const char* key, const std::string& message, const std::string& hint) {
    diagnostics.error(Code::contradiction, root_->where(key), message, hint);
  };
  const auto d = static_cast<std::size_t>(parameters_.dimension);
  if (!parameters_.breakpoints.empty() && d > 1)
    refuse("breakpoints", fmt::format("{} variables need a list of breakpoints each", d), "such as [[0.5], []] for two variables");
  if (!parameters_.cuts.empty() && parameters_.cuts.size() != d)
    refuse("breakpoints", fmt::format("`breakpoints` has {} lists, but there are {} variables", parameters_.cuts.size(), d),
           d == 1 ? "one variable needs a plain list of numbers" : "expected a list for each, which may be empty");
  for (std::size_t k = 0; diagnostics.empty() && k < region.cuts.size(); ++k) {
    for (const double place : region.cuts[k])
      if (place <= region.lower[k] || place >= region.upper[k])
        refuse("breakpoints", fmt::format("{} is not inside the range of variable {}", place, k + 1),
               fmt::format("expected a number between {} and {}", bound_text(region.lower[k]), bound_text(region.upper[k])));
  }
  for (const char* key : {"cauchy", "half_period", "first_zero"}) {
    if (parameters_.dimension > 1 && root_->given(key)) refuse(key, fmt::format("`{}` needs one variable", key), "leave it out");
  }
  if (parameters_.dimension > 1) return diagnostics.empty();
  if (parameters_.cauchy.size() > 1) refuse("cauchy", "there may be one pole", "cut the range between two poles");
  std::vector<double> places = region.breakpoints;
  if (region.cauchy) places.push_back(*region.cauchy);
  for (const double place : places) {
    if (place > region.lower[0] && place < region.upper[0]) continue;
    const bool pole = region.cauchy == place;
    refuse(pole ? "cauchy" : "breakpoints", fmt::format("{} is not inside the range", place),
           fmt::format("expected a number between {} and {}", bound_text(region.lower[0]), bound_text(region.upper[0])));
  }
  if (root_->given("first_zero") && !root_->given("half_period"))
    refuse("first_zero", "`first_zero` needs `half_period`", "how far is it from each zero to the next?");
  if (root_->given("half_period") && region.half_period > 0 && (!std::isinf(region.upper[0]) || std::isinf(region.lower[0])))
    refuse("half_period", "an oscillation to infinity needs a finite `lower` and upper = inf", "leave `half_period` out");
  if (region.half_period > 0 && region.first_zero < region.lower[0])
    refuse("first_zero", "`first_zero` lies before `lower`", "name the first zero in the range");
  return diagnostics.empty();
}

Plan Integrate::make_plan(std::uint64_t seed) const {
  Plan plan;
  for (const std::string& name : parameters_.methods) plan.methods.push_back(find_method(name));
  plan.repeats = parameters_.repeats;
  plan.budget.samples = parameters_.samples > 0 ? parameters_.samples : -1;
  plan.budget.relative_tolerance = parameters_.relative_tolerance;
  plan.budget.absolute_tolerance = parameters_.absolute_tolerance;
  plan.budget.max_evaluations = parameters_.max_evaluations;
  plan.levels = parameters_.convergence.samples;
  plan.level_repeats = parameters_.convergence.repeats;
  plan.options = parameters_.options;
  plan.seed = seed;
  // A fixed number of samples is taken whole: a tolerance counts only where it was asked for.
  if (plan.budget.fixed() && !root_->given("relative_tolerance")) plan.budget.relative_tolerance = 0;
  const bool nothing_said = parameters_.samples == 0 && !root_->given("relative_tolerance") && !root_->given("absolute_tolerance");
  if (nothing_said && !plan.levels.empty()) {
    plan.budget.samples = *std::max_element(plan.levels.begin(), plan.levels.end());
    plan.budget.relative_tolerance = 0;
  }
  return plan;
}

std::vector<DataFile> Integrate::data_files() const {
  if (parameters_.plugin.empty()) return {};
  return {{"plugin", path_in(folder_, parameters_.plugin)}};
}

// Methods whose first samples stay what they are.
std::vector<std::string> Integrate::growable_keys() const {
  for (const std::string& name : parameters_.methods)
    if (name != "monte_carlo" && name != "quasi_monte_carlo") return {};
  return {"samples"};
}

bool Integrate::keeps_regions() const {
  for (const std::string& name : parameters_.methods)
    if (name == "gauss_kronrod" || name == "genz_malik" || name == "auto") return true;
  return false;
}

workloads::Estimate Integrate::estimate() const {
  const Plan& plan = job_->plan();
  workloads::Estimate estimate;
  const auto streams = static_cast<std::int64_t>(plan.methods.size()) * plan.repeats;
  const double evaluations = job_->evaluations_planned();
  estimate.n_tasks = -1;
  estimate.max_parallel_tasks = std::max<std::int64_t>(streams + job_->n_tasks_known(), static_cast<std::int64_t>(evaluations / (1 << 16)));
  constexpr std::int64_t kBlocks = 1 << 20, kLevelBytes = 40, kEstimateBytes = 100;
  estimate.rank_bytes = (keeps_regions() ? plan.options.memory_mb << 20 : 0) + (problem_.dimension() + 4) * kBlocks / 32;
  estimate.result_bytes = streams * kEstimateBytes + static_cast<std::int64_t>(plan.levels.size() * plan.methods.size()) *
                                                         plan.level_repeats * kLevelBytes;
  return estimate;
}

std::string Integrate::integrand_text() const {
  if (!parameters_.integrand.empty()) return parameters_.integrand;
  if (!parameters_.plugin.empty()) return fmt::format("plugin {}", parameters_.plugin);
  const FamilyInfo& family = *find_family(parameters_.family);
  const double alpha = root_ && root_->given("alpha") ? parameters_.alpha : family.alpha;
  return fmt::format("{}: {}{}", family.name, family.summary, family.has_alpha ? fmt::format(", alpha = {}", alpha) : "");
}

std::vector<std::string> Integrate::describe() const {
  std::vector<std::string> lines = {fmt::format("integrand   {}", integrand_text())};
  std::vector<std::string> sides;
  for (std::size_t i = 0; i < region_.lower.size() && i < 8; ++i)
    sides.push_back(fmt::format("[{}, {}]", bound_text(region_.lower[i]), bound_text(region_.upper[i])));
  if (region_.lower.size() > 8) sides.emplace_back("...");
  lines.push_back(fmt::format("box         {} in {} dimension{}", fmt::join(sides, " x "), region_.lower.size(), region_.lower.size() == 1 ? "" : "s"));
  if (region_.exact) lines.push_back(fmt::format("exact       {}", *region_.exact));
  const Plan& plan = job_->plan();
  for (std::size_t m = 0; m < plan.methods.size(); ++m) {
    const MethodInfo& info = all_methods()[static_cast<std::size_t>(plan.methods[m])];
    lines.push_back(fmt::format("method      {}: {}; {} estimate{}", info.name, info.summary, job_->repeats_of(m), job_->repeats_of(m) == 1 ? "" : "s"));
  }
  if (plan.budget.fixed()) lines.push_back(fmt::format("samples     {} for each estimate", plan.budget.samples));
  else
    lines.push_back(fmt::format("until       error <= max({}, {} |value|), at most {} evaluations", plan.budget.absolute_tolerance,
                                plan.budget.relative_tolerance, plan.budget.max_evaluations));
  if (keeps_regions())
    lines.push_back(fmt::format("regions     kept on rank 0, as many as needed, in at most {} MiB (memory_mb)", plan.options.memory_mb));
  if (!plan.levels.empty()) {
    const auto [least, most] = std::minmax_element(plan.levels.begin(), plan.levels.end());
    lines.push_back(fmt::format("convergence {} levels from {} to {} samples, {} repeats", plan.levels.size(), *least, *most, plan.level_repeats));
  }
  return lines;
}

tasks::Job& Integrate::job() {
  return *job_;
}

void Integrate::write_results(record::Group& results, record::Group&) const {
  integrate::write_results(*job_, problem_, results);
}

std::string Integrate::headline() const {
  for (std::size_t m = 0; m < job_->plan().methods.size(); ++m) {
    const integrate::Estimate estimate = job_->estimate(m, 0);
    if (!std::isnan(estimate.value)) return fmt::format("{} {:.10g} +- {:.2g}", job_->method_name(m), estimate.value, estimate.error);
  }
  return "";
}

std::vector<std::string> Integrate::report() const {
  std::vector<std::string> lines = {fmt::format("{:<18} {:>22} {:>12} {:>12} {:>13}  {}", "method", "value", "error", region_.exact ? "true error" : "",
                                                "evaluations", "ending")};
  for (std::size_t m = 0; m < job_->plan().methods.size(); ++m) {
    const integrate::Estimate e = job_->estimate(m, 0);
    const std::string true_error = region_.exact ? fmt::format("{:.2e}", std::fabs(e.value - *region_.exact)) : "";
    lines.push_back(fmt::format("{:<18} {:>22.15g} {:>12.2e} {:>12} {:>13}  {}", job_->method_name(m), e.value, e.error, true_error, e.evaluations,
                                ending_name(e.ending)));
    if (!e.note.empty()) lines.push_back("  " + e.note);
    if (e.bad.count > 0) lines.push_back(fmt::format("  {} values were not finite, the first at ({})", e.bad.count, fmt::join(e.bad.first, ", ")));
    if (e.ending == Ending::memory) lines.push_back("  the regions need more memory than memory_mb allows: raise it, or the tolerance");
    if (e.ending == Ending::rounding && problem_.region().exact != e.value)
      lines.push_back("  rounding forbids a smaller error in double precision");
    if (!job_->plan().levels.empty()) {
      const Study study = study_of(*job_, m, region_.exact);
      lines.push_back(fmt::format("  error ~ samples^{:.3f}, 95 % interval [{:.3f}, {:.3f}]", study.fit.slope, study.fit.interval.low, study.fit.interval.high));
    }
  }
  if (job_->plan().repeats > 1) lines.push_back(fmt::format("(the first of {} repeats is shown; /results has all)", job_->plan().repeats));
  return lines;
}

std::optional<std::string> Integrate::too_many_failed() const {
  for (std::size_t m = 0; m < job_->plan().methods.size(); ++m) {
    for (std::int64_t r = 0; r < job_->repeats_of(m); ++r) {
      const integrate::Estimate e = job_->estimate(m, r);
      if (e.ending != Ending::non_finite) continue;
      return fmt::format("{}: {} values of the integrand are not finite, the first at ({}). Leave the point out of the box, choose a method "
                         "that keeps away from it (tanh_sinh, midpoint), or set non_finite = \"skip\" to count such values as 0",
                         job_->method_name(m), e.bad.count, fmt::join(e.bad.first, ", "));
    }
  }
  return std::nullopt;
}

}  // namespace shoal::workloads::integrate
