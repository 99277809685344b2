// SPDX-License-Identifier: Apache-2.0
#include "run/replay.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "shoal/error.hpp"
#include "shoal/record/result_file.hpp"

namespace shoal::run {
namespace {

template <class T>
std::vector<T> values_of(const record::Dataset& dataset) {
  std::vector<T> values(dataset.bytes.size() / sizeof(T));
  std::memcpy(values.data(), dataset.bytes.data(), values.size() * sizeof(T));
  return values;
}

// Calls `add` with the bytes of each record of a list.
template <class Add>
void read_list(const record::Group& group, const std::string& prefix, const std::string& result, Add&& add) {
  const auto& bytes = group.datasets.at(prefix + "bytes").bytes;
  std::size_t begin = 0;
  for (const std::int64_t end : values_of<std::int64_t>(group.datasets.at(prefix + "end"))) {
    const auto stop = static_cast<std::size_t>(end);
    if (stop < begin || stop > bytes.size()) throw Error(ExitCode::other_input, result + ": the group /replay is damaged");
    add(std::span(bytes).subspan(begin, stop - begin));
    begin = stop;
  }
}

// `bytes` and `end` of a list of records.
template <class T>
void write_list(record::Group& group, const std::string& prefix, const std::string& one, const std::string& what,
                const std::vector<T>& list) {
  std::vector<std::int8_t> bytes;
  std::vector<std::int64_t> ends;
  for (const T& entry : list) {
    const tasks::Bytes record = tasks::serialise(entry);
    const std::size_t start = bytes.size();
    bytes.resize(start + record.size());
    std::memcpy(bytes.data() + start, record.data(), record.size());
    ends.push_back(static_cast<std::int64_t>(bytes.size()));
  }
  group.add(prefix + "bytes", bytes, {bytes.size()}, {prefix + "byte"}, "1", what + ", as in the journal");
  group.add(prefix + "end", ends, {ends.size()}, {one}, "1", "where each " + one + " ends in " + prefix + "bytes");
}

}  // namespace

void write_replay(record::Group& group, const Replay& replay) {
  write_list(group, "", "run", "results of finished tasks", replay.runs);
  if (!replay.decisions.empty()) write_list(group, "decision_", "decision", "decisions in free rounds", replay.decisions);
}

Replay read_replay(const std::string& result, Rounds rounds) {
  const record::Group root = record::open_result(result, false);
  Replay replay;
  const auto group = root.groups.find("replay");
  if (group == root.groups.end()) return replay;
  read_list(group->second, "", result, [&](tasks::ByteView bytes) {
    replay.runs.push_back(tasks::parse_result_run(bytes));
  });
  const bool decided = group->second.datasets.contains("decision_bytes");
  const bool blobs = std::any_of(replay.runs.begin(), replay.runs.end(), [](const auto& run) { return !run.blobs.empty(); });
  if (rounds == Rounds::first || decided || blobs) std::erase_if(replay.runs, [](const auto& run) { return run.round != 0; });
  if (!decided) return replay;
  read_list(group->second, "decision_", result, [&](tasks::ByteView bytes) {
    tasks::Decision decision = tasks::parse_decision(bytes);
    if (decision.round == 0) replay.decisions.push_back(std::move(decision));
  });
  return replay;
}

}  // namespace shoal::run
