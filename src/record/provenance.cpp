// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/provenance.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shoal/error.hpp"
#include "shoal/record/sha256.hpp"

namespace shoal::record {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// One member of each row, in order.
template <class Row, class Member>
auto column(const std::vector<Row>& rows, Member Row::*member) {
  std::vector<Member> values;
  for (const Row& row : rows) values.push_back(row.*member);
  return values;
}

void write_pairs(Group& group, const Pairs& pairs, const std::string& dimension, const char* first, const char* second,
                 const std::string& of) {
  group.texts(first, column(pairs, &Pairs::value_type::first), dimension, fmt::format("{} of {}", first, of));
  group.texts(second, column(pairs, &Pairs::value_type::second), dimension, fmt::format("{} of {}", second, of));
}

void write_integers(Group& group, const std::string& name, const std::vector<std::int64_t>& values,
                    const std::string& dimension, const std::string& long_name) {
  group.add(name, values, {values.size()}, {dimension}, "1", long_name);
}

void write_ranks(Group& group, const std::vector<RankPlace>& ranks) {
  group.texts("host", column(ranks, &RankPlace::host), "rank", "host of the rank");
  write_integers(group, "threads", column(ranks, &RankPlace::threads), "rank", "worker threads of the rank");
  group.texts("mask", column(ranks, &RankPlace::mask), "rank", "CPUs that the rank may use");
}

void write_segments(Group& group, const std::vector<Segment>& segments) {
  group.texts("started", column(segments, &Segment::started), "segment", "when it began, UTC");
  group.texts("ended", column(segments, &Segment::ended), "segment", "when it ended, UTC; empty: not known");
  group.texts("reason", column(segments, &Segment::reason), "segment", "why it began");
  write_integers(group, "ranks", column(segments, &Segment::ranks), "segment", "number of ranks");
  write_integers(group, "threads", column(segments, &Segment::threads), "segment", "worker threads of rank 0");
  write_integers(group, "tasks_reused", column(segments, &Segment::tasks_reused), "segment", "finished tasks that it found");
  group.texts("hosts", column(segments, &Segment::hosts), "segment", "hosts, comma-separated");
  group.texts("program", column(segments, &Segment::program), "segment", "version and commit of the program");
  group.texts("slurm_job", column(segments, &Segment::slurm_job), "segment", "Slurm job and restart count; empty: none");
}

void write_slurm(Group& slurm, const Pairs& environment) {
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("SLURM_")) continue;
    std::string key = name.substr(6);
    std::transform(key.begin(), key.end(), key.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    slurm.text(key, value, name);
  }
}

const Dataset& need(const Group& group, const std::string& path) {
  const Dataset* found = group.find_dataset(path);
  if (!found) throw Error(ExitCode::other_input, fmt::format("the result has no /provenance/{}: it is damaged or not of this program.", path));
  return *found;
}

std::string text(const Group& group, const std::string& path) {
  const Dataset& found = need(group, path);
  return found.type == Type::text && found.strings.size() == 1 ? found.strings[0] : std::string();
}

// One column of a table, of exactly n rows.
template <class T>
std::vector<T> rows(const Group& group, const std::string& path, std::size_t n) {
  const Dataset& found = need(group, path);
  std::vector<T> values;
  if constexpr (std::is_same_v<T, std::string>) values = found.strings;
  else if (found.type == type_of<T>()) values = found.values<T>();
  if (values.size() != n) throw Error(ExitCode::other_input, fmt::format("the result's /provenance/{} is incomplete.", path));
  return values;
}

Pairs read_pairs(const Group& group, const std::string& first, const std::string& second) {
  const auto& names = need(group, first).strings;
  const auto values = rows<std::string>(group, second, names.size());
  Pairs pairs;
  for (std::size_t i = 0; i < names.size(); ++i) pairs.emplace_back(names[i], values[i]);
  return pairs;
}

