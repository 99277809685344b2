// SPDX-License-Identifier: Apache-2.0
// Catch2 on every rank of a launcher, or on a single one: all ranks run the same cases in the same order. Only rank 0
// reports passes; the run fails if a case fails on any rank.
#define CATCH_CONFIG_RUNNER
#include "mpi_tests.hpp"

#include <cstdio>
#include <vector>

#include "catch.hpp"

namespace {
shoal::parallel::Session* session = nullptr;
}

shoal::parallel::Comm& shoal::test::comm() { return session->comm(); }

int main(int argc, char** argv) {
  shoal::parallel::Session own;
  session = &own;
  const std::vector<int> failed = own.comm().gather(Catch::Session().run(argc, argv));
  int code = 0;
  for (const int one : failed) code = one != 0 ? 1 : code;
  code = own.comm().broadcast(code);
  return own.finish(code == 0 ? shoal::ExitCode::complete : shoal::ExitCode::internal);
}
