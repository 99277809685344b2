// SPDX-License-Identifier: Apache-2.0
#include "run/replay.hpp"

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

}  // namespace

void write_replay(record::Group& replay, const std::vector<tasks::ResultRun>& runs) {
  std::vector<std::int8_t> bytes;
  std::vector<std::int64_t> ends;
  for (const auto& run : runs) {
    const tasks::Bytes record = tasks::serialise(run);
    const std::size_t start = bytes.size();
    bytes.resize(start + record.size());
    std::memcpy(bytes.data() + start, record.data(), record.size());
    ends.push_back(static_cast<std::int64_t>(bytes.size()));
  }
  replay.add("bytes", bytes, {bytes.size()}, {"byte"}, "1", "results of finished tasks, as in the journal");
  replay.add("end", ends, {ends.size()}, {"run"}, "1", "where each run of results ends in bytes");
}

std::vector<tasks::ResultRun> read_replay(const std::string& result) {
  const record::Group root = record::read_result(result);
  const auto group = root.groups.find("replay");
  if (group == root.groups.end()) return {};
  const auto& bytes = group->second.datasets.at("bytes").bytes;
  std::vector<tasks::ResultRun> runs;
  std::size_t begin = 0;
  for (const std::int64_t end : values_of<std::int64_t>(group->second.datasets.at("end"))) {
    const auto stop = static_cast<std::size_t>(end);
    if (stop < begin || stop > bytes.size()) throw Error(ExitCode::other_input, result + ": the group /replay is damaged");
    tasks::ResultRun run = tasks::parse_result_run(std::span(bytes).subspan(begin, stop - begin));
    if (run.round == 0) runs.push_back(std::move(run));
    begin = stop;
  }
  return runs;
}

}  // namespace shoal::run
