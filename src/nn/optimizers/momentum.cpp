// SPDX-License-Identifier: Apache-2.0
// sgd under the name of its momentum, 0.9 unless told otherwise (Polyak, 1964).
#include "nn/optimizer.hpp"

namespace shoal::nn {

extern const Optimizer optimizer_sgd;
extern const Optimizer optimizer_momentum;
const Optimizer optimizer_momentum = {
    "momentum",
    1e-2,
    1,
    [](config::Table& table, OptimizerParameters& p) {
      bind_learning_rate(table, p);
      table.real("momentum", p.momentum, {.help = "share of the last step that is kept", .minimum = 0, .maximum = 1});
      bind_weight_decay(table, p);
    },
    [](const OptimizerParameters& p, double* powers) {
      OptimizerParameters plain = p;
      plain.nesterov = false;
      return optimizer_sgd.begin_step(plain, powers);
    },
    [](const Update& u) { optimizer_sgd.update(u); },
    [](const Update& u) { optimizer_sgd.update_reference(u); },
    [](OptimizerParameters& p) { p.momentum = 0.9; },
};

}  // namespace shoal::nn
