// SPDX-License-Identifier: Apache-2.0
// Harmonic mean of precision and recall: of two classes for the second one, of more the plain mean over
// the classes that occur or are predicted.
#include "nn/class_counts.hpp"

namespace shoal::nn {

extern const Metric metric_f1;
const Metric metric_f1 = {
    "f1", fits_classes, true, nullptr, nullptr, [](const PartOutputs& all) {
      return over_classes(all, [](const ClassCounts& c) { return share_or_zero(2 * c.hits, c.predicted + c.actual); });
    }};

}  // namespace shoal::nn
