// SPDX-License-Identifier: Apache-2.0
// Share of the samples predicted to be of a class that are of it: of two classes for the second one, of more the plain mean over
// the classes that occur or are predicted.
#include "nn/class_counts.hpp"

namespace shoal::nn {

extern const Metric metric_precision;
const Metric metric_precision = {
    "precision", fits_classes, true, nullptr, nullptr, [](const PartOutputs& all) {
      return over_classes(all, [](const ClassCounts& c) { return share_or_zero(c.hits, c.predicted); });
    }};

}  // namespace shoal::nn
