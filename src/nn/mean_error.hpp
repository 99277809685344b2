// SPDX-License-Identifier: Apache-2.0
// Metrics that are means over samples and outputs of a function of the error.
#pragma once

#include "nn/loss.hpp"

namespace shoal::nn {

// sums[j % 16] += f(y - t) / outputs of each valid sample j, output after output: f(x) = |x| and f(x) = x^2.
void add_absolute_errors(const LossBlock&);
void add_squared_errors(const LossBlock&);
void add_absolute_errors_reference(const LossBlock&);  // the same bits, one number at a time
void add_squared_errors_reference(const LossBlock&);

}  // namespace shoal::nn
