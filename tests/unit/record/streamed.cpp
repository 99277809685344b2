// SPDX-License-Identifier: Apache-2.0
// Streamed datasets against ordinary ones: the same values, the same digest, whatever their type and shape.
#include "shoal/record/streamed.hpp"

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "folder.hpp"
#include "shoal/record/diff.hpp"
#include "shoal/record/digest.hpp"
#include "shoal/record/image.hpp"
#include "shoal/record/result_file.hpp"
#include "shoal/record/side_file.hpp"
#include "shoal/record/text_view.hpp"
#include "shoal/record/tile.hpp"
#include "shoal/record/tile_index.hpp"

using namespace shoal::record;
using shoal::Error;

namespace {

struct Case {
  Type type;
  std::vector<std::uint64_t> shape;
};

const std::vector<Case> kCases = {{Type::u4, {300000}},      {Type::f8, {700, 901}}, {Type::i1, {3, 1200007}}, {Type::f4, {2, 3, 90001}},
                                  {Type::i4, {2, 400, 333}}, {Type::u8, {5, 5}},     {Type::f8, {1000}},       {Type::i8, {7, 1, 50000}}};

// Smooth in part, noise in part, NaNs of several kinds among floats.
std::vector<std::byte> values(Type type, std::uint64_t n) {
  std::vector<std::byte> bytes(n * element_bytes(type));
  std::uint64_t noise = 1;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    noise = noise * 6364136223846793005U + 1442695040888963407U;
    bytes[i] = static_cast<std::byte>(i % 4096 < 2048 ? i / 997 : noise >> 56);
  }
  const std::uint64_t odd_nan = 0xfff8000000001234U;
  if (type == Type::f8) std::memcpy(bytes.data() + 8 * (n / 2), &odd_nan, 8);
  return bytes;
}

StreamedDataset described(const Case& c, const std::string& path) {
  StreamedDataset dataset;
  dataset.path = path;
  dataset.form.type = c.type;
  dataset.form.shape = c.shape;
  for (std::size_t i = 0; i < c.shape.size(); ++i) dataset.form.dimensions.push_back(path.substr(path.rfind('/') + 1) + "_" + std::to_string(i));
  dataset.form.long_name = "a field";
  return dataset;
}

// All tiles, spread over the files of three ranks and two segments; some twice.
void put_tiles(const std::string& result, const std::vector<StreamedDataset>& datasets, std::int64_t left_out = -1) {
  std::vector<std::unique_ptr<SideWriter>> files;
  for (int i = 0; i < 3; ++i) files.push_back(std::make_unique<SideWriter>(side_file_path(result, "tiles", i % 2, i)));
  std::size_t n = 0;
  for (std::size_t field = 0; field < datasets.size(); ++field) {
    const Dataset& form = datasets[field].form;
    std::uint64_t chunk = 1;
    for (const std::uint64_t extent : chunk_shape(form.type, form.shape)) chunk *= extent;
    const auto all = values(form.type, form.n_elements());
    std::int64_t tile = 0;
    for (const Block& block : datasets[field].tiles()) {
      const std::size_t size = element_bytes(form.type);
      const auto payload = encode_tile(form.type, chunk, std::span(all).subspan(block.first * size, block.count * size));
      const SideId id{static_cast<std::int64_t>(field), tile++};
      if (id.number != left_out || field != 1) files[n++ % 3]->append(id, payload);
      if (n % 5 == 0) files[n % 3]->append(id, payload);
    }
  }
}

Group frame() {
  Group root;
  root.group("results").scalar("count", std::int64_t{7}, "1", "a number");
  root.group("results").add("wide", std::vector<double>(3000, 0.5), {3000}, {"wide"}, "m", "an ordinary array");
  root.group("parameters").text("name", "a text", "a name");
  return root;
}

std::vector<StreamedDataset> all_cases() {
  std::vector<StreamedDataset> datasets;
  for (std::size_t i = 0; i < kCases.size(); ++i) datasets.push_back(described(kCases[i], "results/fields/f" + std::to_string(i)));
  return datasets;
}

