// SPDX-License-Identifier: Apache-2.0
// Adam with decoupled weight decay (Loshchilov, Hutter, ICLR 2019): adam whose weight_decay is 0.004 unless told otherwise.
#include "nn/optimizer.hpp"

namespace shoal::nn {

extern const Optimizer optimizer_adam;
extern const Optimizer optimizer_adamw;
const Optimizer optimizer_adamw = {
    "adamw",
    1e-3,
    2,
    [](config::Table& table, OptimizerParameters& p) { optimizer_adam.bind(table, p); },
    [](const OptimizerParameters& p, double* powers) { return optimizer_adam.begin_step(p, powers); },
    [](const Update& u) { optimizer_adam.update(u); },
    [](const Update& u) { optimizer_adam.update_reference(u); },
    [](OptimizerParameters& p) { p.weight_decay = 0.004; },
};

}  // namespace shoal::nn
