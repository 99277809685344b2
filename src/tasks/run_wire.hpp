// SPDX-License-Identifier: Apache-2.0
// A ResultRun inside a message or a journal record.
#pragma once

#include "shoal/tasks/result_run.hpp"
#include "tasks/wire.hpp"

namespace shoal::tasks {

void write_run(Writer&, const ResultRun&);
ResultRun read_run(Reader&);

}  // namespace shoal::tasks