const RootInfo kInfo = {"0.1.0", "a test", "test", "complete", "2026-01-01T00:00:00Z", true};

}  // namespace

TEST_CASE("a result with streamed datasets holds the same values and digest as with ordinary ones") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  const auto datasets = all_cases();
  put_tiles(path, datasets);
  Group ordinary = frame();
  for (const StreamedDataset& dataset : datasets) {
    Dataset& placed = ordinary.group("results/fields").datasets[dataset.path.substr(dataset.path.rfind('/') + 1)] = dataset.form;
    placed.bytes = values(placed.type, placed.n_elements());
  }
  seal(ordinary, kInfo);

  TileIndex tiles(path, datasets);
  Group root = frame();
  attach_streamed(root, datasets, tiles);
  seal(root, kInfo);
  CHECK(stored_digest(root) == stored_digest(ordinary));
  write_streamed(path, root, datasets, tiles);
  CHECK(!std::filesystem::exists(path + ".part"));
  const Group read = read_result(path);  // through HDF5's own filters, digest verified
  CHECK(stored_digest(read) == stored_digest(ordinary));
  CHECK(compare_file(path, ordinary).empty());
  write_tree(folder.file("o.h5"), ordinary);
  CHECK(std::filesystem::file_size(path) < std::filesystem::file_size(folder.file("o.h5")) / 100 * 101);
}

TEST_CASE("a tile that is missing or damaged is named") {
  const Folder folder;
  const auto datasets = all_cases();
  put_tiles(folder.file("a.h5"), datasets, 3);
  CHECK_THROWS_WITH(TileIndex(folder.file("a.h5"), datasets),
                    Catch::StartsWith("tile 3 of /results/fields/f1 is in none of the files " + folder.file("a.h5") + ".tiles.*"));
  put_tiles(folder.file("b.h5"), datasets);
  const std::string file = side_file_path(folder.file("b.h5"), "tiles", 0, 0);
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(5000);
    bytes.put('x');
    bytes.put('y');
  }
  TileIndex tiles(folder.file("b.h5"), datasets);
  Group root = frame();
  attach_streamed(root, datasets, tiles);
  seal(root, kInfo);
  pid_t child = ::fork();  // HDF5 is given up for the whole process
  if (child == 0) {
    try {
      write_streamed(folder.file("b.h5"), root, datasets, tiles);
    } catch (const StreamFailure& failure) {
      const bool named = std::string(failure.what()).find("is damaged in " + file) != std::string::npos;
      bool refused = false;
      try {
        make_image(frame());
      } catch (const Error&) {
        refused = must_leave();
      }
      ::_exit(named && refused && failure.code() == shoal::ExitCode::io ? 0 : 2);
    } catch (...) {
      ::_exit(3);
    }
    ::_exit(4);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(!std::filesystem::exists(folder.file("b.h5")));
}

TEST_CASE("too little space is found before anything is written, and the next attempt succeeds") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  const auto datasets = all_cases();
  put_tiles(path, datasets);
  TileIndex tiles(path, datasets);
  Group root = frame();
  attach_streamed(root, datasets, tiles);
  seal(root, kInfo);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1 << 20;
  ::setrlimit(RLIMIT_FSIZE, &small);
  std::string what;
  try {
    write_streamed(path, root, datasets, tiles);
  } catch (const Error& error) {
    what = error.what();
    CHECK(error.code() == shoal::ExitCode::io);
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old);
  CHECK(what == "cannot write " + path + ".part: the file would be larger than allowed here. Raise the limit (ulimit -f) and run the same "
                "command again.");
  CHECK(!std::filesystem::exists(path + ".part"));
  write_streamed(path, root, datasets, tiles);
  CHECK(stored_digest(read_result(path)) == stored_digest(root));
}

