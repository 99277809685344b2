// SPDX-License-Identifier: Apache-2.0
// Share of the samples of a class that are predicted as such: of two classes for the second one, of more the plain mean over
// the classes that occur or are predicted.
#include "nn/class_counts.hpp"

namespace shoal::nn {

extern const Metric metric_recall;
const Metric metric_recall = {
    "recall", fits_classes, true, nullptr, nullptr, [](const PartOutputs& all) {
      return over_classes(all, [](const ClassCounts& c) { return share_or_zero(c.hits, c.actual); });
    }};

}  // namespace shoal::nn
