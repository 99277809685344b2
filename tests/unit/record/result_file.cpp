// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/result_file.hpp"

#include <fstream>
#include <random>

#include "catch.hpp"
#include "folder.hpp"
#include "sample_tree.hpp"
#include "shoal/error.hpp"
#include "shoal/record/digest.hpp"
#include "shoal/record/image.hpp"

using namespace shoal;
using namespace shoal::record;

namespace {

ExitCode code_of(const std::string& path) {
  try {
    read_result(path);
  } catch (const Error& error) {
    return error.code();
  }
  return ExitCode::complete;
}

}  // namespace

TEST_CASE("a result is written, read back and verified") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  const Group root = sealed_sample();
  write_result(path, root);
  const Group read = read_result(path);
  CHECK(read.attributes == root.attributes);
  CHECK(stored_digest(read) == digest(root.groups.at("results")));
  const RootInfo info = root_info(read);
  CHECK(info.title == "Übung");
  CHECK(info.status == "complete");
  CHECK(info.reproducible);
  CHECK(std::get<std::int64_t>(read.attributes.at("complete")) == 1);
  CHECK(std::get<std::int64_t>(sealed_sample(3, "partial").attributes.at("complete")) == 0);
}

TEST_CASE("a part of a result is read alone, at its place") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  write_result(path, sealed_sample());
  CHECK(read_root(path).groups.empty());
  const Group part = read_part(path, "/results/best/loss");
  CHECK(part.find_dataset("results/best/loss")->values<double>()[0] == 0.25);
  CHECK(part.find_group("results/trials") == nullptr);
  CHECK(read_part(path, "results/best").find_dataset("results/best/trial") != nullptr);
  CHECK(read_part(path, "/").find_group("results/trials") != nullptr);
  CHECK(root_info(part).workload == "tune");
  CHECK(message_of([&] { read_part(path, "/results/x"); }) == "there is nothing at /results/x in " + path + ".");
  CHECK(message_of([&] { read_part(path, "/results/best/loss/x"); }) == "there is nothing at /results/best/loss/x in " + path + ".");
}

TEST_CASE("files that are no results are refused in one plain sentence") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  CHECK(message_of([&] { read_result(path); }) == "cannot read " + path + ": no such file or folder. Check the name.");
  CHECK(code_of(path) == ExitCode::input_missing);
  std::ofstream(path) << "";
  CHECK(message_of([&] { read_result(path); }) ==
        "cannot read " + path + ": it is empty. If it is damaged, restore a copy or move it away.");
  std::ofstream(path) << "hello";
  CHECK(message_of([&] { read_result(path); }) ==
        "cannot read " + path + ": it is not an HDF5 file. If it is damaged, restore a copy or move it away.");
  CHECK(code_of(path) == ExitCode::other_input);
  write_tree(path, sample_tree());
  CHECK(message_of([&] { read_result(path); }) == "cannot read " + path + ": it is an HDF5 file, but not a result of shoal.");
  CHECK(code_of(folder.path()) == ExitCode::input_missing);
}

TEST_CASE("an unknown major version is refused, a larger minor version is read") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  Group root = sealed_sample();
  root.attributes["version"] = std::vector<std::int64_t>{1, 7};
  write_tree(path, root);
  CHECK(code_of(path) == ExitCode::complete);
  root.attributes["version"] = std::vector<std::int64_t>{2, 0};
  write_tree(path, root);
  CHECK(message_of([&] { read_result(path); }) ==
        "cannot read " + path + ": it has version 2.0 of the result format, and this program reads version 1; use the shoal that "
        "wrote it or a newer one.");
  CHECK(code_of(path) == ExitCode::other_input);
}

TEST_CASE("changed results are not trusted") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  Group root = sealed_sample();
  root.group("results/best").datasets.at("loss").bytes[0] ^= std::byte{1};
  write_tree(path, root);
  CHECK_THAT(message_of([&] { read_result(path); }), Catch::Contains("It was changed or damaged"));
  CHECK(code_of(path) == ExitCode::other_input);
}

TEST_CASE("a damaged byte anywhere is an error or changes nothing of the science") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  const Group root = sealed_sample(700);
  const auto image = make_image(root);
  std::mt19937 generator(20260131);  // fixed, so that a failure can be repeated
  std::uniform_int_distribution<std::size_t> position(0, image.size() - 1);
  int n_refused = 0;
  for (int i = 0; i < 400; ++i) {
    auto damaged = image;
    const std::size_t at = position(generator);
    damaged[at] ^= static_cast<std::byte>(1 + generator() % 255);
    write_atomically(path, damaged);
    try {
      const Group read = read_result(path);
      INFO("byte " << at);
      REQUIRE(digest(read.groups.at("results")) == stored_digest(root));
    } catch (const Error& error) {
      REQUIRE(error.code() == ExitCode::other_input);
      ++n_refused;
    }
  }
  CHECK(n_refused >= 395);  // only the last 16 bytes may be damaged unnoticed
}

TEST_CASE("a result cut at any length is refused") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  const auto image = make_image(sealed_sample(700));
  for (std::size_t length = 0; length < image.size() - 16; length += 997) {
    write_atomically(path, std::span(image).first(length));
    REQUIRE(code_of(path) == ExitCode::other_input);
  }
}
