// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/decision.hpp"

#include "tasks/wire.hpp"

namespace shoal::tasks {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

Bytes serialise(const Decision& decision) {
  Writer w;
  w.reserve(64 + decision.prepared.payload.size());
  w.number(kVersion);
  w.number(decision.stream);
  w.number(decision.round);
  w.number(decision.task);
  w.number(decision.n_folded);
  w.number<std::uint8_t>(decision.end);
  w.number(decision.prepared.predecessor);
  w.bytes(decision.prepared.payload);
  return w.take();
}

Decision parse_decision(ByteView data) {
  Reader r(data, "journal record of a decision");
  if (const auto version = r.number<std::uint8_t>(); version != kVersion)
    r.fail("version " + std::to_string(version) + ", this program reads version " + std::to_string(kVersion));
  Decision decision;
  decision.stream = r.number<std::int64_t>();
  decision.round = r.number<std::int64_t>();
  decision.task = r.number<std::int64_t>();
  decision.n_folded = r.number<std::int64_t>();
  decision.end = r.flag();
  decision.prepared.predecessor = r.number<std::int64_t>();
  decision.prepared.payload = r.bytes();
  r.end();
  if (decision.stream < 0 || decision.round < 0 || decision.task < 0 || decision.n_folded < 0)
    r.fail("impossible numbers");
  return decision;
}

}  // namespace shoal::tasks
