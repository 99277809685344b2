// SPDX-License-Identifier: Apache-2.0
#include "process/environment.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "process/watcher.hpp"

namespace shoal::process {

namespace {

// What launchers tell the processes they start, and those only: an MPI program that a command runs would take the rank's
// place. Settings that users make for a whole job (UCX_*, SLURM_JOB_*) stay.
constexpr std::array<std::string_view, 27> kLaunchers{
    "OMPI_", "OPAL_", "ORTE_", "PRTE_", "PRRTE_", "PMI", "HYDRA_", "HYDI_", "MPIEXEC_", "MPI_LOCAL", "MPIR_", "PALS_",
    "SLURM_STEP", "SLURM_TASK", "SLURM_PROCID", "SLURM_LOCALID", "SLURM_NODEID", "SLURM_GTIDS", "SLURM_SRUN_", "SLURM_LAUNCH_",
    "SLURM_MPI_", "SLURM_PMI", "SLURM_CPU_BIND", "SLURM_MEM_BIND", "SLURM_DISTRIBUTION", "SLURM_TOPOLOGY_", "SLURM_OVERCOMMIT"};

// How the rank binds its threads: not what a child should do within the CPUs of one of them.
constexpr std::array<std::string_view, 4> kBinding{"OMP_PLACES=", "OMP_PROC_BIND=", "GOMP_CPU_AFFINITY=", "KMP_AFFINITY="};

// Every start asks this of every variable, so most are let through by their first letter.
constexpr std::string_view kInitials = "OPHMSGK";

bool stays(std::string_view variable) {
  if (variable.empty() || kInitials.find(variable[0]) == std::string_view::npos) return true;
  const auto begins_variable = [variable](std::string_view prefix) { return variable.starts_with(prefix); };
  return std::none_of(kLaunchers.begin(), kLaunchers.end(), begins_variable) &&
         std::none_of(kBinding.begin(), kBinding.end(), begins_variable);
}

void set(std::vector<std::string>& variables, const std::string& name, const std::string& value) {
  std::erase_if(variables, [&name](const std::string& variable) {
    return variable.size() > name.size() && variable[name.size()] == '=' && variable.starts_with(name);
  });
  variables.push_back(name + '=' + value);
}

}  // namespace

std::vector<std::string> clean_environment(const std::vector<std::string>& variables) {
  std::vector<std::string> clean;
  std::copy_if(variables.begin(), variables.end(), std::back_inserter(clean), stays);
  return clean;
}

std::vector<std::string> child_environment(const Command& command) {
  std::vector<std::string> variables;
  variables.reserve(128);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (stays(*variable)) variables.emplace_back(*variable);
  }
  if (!command.cpus.empty()) set(variables, "OMP_NUM_THREADS", fmt::format("{}", command.cpus.size()));
  for (const auto& [name, value] : command.environment) set(variables, name, value);
  set(variables, std::string(kOwnerVariable), owner_token());
  return variables;
}

std::string value_in(const std::vector<std::string>& variables, std::string_view name) {
  for (const std::string& variable : variables) {
    if (variable.size() > name.size() && variable[name.size()] == '=' && variable.starts_with(name)) {
      return variable.substr(name.size() + 1);
    }
  }
  return "";
}

}  // namespace shoal::process
