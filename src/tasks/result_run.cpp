// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/result_run.hpp"

#include "tasks/run_wire.hpp"

namespace shoal::tasks {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr const char* kWhat = "journal record of finished tasks";

}  // namespace

void write_run(Writer& w, const ResultRun& run) {
  w.reserve(64 + run.packed.size() + 8 * run.blobs.size());
  w.number(run.stream);
  w.number(run.round);
  w.order(run.order);
  w.number(run.first);
  w.number(run.count);
  w.bytes(run.packed);
  w.number<std::uint64_t>(run.blobs.size());
  for (const std::int64_t task : run.blobs) w.number(task);
}

ResultRun read_run(Reader& r) {
  ResultRun run;
  run.stream = r.number<std::int64_t>();
  run.round = r.number<std::int64_t>();
  run.order = r.order();
  run.first = r.number<std::int64_t>();
  run.count = r.number<std::int64_t>();
  if (run.stream < 0 || run.round < 0 || run.first < 0 || run.count < 0 || run.count > kUnlimited - run.first)
    r.fail("impossible range of tasks");
  run.packed = r.bytes();
  run.blobs.resize(r.length(8));
  for (std::int64_t& task : run.blobs) task = r.number<std::int64_t>();
  return run;
}

Bytes serialise(const ResultRun& run) {
  Writer w;
  w.number(kVersion);
  write_run(w, run);
  return w.take();
}

ResultRun parse_result_run(ByteView data) {
  Reader r(data, kWhat);
  if (const auto version = r.number<std::uint8_t>(); version != kVersion)
    r.fail("version " + std::to_string(version) + ", this program reads version " + std::to_string(kVersion));
  ResultRun run = read_run(r);
  r.end();
  return run;
}

}  // namespace shoal::tasks
