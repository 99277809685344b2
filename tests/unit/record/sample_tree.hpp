// SPDX-License-Identifier: Apache-2.0
// A tree with one of everything that result files hold.
#pragma once

#include <cmath>
#include <limits>

#include "shoal/record/result_file.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::record {

// `n`: length of the long dimension; from about 600 on its arrays are chunked.
inline Group sample_tree(std::uint64_t n = 1000) {
  Group root;
  Group& trials = root.group("results/trials");
  std::vector<double> loss(n);
  std::vector<std::int32_t> state(n);
  for (std::uint64_t i = 0; i < n; ++i) {
    loss[i] = 1.0 / static_cast<double>(i + 1);
    state[i] = static_cast<std::int32_t>(i % 3);
  }
  if (n > 4) loss[3] = std::numeric_limits<double>::quiet_NaN();
  trials.add("loss", loss, {n}, {"trial"}, "1", "final loss of the trial");
  trials.add("state", state, {n}, {"trial"}, "1", "how the trial ended").flags = {{0, "finished"}, {1, "nan"}, {2, "gave up"}};
  trials.texts("fail_reason", std::vector<std::string>(n, "läuft"), "trial", "why it failed");
  Group& history = root.group("results/history");
  std::vector<float> metric(n * 40);
  for (std::size_t i = 0; i < metric.size(); ++i) metric[i] = static_cast<float>(i % 97);
  history.add("rmse", metric, {n, 40}, {"trial", "epoch"}, "1", "root mean square error");
  std::vector<std::int64_t> epochs(40);
  for (std::size_t i = 0; i < epochs.size(); ++i) epochs[i] = static_cast<std::int64_t>(i) * 25;
  history.add("epoch", epochs, {40}, {"epoch"}, "1", "number of epochs done");
  Group& best = root.group("results/best");
  best.scalar("trial", std::int64_t{17}, "1", "number of the best trial");
  best.scalar("loss", 0.25, "m s-1", "its loss");
  best.text("activation", "relu", "its activation");
  best.add("bytes", std::vector<std::int8_t>{-1, 0, 1}, {3}, {"byte"}, "1", "small integers");
  best.add("counts", std::vector<std::uint64_t>{0, std::numeric_limits<std::uint64_t>::max()}, {2}, {"pair"}, "1", "large integers");
  best.add("sizes", std::vector<std::uint32_t>{7, 0xffffffffU}, {2}, {"pair"}, "byte", "unsigned integers");
  best.texts("names", {"eta", "", "日本"}, "name", "parameter names");
  best.attributes["note"] = std::string("a group's attribute");
  best.datasets.at("loss").attributes["valid_range"] = std::vector<double>{0.0, 1.0};
  root.group("measurements").scalar("wall", 1.5f, "s", "wall time");
  root.group("diagnostics");
  return root;
}

inline Group sealed_sample(std::uint64_t n = 1000, const std::string& status = "complete") {
  Group root = sample_tree(n);
  seal(root, {.shoal_version = "0.1.0", .title = "Übung", .workload = "tune", .status = status, .created = "2026-01-31T12:00:00Z"});
  return root;
}

}  // namespace shoal::record
