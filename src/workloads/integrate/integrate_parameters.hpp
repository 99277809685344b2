// SPDX-License-Identifier: Apache-2.0
// The keys of the workload `integrate`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shoal/config/schema.hpp"
#include "workloads/integrate/method.hpp"

namespace shoal::workloads::integrate {

struct ConvergenceParameters {
  std::vector<std::int64_t> samples;  // empty: no study
  std::int64_t repeats = 1;
};

struct IntegrateParameters {
  std::string integrand, family, plugin;  // one of them
  std::vector<std::string> variables;
  config::Value constants{config::Entries{}};  // [parameters]
  double alpha = 0;
  std::int64_t dimension = 0;
  std::vector<double> lower, upper;
  std::vector<double> breakpoints, cauchy;
  std::vector<std::vector<double>> cuts;  // breakpoints of several variables
  double first_zero = 0, half_period = 0;
  std::optional<double> exact;
  std::vector<std::string> methods = {"auto"};
  std::int64_t samples = 0;
  double relative_tolerance = 1e-6, absolute_tolerance = 0;
  std::int64_t max_evaluations = 100000000;
  std::int64_t repeats = 1;
  std::string non_finite = "error";
  Options options;
  ConvergenceParameters convergence;
};

void bind(config::Table& root, IntegrateParameters& parameters);

// The named constants of [parameters]; errors go to the diagnostics.
std::map<std::string, double> constants(const IntegrateParameters& parameters, config::Diagnostics& diagnostics);

}  // namespace shoal::workloads::integrate
