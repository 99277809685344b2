// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/text_view.hpp"

#include <limits>

#include "catch.hpp"
#include "folder.hpp"
#include "sample_tree.hpp"

using namespace shoal::record;

TEST_CASE("a group is listed with values, ranges, units and meanings, and its table follows") {
  const Group root = sealed_sample(6);
  ViewOptions options;
  options.max_rows = 4;
  CHECK(view_path(root, "results/trials", options) ==
        "/results/trials\n"
        "  fail_reason  text (trial: 6)                                why it failed\n"
        "  loss         f8 (trial: 6)    0.166667 to 1, 1 NaN          final loss of the trial\n"
        "  state        i4 (trial: 6)    2 finished, 2 gave up, 2 nan  how the trial ended\n"
        "\n"
        "  trial  fail_reason      loss  state\n"
        "      0  läuft               1  finished\n"
        "      1  läuft             0.5  nan\n"
        "      2  läuft        0.333333  gave up\n"
        "      …  …                   …  …\n"
        "      5  läuft        0.166667  gave up\n");
}

TEST_CASE("a dataset is shown with its units, range and values") {
  const Group root = sealed_sample(3);
  CHECK(view_path(root, "/results/best/loss") ==
        "/results/best/loss: its loss\n"
        "  f8, m s-1\n"
        "  valid_range  = 0, 1\n"
        "  0.25\n");
  ViewOptions options;
  options.max_columns = 4;
  CHECK(view_path(root, "/results/history/rmse", options) ==
        "/results/history/rmse: root mean square error\n"
        "  f4 (trial: 3, epoch: 40), 0 to 96\n"
        "  trial / epoch   0   1   2  …  39\n"
        "              0   0   1   2  …  39\n"
        "              1  40  41  42  …  79\n"
        "              2  80  81  82  …  22\n");
}

TEST_CASE("a wrong path gets a suggestion") {
  const Group root = sealed_sample(3);
  CHECK(message_of([&] { view_path(root, "results/trial/los"); }) == "there is nothing at /results/trial/los: did you mean /results/trials/loss?");
  CHECK(message_of([&] { json_path(root, "x"); }) != "");
  CHECK(view_path(root, "/results/best/").substr(0, 13) == "/results/best");
}

TEST_CASE("lines are cut to the terminal and never hold control characters") {
  Group group;
  group.text("t", "line 1\nline 2\t" + std::string(200, 'x'), "a long text");
  ViewOptions options;
  options.width = 30;
  CHECK(view(group, "/", options) == "/\n  t  line 1 line 2 xxxxxxxxxx…\n");
}

TEST_CASE("empty datasets and groups are shown as such") {
  Group group;
  group.add("x", std::vector<double>{}, {0, 5}, {"a", "b"}, "m", "nothing");
  CHECK(view(group, "") == "/\n  x  f8 (a: 0, b: 5)  empty  nothing\n");
  CHECK(view(group.datasets.at("x"), "/x") == "/x: nothing\n  f8 (a: 0, b: 5), m, empty\n");
}

TEST_CASE("JSON nests arrays as their shape, and gives back every number") {
  Group group;
  const double inf = std::numeric_limits<double>::infinity();
  group.add("x", std::vector<double>{0.1, -inf, std::numeric_limits<double>::quiet_NaN(), 1e-300}, {2, 2}, {"a", "b"}, "m", "quotes \" and \\");
  group.scalar("n", std::numeric_limits<std::uint64_t>::max(), "1", "").flags = {{1, "on"}};
  group.texts("t", {"é\n", std::string(1, '\x01')}, "c", "");
  group.attributes["list"] = std::vector<std::int64_t>{1, 0};
  group.group("g");
  CHECK(to_json(group) ==
        R"({"attributes": {"list": [1, 0]}, "groups": {"g": {"attributes": {}, "groups": {}, "datasets": {}}}, "datasets": {)"
        R"("n": {"type": "u8", "shape": [], "dimensions": [], "units": "1", "long_name": "", "flags": {"on": 1}, "values": 18446744073709551615}, )"
        R"("t": {"type": "text", "shape": [2], "dimensions": ["c"], "units": "1", "long_name": "", "values": ["é\n", "\u0001"]}, )"
        R"("x": {"type": "f8", "shape": [2, 2], "dimensions": ["a", "b"], "units": "m", "long_name": "quotes \" and \\", "values": [[0.1, -1e999], [null, 1e-300]]}}})");
}
