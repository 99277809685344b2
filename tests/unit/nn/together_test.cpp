// SPDX-License-Identifier: Apache-2.0
// Networks side by side in the lanes against the same networks one after the other: bit for bit.
#include "shoal/nn/train_together.hpp"

#include <cstring>
#include <deque>
#include <stdexcept>

#include "each_simd_target.hpp"
#include "small_data.hpp"

using namespace shoal::nn;

namespace {

struct Run {
  std::vector<double> history;
  std::vector<std::byte> state;
  Progress progress;
};

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

bool same(const Run& a, const Run& b) {
  return same_bits(a.history, b.history) && a.state == b.state && a.progress.state == b.progress.state &&
         a.progress.epoch == b.progress.epoch && a.progress.first_bad_epoch == b.progress.first_bad_epoch &&
         a.progress.first_bad_layer == b.progress.first_bad_layer;
}

std::vector<Run> one_by_one(const std::vector<NetworkParameters>& networks, const Dataset& data) {
  std::vector<Run> runs;
  for (std::size_t m = 0; m < networks.size(); ++m) {
    Trainer trainer(networks[m], data);
    trainer.start(3, 100 + m);
    Run run;
    run.history.resize(static_cast<std::size_t>(networks[m].epochs) * trainer.columns().size());
    run.progress = trainer.train(networks[m].epochs, run.history);
    run.state = trainer.save();
    runs.push_back(std::move(run));
  }
  return runs;
}

// In pieces that end at the given epochs, and at the last one.
std::vector<Run> together(const std::vector<NetworkParameters>& networks, const Dataset& data, std::vector<std::int64_t> ends = {}) {
  std::deque<Trainer> trainers;
  std::vector<Trainer*> group;
  std::vector<Run> runs(networks.size());
  for (std::size_t m = 0; m < networks.size(); ++m) {
    group.push_back(&trainers.emplace_back(networks[m], data));
    group.back()->start(3, 100 + m);
  }
  ends.push_back(networks.front().epochs);
  const std::size_t width = trainers.front().columns().size();
  std::int64_t begin = 0;
  for (const std::int64_t end : ends) {
    std::vector<std::vector<double>> pieces(networks.size(), std::vector<double>(static_cast<std::size_t>(end - begin) * width));
    const std::vector<std::span<double>> rows(pieces.begin(), pieces.end());
    const std::vector<Progress> progress = train_together(group, end, rows);
    for (std::size_t m = 0; m < networks.size(); ++m) {
      runs[m].progress = progress[m];
      runs[m].history.insert(runs[m].history.end(), pieces[m].begin(), pieces[m].end());
    }
    begin = end;
  }
  for (std::size_t m = 0; m < networks.size(); ++m) runs[m].state = trainers[m].save();
  return runs;
}

void compare(const std::vector<NetworkParameters>& networks, const Dataset& data, const std::vector<std::int64_t>& ends = {}) {
  REQUIRE(may_train_together(networks.front(), data));
  const std::vector<Run> expected = one_by_one(networks, data), found = together(networks, data, ends);
  for (std::size_t m = 0; m < networks.size(); ++m) {
    CAPTURE(m);
    CHECK(same(expected[m], found[m]));
  }
}

// Networks that differ in whatever may differ in a group.
std::vector<NetworkParameters> group_of(const NetworkParameters& network, std::size_t n) {
  std::vector<NetworkParameters> group(n, network);
  for (std::size_t m = 0; m < n; ++m) {
    group[m].optimizer.learning_rate *= 1.0 + 0.1 * static_cast<double>(m);
    group[m].optimizer.beta_1 -= 0.01 * static_cast<double>(m % 3);
    if (m % 2 == 1) group[m].initialisation = "he_normal";
  }
  return group;
}

NetworkParameters small_network() {
  NetworkParameters n;
  n.hidden = {5, 8, 5};
  n.epochs = 4;
  n.batch = 100;
  return n;
}

}  // namespace

TEST_CASE("networks together have the bits of networks alone, whatever their shape", "[unit]") {
  const Dataset data = small_dataset(230, 3, 3);
  const std::vector<std::vector<std::int64_t>> shapes = {{}, {1}, {5, 8, 5}, {5, 8, 8, 8, 8, 8, 5}, {31, 2, 31}, {7, 13, 24, 17}, {16, 16}};
  on_each_simd_target([&] {
    for (const auto& hidden : shapes) {
      for (const std::int64_t batch : {1, 8, 17, 32, 64, 100}) {
        CAPTURE(hidden, batch);
        NetworkParameters n = small_network();
        n.hidden = hidden, n.batch = batch;
        compare(group_of(n, 16), data);
      }
    }
  });
}

