// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/image.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "catch.hpp"
#include "folder.hpp"
#include "sample_tree.hpp"
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
