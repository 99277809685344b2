// SPDX-License-Identifier: Apache-2.0
// Chooses a method by the dimension and a probe of the integrand, in a first round of one item, and says why.
//
// One dimension: the probe looks at f near the ends of each stretch. Values that keep growing towards an end mean a singularity.
// More: probe.hpp. Kinks and jumps across single axes are found and cut at, so that cubature sees smooth boxes. Where that cannot be done,
// scrambled Sobol points run on a map of the axes that is trained before (map_training.hpp): on kinks and jumps in 4 to 8 dimensions a
// tenth to all of the evaluations that the better of VEGAS+ and the points alone need.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "workloads/integrate/adaptive.hpp"
#include "workloads/integrate/genz_malik.hpp"
#include "workloads/integrate/map_training.hpp"
#include "workloads/integrate/method.hpp"
#include "workloads/integrate/probe.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr std::int64_t kProbing = -1, kTraining = -2;  // in place of a method's number
constexpr std::int64_t kTrainingShare = 4;       // one evaluation of so many trains a map, where one is used,
constexpr std::int64_t kMostTraining = 1 << 17;  // at most so many, and with a tolerance, which may ask for little,
constexpr std::int64_t kFirstTraining = 1 << 14;
constexpr int kMostMapped = 16;        // dimensions; in more the noise of many maps adds up,
constexpr double kPeak = 100;          // and vegas takes what is this much larger somewhere than in the mean
constexpr int kCubatureOfKinks = 4;    // dimensions up to which splitting regions wins on kinks that lie askew
constexpr int kMostCubature = 10;      // beyond, 2^d points a region are too many
constexpr double kBoxShare = 0.8;      // of the evaluations, that boxes between cuts may take

// The largest growth of |f| between two distances from an end, 2^-10 and 2^-30 of the stretch.
double growth_at_ends(const Problem& problem) {
  double growth = 1;
  for (const Stretch& stretch : problem.stretches()) {
    if (std::isinf(stretch.length)) continue;
    const double t[] = {0x1p-10 * stretch.length, 0x1p-30 * stretch.length, 0x1p-31 * stretch.length};
    const double ones[] = {1, 1, 1};
    double f[3];
    problem.evaluate(stretch, t, ones, f);
    if (!std::isfinite(f[1]) || !std::isfinite(f[2])) return HUGE_VAL;
    // The slope counts, too: sqrt(x) has no derivative at 0.
    const double slope = std::fabs((f[1] - f[2]) / (f[0] - f[1]) * ((t[0] - t[1]) / (t[1] - t[2])));
    growth = std::fmax(growth, std::fabs(f[1]) / (std::fabs(f[0]) + 1e-300));
    if (std::isfinite(slope) && std::fabs(f[1] - f[2]) > 1e-12 * std::fabs(f[0])) growth = std::fmax(growth, slope);
  }
  return growth;
}

Probe probe_line(const Problem& problem) {
  Probe probe;
  probe.contraction = growth_at_ends(problem);
  probe.evaluations = 3 * static_cast<std::int64_t>(problem.stretches().size());
  probe.cuts.resize(1);
  return probe;
}

struct Choice {
  std::string method, why;
  bool cuts = false;  // to begin with the boxes between the cuts that the probe found
  bool map = false;   // to train a map of the axes, on which the method then works
};

std::string seen_by(const Probe& probe, int d) {
  const char* kind = probe.contraction >= kSmooth ? "smooth" : probe.contraction > kKink ? "kinks" : "jumps";
  return fmt::format("{} dimensions, fourth differences shrink {:.3g}-fold when the step is halved ({})", d, probe.contraction, kind);
}

// Scrambled points lose least on kinks and jumps; the map flattens products, and gathers the points where something is. In many
// dimensions they need an integrand that does not gather in places, or along axes as walls do.
Choice choose_points(int d, bool gathered, const std::string& why) {
  if (d > kMostMapped) return {gathered ? "vegas" : "quasi_monte_carlo", why};
  return {"quasi_monte_carlo", why + ", on a trained map", false, true};
}

