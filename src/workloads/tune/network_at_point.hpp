// SPDX-License-Identifier: Apache-2.0
// The network of a trial: [network] with the keys that a point of [space] sets, merged key by key.
#pragma once

#include "shoal/config/value.hpp"
#include "shoal/nn/network_parameters.hpp"
#include "shoal/search/space.hpp"

namespace shoal::workloads::tune {

// Names become tables in all places where [space] may have tables: optimizer = ["adam", { name = "sgd" }].
config::Value expand_space(config::Value space);

class NetworkAtPoint {
 public:
  // `network`: the table [network] as the user wrote it (empty: none).
  NetworkAtPoint(config::Value network, const search::Space& space);

  // Mistakes go to the diagnostics, at the places in [space] (or [network]) that they come from.
  nn::NetworkParameters at(const search::Point& point, config::Diagnostics& diagnostics) const;

 private:
  config::Value merged(const search::Point& point) const;

  config::Value network_;
  const search::Space& space_;
};

}  // namespace shoal::workloads::tune
