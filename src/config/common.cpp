// SPDX-License-Identifier: Apache-2.0
#include "shoal/config/common.hpp"

namespace shoal::config {
namespace {

constexpr double kDay = 86400;

void bind_schedule(Table& table, ScheduleParameters& s) {
  table.text("chunk", s.chunk,
             {.help = "how many tasks a worker gets at once", .role = Role::execution,
              .allowed = {"auto", "static_block", "static_cyclic", "guided", "factoring", "trapezoid", "one"}});
  table.text("order", s.order,
             {.help = "order in which tasks are handed out", .role = Role::execution,
              .allowed = {"natural", "bit_reversed", "longest"}});
  table.integer("threads_per_task", s.threads_per_task,
                {.help = "worker threads that share a task; the threads of a rank must be a multiple of it", .role = Role::execution,
                 .minimum = 1, .maximum = 65536});
  table.real("heartbeat_seconds", s.heartbeat_seconds,
             {.help = "between signs of life of every rank", .unit = "s", .role = Role::execution, .minimum = 0.01, .maximum = 3600});
  table.real("lost_seconds", s.lost_seconds,
             {.help = "silence after which a rank counts as lost", .unit = "s", .role = Role::execution, .minimum = 0.1, .maximum = kDay});
  table.real("stop_grace_seconds", s.stop_grace_seconds,
             {.help = "how long a stop waits for running tasks", .unit = "s", .role = Role::execution, .minimum = 0, .maximum = kDay});
  table.boolean("allow_oversubscription", s.allow_oversubscription,
                {.help = "more threads than CPUs is otherwise an error under Slurm", .role = Role::execution});
}

void bind_output(Table& table, OutputParameters& o) {
  table.real("snapshot_seconds", o.snapshot_seconds,
             {.help = "between partial results that others can open; 0: only at the end", .unit = "s", .role = Role::execution,
              .minimum = 0, .maximum = kDay});
  table.real("fsync_seconds", o.fsync_seconds,
             {.help = "at most this much finished work is lost to a power failure", .unit = "s", .role = Role::execution,
              .minimum = 0.01, .maximum = 3600});
  table.real("progress_seconds", o.progress_seconds,
             {.help = "between plain progress lines", .unit = "s", .role = Role::execution, .minimum = 0.1, .maximum = kDay});
}

}  // namespace

void bind_common(Table& root, CommonParameters& common, const std::vector<std::string>& workload_names) {
  root.text("workload", common.workload, {.help = "what to do", .allowed = workload_names, .required = true});
  root.text("title", common.title, {.help = "for people", .role = Role::execution});
  root.integer("seed", common.seed, {.help = "of all random numbers", .minimum = 0});
  bind_schedule(root.table("schedule", "who computes what and when; never changes a result"), common.schedule);
  bind_output(root.table("output", "how often things are written and said"), common.output);
}

}  // namespace shoal::config