TEST_CASE("networks together have the bits of networks alone for every batch, full or not", "[unit]") {
  const Dataset data = small_dataset(300, 4, 2);
  on_each_simd_target([&] {
    for (const std::int64_t batch : {1, 2, 7, 15, 16, 17, 31, 32, 33, 64, 100, 127, 128, 129, 150, 256, 290, 300, 1000}) {
      CAPTURE(batch);
      NetworkParameters n = small_network();
      n.batch = batch;
      n.epochs = 2;
      compare(group_of(n, 3), data);
    }
  });
}

TEST_CASE("networks together have the bits of networks alone with every activation", "[unit]") {
  const Dataset data = small_dataset(120, 5, 2);
  for (const char* name : {"relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "tanh", "sigmoid", "linear"}) {
    for (const char* output : {"linear", "softmax", name}) {
      CAPTURE(name, output);
      NetworkParameters n = small_network();
      n.activation = name;
      n.output_activation = output;
      n.batch = 50;
      compare(group_of(n, 5), data);
    }
  }
}

TEST_CASE("networks together have the bits of networks alone with every optimiser and schedule", "[unit]") {
  const Dataset data = small_dataset(120, 3, 3);
  on_each_simd_target([&] {
    for (const char* name : {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "adagrad", "nadam"}) {
      for (const double decay : {0.0, 0.01}) {
        CAPTURE(name, decay);
        NetworkParameters n = small_network();
        n.optimizer.name = name;
        n.optimizer.momentum = 0.9;
        n.optimizer.weight_decay = decay;
        n.batch = 50;
        std::vector<NetworkParameters> group = group_of(n, 6);
        group[1].optimizer.weight_decay = 0;
        group[2].schedule.name = "cosine";
        group[3].schedule.warmup = 2;
        compare(group, data);
      }
    }
  });
}

TEST_CASE("networks together have the bits of networks alone with every loss", "[unit]") {
  for (const LossCase& c : kLossCases) {
    CAPTURE(c.loss);
    const Dataset data = dataset_of(c, 150, 6);
    NetworkParameters n = small_network();
    n.loss = c.loss;
    n.validate_every = 2;
    n.epochs = 5;
    if (std::string_view(c.loss).ends_with("crossentropy")) n.metrics = {"accuracy"};
    else n.metrics = {"mse", "mae"};
    compare(group_of(n, 4), data);
  }
}

TEST_CASE("networks together have the bits of networks alone with weights of classes and smoothed labels", "[unit]") {
  for (const LossCase& c : kLossCases) {
    if (!std::string_view(c.loss).ends_with("crossentropy")) continue;
    const Dataset data = dataset_of(c, 150, 6);
    const auto n_classes = static_cast<std::size_t>(c.n_classes > 0 ? c.n_classes : c.n_targets);
    const std::vector<double> weights{0.5, 3, 1.25, 0.1};
    NetworkParameters plain = small_network();
    plain.loss = c.loss, plain.batch = 17;
    const std::vector<Run> without = one_by_one(group_of(plain, 4), data);
    for (const int which : {0, 1, 2, 3}) {  // weights given, made from the data, smoothed labels, all that goes together
      CAPTURE(c.loss, which);
      NetworkParameters n = plain;
      if (which == 0 || which == 3) n.class_weights.assign(weights.begin(), weights.begin() + static_cast<std::ptrdiff_t>(n_classes));
      if (which == 1) n.balanced_classes = true;
      if (which >= 2) n.loss_constants.label_smoothing = 0.2;
      const std::vector<NetworkParameters> group = group_of(n, 4);
      compare(group, data);
      CHECK(one_by_one(group, data)[0].state != without[0].state);
    }
  }
}

TEST_CASE("groups of any size, cut anywhere, have the bits of networks alone", "[unit]") {
  const Dataset data = small_dataset(90, 3, 3);
  for (std::size_t n = 1; n <= kMostTogether; ++n) {
    CAPTURE(n);
    NetworkParameters network = small_network();
    network.batch = 32;
    compare(group_of(network, n), data, {1, 3});
  }
}

TEST_CASE("a network that goes bad among others ends as it does alone, and the others do not notice", "[unit]") {
  const Dataset data = small_dataset(120, 3, 3);
  NetworkParameters n = small_network();
  n.optimizer.name = "sgd";
  n.epochs = 12;
  std::vector<NetworkParameters> group = group_of(n, 5);
  group[0].optimizer.learning_rate = 1e6;
  group[3].optimizer.learning_rate = 30;
  compare(group, data);
  compare(group, data, {5});
  const std::vector<Run> runs = together(group, data);
  CHECK(runs[0].progress.state == State::nan);
  CHECK(runs[1].progress.state == State::trained);
  // In the last update of all: no loss shows it.
  for (NetworkParameters& one : group) one.batch = 120, one.epochs = 1;
  group[0].optimizer.learning_rate = 1e39;
  compare(group, data);
  CHECK(together(group, data)[0].progress.state == State::nan);
}

TEST_CASE("a group that is stopped leaves all its networks as they were", "[unit]") {
  const Dataset data = small_dataset(120, 3, 3);
  NetworkParameters n = small_network();
  n.epochs = 1000000;
  Trainer first(n, data), second(n, data);
  first.start(1, 0), second.start(1, 1);
  const std::vector<Trainer*> group = {&first, &second};
  std::vector<double> history(2 * first.columns().size());
  for (Trainer* trainer : group) trainer->train(2, history);  // not as at first: with an optimiser's state
  const std::vector<std::byte> before[] = {first.save(), second.save()};
  std::vector<double> a(5000 * first.columns().size()), b(a.size());
  const std::vector<std::span<double>> rows = {a, b};
  int calls = 0;
  const std::vector<Progress> progress = train_together(group, 5000, rows, [&calls] { return ++calls == 2; });
  CHECK(progress[0].state == State::interrupted);
  CHECK(progress[1].state == State::interrupted);
  CHECK(calls == 2);
  CHECK(first.save() == before[0]);
  CHECK(second.save() == before[1]);
}

TEST_CASE("lanes gain with small batches, with narrow networks a little longer", "[unit]") {
  const Dataset data = small_dataset(200, 3, 3);
  NetworkParameters n = small_network();
  for (const std::int64_t width : {8, 9}) {
    n.hidden = {5, width, 5};
    for (const std::int64_t batch : {1, 32, 33, 64, 65, 200}) {
      CAPTURE(width, batch);
      n.batch = batch;
      CHECK(gain_together(n, data) == (batch <= (width == 8 ? 64 : 32)));
    }
  }
  n.batch = 8;
  n.dropout = 0.5;
  CHECK_FALSE(gain_together(n, data));
  n = small_network();
  n.batch = 64;
  CHECK(gain_together(n, data));
  CHECK_FALSE(gain_together(n, small_dataset(200, 9, 3)));
}

TEST_CASE("what cannot be trained together is named so", "[unit]") {
  const Dataset data = small_dataset(50, 3, 3);
  const NetworkParameters n = small_network();
  CHECK(may_train_together(n, data));
  const auto without = [&](const auto& change) {
    NetworkParameters other = n;
    change(other);
    return !may_train_together(other, data);
  };
  CHECK(without([](NetworkParameters& p) { p.hidden = {32, 4}; }));
  CHECK(without([](NetworkParameters& p) { p.dropout = 0.1; }));
  CHECK(without([](NetworkParameters& p) { p.batch_normalisation = true; }));
  CHECK(without([](NetworkParameters& p) { p.l2 = 0.1; }));
  CHECK(without([](NetworkParameters& p) { p.clip_norm = 1; }));
  CHECK(without([](NetworkParameters& p) { p.early_stopping.patience = 3; }));
  CHECK(without([](NetworkParameters& p) { p.metrics = {"r2"}; }));
  NetworkParameters other = n;
  other.optimizer.learning_rate = 0.5;
  CHECK(fit_together(n, other));
  other.batch = 50;
  CHECK_FALSE(fit_together(n, other));
  Trainer first(n, data), second(other, data);
  const std::vector<Trainer*> group = {&first, &second};
  const std::vector<std::span<double>> rows(2);
  CHECK_THROWS_AS(train_together(group, 1, rows), std::invalid_argument);
}
