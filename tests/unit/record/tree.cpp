// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/tree.hpp"

#include <stdexcept>

#include "catch.hpp"
#include "folder.hpp"
#include "shoal/record/layout.hpp"

using namespace shoal::record;
using Shape = std::vector<std::uint64_t>;

TEST_CASE("groups are made on the way, and found by path") {
  Group root;
  root.group("a/b").scalar("x", 1.5, "m", "a length");
  REQUIRE(root.find_group("/a/b") == &root.groups.at("a").groups.at("b"));
  CHECK(root.find_dataset("a/b/x")->values<double>() == std::vector<double>{1.5});
  CHECK(root.find_dataset("a/x") == nullptr);
  CHECK(root.find_group("b") == nullptr);
  CHECK_THROWS_AS(root.find_dataset("a/b/x")->values<float>(), std::logic_error);
}

TEST_CASE("a name is taken once, and shapes fit their values") {
  Group group;
  group.scalar("x", 1.0, "1", "");
  CHECK_THROWS_AS(group.scalar("x", 2.0, "1", ""), std::logic_error);
  CHECK_THROWS_AS(group.group("x"), std::logic_error);
  CHECK_THROWS_AS(group.add("y", std::vector<double>{1, 2}, {3}, {"n"}, "1", ""), std::logic_error);
  CHECK_THROWS_AS(group.add("y", std::vector<double>{1, 2}, {2}, {}, "1", ""), std::logic_error);
  for (const char* name : {"", "a/b", ".", "..", "a\nb", "\xff"}) CHECK_THROWS_AS(group.scalar(name, 1.0, "1", ""), std::logic_error);
}

TEST_CASE("texts are kept as valid UTF-8 without zero bytes") {
  CHECK(clean_text("Zürich 日本 😀") == "Zürich 日本 😀");
  CHECK(clean_text(std::string_view("a\0b", 3)) == "a\xEF\xBF\xBD" "b");
  CHECK(clean_text("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");              // overlong
  CHECK(clean_text("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // surrogate
  CHECK(clean_text("\xF0\x9F\x98") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // cut off
  Group group;
  CHECK(group.text("t", "\xff", "").strings[0] == "\xEF\xBF\xBD");
}

TEST_CASE("a dimension has one length in a group, and its name belongs to its scale") {
  Group group;
  group.add("a", std::vector<double>{1, 2}, {2}, {"trial"}, "1", "");
  group.add("b", std::vector<double>{1, 2, 3}, {3}, {"trial"}, "1", "");
  CHECK(message_of([&] { check_tree(group); }) == "/: dimension 'trial' has length 2 in 'a' and 3 in 'b'");
  group.datasets.erase("b");
  check_tree(group);
  group.add("trial", std::vector<double>{1, 2}, {2}, {"other"}, "1", "");
  CHECK(message_of([&] { check_tree(group, "/x"); }) == "/x/a: its dimension 'trial' has the name of a dataset that is not its scale");
  group.datasets.at("trial").dimensions = {"trial"};
  check_tree(group);
  group.datasets.erase("trial");
  group.group("trial");
  CHECK(message_of([&] { check_tree(group); }) == "/a: its dimension 'trial' has the name of a group");
}

TEST_CASE("descriptions that a file could not give back are refused") {
  Group group;
  Dataset& x = group.scalar("x", 1.0, "1", "");
  x.flags = {{1, "on"}};
  CHECK(message_of([&] { check_tree(group); }) == "/x: only integers can be enumerations");
  x.flags.clear();
  x.attributes["units"] = std::string("m");
  CHECK(message_of([&] { check_tree(group); }) == "/x: the attribute 'units' has a meaning of its own");
  x.attributes.clear();
  group.text("t", "", "").strings[0] = "\xff";
  CHECK(message_of([&] { check_tree(group); }) == "/t: a text is not valid UTF-8 or holds a zero byte");
}

TEST_CASE("chunks are slabs of 256 to 512 KiB, or the whole array") {
  CHECK_FALSE(is_chunked(Type::f8, {}));
  CHECK_FALSE(is_chunked(Type::f8, {511}));
  CHECK(is_chunked(Type::f8, {512}));
  CHECK_FALSE(is_chunked(Type::f8, {0}));
  CHECK(chunk_shape(Type::f8, {65536}) == Shape{65536});
  CHECK(chunk_shape(Type::f8, {65537}) == Shape{32769});
  CHECK(chunk_shape(Type::u4, {8192, 8192}) == Shape{16, 8192});
  CHECK(chunk_shape(Type::f4, {3, 5, 1000000}) == Shape{1, 1, 125000});
  for (const std::uint64_t n : {std::uint64_t{100000}, std::uint64_t{1234567}, std::uint64_t{99999999}}) {
    const std::uint64_t bytes = 8 * chunk_shape(Type::i8, {n})[0];
    CHECK(bytes >= 256 * 1024);
    CHECK(bytes <= 512 * 1024);
  }
}

TEST_CASE("blocks cover every element once, in order, as the chunks cut them") {
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{200001}, Shape{3, 70000}, Shape{5, 3, 70001}, Shape{1, 300000}, Shape{1000, 1000}}) {
    std::uint64_t n = 1, next = 0;
    for (const std::uint64_t extent : shape) n *= extent;
    const Shape chunk = chunk_shape(Type::f8, shape);
    std::uint64_t largest = 1;
    for (const std::uint64_t extent : chunk) largest *= extent;
    std::uint64_t n_chunks = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) n_chunks *= (shape[i] + chunk[i] - 1) / chunk[i];
    const auto all = blocks(Type::f8, shape);
    for (const Block& block : all) {
      REQUIRE(block.first == next);
      REQUIRE(block.count <= largest);
      next += block.count;
    }
    CHECK(next == n);
    CHECK(all.size() == n_chunks);
  }
  CHECK(blocks(Type::f8, {0, 5}).empty());
}
