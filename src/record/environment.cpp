// SPDX-License-Identifier: Apache-2.0
// Which variables of the environment may be stored in results.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "shoal/record/provenance.hpp"

namespace shoal::record {
namespace {

// What changes how a run is placed, scheduled or linked, and nothing personal.
constexpr std::array kPrefixes = {std::string_view("OMP_"), std::string_view("GOMP_"), std::string_view("OMPI_MCA_"),
                                  std::string_view("SHOAL_"), std::string_view("UCX_"), std::string_view("HDF5_"),
                                  std::string_view("MALLOC_"), std::string_view("I_MPI_")};
constexpr std::array kNames = {
    std::string_view("OMPI_COMM_WORLD_SIZE"), std::string_view("OMPI_COMM_WORLD_LOCAL_SIZE"), std::string_view("LC_ALL"),
    std::string_view("LANG"), std::string_view("LD_LIBRARY_PATH"), std::string_view("LD_PRELOAD"), std::string_view("TERM"),
    std::string_view("TMPDIR"), std::string_view("PMIX_VERSION"), std::string_view("SLURM_JOB_ID"),
    std::string_view("SLURM_JOB_NAME"), std::string_view("SLURM_JOB_NODELIST"), std::string_view("SLURM_JOB_NUM_NODES"),
    std::string_view("SLURM_JOB_PARTITION"), std::string_view("SLURM_JOB_CPUS_PER_NODE"), std::string_view("SLURM_NTASKS"),
    std::string_view("SLURM_NTASKS_PER_NODE"), std::string_view("SLURM_CPUS_PER_TASK"), std::string_view("SLURM_CPU_BIND"),
    std::string_view("SLURM_DISTRIBUTION"), std::string_view("SLURM_MPI_TYPE"), std::string_view("SLURM_RESTART_COUNT"),
    std::string_view("SLURM_ARRAY_JOB_ID"), std::string_view("SLURM_ARRAY_TASK_ID"), std::string_view("SLURM_CLUSTER_NAME"),
    std::string_view("SLURM_STEP_ID"), std::string_view("SLURM_MEM_PER_NODE"), std::string_view("SLURM_MEM_PER_CPU")};
constexpr std::array kSecrets = {std::string_view("TOKEN"), std::string_view("SECRET"), std::string_view("PASS"),
                                 std::string_view("KEY"), std::string_view("JWT"), std::string_view("CREDENTIAL"),
                                 std::string_view("AUTH")};

bool is_allowed(std::string_view name) {
  const auto contains = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  if (std::any_of(kSecrets.begin(), kSecrets.end(), contains)) return false;
  if (std::find(kNames.begin(), kNames.end(), name) != kNames.end()) return true;
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

std::vector<std::pair<std::string, std::string>> allowed_environment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** entry = ::environ; entry && *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || !is_allowed(text.substr(0, equals))) continue;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  std::sort(variables.begin(), variables.end());
  return variables;
}

}  // namespace shoal::record
