// SPDX-License-Identifier: Apache-2.0
// Area under the receiver operating characteristic: the chance that a sample of the class scores higher than one of
// another class, ties counting one half (Hanley, McNeil, Radiology 143, 1982), from the ranks of the scores. Of two classes
// for the second one, of more the mean over the classes that occur, each against the rest. NaN if there is one class only.
#include <algorithm>
#include <limits>

#include "nn/metric.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::nn {
namespace {

// Sorts a part's samples by the scores and adds the ranks of those of class c, the mean rank where scores are equal.
double area(const PartOutputs& all, std::int64_t c) {
  const auto n = static_cast<std::size_t>(all.n_samples);
  for (std::size_t s = 0; s < n; ++s) all.order[s] = static_cast<std::uint32_t>(s);
  std::sort(all.order.begin(), all.order.begin() + all.n_samples,
            [&](std::uint32_t a, std::uint32_t b) { return all.scores[a] < all.scores[b]; });
  double ranks = 0, positive = 0;
  for (std::size_t begin = 0, end = 0; begin < n; begin = end) {
    while (end < n && all.scores[all.order[end]] == all.scores[all.order[begin]]) ++end;
    const double rank = 0.5 * static_cast<double>(begin + 1 + end);
    for (std::size_t i = begin; i < end; ++i) {
      if (all.target_class(all.order[i]) != c) continue;
      ranks += rank;
      ++positive;
    }
  }
  const double negative = static_cast<double>(n) - positive;
  if (positive == 0 || negative == 0) return std::numeric_limits<double>::quiet_NaN();
  return (ranks - 0.5 * positive * (positive + 1)) / (positive * negative);
}

// log of the probability of class c, up to rounding.
double log_probability(const float* logits, std::int64_t n, std::int64_t c) {
  const float largest = *std::max_element(logits, logits + n);
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += math::exp(static_cast<double>(logits[i]) - static_cast<double>(largest));
  return static_cast<double>(logits[c]) - static_cast<double>(largest) - math::log(sum);
}

bool has_nan(const PartOutputs& all) {
  return std::any_of(all.outputs, all.outputs + all.n_samples * all.n_outputs, [](float x) { return x != x; });
}

double auc(const PartOutputs& all) {
  if (has_nan(all)) return std::numeric_limits<double>::quiet_NaN();
  if (all.n_outputs == 1) {
    for (std::int64_t s = 0; s < all.n_samples; ++s) all.scores[static_cast<std::size_t>(s)] = static_cast<double>(all.outputs[s]);
    return area(all, 1);
  }
  double sum = 0, n = 0;
  for (std::int64_t c = all.n_outputs == 2 ? 1 : 0; c < all.n_outputs; ++c) {
    for (std::int64_t s = 0; s < all.n_samples; ++s)
      all.scores[static_cast<std::size_t>(s)] = log_probability(all.outputs + s * all.n_outputs, all.n_outputs, c);
    const double one = area(all, c);
    if (one != one) continue;
    sum += one;
    ++n;
  }
  return n > 0 ? sum / n : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

extern const Metric metric_auc;
const Metric metric_auc = {"auc", fits_classes, true, nullptr, nullptr, auc};

}  // namespace shoal::nn
