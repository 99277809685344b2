// SPDX-License-Identifier: Apache-2.0
#include "nn/loss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace shoal::nn {

#define SHOAL_LOSS(name) extern const Loss loss_##name;
#include "nn/losses.def"
#undef SHOAL_LOSS

namespace {

const Loss* const kLosses[] = {
#define SHOAL_LOSS(name) &loss_##name,
#include "nn/losses.def"
#undef SHOAL_LOSS
};

}  // namespace

const Loss& loss(std::string_view name) {
  for (const Loss* candidate : kLosses) {
    if (name == candidate->name) return *candidate;
  }
  throw std::invalid_argument("no loss is called " + std::string(name));
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const Loss* candidate : kLosses) names.emplace_back(candidate->name);
  return names;
}

float loss_constant(const Loss& l, const LossParameters& p) {
  return l.constant == nullptr ? 0.0f : static_cast<float>(p.*l.constant);
}

void bind_label_smoothing(config::Table& table, LossParameters& p) {
  table.real("label_smoothing", p.label_smoothing,
             {.help = "share of each target that is spread evenly over the classes", .minimum = 0, .maximum = 1});
}

std::int64_t n_target_classes(const Dataset& dataset) {
  float largest = 0;
  for (const Part* part : {&dataset.train, &dataset.validation, &dataset.test}) {
    for (const float target : part->targets) largest = std::max(largest, target);
  }
  const auto largest_class = static_cast<std::int64_t>(std::min(largest, 1e9f));
  return std::max(dataset.n_classes(), largest_class + 1);
}

std::string class_problem(const Dataset& dataset, std::int64_t n, std::string_view loss_name) {
  if (dataset.n_targets() != 1) {
    return fmt::format("loss {} needs one target column of classes, the data have {}", loss_name, dataset.n_targets());
  }
  for (const Part* part : {&dataset.train, &dataset.validation, &dataset.test}) {
    for (const float target : part->targets) {
      const bool whole = target >= 0 && target < static_cast<float>(n) &&
                         target == static_cast<float>(static_cast<std::int64_t>(target));
      if (!whole) {
        return fmt::format("loss {} needs targets that are whole numbers from 0 to {}, the data have {}", loss_name,
                           n - 1, target);
      }
    }
  }
  return "";
}

}  // namespace shoal::nn
