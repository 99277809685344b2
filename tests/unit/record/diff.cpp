// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/diff.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "sample_tree.hpp"

using namespace shoal::record;

namespace {

Group results() { return sample_tree(10).groups.at("results"); }

void set(Group& group, const std::string& path, const std::string& name, std::size_t index, double value) {
  std::memcpy(group.group(path).datasets.at(name).bytes.data() + index * sizeof value, &value, sizeof value);
}

}  // namespace

TEST_CASE("equal results have no difference, where NaN equals NaN") {
  Group a = results(), b = results();
  CHECK(diff(a, b).equal());
  CHECK(to_text(diff(a, b)) == "equal: /results is the same in both\n");
  set(a, "trials", "loss", 3, std::bit_cast<double>(0xfff8000000000123U));
  CHECK(diff(a, b).equal());
}

TEST_CASE("the first differences are named with path, index and both values") {
  Group a = results(), b = results();
  set(b, "trials", "loss", 1, 0.75);
  b.group("best").datasets.at("names").strings[1] = "x";
  b.group("best").datasets.erase("trial");
  b.scalar("extra", 1.0, "1", "");
  b.group("history").datasets.at("epoch").shape = {20, 2};
  b.group("best").datasets.at("loss").units = "km";
  b.group("trials").datasets.at("state").bytes[0] = std::byte{1};
  CHECK(to_text(diff(a, b)) ==
        "/results/best/loss: units 'm s-1' != 'km'\n"
        "/results/best/names[1]:  != x\n"
        "/results/best/trial: only in the first\n"
        "/results/extra: only in the second\n"
        "/results/history/epoch: shape (40) != (20, 2)\n"
        "/results/trials/loss[1]: 0.5 != 0.75\n"
        "/results/trials/state[0]: finished != nan\n"
        "different: 7 datasets or groups, 3 values, largest relative difference 0.333\n");
}

TEST_CASE("without a tolerance one bit counts, and the sign of zero") {
  Group a, b;
  a.add("x", std::vector<double>{1.0, 0.0}, {2}, {"n"}, "1", "");
  b.add("x", std::vector<double>{std::nextafter(1.0, 2.0), -0.0}, {2}, {"n"}, "1", "");
  CHECK(diff(a, b).n_values == 2);
  DiffOptions options;
  options.rtol = 1e-15;
  CHECK(diff(a, b, options).equal());
}

TEST_CASE("a tolerance is relative to the larger magnitude, for floating-point numbers alone") {
  Group a, b;
  a.add("x", std::vector<float>{100.0f, -1.0f}, {2}, {"n"}, "1", "");
  b.add("x", std::vector<float>{101.0f, -1.02f}, {2}, {"n"}, "1", "");
  a.scalar("n", std::int64_t{100}, "1", "");
  b.scalar("n", std::int64_t{101}, "1", "");
  DiffOptions options;
  options.rtol = 0.011;
  const DiffResult result = diff(a, b, options);
  CHECK(result.n_values == 2);
  CHECK(result.first[0].path == "/results/n");
  CHECK(result.first[1].path == "/results/x[1]");
}

TEST_CASE("NaN and infinities differ from numbers at any tolerance") {
  Group a, b;
  const double inf = std::numeric_limits<double>::infinity();
  a.add("x", std::vector<double>{1.0, 1.0, inf, inf}, {4}, {"n"}, "1", "");
  b.add("x", std::vector<double>{std::nan(""), inf, -inf, inf}, {4}, {"n"}, "1", "");
  DiffOptions options;
  options.rtol = 10;
  const DiffResult result = diff(a, b, options);
  CHECK(result.n_values == 3);
  CHECK(std::isinf(result.largest_relative));
}

TEST_CASE("many differences are counted but not all listed") {
  Group a, b;
  a.add("x", std::vector<double>(1000, 1.0), {10, 100}, {"m", "n"}, "1", "");
  b.add("x", std::vector<double>(1000, 2.0), {10, 100}, {"m", "n"}, "1", "");
  const DiffResult result = diff(a, b);
  CHECK(result.n_values == 1000);
  CHECK(result.n_objects == 1);
  REQUIRE(result.first.size() == 3);
  CHECK(result.first[2].path == "/results/x[0, 2]");
}
