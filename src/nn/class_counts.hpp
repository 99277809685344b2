// SPDX-License-Identifier: Apache-2.0
// What precision, recall and F1 are made of, for each class or, of two classes, for the second one alone.
#pragma once

#include "nn/metric.hpp"

namespace shoal::nn {

struct ClassCounts {
  double hits = 0;        // samples of the class that are predicted as such
  double predicted = 0;
  double actual = 0;
};

// a / b, or 0 where there is nothing to divide by (as scikit-learn does).
inline double share_or_zero(double a, double b) { return b > 0 ? a / b : 0; }

inline ClassCounts count_class(const PartOutputs& all, std::int64_t c) {
  ClassCounts counts;
  for (std::int64_t s = 0; s < all.n_samples; ++s) {
    const bool predicted = all.predicted_class(s) == c, actual = all.target_class(s) == c;
    counts.predicted += predicted;
    counts.actual += actual;
    counts.hits += predicted && actual;
  }
  return counts;
}

// f of the second of two classes, or the mean of f over more classes (those that neither occur nor are predicted left out).
template <class Function>
double over_classes(const PartOutputs& all, const Function& f) {
  if (all.n_classes() == 2) return f(count_class(all, 1));
  double sum = 0, n = 0;
  for (std::int64_t c = 0; c < all.n_classes(); ++c) {
    const ClassCounts counts = count_class(all, c);
    if (counts.actual + counts.predicted == 0) continue;
    sum += f(counts);
    ++n;
  }
  return share_or_zero(sum, n);
}

}  // namespace shoal::nn
