// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shoal/parallel/session.hpp"

namespace shoal::test {

// Of this test program: all ranks of the launcher, or one.
parallel::Comm& comm();

}  // namespace shoal::test
