// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/journal.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "catch.hpp"
#include "folder.hpp"
#include "shoal/error.hpp"
#include "shoal/record/crc32c.hpp"

using namespace shoal;
using namespace shoal::record;

namespace {

using Bytes = std::vector<std::byte>;
using Records = std::vector<std::pair<RecordKind, Bytes>>;

const JournalHeader kHeader = {.run_id = "0192-run", .science_digest = std::string(64, 'a'), .created = 1234567890};

Bytes bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// Records of different sizes; record i says so in its content.
Records sample_records(int n) {
  Records records;
  for (int i = 0; i < n; ++i) records.emplace_back(i % 2 ? RecordKind::results : RecordKind::decision, bytes_of("record " + std::to_string(i * i)));
  return records;
}

std::string write_sample(const Folder& folder, const Records& records) {
  Journal journal = Journal::create(folder.file("r.h5.journal"), kHeader);
  for (const auto& [kind, content] : records) journal.append(kind, content);
  journal.sync();
  return journal.path();
}

Records read_all(const std::string& path, JournalScan* scan = nullptr) {
  Records records;
  const JournalScan found = scan_journal(path, [&](RecordKind kind, std::span<const std::byte> content) {
    records.emplace_back(kind, Bytes(content.begin(), content.end()));
  });
  if (scan) *scan = found;
  return records;
}

void write(const std::string& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

bool is_prefix(const Records& part, const Records& all) {
  return part.size() <= all.size() && std::equal(part.begin(), part.end(), all.begin());
}

}  // namespace

TEST_CASE("a journal gives back its header and its records in order") {
  const Folder folder;
  const Records records = sample_records(5);
  const std::string path = write_sample(folder, records);
  JournalScan scan;
  CHECK(read_all(path, &scan) == records);
  REQUIRE(scan.header);
  CHECK(scan.header->run_id == kHeader.run_id);
  CHECK(scan.header->science_digest == kHeader.science_digest);
  CHECK(scan.header->created == kHeader.created);
  CHECK(scan.n_records == 5);
  CHECK(scan.sound_bytes == scan.file_bytes);
  CHECK(scan.note.empty());
}

TEST_CASE("a journal cut at any byte gives a prefix, and continues from there") {
  const Folder folder;
  const Records records = sample_records(6);
  const Bytes whole = read_file(write_sample(folder, records));
  const std::string path = folder.file("cut.journal");
  std::size_t most = 0;
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    write(path, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    JournalScan scan;
    const Records part = read_all(path, &scan);
    REQUIRE(is_prefix(part, records));
    REQUIRE(part.size() >= most);  // a longer file never gives less
    most = part.size();
    REQUIRE(scan.header.has_value() == (length >= 128));
    REQUIRE_FALSE(scan.damaged);
    if (!scan.header) continue;
    {
      Journal journal = Journal::open(path, scan);
      journal.append(RecordKind::segment, bytes_of("after"));
    }
    Records expected = part;
    expected.emplace_back(RecordKind::segment, bytes_of("after"));
    REQUIRE(read_all(path) == expected);
  }
  CHECK(most == records.size());
}

TEST_CASE("a flipped bit anywhere is a clear error or a cut, never another record") {
  const Folder folder;
  const Records records = sample_records(4);
  const Bytes whole = read_file(write_sample(folder, records));
  const std::string path = folder.file("flipped.journal");
  int n_refused = 0, n_cut = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    write(path, flipped);
    try {
      JournalScan scan;
      const Records part = read_all(path, &scan);
      REQUIRE(is_prefix(part, records));
      REQUIRE(part.size() < records.size());
      REQUIRE_FALSE(scan.note.empty());
      ++n_cut;
    } catch (const Error& error) {
      REQUIRE(error.code() == ExitCode::other_input);
      ++n_refused;
    }
  }
  CHECK(n_refused == 128 * 8);  // the header: it would be unknown whose journal it is
  CHECK(n_cut == static_cast<int>(whole.size() - 128) * 8);
}

TEST_CASE("damage before the end is cut, and what is cut off is kept") {
  const Folder folder;
  const std::string path = write_sample(folder, sample_records(6));
  Bytes bytes = read_file(path);
  bytes[160] ^= std::byte{1};
  write(path, bytes);
  const JournalScan scan = scan_journal(path);
  CHECK(scan.damaged);
  CHECK(scan.note == path + ": " + std::to_string(scan.file_bytes - scan.sound_bytes) +
                         " bytes at its end are damaged; the tasks in them are computed again.");
  Journal::open(path, scan);
  CHECK(std::filesystem::file_size(path) == static_cast<std::uintmax_t>(scan.sound_bytes));
  CHECK(read_file(path + ".cut").size() == static_cast<std::size_t>(scan.file_bytes - scan.sound_bytes));
}

