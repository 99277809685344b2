// SPDX-License-Identifier: Apache-2.0
#include "workloads/workload.hpp"

namespace shoal::workloads {

#define SHOAL_WORKLOAD(name, summary) std::unique_ptr<Workload> make_##name();
#include "workloads/workloads.def"
#undef SHOAL_WORKLOAD

const std::vector<WorkloadInfo>& all_workloads() {
  static const std::vector<WorkloadInfo> workloads = {
#define SHOAL_WORKLOAD(name, summary) {#name, summary, make_##name},
#include "workloads/workloads.def"
#undef SHOAL_WORKLOAD
  };
  return workloads;
}

}  // namespace shoal::workloads
