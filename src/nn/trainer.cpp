// SPDX-License-Identifier: Apache-2.0
#include "shoal/nn/trainer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "nn/lanes/lane_training.hpp"
#include "nn/subnormals_are_zero.hpp"
#include "nn/training.hpp"
#include "shoal/error.hpp"
#include "shoal/nn/train_together.hpp"

namespace shoal::nn {

struct Trainer::Impl : Training {
  using Training::Training;
};

namespace {

const NetworkParameters& checked(const NetworkParameters& network, const Dataset& dataset) {
  const auto found = problems(network, dataset);
  if (!found.empty()) throw InputError(fmt::format("{}", fmt::join(found, "\n")));
  return network;
}

}  // namespace

Trainer::Trainer(const NetworkParameters& network, const Dataset& dataset)
    : impl_(std::make_unique<Impl>(checked(network, dataset), dataset)) {}
Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

void Trainer::start(std::uint64_t seed, std::uint64_t run) { impl_->start(seed, run); }
std::vector<std::byte> Trainer::save() const { return impl_->save(); }
void Trainer::restore(std::span<const std::byte> blob) { impl_->restore(blob); }

Progress Trainer::train(std::int64_t to_epoch, std::span<double> history, const std::function<bool()>& stop, const Team& team) {
  const SubnormalsAreZero scope;
  return impl_->train(to_epoch, history, stop, team);
}

const std::vector<std::string>& Trainer::columns() const { return impl_->columns(); }

std::vector<double> Trainer::evaluate(const Part& part) {
  const SubnormalsAreZero scope;
  std::vector<double> values(impl_->metric_names().size());
  impl_->evaluate(part, values);
  return values;
}

const std::vector<std::string>& Trainer::metric_names() const { return impl_->metric_names(); }
std::vector<double> Trainer::best_row() const { return impl_->best_row(); }
Progress Trainer::progress() const { return impl_->progress(); }
Model Trainer::model() const { return impl_->model(); }
std::vector<float> Trainer::weights() const { return impl_->pack(impl_->network().weights()); }
void Trainer::set_weights(std::span<const float> weights) { impl_->set_weights(weights); }

std::vector<float> Trainer::gradient(std::int64_t n) {
  const SubnormalsAreZero scope;
  impl_->first_gradient(n);
  return impl_->pack(impl_->network().gradient());
}

double Trainer::step(std::int64_t n) {
  const SubnormalsAreZero scope;
  const double loss = impl_->first_gradient(n);
  impl_->update();
  return loss;
}

std::vector<Progress> train_together(std::span<Trainer* const> trainers, std::int64_t to_epoch,
                                     std::span<const std::span<double>> histories, const std::function<bool()>& stop) {
  const SubnormalsAreZero scope;
  std::vector<Training*> group;
  for (Trainer* trainer : trainers) group.push_back(trainer->impl_.get());
  return lanes::train_group(group, to_epoch, histories, stop);
}

}  // namespace shoal::nn
