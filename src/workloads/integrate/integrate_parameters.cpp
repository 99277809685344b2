// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/integrate_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace shoal::workloads::integrate {
namespace {

using config::Code;
using config::Diagnostics;
using config::Table;
using config::Value;

constexpr double kMostSamples = 1e15;
constexpr std::int64_t kMostLevels = 1000000;

std::optional<double> number(const Value& value, bool infinite_too, Diagnostics& diagnostics) {
  const auto real = value.as_real();
  if (!real) {
    diagnostics.error(Code::wrong_type, value.where(), "wrong type",
                      fmt::format("expected a number{}, found {}", infinite_too ? ", inf or -inf" : "", config::kind_name(value)));
    return std::nullopt;
  }
  if (std::isnan(*real) || (std::isinf(*real) && !infinite_too)) {
    diagnostics.error(Code::out_of_range, value.where(), "value out of range", "expected a finite number");
    return std::nullopt;
  }
  return real;
}

// One number, or one for each axis; infinity is allowed.
void parse_bounds(const Value& value, std::vector<double>& bounds, Diagnostics& diagnostics) {
  bounds.clear();
  if (const auto* list = value.get_if<config::Array>()) {
    for (const Value& item : *list)
      if (const auto bound = number(item, true, diagnostics)) bounds.push_back(*bound);
    if (list->empty()) diagnostics.error(Code::out_of_range, value.where(), "value out of range", "expected at least one number");
  } else if (const auto bound = number(value, true, diagnostics)) {
    bounds.push_back(*bound);
  }
}

Value array_of(const std::vector<double>& numbers) {
  config::Array list;
  for (const double x : numbers) list.emplace_back(Value(x));
  return Value(std::move(list));
}

void bind_bounds(Table& root, const std::string& name, std::vector<double>& bounds, const std::string& help) {
  root.custom(
      name, {.help = help}, [&bounds](const Value& value, Diagnostics& d) { parse_bounds(value, bounds, d); },
      [&bounds] { return array_of(bounds); });
}

// Numbers, or lists of numbers; nothing else and no mixture.
void parse_breakpoints(const Value& value, IntegrateParameters& p, Diagnostics& diagnostics) {
  p.breakpoints.clear();
  p.cuts.clear();
  const auto* list = value.get_if<config::Array>();
  if (!list) {
    diagnostics.error(Code::wrong_type, value.where(), "wrong type", fmt::format("expected a list of numbers, found {}", config::kind_name(value)));
    return;
  }
  const bool nested = !list->empty() && list->front().get_if<config::Array>();
  for (const Value& item : *list) {
    const auto* places = item.get_if<config::Array>();
    if (nested && !places) {
      diagnostics.error(Code::wrong_type, item.where(), "wrong type", fmt::format("expected a list for each variable, found {}", config::kind_name(item)));
      continue;
    }
    if (nested) p.cuts.emplace_back();
    const config::Array one = {item};
    for (const Value& place : nested ? *places : one)
      if (const auto x = number(place, false, diagnostics)) (nested ? p.cuts.back() : p.breakpoints).push_back(*x);
  }
}

Value resolved_breakpoints(const IntegrateParameters& p) {
  if (p.cuts.empty()) return array_of(p.breakpoints);
  config::Array lists;
  for (const std::vector<double>& places : p.cuts) lists.push_back(array_of(places));
  return Value(std::move(lists));
}

// One name or a list of them, all different.
void parse_methods(const Value& value, std::vector<std::string>& methods, Diagnostics& diagnostics) {
  methods.clear();
  const auto* list = value.get_if<config::Array>();
  const config::Array one = {value};
  for (const Value& item : list ? *list : one) {
    const auto* name = item.get_if<std::string>();
    if (!name) {
      diagnostics.error(Code::wrong_type, item.where(), "wrong type",
                        fmt::format("expected a name or a list of names, found {}", config::kind_name(item)));
    } else if (find_method(*name) < 0) {
      diagnostics.error(Code::not_allowed, item.where(), "value not allowed", config::suggestion_or_list(*name, method_names()));
    } else if (std::find(methods.begin(), methods.end(), *name) != methods.end()) {
      diagnostics.error(Code::contradiction, item.where(), fmt::format("method {} is named twice", *name));
    } else {
      methods.push_back(*name);
    }
  }
  if (list && list->empty()) diagnostics.error(Code::out_of_range, value.where(), "value out of range", "expected at least one method");
}

Value resolved_methods(const std::vector<std::string>& methods) {
  if (methods.size() == 1) return Value(methods.front());
  config::Array list;
  for (const std::string& name : methods) list.emplace_back(Value(name));
  return Value(std::move(list));
}

// A list of whole numbers, or { range = [first, end] }: first, first + 1, ..., end - 1.
void parse_levels(const Value& value, std::vector<std::int64_t>& levels, Diagnostics& diagnostics) {
  levels.clear();
  const Value* range = value.find("range");
  const auto* list = (range ? *range : value).get_if<config::Array>();
  const bool table_ok = !value.is_table() || (range && value.get_if<config::Entries>()->size() == 1);
  if (!list || !table_ok || (range && list->size() != 2)) {
    diagnostics.error(Code::wrong_type, value.where(), "wrong type",
                      fmt::format("expected a list of numbers of samples or {{ range = [first, end] }}, found {}", config::kind_name(value)));
    return;
  }
  for (const Value& item : *list) {
    const auto samples = item.as_integer();
    if (!samples || *samples < 0 || static_cast<double>(*samples) > kMostSamples) {
      diagnostics.error(samples ? Code::out_of_range : Code::wrong_type, item.where(), samples ? "value out of range" : "not an integer",
                        "expected an integer in [0, 1e15]");
      return;
    }
    levels.push_back(*samples);
  }
  if (range) {
    const std::int64_t first = levels[0], end = levels[1];
    if (end <= first || end - first > kMostLevels) {
      diagnostics.error(Code::out_of_range, range->where(), "value out of range",
                        fmt::format("expected [first, end] with first < end and at most {} numbers between", kMostLevels));
      levels.clear();
      return;
    }
    levels.clear();
    for (std::int64_t n = first; n < end; ++n) levels.push_back(n);
  }
}

Value resolved_levels(const std::vector<std::int64_t>& levels) {
  const bool consecutive = levels.size() > 2 && levels.back() - levels.front() == static_cast<std::int64_t>(levels.size()) - 1 &&
                           std::is_sorted(levels.begin(), levels.end());
  if (consecutive) {
    config::Entries range;
    range.push_back({"range", {}, Value(config::Array{Value(levels.front()), Value(levels.back() + 1)})});
    return Value(std::move(range));
  }
  config::Array list;
  for (const std::int64_t n : levels) list.emplace_back(Value(n));
  return Value(std::move(list));
}

void bind_integrand(Table& root, IntegrateParameters& p) {
  root.text("integrand", p.integrand, {.help = "a formula of the variables and parameters, such as \"1/(1+x^2)\""});
  root.texts("variables", p.variables, {.help = "their names; x in one dimension, x1, x2, ... in more, if not given"});
  root.free_table(
      "parameters", "named constants of the formula", [&p](const Value& value, Diagnostics&) { p.constants = value; },
      [&p] { return p.constants; });
  root.text("family", p.family, {.help = "a built-in integrand instead of a formula", .allowed = family_names()});
  root.real("alpha", p.alpha, {.help = "parameter of the families quadpack_1 ... quadpack_15", .minimum = -100, .maximum = 100});
  root.text("plugin", p.plugin, {.help = "a shared library with a compiled integrand, see include/shoal/integrate/plugin.h"});
  root.integer("dimension", p.dimension,
               {.help = "number of variables; 0: as many as `variables` or bounds", .minimum = 0, .maximum = 1024});
}

void bind_region(Table& root, IntegrateParameters& p) {
  bind_bounds(root, "lower", p.lower, "lower ends of the box, one number or one for each variable; -inf is allowed");
  bind_bounds(root, "upper", p.upper, "upper ends of the box; inf is allowed");
  root.custom(
      "breakpoints", {.help = "kinks, jumps and singularities inside the range: a list, or for several variables a list for each"},
      [&p](const Value& value, Diagnostics& d) { parse_breakpoints(value, p, d); }, [&p] { return resolved_breakpoints(p); });
  root.reals("cauchy", p.cauchy, {.help = "one dimension: the place of a pole, for its principal value"});
  root.real("first_zero", p.first_zero, {.help = "one dimension, upper = inf: a zero of an oscillation to infinity"});
  root.real("half_period", p.half_period, {.help = "the distance from each zero to the next; 0: none", .minimum = 0});
  root.custom(
      "exact", {.help = "the integral, if it is known: results then hold errors"},
      [&p](const Value& value, Diagnostics& d) { p.exact = number(value, false, d); },
      [&p] { return p.exact ? Value(*p.exact) : Value(std::string("unknown")); });
}

void bind_budget(Table& root, IntegrateParameters& p) {
  root.custom(
      "method", {.help = "a method or a list of methods"},
      [&p](const Value& value, Diagnostics& d) { parse_methods(value, p.methods, d); }, [&p] { return resolved_methods(p.methods); });
  root.integer("samples", p.samples,
               {.help = "evaluations each method may use (exactly, where it can); 0: until a tolerance is met", .minimum = 0,
                .maximum = kMostSamples});
  root.real("relative_tolerance", p.relative_tolerance, {.help = "error to reach, relative to the value", .minimum = 0, .maximum = 1});
  root.real("absolute_tolerance", p.absolute_tolerance, {.help = "error to reach; the larger of the two counts", .minimum = 0});
  root.integer("max_evaluations", p.max_evaluations,
               {.help = "where a tolerance decides: evaluations after which each method gives up", .minimum = 1, .maximum = kMostSamples});
  root.integer("repeats", p.repeats, {.help = "estimates by each random method, with different numbers", .minimum = 1, .maximum = 100000});
  root.text("non_finite", p.non_finite,
            {.help = "what a NaN or infinite value does: error ends the method; skip counts it and takes 0", .allowed = {"error", "skip"}});
  root.integer("memory_mb", p.options.memory_mb,
               {.help = "memory for the regions that adaptive methods keep", .unit = "MiB", .minimum = 1, .maximum = 1e6});
}

void bind_methods(Table& root, Options& options) {
  Table& quasi = root.table("quasi_monte_carlo", "randomised low-discrepancy points");
  quasi.text("sequence", options.sequence, {.help = "points: scrambled Sobol or a shifted lattice", .allowed = {"sobol", "lattice"}});
  quasi.integer("randomisations", options.randomisations,
                {.help = "independent ones, for the error estimate", .minimum = 2, .maximum = 1024});
  Table& vegas = root.table("vegas", "adaptive importance sampling");
  vegas.integer("iterations", options.iterations, {.help = "where samples decide: iterations they are shared by", .minimum = 2, .maximum = 10000});
  vegas.integer("warm_up", options.warm_up, {.help = "iterations that only adapt", .minimum = 0, .maximum = 1000});
  vegas.integer("increments", options.increments,
                {.help = "of the map, on each axis; 0: as many as the samples of an iteration can fill", .minimum = 0, .maximum = 10000});
  vegas.real("alpha", options.alpha, {.help = "how fast the map adapts; 0: not at all", .minimum = 0, .maximum = 4});
  vegas.real("beta", options.beta, {.help = "how far samples follow the deviations in strata; 0: not at all", .minimum = 0, .maximum = 1});
}

}  // namespace

void bind(Table& root, IntegrateParameters& parameters) {
  bind_integrand(root, parameters);
  bind_region(root, parameters);
  bind_budget(root, parameters);
  bind_methods(root, parameters.options);
  ConvergenceParameters& convergence = parameters.convergence;
  Table& study = root.table("convergence", "value and error against the number of samples");
  study.custom(
      "samples", {.help = "numbers of samples, a list or { range = [first, end] }; empty: no study"},
      [&convergence](const Value& value, Diagnostics& d) { parse_levels(value, convergence.samples, d); },
      [&convergence] { return resolved_levels(convergence.samples); });
  study.integer("repeats", convergence.repeats, {.help = "estimates of each random method at each number", .minimum = 1, .maximum = 1e6});
}

std::map<std::string, double> constants(const IntegrateParameters& parameters, Diagnostics& diagnostics) {
  std::map<std::string, double> named;
  const auto* entries = parameters.constants.get_if<config::Entries>();
  if (!entries) return named;
  for (const config::Entry& entry : *entries)
    if (const auto value = number(entry.value, false, diagnostics)) named[entry.key] = *value;
  return named;
}

}  // namespace shoal::workloads::integrate
