// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/integrate_results.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace shoal::workloads::integrate {
namespace {

using record::Group;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

constexpr Ending kEndings[] = {Ending::unfinished, Ending::samples, Ending::converged, Ending::evaluations,
                               Ending::memory,     Ending::rounding, Ending::non_finite};

// Names and lengths of the dimensions longer than one.
struct Shape {
  std::vector<std::uint64_t> lengths;
  std::vector<std::string> names;

  Shape& with(const std::string& name, std::size_t length) {
    if (length > 1) {
      lengths.push_back(length);
      names.push_back(name);
    }
    return *this;
  }
};

template <class T>
record::Dataset& add(Group& group, const std::string& name, const std::vector<T>& values, const Shape& shape, const std::string& text) {
  return group.add(name, values, shape.lengths, shape.names, "1", text);
}

void write_method_scale(const IntegrateJob& job, Group& group) {
  std::vector<std::int32_t> numbers(job.plan().methods.begin(), job.plan().methods.end());
  Shape shape;
  shape.with("method", numbers.size());
  record::Dataset& method = add(group, "method", numbers, shape, "method of integration");
  for (const int number : job.plan().methods)
    method.flags.emplace_back(number, all_methods()[static_cast<std::size_t>(number)].name);
}

void write_texts(Group& group, const std::string& name, std::vector<std::string> texts, const std::string& what) {
  if (texts.size() == 1) group.text(name, texts.front(), what);
  else group.texts(name, std::move(texts), "method", what);
}

// Methods without random numbers have one estimate, which stands for all repeats.
std::vector<Estimate> all_estimates(const IntegrateJob& job) {
  std::vector<Estimate> estimates;
  for (std::size_t m = 0; m < job.plan().methods.size(); ++m)
    for (std::int64_t r = 0; r < job.plan().repeats; ++r) estimates.push_back(job.estimate(m, job.repeats_of(m) == 1 ? 0 : r));
  return estimates;
}

void write_estimates(const IntegrateJob& job, const Problem& problem, Group& group) {
  const std::vector<Estimate> estimates = all_estimates(job);
  std::vector<double> values, errors, differences, first;
  std::vector<std::int64_t> evaluations, bad;
  std::vector<std::int8_t> endings;
  std::int64_t any_bad = 0;
  for (const Estimate& estimate : estimates) {
    values.push_back(estimate.value);
    errors.push_back(estimate.error);
    evaluations.push_back(estimate.evaluations);
    bad.push_back(estimate.bad.count);
    endings.push_back(static_cast<std::int8_t>(estimate.ending));
    if (problem.region().exact) differences.push_back(estimate.value - *problem.region().exact);
    any_bad += estimate.bad.count;
    std::vector<double> point = estimate.bad.first;
    point.resize(static_cast<std::size_t>(problem.dimension()), kNaN);
    first.insert(first.end(), point.begin(), point.end());
  }
  Shape shape;
  shape.with("method", job.plan().methods.size()).with("repeat", static_cast<std::size_t>(job.plan().repeats));
  add(group, "value", values, shape, "estimate of the integral; NaN: not finished");
  add(group, "error_estimate", errors, shape, "error of the estimate as the method sees it: one standard deviation of random methods, "
                                              "else what it believes is a bound");
  add(group, "evaluations", evaluations, shape, "evaluations of the integrand");
  record::Dataset& ending = add(group, "ending", endings, shape, "why the method ended");
  for (const Ending kind : kEndings) ending.flags.emplace_back(static_cast<std::int64_t>(kind), ending_name(kind));
  add(group, "non_finite", bad, shape, "values that were NaN or infinite");
  if (any_bad > 0) {
    shape.with("axis", static_cast<std::size_t>(problem.dimension()));
    add(group, "first_non_finite", first, shape, "the first point without a finite value; NaN: there was none");
  }
  if (problem.region().exact) {
    group.scalar("exact", *problem.region().exact, "1", "the integral");
    shape = {};
    shape.with("method", job.plan().methods.size()).with("repeat", static_cast<std::size_t>(job.plan().repeats));
    add(group, "error", differences, shape, "value minus exact");
  }
}

// Of the first repeat that has one.
std::string first_note(const IntegrateJob& job, std::size_t m) {
  for (std::int64_t r = 0; r < job.repeats_of(m); ++r)
    if (std::string note = job.estimate(m, r).note; !note.empty()) return note;
  return "";
}

void write_means(const IntegrateJob& job, Group& group) {
  std::vector<double> means, low, high;
  for (std::size_t m = 0; m < job.plan().methods.size(); ++m) {
    std::vector<double> values;
    for (std::int64_t r = 0; r < job.repeats_of(m); ++r) {
      const double value = job.estimate(m, r).value;
      if (!std::isnan(value)) values.push_back(value);
    }
    const measure::Interval interval = measure::mean_interval(values);
    means.push_back(measure::mean(values));
    low.push_back(interval.low);
    high.push_back(interval.high);
  }
  Shape shape;
  shape.with("method", means.size());
  add(group, "mean", means, shape, "mean of the estimates of all repeats");
  add(group, "mean_low", low, shape, "95 % interval of the mean by Student's t, lower end; NaN: fewer than two different repeats");
  add(group, "mean_high", high, shape, "95 % interval of the mean by Student's t, upper end");
}

void write_convergence(const IntegrateJob& job, const Problem& problem, Group& group) {
  const Plan& plan = job.plan();
  const std::size_t n_methods = plan.methods.size(), n_levels = plan.levels.size();
  const auto n_repeats = static_cast<std::size_t>(plan.level_repeats);
  std::vector<double> values, errors, rms, slopes, low, high;
  std::vector<std::int64_t> evaluations, bad;
  for (std::size_t m = 0; m < n_methods; ++m) {
    const std::vector<LevelEstimate>& study = job.study(m);
    const auto own = static_cast<std::size_t>(job.level_repeats_of(m));
    for (std::size_t i = 0; i < n_levels * n_repeats; ++i) {
      const std::size_t place = i / n_repeats * own + (own == 1 ? 0 : i % n_repeats);
      const LevelEstimate& estimate = study[place];
      values.push_back(estimate.value);
      errors.push_back(estimate.error);
      evaluations.push_back(estimate.evaluations);
      bad.push_back(estimate.non_finite);
    }
    const Study seen = study_of(job, m, problem.region().exact);
    rms.insert(rms.end(), seen.rms_errors.begin(), seen.rms_errors.end());
    slopes.push_back(seen.fit.slope);
    low.push_back(seen.fit.interval.low);
    high.push_back(seen.fit.interval.high);
  }
  const auto methods = [n_methods] { return Shape().with("method", n_methods); };
  if (n_methods > 1) write_method_scale(job, group);
  add(group, "samples", plan.levels, Shape().with("level", n_levels), "samples asked for");
  Shape full = methods();
  full.with("level", n_levels).with("repeat", n_repeats);
  add(group, "value", values, full, "estimates; NaN: not finished");
  add(group, "error_estimate", errors, full, "their errors as the method sees them");
  add(group, "evaluations", evaluations, full, "evaluations of the integrand");
  add(group, "non_finite", bad, full, "values that were NaN or infinite");
  Shape levels = methods();
  levels.with("level", n_levels);
  add(group, "rms_error", rms, levels,
      problem.region().exact ? "root mean square of value minus exact over the repeats"
                             : "standard deviation over the repeats, since the exact value is not known");
  add(group, "slope", slopes, methods(), "slope of log2(rms_error) over log2(samples); NaN: fewer than 3 levels to fit");
  add(group, "slope_low", low, methods(), "95 % interval of the slope by Student's t, lower end");
  add(group, "slope_high", high, methods(), "95 % interval of the slope by Student's t, upper end");
}

}  // namespace

