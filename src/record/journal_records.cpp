// SPDX-License-Identifier: Apache-2.0
// The contents of journal records. Fields that a later minor version adds come at the end and are ignored here.
#include "record/byte_stream.hpp"
#include "shoal/record/journal.hpp"

namespace shoal::record {

std::vector<std::byte> serialise(const JournalSegment& segment) {
  ByteWriter writer;
  writer.put(segment.number).put(segment.started).put(segment.ranks).put(segment.threads).put(segment.tasks_reused);
  writer.put(std::string_view(segment.hosts)).put(std::string_view(segment.reason)).put(std::string_view(segment.program));
  writer.put(std::string_view(segment.slurm_job)).put(std::string_view(segment.command_line));
  return writer.take();
}

JournalSegment parse_segment(std::span<const std::byte> content) {
  ByteReader reader(content, "segment");
  JournalSegment segment;
  segment.number = reader.number<std::int64_t>();
  segment.started = reader.number<std::int64_t>();
  segment.ranks = reader.number<std::int32_t>();
  segment.threads = reader.number<std::int32_t>();
  segment.tasks_reused = reader.number<std::int64_t>();
  segment.hosts = reader.text();
  segment.reason = reader.text();
  segment.program = reader.text();
  segment.slurm_job = reader.text();
  segment.command_line = reader.text();
  return segment;
}

std::vector<std::byte> serialise(const JournalInput& input) {
  ByteWriter writer;
  writer.put(std::string_view(input.title)).put(std::string_view(input.workload)).put(input.n_tasks);
  writer.put(static_cast<std::uint32_t>(input.science.size()));
  for (const std::string& line : input.science) writer.put(std::string_view(line));
  return writer.take();
}

JournalInput parse_input(std::span<const std::byte> content) {
  ByteReader reader(content, "input");
  JournalInput input;
  input.title = reader.text();
  input.workload = reader.text();
  input.n_tasks = reader.number<std::int64_t>();
  const auto n_lines = reader.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < n_lines; ++i) input.science.push_back(reader.text());
  return input;
}

}  // namespace shoal::record
