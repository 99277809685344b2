// SPDX-License-Identifier: Apache-2.0
// Trains one network on one data set, one epoch after the other, in pieces as long as you like.
//
// Pure: weights and metrics after e epochs depend on (parameters, data set, seed, run) alone; not on how the epochs were
// cut into pieces, on the thread, the compiler or the width of SIMD registers. Arithmetic is single precision with fused
// multiply-add in a fixed order; subnormals count as zero (set for the calling thread while a call runs, then restored).
//
//   Trainer trainer(network, dataset);
//   trainer.start(seed, run);                       // or trainer.restore(blob)
//   std::vector<double> history(epochs * trainer.columns().size());
//   Progress end = trainer.train(epochs, history, [&] { return stop.requested(); });
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shoal/nn/dataset.hpp"
#include "shoal/nn/model.hpp"
#include "shoal/nn/network_parameters.hpp"

namespace shoal::nn {

enum class State : std::int8_t {
  trained = 0,      // reached the epoch asked for, or ended early (see Progress::stopped)
  nan = 1,          // a loss, metric or weight became infinite or NaN: nothing more will happen
  interrupted = 2,  // the stop function said so; the trainer's state is of no use any more
};

struct Progress {
  State state = State::trained;
  std::int64_t epoch = 0;            // epochs done
  std::int64_t first_bad_epoch = -1; // number (from 0) of the epoch in which numbers went bad, or -1
  // The first layer (from 0, nearest to the inputs) with infinite numbers or NaN among its weights or outputs when that was
  // noticed; the number of layers if only the loss or a metric went bad; -1: nothing did.
  std::int64_t first_bad_layer = -1;
  bool stopped = false;              // early stopping ended the training: no more epochs will come
  std::int64_t best_epoch = -1;      // with early stopping: the epoch (from 0) of the best value so far, or -1
};

// Threads that may work on one training together. run(body) calls body(member) once for each member in [0, size), at once, and
// returns when all have ended. No bit of a training depends on its team.
struct Team {
  int size = 1;
  std::function<void(const std::function<void(int member)>& body)> run;
};

class Trainer {
 public:
  // Both are copied or used for as long as the trainer lives: `dataset` must outlive it. All memory is allocated here but that
  // of a team's members.
  // Throws InputError with problems() if they do not fit.
  Trainer(const NetworkParameters& network, const Dataset& dataset);
  ~Trainer();
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;

  // New weights from Philox addresses keyed by (seed, stream = run); epoch 0.
  void start(std::uint64_t seed, std::uint64_t run);

  // The whole state (weights, optimiser, epoch, seed and run) as bytes, and back, bit for bit.
  // Throws std::invalid_argument if the bytes belong to another network.
  std::vector<std::byte> save() const;
  void restore(std::span<const std::byte> blob);

  // Trains from the present epoch to `to_epoch` (at most the network's epochs), or until early stopping ends it. Row r of `history`, (epoch, column)
  // row-major, gets the metrics of the r-th epoch of this call; it must have room for all of them. Metrics that were not
  // computed in an epoch, and those of epochs after the first bad one, are NaN. `stop` is called at least every 0.2 s.
  // A team shares layers that are worth it (from about 128 units on); `stop` is called by the calling thread alone.
  Progress train(std::int64_t to_epoch, std::span<double> history, const std::function<bool()>& stop = {}, const Team& team = {});

  // Names of the history's columns: history_columns().
  const std::vector<std::string>& columns() const;

  // With early stopping: the columns' values of the best epoch so far, which are those of the weights that a finished
  // training has if it restores the best ones; empty: no epoch yet, or no early stopping.
  std::vector<double> best_row() const;

  // Loss and metrics of a part with the present weights: one value for each of metric_names() ("loss", "rmse", ...).
  std::vector<double> evaluate(const Part& part);
  const std::vector<std::string>& metric_names() const;

  Progress progress() const;
  Model model() const;  // a copy of the present weights

  // For tests and comparisons: weights of all layers, layer after layer, each (output, input + 1) with the bias last; then, of
  // normalised layers, the scales and the shifts (unit), layer after layer.
  std::vector<float> weights() const;
  void set_weights(std::span<const float> weights);
  // Gradient of the mean loss over the first `n` training samples in natural order, in the order of weights(), as the
  // optimiser gets it: with the penalties of l1 and l2, clipped. Dropout as in the first step of epoch 0.
  std::vector<float> gradient(std::int64_t n);
  // One step of the optimiser on that gradient (the comparison with other programs); counts as no epoch.
  double step(std::int64_t n);

 private:
  friend std::vector<Progress> train_together(std::span<Trainer* const>, std::int64_t, std::span<const std::span<double>>,
                                              const std::function<bool()>&);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::nn