// Kinks and jumps that are walls across single axes: smooth boxes between cuts, or at least structure along the axes.
Choice choose_aligned(const Context& context, const Probe& probe, const std::string& seen) {
  std::size_t n_cuts = 0;
  for (const std::vector<double>& axis : probe.cuts) n_cuts += axis.size();
  const int d = context.problem.dimension();
  const double left = static_cast<double>(context.budget.fixed() ? context.budget.samples : context.budget.max_evaluations - probe.evaluations);
  const double most_boxes = std::min(kBoxShare * left / static_cast<double>(genz_malik_points(std::min(d, kMostCubature))),
                                     static_cast<double>(most_first_regions(context, 2 * static_cast<std::size_t>(d))));
  const std::string walls = fmt::format("{}, across single axes: {} cuts make smooth boxes", seen, n_cuts);
  if (d <= kMostCubature && probe.n_boxes() <= most_boxes) return {"genz_malik", walls, true};
  return choose_points(d, true, fmt::format("{}, too many ({:.3g})", walls, probe.n_boxes()));
}

Choice choose_in_box(const Context& context, const Probe& probe) {
  const int d = context.problem.dimension();
  if (probe.evaluations == 0)
    return {d <= kMostCubature ? "genz_malik" : "quasi_monte_carlo", fmt::format("{} dimensions, too few evaluations for a probe", d)};
  const std::string seen = seen_by(probe, d);
  if (probe.has_cuts() && probe.between >= kSmooth) return choose_aligned(context, probe, seen);
  if (probe.blank) return {"vegas", fmt::format("{} dimensions, 0 on all lines of the probe: what is not 0 is small", d)};
  if (probe.contraction >= kSmooth) return {d <= kMostCubature ? "genz_malik" : "quasi_monte_carlo", seen};
  if (probe.contraction > kKink && d <= kCubatureOfKinks) return {"genz_malik", seen};
  return choose_points(d, probe.peak > kPeak, fmt::format("{}, the largest value is {:.3g} means", seen, probe.peak));
}

Choice choose_on_line(const Problem& problem, double growth) {
  if (problem.region().cauchy) return {"gauss_kronrod", "a principal value"};
  if (problem.region().half_period > 0) return {"gauss_kronrod", "an oscillation to infinity"};
  if (!problem.finite()) return {"tanh_sinh", "an infinite range"};
  if (growth > 4) return {"tanh_sinh", "the integrand or its slope grows towards an end of the range"};
  return {"gauss_kronrod", "one dimension, no singularity at the ends"};
}

// With the cuts that the probe found.
Problem cut_problem(const Problem& problem, const Probe& probe) {
  Region region = problem.region();
  region.cuts.assign(region.lower.size(), {});
  for (std::size_t k = 0; k < region.cuts.size(); ++k)
    for (const double cut : probe.cuts[k]) region.cuts[k].push_back(region.lower[k] + cut * (region.upper[k] - region.lower[k]));
  return Problem(problem.shared_integrand(), std::move(region), problem.skips_non_finite());
}

class AutoEstimation final : public Estimation {
 public:
  explicit AutoEstimation(const Context& context) : context_(context) {}

  Work next() override {
    Work work;
    if (!training_ && !inner_) {
      put(work.common, kProbing);
      work.n_items = 1;
      return work;
    }
    if (stopped_by_value()) return work;
    if (training_) {
      work = training_->next();
      if (work.n_items > 0) return behind(kTraining, std::move(work));
      evaluations_ += training_->evaluations();
      bad_ = training_->bad();
      if (stopped_by_value()) return work;
      problem_ = problem_.mapped(training_->map());
      map_ = training_->map().edges();
      increments_ = training_->map().increments();
      training_.reset();
      start();
    }
    return behind(number_, inner_->next());
  }

