// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/best_trials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace shoal::workloads::tune {
namespace {

using record::Dataset;
using record::Type;

// One value of a parameter; "" where it was inactive.
std::string value_text(const Dataset& dataset, std::size_t t) {
  if (dataset.type == Type::f8) {
    const double value = dataset.values<double>()[t];
    return std::isnan(value) ? "" : fmt::format("{:.6g}", value);
  }
  std::int64_t whole = 0;
  if (dataset.type == Type::i8) whole = dataset.values<std::int64_t>()[t];
  else if (dataset.type == Type::i4) whole = dataset.values<std::int32_t>()[t];
  else return "";
  if (dataset.flags.empty()) return whole == std::numeric_limits<std::int64_t>::min() ? "" : std::to_string(whole);
  const auto flag = std::find_if(dataset.flags.begin(), dataset.flags.end(), [whole](const auto& f) { return f.first == whole; });
  return flag == dataset.flags.end() || whole < 0 ? "" : flag->second;
}

}  // namespace

std::string best_trials(const record::Group& results, std::size_t n) {
  const Dataset* found = results.find_dataset("trials/loss");
  const record::Group* params = results.find_group("trials/params");
  if (!found || found->type != Type::f8) return "";
  const std::vector<double> losses = found->values<double>();
  std::vector<std::size_t> order(losses.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t t) { return !std::isfinite(losses[t]); });
  const std::size_t shown = std::min(n, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](std::size_t a, std::size_t b) { return losses[a] != losses[b] ? losses[a] < losses[b] : a < b; });
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::size_t t = order[i];
    text += fmt::format("{:>8} {:>13.6g}  ", t, losses[t]);
    for (const auto& [name, dataset] : params ? params->datasets : decltype(params->datasets){}) {
      const std::string value = dataset.shape.size() == 1 && name != "trial" ? value_text(dataset, t) : "";
      if (!value.empty()) text += fmt::format(" {}={}", name, value);
    }
    text += '\n';
  }
  return text.empty() ? text : fmt::format("{:>8} {:>13}   parameters\n{}", "trial", "loss", text);
}

}  // namespace shoal::workloads::tune
