// SPDX-License-Identifier: Apache-2.0
// Share of samples whose class is among the 2 with the largest outputs.
#include "nn/top_k.hpp"

namespace shoal::nn {

extern const Metric metric_top_2;
const Metric metric_top_2 = {"top_2", fits_many_classes, true, nullptr, nullptr, top_k<2>};

}  // namespace shoal::nn
