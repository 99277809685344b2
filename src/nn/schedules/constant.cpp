// SPDX-License-Identifier: Apache-2.0
// The same learning rate all the time.
#include "nn/schedule.hpp"

namespace shoal::nn {
extern const Schedule schedule_constant;
const Schedule schedule_constant = {"constant", nullptr, nullptr};

}  // namespace shoal::nn
