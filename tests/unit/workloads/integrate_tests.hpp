// SPDX-License-Identifier: Apache-2.0
// Estimates for tests, without input files and jobs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workloads/integrate/method.hpp"

namespace shoal::workloads::integrate {

// Holds what a Context refers to.
struct Trial {
  Problem problem;
  Options options;
  Budget budget;

  static Trial of_family(const std::string& name, int dimension = 1, double alpha = 0, bool use_alpha = false) {
    const FamilyInfo* info = find_family(name);
    if (!info) throw std::out_of_range("no family " + name);
    Family family = info->make(dimension, use_alpha ? alpha : info->alpha);
    Trial trial;
    trial.problem = Problem(std::move(family.integrand), std::move(family.region), false);
    trial.budget.max_evaluations = 10000000;
    trial.budget.relative_tolerance = 1e-10;
    return trial;
  }

  static Trial of_formula(const std::string& text, std::vector<double> lower, std::vector<double> upper) {
    std::vector<std::string> names = {"x"};
    if (lower.size() > 1) names.clear();
    for (std::size_t i = 1; names.size() < lower.size(); ++i) names.push_back("x" + std::to_string(i));
    Region region;
    region.lower = std::move(lower);
    region.upper = std::move(upper);
    Trial trial;
    trial.problem = Problem(make_expression(text, names, {}), std::move(region), false);
    trial.budget.max_evaluations = 10000000;
    trial.budget.relative_tolerance = 1e-10;
    return trial;
  }

  Trial& samples(std::int64_t n) {
    budget = {n, 0, 0, n};
    return *this;
  }
  Trial& tolerance(double relative) {
    budget.relative_tolerance = relative;
    return *this;
  }

  double exact() const { return *problem.region().exact; }

  Estimate run(const std::string& method, std::uint64_t seed = 1) const {
    const tasks::StopToken stop;
    const Method& chosen = all_methods()[static_cast<std::size_t>(find_method(method))].method();
    return *estimate(chosen, {problem, options, budget, random::Stream(seed, 7)}, stop);
  }
};

}  // namespace shoal::workloads::integrate
