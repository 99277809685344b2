// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/digest.hpp"

#include <bit>
#include <limits>
#include <numeric>

#include "catch.hpp"
#include "sample_tree.hpp"
#include "shoal/record/image.hpp"

using namespace shoal::record;

namespace {

// The worked example of src/record/README.md.
Group worked_example() {
  Group results;
  results.scalar("value", 0.5, "1", "a number");
  results.add("loss", std::vector<double>{1.0, std::numeric_limits<double>::quiet_NaN(), -0.0}, {3}, {"trial"}, "1", "three numbers");
  results.group("best").text("activation", "relu", "a text");
  std::vector<std::int32_t> steps(200000);
  std::iota(steps.begin(), steps.end(), 0);
  results.add("steps", steps, {200000}, {"step"}, "1", "two blocks");
  return results;
}

}  // namespace

TEST_CASE("the digest of the worked example is what its definition gives in another language") {
  const Group results = worked_example();
  CHECK(digest_line("/results/value", results.datasets.at("value")) ==
        "/results/value\tf8\t\tb5650752cc4de2f997d7da14aa447e53fb61641d4df664521f267ddf040d25f3\n");
  CHECK(digest_line("/results/loss", results.datasets.at("loss")) ==
        "/results/loss\tf8\t3\t913168c89214fe73a02c4dacd7dc9b5fd78ea2dd864d58bcd72ae3099944b9e1\n");
  CHECK(digest_line("/results/steps", results.datasets.at("steps")) ==
        "/results/steps\ti4\t200000\tddb41592a5057787b2667faadb340b396af147fbbf09bf36652519005345936b\n");
  CHECK(digest(results) == "801befaf7d3f4491706def984168ee3c7d7f6aed7c403c85be5d39175e32986f");
}

TEST_CASE("the digest of nothing is the hash of its first line") {
  CHECK(digest(Group{}) == to_hex(sha256("shoal-digest-1\n")));
}

TEST_CASE("every NaN counts as the same, and zeros of both signs as different") {
  const auto of = [](double value) {
    Group results;
    results.scalar("x", value, "1", "");
    return digest(results);
  };
  const auto of_float = [](float value) {
    Group results;
    results.scalar("x", value, "1", "");
    return digest(results);
  };
  CHECK(of(std::bit_cast<double>(0xfff8000000000001U)) == of(std::numeric_limits<double>::quiet_NaN()));
  CHECK(of_float(std::bit_cast<float>(0xffc00001U)) == of_float(std::numeric_limits<float>::quiet_NaN()));
  CHECK(of(0.0) != of(-0.0));
  CHECK(of(1.0) != of(std::bit_cast<double>(std::bit_cast<std::uint64_t>(1.0) + 1)));
}

TEST_CASE("the digest sees names, types, shapes and texts, but neither units nor attributes") {
  Group a = worked_example();
  const std::string before = digest(a);
  a.datasets.at("loss").units = "m";
  a.datasets.at("loss").attributes["note"] = std::string("x");
  CHECK(digest(a) == before);
  a.datasets.at("steps").shape = {2, 100000};
  CHECK(digest(a) != before);
  a = worked_example();
  a.datasets["losses"] = a.datasets.extract("loss").mapped();
  CHECK(digest(a) != before);
  a = worked_example();
  a.group("best").datasets.at("activation").strings[0] = "relu ";
  CHECK(digest(a) != before);
  a = worked_example();
  a.datasets.at("value").type = Type::i8;
  CHECK(digest(a) != before);
}

TEST_CASE("where texts end belongs to the digest") {
  const auto of = [](std::vector<std::string> texts) {
    Group results;
    results.texts("t", std::move(texts), "n", "");
    return digest(results);
  };
  CHECK(of({"ab", "c"}) != of({"a", "bc"}));
}
