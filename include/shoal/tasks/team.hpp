// SPDX-License-Identifier: Apache-2.0
// The threads that work on one task together (policy.threads_per_task).
#pragma once

#include <functional>

namespace shoal::tasks {

// A task's own view: one team, for the time of Job::run. No result may depend on size(): what members compute must be put
// together in an order that depends on the task alone.
class Team {
 public:
  virtual ~Team() = default;

  virtual int size() const = 0;

  // Calls body(member) once for each member in [0, size()), at once on all threads of the team (member 0 on the calling
  // one), and returns when all have ended. If members throw, the exception of the lowest is rethrown; one that throws must
  // not leave others behind in barrier(). Only from Job::run itself, not from inside `body`.
  virtual void run(const std::function<void(int member)>& body) = 0;

  // Inside `body`: returns when every member has called it. What members wrote before is seen by all afterwards.
  virtual void barrier() = 0;

  // The team of one.
  static Team& solo();
};

}  // namespace shoal::tasks