TEST_CASE("journals of unknown versions and other files are refused in one sentence") {
  const Folder folder;
  CHECK_FALSE(scan_journal(folder.file("missing")).header);
  std::ofstream(folder.file("text")) << "not a journal";
  CHECK(message_of([&] { scan_journal(folder.file("text")); }) == "cannot read " + folder.file("text") + ": it is not a journal of shoal. Move it away.");
  CHECK_THROWS_AS(Journal::create(folder.file("text"), kHeader), Error);
  const std::string path = write_sample(folder, sample_records(1));
  CHECK(message_of([&] { Journal::create(path, kHeader); }) ==
        path + " is in the way: it belongs to an earlier run. Run that one's command again, or use --new.");
}

TEST_CASE("a journal of a later major version is refused, of a later minor version read") {
  const Folder folder;
  const std::string path = write_sample(folder, sample_records(2));
  const auto with_version = [&](int offset, std::uint16_t version) {  // and a checksum that fits
    Bytes bytes = read_file(path);
    std::memcpy(bytes.data() + offset, &version, 2);
    const std::uint32_t checksum = crc32c(std::span(bytes).first(124));
    std::memcpy(bytes.data() + 124, &checksum, 4);
    write(path, bytes);
  };
  with_version(10, 9);
  CHECK(scan_journal(path).n_records == 2);
  with_version(8, 2);
  CHECK(message_of([&] { scan_journal(path); }) ==
        "cannot read " + path + ": it has version 2 of the journal format, and this program reads version 1: use the shoal that wrote it. "
        "Start afresh with --new, which keeps the old files.");
}

TEST_CASE("a batch is one write, and the durable position follows sync") {
  const Folder folder;
  Journal journal = Journal::create(folder.file("j"), kHeader);
  CHECK(journal.position() == 128);
  const Bytes a = bytes_of("a"), b = bytes_of("bb");
  const Journal::Record batch[] = {{RecordKind::results, a}, {RecordKind::results, b}};
  journal.append(batch);
  CHECK(journal.position() == 128 + 10 + 11);
  CHECK(journal.durable() == 128);
  CHECK(journal.sync() == journal.position());
  CHECK(journal.durable() == journal.position());
  journal.remove();
  CHECK_FALSE(std::filesystem::exists(folder.file("j")));
}

TEST_CASE("one thread appends while another makes durable") {
  const Folder folder;
  Journal journal = Journal::create(folder.file("j"), kHeader);
  std::atomic<bool> done = false, ahead = false;  // assertions belong to the main thread
  std::thread syncing([&] {
    while (!done)
      if (journal.sync() > journal.position()) ahead = true;
  });
  const Bytes content(100, std::byte{7});
  for (int i = 0; i < 5000; ++i) journal.append(RecordKind::results, content);
  done = true;
  syncing.join();
  CHECK_FALSE(ahead);
  CHECK(journal.sync() == 128 + 5000 * 109);
  CHECK(read_all(folder.file("j")).size() == 5000);
}

TEST_CASE("segments and inputs survive their way through bytes, and short ones are refused") {
  const JournalSegment segment = {3, 1700000000, 4, 8, 1000, "n1,n2", "resumed after a time limit", "0.1.0 abc", "17.1", "shoal run a.toml"};
  const JournalSegment read = parse_segment(serialise(segment));
  CHECK(read.number == 3);
  CHECK(read.ranks == 4);
  CHECK(read.threads == 8);
  CHECK(read.tasks_reused == 1000);
  CHECK(read.hosts == "n1,n2");
  CHECK(read.command_line == "shoal run a.toml");
  const JournalInput input = parse_input(serialise(JournalInput{"t", "tune", 200, {"a = 1", "b = 2"}}));
  CHECK(input.science == std::vector<std::string>{"a = 1", "b = 2"});
  CHECK(input.n_tasks == 200);
  const Bytes whole = serialise(segment);
  for (std::size_t n = 0; n < whole.size(); ++n) REQUIRE_THROWS_AS(parse_segment(std::span(whole).first(n)), Error);
}
