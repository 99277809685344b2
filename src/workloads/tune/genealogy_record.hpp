// SPDX-License-Identifier: Apache-2.0
// A population's history as data.
#pragma once

#include "shoal/record/tree.hpp"
#include "shoal/search/scheduler.hpp"

namespace shoal::workloads::tune {

// population/{parent, loss} and population/params/<name>, (generation, member), and the length of a generation, as far as
// they are known.
void write_genealogy(const search::Genealogy& genealogy, const search::Space& space, const std::string& unit,
                     record::Group& population);

}  // namespace shoal::workloads::tune
