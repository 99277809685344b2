// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/side_file.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include "catch.hpp"
#include "folder.hpp"

using namespace shoal::record;

namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("side files give back what was put, the last one of an id") {
  const Folder folder;
  const std::string path = side_file_path(folder.file("r.h5"), "blobs", 3, 12);
  CHECK(path == folder.file("r.h5.blobs.3.12"));
  SideWriter writer(path);
  writer.append({0, 1}, bytes_of("one"));
  writer.append({0, 2}, {});
  writer.append({1, 1}, bytes_of("other stream"));
  writer.append({0, 1}, bytes_of("one again"));
  writer.sync();
  SideReader reader(path);
  CHECK(reader.ids() == std::vector<SideId>{{0, 1}, {0, 2}, {1, 1}});
  CHECK(reader.read({0, 1}) == bytes_of("one again"));
  CHECK(reader.read({0, 2}) == Bytes{});
  CHECK(reader.read({5, 5}) == std::nullopt);
  writer.append({5, 5}, bytes_of("late"));
  reader.refresh();
  CHECK(reader.read({5, 5}) == bytes_of("late"));
}

TEST_CASE("a side file cut at any byte gives whole payloads or none") {
  const Folder folder;
  const std::string path = folder.file("whole");
  {
    SideWriter writer(path);
    writer.append({0, 1}, bytes_of("first"));
    writer.append({0, 1}, bytes_of("second"));
  }
  const Bytes whole = read_file(path);
  const std::string cut = folder.file("cut");
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    write_atomically(cut, std::span(whole).first(length));
    const auto read = SideReader(cut).read({0, 1});
    REQUIRE(read == (length == whole.size() ? std::optional(bytes_of("second")) : length >= 29 ? std::optional(bytes_of("first")) : std::nullopt));
  }
}

TEST_CASE("a damaged payload counts as missing, and an earlier sound one of the id is used") {
  const Folder folder;
  const std::string path = folder.file("side");
  {
    SideWriter writer(path);
    writer.append({0, 1}, bytes_of("first"));
    writer.append({0, 1}, bytes_of("second"));
    writer.append({0, 2}, bytes_of("third"));
  }
  Bytes bytes = read_file(path);
  bytes[29 + 24] ^= std::byte{1};
  bytes.back() ^= std::byte{1};
  write_atomically(path, bytes);
  const SideReader reader(path);
  CHECK(reader.read({0, 1}) == bytes_of("first"));
  CHECK(reader.read({0, 2}) == std::nullopt);
}

TEST_CASE("a store finds blobs of other ranks and of earlier segments") {
  const Folder folder;
  const std::string result = folder.file("r.h5");
  { SideWriter(side_file_path(result, "blobs", 0, 1)).append({0, 7}, bytes_of("old")); }
  SideStore mine(result, "blobs", 1, 0), other(result, "blobs", 1, 1);
  CHECK(mine.get({0, 7}) == bytes_of("old"));
  CHECK(find_side_files(result, "blobs").size() == 1);  // reading makes no file
  CHECK(mine.get({0, 8}) == std::nullopt);
  other.put({0, 8}, bytes_of("new"));
  CHECK(mine.get({0, 8}) == bytes_of("new"));
  mine.put({0, 9}, bytes_of("own"));
  CHECK(mine.get({0, 9}) == bytes_of("own"));
  mine.sync();
  CHECK(find_side_files(result, "blobs") == std::vector<std::string>{result + ".blobs.0.1", result + ".blobs.1.0", result + ".blobs.1.1"});
  std::ofstream(result + ".blobs.notes") << "a user's file";
  remove_side_files(result, "blobs");
  CHECK(find_side_files(result, "blobs").empty());
  CHECK(std::filesystem::exists(result + ".blobs.notes"));
}

TEST_CASE("side files sort by number, and a file is never shared") {
  const Folder folder;
  const std::string result = folder.file("r.h5");
  for (const int segment : {10, 9}) SideWriter(side_file_path(result, "tiles", segment, 0)).append({0, 0}, {});
  SideWriter again(side_file_path(result, "tiles", 9, 0));
  CHECK(again.path() == result + ".tiles.9.0.a");
  CHECK(find_side_files(result, "tiles") == std::vector<std::string>{result + ".tiles.9.0", result + ".tiles.9.0.a", result + ".tiles.10.0"});
}

TEST_CASE("several threads put at once") {
  const Folder folder;
  SideStore store(folder.file("r.h5"), "blobs", 0, 0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&store, t] {
      for (int i = 0; i < 100; ++i) store.put({t, i}, bytes_of(std::to_string(t * 1000 + i)));
    });
  for (auto& thread : threads) thread.join();
  for (int t = 0; t < 4; ++t)
    for (int i = 0; i < 100; ++i) REQUIRE(store.get({t, i}) == bytes_of(std::to_string(t * 1000 + i)));
}