TEST_CASE("Fletcher's checksum is that of the definition") {
  const auto sum = [](std::string_view text) { return fletcher32(std::as_bytes(std::span(text))); };
  CHECK(sum("") == 0);
  CHECK(sum(std::string_view("\0\1", 2)) == 0x00010001);
  CHECK(sum("ab") == 0x61626162);          // one word 0x6162
  CHECK(sum("abc") == 0x25c5c462);  // words 0x6162, 0x6300: 0xc462, and 0x125c4 folded
}

TEST_CASE("large arrays stay in the file, and look and compare as others") {
  const Folder folder;
  const auto datasets = all_cases();
  put_tiles(folder.file("a.h5"), datasets);
  TileIndex tiles(folder.file("a.h5"), datasets);
  Group root = frame();
  attach_streamed(root, datasets, tiles);
  seal(root, kInfo);
  write_streamed(folder.file("a.h5"), root, datasets, tiles);

  const Group all = read_result(folder.file("a.h5")), left = open_result(folder.file("a.h5"), true, 4096);
  CHECK(left.find_dataset("results/fields/f5")->source == nullptr);  // 200 bytes
  CHECK(left.find_dataset("results/fields/f1")->bytes.empty());
  CHECK(open_result(folder.file("a.h5"), false, 4096).find_dataset("results/fields/f1")->tile_hashes.empty());
  const auto line_of = [](const Group& group, const std::string& path) {
    const std::string text = view_path(group, path);
    return text.substr(text.find('\n', text.find('\n') + 1));  // the second line has the range, which is not looked for in files
  };
  for (const StreamedDataset& dataset : datasets) {
    INFO(dataset.path);
    CHECK(line_of(left, dataset.path) == line_of(all, dataset.path));
  }

  Group changed = all;
  auto& bytes = changed.group("results/fields").datasets.at("f2").bytes;
  bytes[3000000] ^= std::byte{1};
  seal(changed, kInfo);
  write_tree(folder.file("b.h5"), changed);
  const Group other = open_result(folder.file("b.h5"), true, 4096);
  CHECK(to_text(diff(*all.find_group("results"), *changed.find_group("results"))) ==
        to_text(diff(*left.find_group("results"), *other.find_group("results"))));
  CHECK(diff(*left.find_group("results"), *other.find_group("results")).n_values == 1);
  CHECK(diff(*left.find_group("results"), *open_result(folder.file("a.h5"), false, 4096).find_group("results")).equal());
  CHECK(diff(*left.find_group("results"), *all.find_group("results")).equal());
}

TEST_CASE("blocks are found by number and by element") {
  for (const Case& c : kCases) {
    const auto all = blocks(c.type, c.shape);
    REQUIRE(n_blocks(c.type, c.shape) == all.size());
    for (std::uint64_t i = 0; i < all.size(); ++i)
      for (const std::uint64_t element : {all[i].first, all[i].first + all[i].count - 1}) REQUIRE(block_of(c.type, c.shape, element) == i);
  }
  CHECK(n_blocks(Type::f8, {4, 0, 5}) == 0);
  CHECK(n_blocks(Type::f8, {}) == 1);
}

TEST_CASE("an open dataset finds the tiles of its own extent alone") {
  const Folder folder;
  StreamedDataset list = described({Type::u8, {100}}, "results/list");
  list.open = true;
  const auto put = [&](std::uint64_t extent, std::byte value) {
    list.form.shape = {extent};
    SideWriter file(side_file_path(folder.file("a.h5"), "tiles", static_cast<std::int64_t>(extent), 0));
    file.append({list.group(0), 0}, encode_tile(Type::u8, extent, std::vector(extent * 8, value)));
  };
  put(100, std::byte{1});
  CHECK_THROWS_AS(([&] { list.form.shape = {101}; TileIndex(folder.file("a.h5"), {list}); }()), Error);
  put(101, std::byte{2});
  TileIndex tiles(folder.file("a.h5"), {list});
  CHECK(decode_chunk(Type::u8, tile_chunk(tiles.read(0, 0)), 101, 101) == std::vector(808, std::byte{2}));
}
