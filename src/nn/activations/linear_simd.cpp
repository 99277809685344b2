// SPDX-License-Identifier: Apache-2.0
// The identity: nothing to compute.
#include "nn/activation.hpp"

namespace shoal::nn {

extern const Activation activation_linear;
const Activation activation_linear = {"linear", true, nullptr, nullptr, nullptr, nullptr};

}  // namespace shoal::nn