  void fold(tasks::ByteView result) override {
    if (training_) return training_->fold(result);
    if (inner_) return inner_->fold(result);
    Reader reader(result);
    const Problem& problem = context_.problem;
    const Probe probe = Probe::read(reader, problem.dimension());
    Choice choice = problem.dimension() == 1 ? choose_on_line(problem, probe.contraction) : choose_in_box(context_, probe);
    number_ = find_method(choice.method);
    note_ = fmt::format("chose {}: {}", choice.method, choice.why);
    evaluations_ = probe.evaluations;
    problem_ = choice.cuts ? cut_problem(problem, probe) : problem;
    if (!choice.map) return start();
    const std::int64_t most = context_.budget.fixed() ? kMostTraining : kFirstTraining;
    training_.emplace(context_, std::min(most, (context_.budget.most() - evaluations_) / kTrainingShare));
  }

  Estimate estimate() const override {
    Estimate result = inner_ ? inner_->estimate() : Estimate();
    result.evaluations += evaluations_;
    NonFinite bad = bad_;
    bad.add(result.bad);
    result.bad = bad;
    if (stopped_by_value()) result.ending = Ending::non_finite;
    result.note = result.note.empty() ? note_ : fmt::format("{}; {}", note_, result.note);
    return result;
  }

 private:
  bool stopped_by_value() const { return bad_.count > 0 && !context_.problem.skips_non_finite(); }

  void start() {
    Budget budget = context_.budget;
    // Samples that the input asks for are the method's own, but a map is trained by some of them.
    if (!budget.fixed()) budget.max_evaluations -= evaluations_;
    else if (increments_ > 0) budget.samples = std::max<std::int64_t>(budget.samples - evaluations_, 1);
    inner_ = all_methods()[static_cast<std::size_t>(number_)].method().start({problem_, context_.options, budget, context_.stream});
  }

  // What an item has to know first: the method, and the map that it works on.
  Work behind(std::int64_t number, Work work) const {
    tasks::Bytes common;
    put(common, number);
    put(common, increments_);
    put(common, map_);
    put(common, std::span<const std::byte>(work.common));
    work.common = std::move(common);
    return work;
  }

  Context context_;
  std::int64_t number_ = kProbing;
  std::int64_t evaluations_ = 0;  // of the probe and of the training
  NonFinite bad_;                 // that the training met
  std::optional<MapTraining> training_;
  std::vector<double> map_;       // the edges of the map; empty: none
  std::int64_t increments_ = 0;
  Problem problem_;               // what the chosen method integrates
  std::string note_;
  std::unique_ptr<Estimation> inner_;
};

class Auto final : public Method {
 public:
  bool stochastic() const override { return true; }
  std::string unsuitable(const Problem& problem) const override {
    return problem.region().cauchy && problem.dimension() != 1 ? "a principal value needs one dimension" : "";
  }
  std::unique_ptr<Estimation> start(const Context& context) const override { return std::make_unique<AutoEstimation>(context); }

  bool run(const Context& context, const ItemInput& input, tasks::Bytes& result) const override {
    Reader reader(input.common);
    const auto number = reader.number<std::int64_t>();
    if (number != kProbing) return run_inner(context, input, number, reader, result);
    const std::optional<Probe> probe = context.problem.dimension() == 1 ? probe_line(context.problem) : probe_box(context, input.stop);
    if (probe) probe->write(result);
    return probe.has_value();
  }

 private:
  static bool run_inner(const Context& context, const ItemInput& input, std::int64_t number, Reader& reader, tasks::Bytes& result) {
    const auto increments = reader.number<std::int64_t>();
    const auto per_axis = static_cast<std::size_t>(increments > 0 ? increments + 1 : 0);
    std::vector<double> edges = reader.array<double>(context.problem.region().lower.size() * per_axis);
    const ItemInput inner = {input.item, reader.rest(), input.payload, input.stop};
    if (number == kTraining) return MapTraining::run(context, inner, result);
    const Method& method = all_methods()[static_cast<std::size_t>(number)].method();
    if (increments == 0) return method.run(context, inner, result);
    const Problem mapped = context.problem.mapped(VegasMap(std::move(edges), increments));
    return method.run({mapped, context.options, context.budget, context.stream}, inner, result);
  }
};

}  // namespace

const Method& method_auto() {
  static const Auto method;
  return method;
}

}  // namespace shoal::workloads::integrate