std::string ending_name(Ending ending) {
  switch (ending) {
    case Ending::unfinished: return "unfinished";
    case Ending::samples: return "samples";
    case Ending::converged: return "converged";
    case Ending::evaluations: return "evaluations";
    case Ending::memory: return "memory";
    case Ending::rounding: return "rounding";
    case Ending::non_finite: return "non_finite";
  }
  return "unknown";
}

Study study_of(const IntegrateJob& job, std::size_t m, std::optional<double> exact) {
  Study study;
  const auto repeats = static_cast<std::size_t>(job.level_repeats_of(m));
  for (std::size_t level = 0; level < job.plan().levels.size(); ++level) {
    std::vector<double> values;
    for (std::size_t r = 0; r < repeats; ++r) {
      const double value = job.study(m)[level * repeats + r].value;
      if (!std::isnan(value)) values.push_back(value);
    }
    study.rms_errors.push_back(level_error(values, exact));
  }
  study.fit = fit_slope(job.plan().levels, study.rms_errors);
  return study;
}

void write_results(const IntegrateJob& job, const Problem& problem, Group& results) {
  write_method_scale(job, results);
  write_estimates(job, problem, results);
  if (job.plan().repeats > 1) write_means(job, results);
  std::vector<std::string> notes;
  for (std::size_t m = 0; m < job.plan().methods.size(); ++m) notes.push_back(first_note(job, m));
  write_texts(results, "note", std::move(notes), "what the method has to say, such as why it was chosen");
  if (!job.plan().levels.empty()) write_convergence(job, problem, results.group("convergence"));
}

}  // namespace shoal::workloads::integrate
