// SPDX-License-Identifier: Apache-2.0
// sgd with Nesterov's look-ahead (1983; the form of Sutskever, Martens, Dahl, Hinton, ICML 2013), momentum 0.9 unless told
// otherwise.
#include "nn/optimizer.hpp"

namespace shoal::nn {

extern const Optimizer optimizer_sgd;
extern const Optimizer optimizer_momentum;
extern const Optimizer optimizer_nesterov;
const Optimizer optimizer_nesterov = {
    "nesterov",
    1e-2,
    1,
    [](config::Table& table, OptimizerParameters& p) { optimizer_momentum.bind(table, p); },
    [](const OptimizerParameters& p, double* powers) {
      OptimizerParameters ahead = p;
      ahead.nesterov = true;
      return optimizer_sgd.begin_step(ahead, powers);
    },
    [](const Update& u) { optimizer_sgd.update(u); },
    [](const Update& u) { optimizer_sgd.update_reference(u); },
    [](OptimizerParameters& p) { p.momentum = 0.9; },
};

}  // namespace shoal::nn
