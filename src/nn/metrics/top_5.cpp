// SPDX-License-Identifier: Apache-2.0
// Share of samples whose class is among the 5 with the largest outputs.
#include "nn/top_k.hpp"

namespace shoal::nn {

extern const Metric metric_top_5;
const Metric metric_top_5 = {"top_5", fits_many_classes, true, nullptr, nullptr, top_k<5>};

}  // namespace shoal::nn
