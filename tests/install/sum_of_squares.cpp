// SPDX-License-Identifier: Apache-2.0
// A job of one's own with the installed library: adds the squares of 0 .. 9999, one task each.
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "shoal/parallel/session.hpp"
#include "shoal/tasks/job.hpp"
#include "shoal/tasks/serial.hpp"

class SumOfSquares final : public shoal::tasks::Job {
 public:
  std::int64_t sum = 0;

  std::int64_t result_bytes(std::int64_t) const override { return 8; }
  shoal::tasks::Round prepare_round(std::int64_t, std::int64_t round) override {
    shoal::tasks::Round all;
    all.n_tasks = round == 0 ? 10000 : 0;
    return all;
  }
  bool run(const shoal::tasks::TaskInput& input, shoal::tasks::Workspace*, shoal::tasks::TaskOutput& output) const override {
    const std::int64_t square = input.id.task * input.id.task;
    const auto* bytes = reinterpret_cast<const std::byte*>(&square);
    output.result.insert(output.result.end(), bytes, bytes + sizeof square);
    return true;
  }
  void fold(shoal::tasks::TaskId, shoal::tasks::ByteView result) override {
    std::int64_t square;
    std::memcpy(&square, result.data(), sizeof square);
    sum += square;
  }
};

int main() {
  shoal::parallel::Session session;
  SumOfSquares job;
  const auto summary = shoal::tasks::run_serial(job, {});
  std::printf("%lld\n", static_cast<long long>(job.sum));
  return session.finish(summary.outcome == shoal::tasks::Outcome::complete ? shoal::ExitCode::complete
                                                                          : shoal::ExitCode::internal);
}