template <class Row, class Member>
void read_column(const Group& group, const std::string& path, std::vector<Row>& table, Member Row::*member) {
  const auto values = rows<Member>(group, path, table.size());
  for (std::size_t i = 0; i < table.size(); ++i) table[i].*member = values[i];
}

std::vector<Segment> read_segments(const Group& group) {
  std::vector<Segment> segments(need(group, "segments/started").strings.size());
  read_column(group, "segments/started", segments, &Segment::started);
  read_column(group, "segments/ended", segments, &Segment::ended);
  read_column(group, "segments/reason", segments, &Segment::reason);
  read_column(group, "segments/ranks", segments, &Segment::ranks);
  read_column(group, "segments/threads", segments, &Segment::threads);
  read_column(group, "segments/tasks_reused", segments, &Segment::tasks_reused);
  read_column(group, "segments/hosts", segments, &Segment::hosts);
  read_column(group, "segments/program", segments, &Segment::program);
  read_column(group, "segments/slurm_job", segments, &Segment::slurm_job);
  return segments;
}

}  // namespace

void write_provenance(Group& group, const Provenance& content) {
  const Pairs environment = allowed_environment();
  group.text("run_id", content.run_id, "identifier of the run");
  group.text("shoal_version", content.build.version, "version of the program");
  group.text("git_commit", content.build.git_commit, "commit that the program was built from");
  group.scalar("git_dirty", static_cast<std::int8_t>(content.build.git_dirty), "1", "whether the sources differed from the commit")
      .flags = {{0, "clean"}, {1, "dirty"}};
  group.text("compiler", content.build.compiler, "compiler of the program");
  group.text("flags", content.build.flags, "flags of the compiler");
  group.texts("command_line", content.command_line, "argument", "command line of the last segment");
  group.texts("overrides", content.overrides, "override", "--set, in order");
  group.text("input_name", content.input_name, "name of the input file");
  group.text("input_text", content.input_text, "content of the input file");
  group.text("input_sha256", to_hex(sha256(content.input_text)), "SHA-256 of the input file");
  group.text("science_digest", content.science_digest, "SHA-256 of all that makes two inputs the same");
  group.texts("science", content.science, "line", "all that makes two inputs the same");
  write_pairs(group.group("libraries"), content.libraries, "library", "name", "version", "a library");
  write_pairs(group.group("data_files"), content.data_files, "file", "path", "sha256", "a data file");
  write_pairs(group.group("environment"), environment, "variable", "name", "value", "an environment variable");
  write_ranks(group.group("ranks"), content.ranks);
  write_segments(group.group("segments"), content.segments);
  write_slurm(group.group("slurm"), environment);
}

Provenance read_provenance(const Group& group) {
  Provenance content;
  content.run_id = text(group, "run_id");
  content.build.version = text(group, "shoal_version");
  content.build.git_commit = text(group, "git_commit");
  content.build.git_dirty = rows<std::int8_t>(group, "git_dirty", 1)[0] != 0;
  content.build.compiler = text(group, "compiler");
  content.build.flags = text(group, "flags");
  content.command_line = need(group, "command_line").strings;
  content.overrides = need(group, "overrides").strings;
  content.input_name = text(group, "input_name");
  content.input_text = text(group, "input_text");
  content.science_digest = text(group, "science_digest");
  content.science = need(group, "science").strings;
  content.libraries = read_pairs(group, "libraries/name", "libraries/version");
  content.data_files = read_pairs(group, "data_files/path", "data_files/sha256");
  content.ranks.resize(need(group, "ranks/host").strings.size());
  read_column(group, "ranks/host", content.ranks, &RankPlace::host);
  read_column(group, "ranks/threads", content.ranks, &RankPlace::threads);
  read_column(group, "ranks/mask", content.ranks, &RankPlace::mask);
  content.segments = read_segments(group);
  return content;
}

}  // namespace shoal::record
