// SPDX-License-Identifier: Apache-2.0
#include "nn/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "shoal/math/functions.hpp"

namespace shoal::nn {
namespace {

constexpr double kPi = 3.14159265358979323846;

void bind_step(config::Table& table, ScheduleParameters& p) {
  table.real("every", p.every, {.help = "epochs between two steps", .minimum = 0, .maximum = 1e7, .exclusive_minimum = true});
  table.real("factor", p.factor, {.help = "of the learning rate at each step", .minimum = 0, .maximum = 1e3});
}

void bind_exponential(config::Table& table, ScheduleParameters& p) {
  table.real("decay", p.decay, {.help = "factor of the learning rate in an epoch", .minimum = 0, .maximum = 10, .exclusive_minimum = true});
}

void bind_cosine(config::Table& table, ScheduleParameters& p) {
  table.real("final", p.final, {.help = "factor of the learning rate after the last epoch", .minimum = 0, .maximum = 1});
}

constexpr Schedule kSchedules[] = {
    {"constant", nullptr, nullptr},
    {"step", bind_step, [](const ScheduleParameters& p, double t, double) { return math::pow(p.factor, std::floor(t / p.every)); }},
    {"exponential", bind_exponential, [](const ScheduleParameters& p, double t, double) { return math::pow(p.decay, t); }},
    {"cosine", bind_cosine,
     [](const ScheduleParameters& p, double t, double epochs) {
       const double share = epochs > 0 ? std::min(t / epochs, 1.0) : 1.0;
       return p.final + (1 - p.final) * (0.5 * (1 + math::cos(kPi * share)));
     }},
};

}  // namespace

const Schedule& schedule(std::string_view name) {
  for (const Schedule& candidate : kSchedules) {
    if (name == candidate.name) return candidate;
  }
  throw std::invalid_argument("no schedule is called " + std::string(name));
}

std::vector<std::string> schedule_names() {
  std::vector<std::string> names;
  for (const Schedule& candidate : kSchedules) names.emplace_back(candidate.name);
  return names;
}

void bind_schedule(const std::string& name, config::Table& table, ScheduleParameters& p) {
  if (const Schedule& chosen = schedule(name); chosen.bind != nullptr) chosen.bind(table, p);
  table.real("warmup", p.warmup, {.help = "epochs in which the learning rate rises from 0", .minimum = 0, .maximum = 1e7});
}

double rate_factor(const ScheduleParameters& p, std::int64_t epoch, std::int64_t step, std::int64_t steps, std::int64_t epochs) {
  const Schedule& chosen = schedule(p.name);
  const double part = 1.0 / static_cast<double>(steps);
  const double t = static_cast<double>(epoch) + static_cast<double>(step) * part;
  if (t < p.warmup) return std::min((t + part) / p.warmup, 1.0);
  return chosen.factor == nullptr ? 1.0 : chosen.factor(p, t - p.warmup, static_cast<double>(epochs) - p.warmup);
}

}  // namespace shoal::nn
