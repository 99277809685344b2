// SPDX-License-Identifier: Apache-2.0
// write_sample FILE N: a result with one of everything, its long dimension of length N.
#include <cstdio>
#include <string>

#include "sample_tree.hpp"
#include "shoal/record/provenance.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  using namespace shoal::record;
  Group root = sample_tree(std::stoul(argv[2]));
  Provenance provenance;
  provenance.run_id = "sample";
  provenance.input_text = "workload = \"tune\"\n# Übung\n";
  write_provenance(root.group("provenance"), provenance);
  root.group("results").attributes["empty"] = std::vector<double>{};
  seal(root, {.shoal_version = "0.1.0", .title = "Übung", .workload = "tune", .status = "complete", .created = utc_now()});
  write_result(argv[1], root);
}
