// SPDX-License-Identifier: Apache-2.0
// Bytes of a message: version, kind (place in the variant), then the members in the order of message.hpp.
#include "shoal/tasks/message.hpp"

#include "tasks/run_wire.hpp"

namespace shoal::tasks {
namespace {

constexpr std::uint8_t kVersion = 1;

void put(Writer& w, const Request& m) {
  w.number(m.epoch);
  w.number(m.received);
  w.number(m.idle);
  w.number(m.ahead);
  w.number(m.sent);
}
void get(Reader& r, Request& m) {
  m.epoch = r.number<std::int64_t>();
  m.received = r.number<std::int64_t>();
  m.idle = r.number<std::int32_t>();
  m.ahead = r.number<std::int32_t>();
  m.sent = r.number<double>();
  if (m.idle < 0 || m.ahead < 0) r.fail("negative request");
}

void put(Writer& w, const Hello& m) {
  w.number(m.threads);
  put(w, m.request);
}
void get(Reader& r, Hello& m) {
  m.threads = r.number<std::int32_t>();
  get(r, m.request);
}

void put(Writer& w, const RoundStart& m) {
  w.number(m.stream);
  w.number(m.round);
  w.number(m.first_task);
  w.number(m.result_bytes);
  w.order(m.order);
  w.number<std::uint8_t>(m.prepared);
  w.bytes(m.common_payload);
}
void get(Reader& r, RoundStart& m) {
  m.stream = r.number<std::int64_t>();
  m.round = r.number<std::int64_t>();
  m.first_task = r.number<std::int64_t>();
  m.result_bytes = r.number<std::int64_t>();
  m.order = r.order();
  m.prepared = r.flag();
  m.common_payload = r.bytes();
}

void put(Writer& w, const RangeTask& m) {
  w.number(m.stream);
  w.number(m.round);
  w.number(m.first);
  w.number(m.count);
}
void get(Reader& r, RangeTask& m) {
  m.stream = r.number<std::int64_t>();
  m.round = r.number<std::int64_t>();
  m.first = r.number<std::int64_t>();
  m.count = r.number<std::int64_t>();
}

void put(Writer& w, const PreparedTask& m) {
  w.number(m.stream);
  w.number(m.round);
  w.number(m.task);
  w.number(m.predecessor);
  w.number(m.blob_rank);
  w.bytes(m.payload);
  w.number(m.together);
}
void get(Reader& r, PreparedTask& m) {
  m.stream = r.number<std::int64_t>();
  m.round = r.number<std::int64_t>();
  m.task = r.number<std::int64_t>();
  m.predecessor = r.number<std::int64_t>();
  m.blob_rank = r.number<std::int32_t>();
  m.payload = r.bytes();
  m.together = r.number<std::int64_t>();
}

void put(Writer& w, const ChunkLog& m) {
  w.number(m.rank);
  w.number(m.thread);
  w.number(m.stream);
  w.number(m.first);
  w.number(m.count);
  w.number(m.start);
  w.number(m.end);
  w.number(m.cpu);
}
void get(Reader& r, ChunkLog& m) {
  m.rank = r.number<std::int32_t>();
  m.thread = r.number<std::int32_t>();
  m.stream = r.number<std::int64_t>();
  m.first = r.number<std::int64_t>();
  m.count = r.number<std::int64_t>();
  m.start = r.number<double>();
  m.end = r.number<double>();
  m.cpu = r.number<double>();
}

void put(Writer& w, const ResultRun& m) { write_run(w, m); }
void get(Reader& r, ResultRun& m) { m = read_run(r); }

void put(Writer& w, const std::pair<std::int64_t, std::int64_t>& m) {
  w.number(m.first);
  w.number(m.second);
}
void get(Reader& r, std::pair<std::int64_t, std::int64_t>& m) {
  m.first = r.number<std::int64_t>();
  m.second = r.number<std::int64_t>();
}

template <class T>
void put_all(Writer& w, const std::vector<T>& list) {
  w.number<std::uint64_t>(list.size());
  for (const T& m : list) put(w, m);
}
template <class T>
void get_all(Reader& r, std::vector<T>& list) {
  list.resize(r.length(16));  // no element is shorter
  for (T& m : list) get(r, m);
}

void put(Writer& w, const Assignment& m) {
  w.number(m.echo);
  w.number(m.chunks);
  put_all(w, m.forget);
  put_all(w, m.rounds);
  put_all(w, m.ranges);
  put_all(w, m.tasks);
  w.number(m.blocked_ago);
}
void get(Reader& r, Assignment& m) {
  m.echo = r.number<double>();
  m.chunks = r.number<std::int32_t>();
  get_all(r, m.forget);
  get_all(r, m.rounds);
  get_all(r, m.ranges);
  get_all(r, m.tasks);
  m.blocked_ago = r.number<double>();
}

void put(Writer& w, const Results& m) {
  put(w, m.request);
  put_all(w, m.runs);
  put_all(w, m.log);
}
void get(Reader& r, Results& m) {
  get(r, m.request);
  get_all(r, m.runs);
  get_all(r, m.log);
}

void put(Writer& w, const TaskId& id) {
  w.number(id.stream);
  w.number(id.task);
}
void get(Reader& r, TaskId& id) {
  id.stream = r.number<std::int64_t>();
  id.task = r.number<std::int64_t>();
}

void put(Writer& w, const TaskError& m) {
  put(w, m.task);
  w.number(m.exit_code);
  w.bytes(std::as_bytes(std::span(m.text)));
}
void get(Reader& r, TaskError& m) {
  get(r, m.task);
  m.exit_code = r.number<std::int32_t>();
  m.text = r.text();
}

void put(Writer& w, const BlobMissing& m) {
  put(w, m.task);
  w.number(m.predecessor);
}
void get(Reader& r, BlobMissing& m) {
  get(r, m.task);
  m.predecessor = r.number<std::int64_t>();
}

void put(Writer& w, const BlobRequest& m) { put(w, m.id); }
void get(Reader& r, BlobRequest& m) { get(r, m.id); }

void put(Writer& w, const BlobReply& m) {
  put(w, m.id);
  w.number<std::uint8_t>(m.found);
  w.bytes(m.blob);
}
void get(Reader& r, BlobReply& m) {
  get(r, m.id);
  m.found = r.flag();
  m.blob = r.bytes();
}

void put(Writer& w, const Heartbeat& m) { w.number(m.sent); }
void get(Reader& r, Heartbeat& m) { m.sent = r.number<double>(); }
void put(Writer& w, const HeartbeatReply& m) { w.number(m.echo); }
void get(Reader& r, HeartbeatReply& m) { m.echo = r.number<double>(); }
void put(Writer& w, const Reset& m) { w.number(m.epoch); }
void get(Reader& r, Reset& m) { m.epoch = r.number<std::int64_t>(); }

void put(Writer& w, StopKind kind) { w.number(static_cast<std::uint8_t>(kind)); }
void get(Reader& r, StopKind& kind) {
  const auto value = r.number<std::uint8_t>();
  if (value > static_cast<std::uint8_t>(StopKind::hard)) r.fail("unknown kind of stop");
  kind = static_cast<StopKind>(value);
}

void put(Writer& w, const StopRequest& m) { put(w, m.kind); }
void get(Reader& r, StopRequest& m) { get(r, m.kind); }
void put(Writer& w, const Stop& m) {
  put(w, m.kind);
  w.number(m.grace_seconds);
  w.number(m.blocked_ago);
}
void get(Reader& r, Stop& m) {
  get(r, m.kind);
  m.grace_seconds = r.number<double>();
  m.blocked_ago = r.number<double>();
}
void put(Writer& w, const Bye& m) { w.number(m.abandoned); }
void get(Reader& r, Bye& m) { m.abandoned = r.number<std::int32_t>(); }
void put(Writer& w, const Exit& m) { w.number(m.code); }
void get(Reader& r, Exit& m) { m.code = r.number<std::int32_t>(); }

// The alternative number `kind` of the variant, read member by member.
template <std::size_t I = 0>
Message get_kind(Reader& r, std::size_t kind) {
  if constexpr (I == std::variant_size_v<Message>) {
    r.fail("unknown kind " + std::to_string(kind));
  } else {
    if (kind != I) return get_kind<I + 1>(r, kind);
    std::variant_alternative_t<I, Message> m;
    get(r, m);
    return m;
  }
}

}  // namespace

Bytes serialise(const Message& message) {
  Writer w;
  w.number(kVersion);
  w.number(static_cast<std::uint8_t>(message.index()));
  std::visit([&](const auto& m) { put(w, m); }, message);
  return w.take();
}

Message parse_message(ByteView data) {
  Reader r(data, "message between ranks");
  if (const auto version = r.number<std::uint8_t>(); version != kVersion)
    r.fail("version " + std::to_string(version) + ", this program speaks version " + std::to_string(kVersion));
  const std::size_t kind = r.number<std::uint8_t>();
  Message message = get_kind(r, kind);
  r.end();
  return message;
}

}  // namespace shoal::tasks
