// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/settings.hpp"

namespace shoal::search::tpe {

void Options::bind(config::Table& table) {
  table.text("flavour", flavour_,
             {.help = "shoal mixes what the others do: hyperopt = each parameter for itself, few good trials; optuna = "
                      "parameters together, more good trials",
              .allowed = {"shoal", "hyperopt", "optuna"}});
  table.integer("startup", startup_,
                {.help = "finished trials before the first proposal by the model; -1: 20 (optuna: 10)",
                 .minimum = -1,
                 .maximum = 1e9});
  table.integer("candidates", candidates_,
                {.help = "points drawn from the good density, the best ratio wins; fewer explore more",
                 .minimum = 1,
                 .maximum = 1e4});
  table.real("gamma_sqrt", gamma_sqrt_,
             {.help = "of n trials ceil(gamma_sqrt sqrt(n)) are good", .minimum = 0, .maximum = 10, .exclusive_minimum = true});
  table.real("gamma_linear", gamma_linear_,
             {.help = "or ceil(gamma_linear n)", .minimum = 0, .maximum = 0.5, .exclusive_minimum = true});
  table.integer("good_limit", good_limit_, {.help = "most good trials", .minimum = 1, .maximum = 1000});
  table.real("prior_weight", prior_weight_,
             {.help = "weight of the prior among the observations, which have 1 each", .minimum = 1e-6, .maximum = 1e6});
  const auto share = [&table](const char* name, double& target, const char* help) {
    table.real(name, target, {.help = help, .minimum = -1, .maximum = 1});
  };
  share("linear_share", linear_share_, "share of the proposals that take gamma_linear; negative: the flavour's own");
  share("joint_share", joint_share_,
        "share of the proposals that draw parameters jointly; negative: the flavour's own");
  share("prior_share", prior_share_, "share of the proposals drawn from the prior; negative: the flavour's own");
  share("rank_share", rank_share_,
        "share of a good trial's weight that follows its rank, as in CMA-ES; 0: all weigh the same; negative: the flavour's own");
  table.real("sharpness", sharpness_,
             {.help = "kernels of m good among n trials are no narrower than the range / min(100, 2 + m + sharpness n); negative: "
                      "the flavour's own",
              .minimum = -1,
              .maximum = 10});
}

Settings Options::settings() const {
  Settings s;
  s.candidates = candidates_;
  s.good_limit = good_limit_;
  s.gamma_sqrt = gamma_sqrt_;
  s.gamma_linear = gamma_linear_;
  s.rule.prior_weight = prior_weight_;
  if (flavour_ == "hyperopt") {
    s.linear_share = s.joint_share = s.prior_share = 0;
    s.rank_share = s.sharpness = 0;
    s.sobol_startup = false;
    s.rule.shares = false;
  } else if (flavour_ == "optuna") {
    s.linear_share = s.joint_share = 1;
    s.prior_share = s.rank_share = s.sharpness = 0;
    s.startup = 10;
    s.sobol_startup = false;
    s.rule.prior_in_gaps = false;
    s.rule.truncate_each = true;
  }
  if (startup_ >= 0) s.startup = startup_;
  if (linear_share_ >= 0) s.linear_share = linear_share_;
  if (joint_share_ >= 0) s.joint_share = joint_share_;
  if (prior_share_ >= 0) s.prior_share = prior_share_;
  if (rank_share_ >= 0) s.rank_share = rank_share_;
  if (sharpness_ >= 0) s.sharpness = sharpness_;
  return s;
}

}  // namespace shoal::search::tpe
