// SPDX-License-Identifier: Apache-2.0
// Metrics against numbers that scikit-learn 1.2 gives (r2_score, roc_auc_score, precision_score, recall_score, f1_score with
// average "binary" or "macro", top_k_accuracy_score) or that follow by counting.
#include "nn/metric.hpp"

#include <algorithm>
#include <cmath>

#include "catch.hpp"

using namespace shoal::nn;

namespace {

double value(const char* name, std::vector<float> outputs, std::vector<float> targets, std::int64_t n_outputs,
             std::int64_t n_targets) {
  const auto n = static_cast<std::int64_t>(targets.size()) / n_targets;
  std::vector<std::uint32_t> order(static_cast<std::size_t>(n));
  std::vector<double> scores(static_cast<std::size_t>(n));
  return metric(name).of_all({n, n_outputs, n_targets, outputs.data(), targets.data(), order, scores});
}

}  // namespace

TEST_CASE("r2 is that of scikit-learn, also of several outputs and of constant targets", "[unit]") {
  CHECK(value("r2", {2.5F, 0.0F, 2.0F, 8.0F}, {3, -0.5F, 2, 7}, 1, 1) == Approx(0.9486081370449679));
  CHECK(value("r2", {0, 2, -1, 2, 8, -5}, {0.5F, 1, -1, 1, 7, -6}, 2, 2) == Approx((0.965438 + (1 - 3.0 / (98.0 / 3))) / 2));
  CHECK(value("r2", {1, 1}, {1, 1}, 1, 1) == 1);
  CHECK(value("r2", {1, 2}, {1, 1}, 1, 1) == 0);
}

TEST_CASE("auc counts pairs in the right order, ties one half", "[unit]") {
  CHECK(value("auc", {0.1F, 0.4F, 0.35F, 0.8F}, {0, 0, 1, 1}, 1, 1) == 0.75);
  CHECK(value("auc", {0.5F, 0.5F, 0.5F, 0.5F}, {0, 1, 0, 1}, 1, 1) == 0.5);
  CHECK(value("auc", {0.2F, 0.5F, 0.5F, 0.9F, 0.1F}, {0, 1, 0, 1, 0}, 1, 1) == Approx((2 + 0.5 + 3) / 6));
  CHECK(std::isnan(value("auc", {1, 2}, {1, 1}, 1, 1)));
  // Three classes, one against the rest, by probability.
  CHECK(value("auc", {2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 1.5F, 0}, {0, 1, 2, 0}, 3, 1) == Approx((1.0 + 1.0 + 1.0) / 3));
}

TEST_CASE("precision, recall and f1 are those of the second class of two, and means over more", "[unit]") {
  const std::vector<float> two = {1, 1, -1, -1, 1}, truth = {1, 0, 1, 0, 1};
  CHECK(value("precision", two, truth, 1, 1) == Approx(2.0 / 3));
  CHECK(value("recall", two, truth, 1, 1) == Approx(2.0 / 3));
  CHECK(value("f1", two, truth, 1, 1) == Approx(2.0 / 3));
  // Predicted 0 2 1 0 0 1 of 0 1 2 0 1 2: precision (2/3, 0, 0), recall (1, 0, 0), f1 (0.8, 0, 0).
  std::vector<float> three(18, 0.0F);
  const int predicted[] = {0, 2, 1, 0, 0, 1};
  for (std::size_t s = 0; s < 6; ++s) three[s * 3 + static_cast<std::size_t>(predicted[s])] = 1;
  const std::vector<float> classes = {0, 1, 2, 0, 1, 2};
  CHECK(value("precision", three, classes, 3, 1) == Approx(2.0 / 9));
  CHECK(value("recall", three, classes, 3, 1) == Approx(1.0 / 3));
  CHECK(value("f1", three, classes, 3, 1) == Approx(0.8 / 3));
  CHECK(value("precision", {-1, -1}, {1, 0}, 1, 1) == 0);  // nothing predicted
}

TEST_CASE("top k counts samples whose class is among the k largest outputs", "[unit]") {
  const std::vector<float> outputs = {0.5F, 0.2F, 0.2F, 0.3F, 0.4F, 0.2F, 0.2F, 0.4F, 0.3F, 0.7F, 0.2F, 0.1F};
  CHECK(value("top_2", outputs, {0, 1, 2, 2}, 3, 1) == 0.75);
  CHECK(value("top_3", outputs, {0, 1, 2, 2}, 3, 1) == 1);
  CHECK(value("top_2", outputs, {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1}, 3, 3) == 0.75);  // columns of classes
}
