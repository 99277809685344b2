// SPDX-License-Identifier: Apache-2.0
// Share of samples whose class is among the 3 with the largest outputs.
#include "nn/top_k.hpp"

namespace shoal::nn {

extern const Metric metric_top_3;
const Metric metric_top_3 = {"top_3", fits_many_classes, true, nullptr, nullptr, top_k<3>};

}  // namespace shoal::nn
