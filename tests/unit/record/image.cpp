// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/image.hpp"

#include <algorithm>
#include <fstream>
#include <thread>

#include "catch.hpp"
#include "folder.hpp"
#include "sample_tree.hpp"
#include "shoal/error.hpp"
#include "shoal/record/digest.hpp"

using namespace shoal;
using namespace shoal::record;

TEST_CASE("a tree that went through a file image is the same tree") {
  for (const std::uint64_t n : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, std::uint64_t{30000}}) {
    const Group root = sealed_sample(n);
    const auto image = make_image(root);
    const Group read = read_image(image);
    REQUIRE(read.find_dataset("results/trials/loss")->bytes == root.find_dataset("results/trials/loss")->bytes);
    REQUIRE(digest(*read.find_group("results")) == digest(*root.find_group("results")));
    REQUIRE(make_image(read) == image);  // so names, flags, attributes and dimensions came back too
  }
}

TEST_CASE("the same tree gives the same bytes, at any time") {
  const auto image = make_image(sealed_sample());
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // a time stamp would have moved by now
  CHECK(make_image(sealed_sample()) == image);
}

TEST_CASE("what is read has flags, units, dimensions and attributes of every kind") {
  Group root = sealed_sample();
  root.attributes["list"] = std::vector<std::int64_t>{};
  root.groups["diagnostics"].attributes["raw"] = std::string("bad \xff");  // cleaned on its way
  const Group read = read_image(make_image(root));
  const Dataset* state = read.find_dataset("results/trials/state");
  CHECK(state->flags == Flags{{0, "finished"}, {1, "nan"}, {2, "gave_up"}});  // flag_meanings separates by blanks
  CHECK(state->dimensions == std::vector<std::string>{"trial"});
  CHECK(state->long_name == "how the trial ended");
  CHECK(read.find_dataset("results/history/epoch")->dimensions == std::vector<std::string>{"epoch"});
  CHECK(read.find_dataset("results/history/rmse")->dimensions == std::vector<std::string>{"trial", "epoch"});
  CHECK(read.find_dataset("results/best/loss")->units == "m s-1");
  CHECK(read.find_dataset("results/best/names")->strings == std::vector<std::string>{"eta", "", "日本"});
  CHECK(read.attributes == root.attributes);
}

TEST_CASE("long texts and many attributes are stored whole") {
  Group root;
  const std::string text(300000, 'x');
  root.text("input", text, "larger than an object header may be");
  root.text("empty", "", "nothing");
  root.attributes["long"] = std::string(100000, 'y');
  for (int i = 0; i < 300; ++i) root.attributes["a" + std::to_string(i)] = std::int64_t{i};
  const Group read = read_image(make_image(root));
  CHECK(read.find_dataset("input")->strings[0] == text);
  CHECK(read.find_dataset("empty")->strings[0].empty());
  CHECK(read.attributes == root.attributes);
}

TEST_CASE("many datasets share one scale") {
  Group root;
  for (int i = 0; i < 500; ++i) root.add("p" + std::to_string(i), std::vector<double>(10, i), {10}, {"trial"}, "1", "a parameter");
  const Group read = read_image(make_image(root));
  REQUIRE(read.datasets.size() == 500);
  CHECK(read.find_dataset("p499")->dimensions == std::vector<std::string>{"trial"});
}

TEST_CASE("a tree that breaks its rules is refused before HDF5 sees it") {
  Group root;
  root.group("g").add("a", std::vector<double>{1, 2}, {2}, {"n"}, "1", "");
  root.group("g").datasets.at("a").shape = {3};
  CHECK(message_of([&] { make_image(root); }) == "/g/a: shape and number of values disagree");
}

TEST_CASE("a file that differs from the tree is noticed, and where") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  Group root = sealed_sample();
  write_tree(path, root);
  CHECK(compare_file(path, root).empty());
  Group other = root;
  other.group("results/trials").datasets.at("loss").bytes[0] ^= std::byte{1};
  CHECK(compare_file(path, other) == "/results/trials/loss: values differ");
  other = root;
  other.group("results/trials").datasets.at("loss").units = "m";
  CHECK(compare_file(path, other) == "/results/trials/loss: attributes differ");
  other = root;
  other.group("results/trials").datasets.erase("loss");
  CHECK(compare_file(path, other) == "/results/trials/: members differ");
  other = root;
  other.attributes["status"] = std::string("partial");
  CHECK(compare_file(path, other) == "/: attributes differ");
}

TEST_CASE("images are built from several threads in turn") {
  const auto expected = make_image(sealed_sample(10));
  std::vector<std::vector<std::byte>> images(4);
  std::vector<std::thread> threads;
  for (auto& image : images) threads.emplace_back([&image] { image = make_image(sealed_sample(10)); });
  for (auto& thread : threads) thread.join();
  for (const auto& image : images) CHECK(image == expected);
}

TEST_CASE("empty texts take no room in a file, and come back") {
  constexpr std::size_t n = 100000;  // several chunks
  for (const bool one_says_something : {false, true}) {
    Group root;
    std::vector<std::string> reasons(n);
    if (one_says_something) reasons[n / 2] = "no convergence";
    root.group("results").texts("fail_reason", reasons, "trial", "why it failed");
    const auto image = make_image(root);
    CHECK(read_image(image).find_dataset("results/fail_reason")->strings == reasons);
    CHECK(image.size() < (one_says_something ? 1000000 : 10000));  // all references would take 1.6 MB
  }
}

TEST_CASE("chunks that several threads compressed are read by HDF5 as they were meant") {
  Group root;
  std::vector<double> values(1000000);
  std::vector<std::int8_t> states(1000000);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = 1 / (1.0 + static_cast<double>(i));
    states[i] = static_cast<std::int8_t>(i % 3);
  }
  root.group("results").add("value", values, {1000, 1000}, {"y", "x"}, "1", "a field");
  root.group("results").add("state", states, {1000000}, {"trial"}, "1", "a column");
  const auto image = make_image(root);
  CHECK(make_image(root) == image);  // whoever compressed what
  const Group read = read_image(image);
  CHECK(read.find_dataset("results/value")->values<double>() == values);
  CHECK(read.find_dataset("results/state")->values<std::int8_t>() == states);
}
