// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/job.hpp"

#include <fmt/format.h>

#include "shoal/error.hpp"

namespace shoal::tasks {

void Job::restore(TaskId id, const Prepared& recorded, const Pending* pending) {
  const std::optional<Prepared> now = prepare(id, pending);
  if (now && now->payload == recorded.payload && now->predecessor == recorded.predecessor) return;
  throw SystemError(fmt::format("task {} of stream {} was decided otherwise when it was recorded: this program or its input "
                                "is not the one that wrote the journal", id.task, id.stream),
                    ExitCode::other_input);
}

bool Job::run_together(std::span<const TaskInput> inputs, Workspace* workspace, std::span<TaskOutput> outputs) const {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!run(inputs[i], workspace, outputs[i])) return false;
  return true;
}

}  // namespace shoal::tasks
