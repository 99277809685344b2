// SPDX-License-Identifier: Apache-2.0
// Activations, losses and optimisers against their references, bit for bit, on every SIMD target.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "each_simd_target.hpp"
#include "nn/activation.hpp"
#include "nn/aligned_floats.hpp"
#include "nn/loss.hpp"
#include "nn/mean_error.hpp"
#include "nn/normalise.hpp"
#include "nn/optimizer.hpp"
#include "shoal/kernels/lane_sums.hpp"
#include "small_data.hpp"

using namespace shoal::nn;

namespace {

// Numbers of both signs over many magnitudes, the special ones first.
void fill(AlignedFloats& x, std::uint64_t sequence) {
  const shoal::random::Stream stream(5, sequence);
  const float special[] = {0.0f, -0.0f, 88.0f, -88.0f, 1e-30f, 300.0f, -300.0f, 1e30f, INFINITY, -INFINITY, NAN};
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const float u = shoal::random::uniform_f32(stream, 0, static_cast<std::uint64_t>(i));
    x.data()[i] = i < 11 ? special[i] : (2 * u - 1) * std::pow(10.0f, static_cast<float>(i % 5) - 3);
  }
}

bool same(const AlignedFloats& a, const AlignedFloats& b) {
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const bool both_nan = a.data()[i] != a.data()[i] && b.data()[i] != b.data()[i];  // the sign of a NaN says nothing
    if (!both_nan && std::memcmp(a.data() + i, b.data() + i, sizeof(float)) != 0) {
      UNSCOPED_INFO("element " << i << ": " << a.data()[i] << " and " << b.data()[i]);
      return false;
    }
  }
  return true;
}

Block block_of(AlignedFloats& x, std::int64_t rows, std::int64_t lanes) { return {x.data(), rows, 64, lanes}; }

}  // namespace

TEST_CASE("activations give the reference's bits, forward and backward", "[unit]") {
  on_each_simd_target([] {
    for (const std::string& name : activation_names(false)) {
      const Activation& a = activation(name);
      if (a.forward == nullptr) continue;
      for (const std::int64_t lanes : {16, 48, 64}) {
        CAPTURE(name, lanes);
        AlignedFloats fast(5 * 64), slow(5 * 64), fast_delta(5 * 64), slow_delta(5 * 64);
        fill(fast, 1), fill(slow, 1), fill(fast_delta, 2), fill(slow_delta, 2);
        a.forward(block_of(fast, 5, lanes), 0.3f);
        a.forward_reference(block_of(slow, 5, lanes), 0.3f);
        REQUIRE(same(fast, slow));
        if (a.needs_input) fill(fast, 1);
        a.backward(block_of(fast_delta, 5, lanes), fast.data(), 0.3f);
        a.backward_reference(block_of(slow_delta, 5, lanes), fast.data(), 0.3f);
        REQUIRE(same(fast_delta, slow_delta));
      }
    }
  });
}

TEST_CASE("losses give the reference's bits, and lanes beyond the samples count for nothing", "[unit]") {
  on_each_simd_target([] {
    for (const std::string& name : loss_names()) {
      const Loss& l = loss(name);
      const std::int64_t rows = name == "binary_crossentropy" ? 1 : 4;
      for (std::int64_t n = 1; n <= 64; n += n < 34 ? 1 : 15) {
        const float constant = n % 2 == 0 ? 0.0f : 0.25f;  // delta of huber must not be 0
        const float weights[] = {0.5f, 2.0f, 1.0f, 3.0f};
        CAPTURE(name, n, constant);
        AlignedFloats outputs(rows * 64), targets(rows * 64), fast_delta(rows * 64), slow_delta(rows * 64);
        fill(outputs, 3);
        for (std::int64_t i = 0; i < targets.size(); ++i) {
          targets.data()[i] = rows == 1 ? static_cast<float>(i % 2) : static_cast<float>(i % 4);
        }
        AlignedFloats fast_sums(16), slow_sums(16);
        LossBlock b;
        b.outputs = block_of(outputs, rows, (n + 15) / 16 * 16);
        b.targets = targets.data(), b.n_targets = rows, b.constant = name == "huber" ? 0.7f : constant;
        if (n % 3 == 0) b.class_weights = weights;
        b.n_valid = n, b.scale = 1.0f / static_cast<float>(n);
        b.delta = fast_delta.data(), b.sums = fast_sums.data();
        l.compute(b);
        b.delta = slow_delta.data(), b.sums = slow_sums.data();
        l.compute_reference(b);
        REQUIRE(same(fast_delta, slow_delta));
        REQUIRE(same(fast_sums, slow_sums));
        for (std::int64_t j = n; j < b.outputs.lanes; ++j) REQUIRE(fast_delta.data()[j] == 0.0f);
      }
    }
  });
}

TEST_CASE("sums of errors have the reference's bits, and lanes beyond the samples count for nothing", "[unit]") {
  on_each_simd_target([] {
    for (std::int64_t n = 1; n <= 64; ++n) {
      CAPTURE(n);
      AlignedFloats outputs(3 * 64), targets(3 * 64), fast(16), slow(16);
      fill(outputs, 7), fill(targets, 8);
      std::fill_n(targets.data(), 11, 1.0f);
      std::fill_n(outputs.data(), 11, 0.5f);
      LossBlock b;
      b.outputs = block_of(outputs, 3, (n + 15) / 16 * 16);
      b.targets = targets.data(), b.n_targets = 3, b.n_valid = n;
      for (const auto& [add, reference] : {std::pair(&add_absolute_errors, &add_absolute_errors_reference),
                                           std::pair(&add_squared_errors, &add_squared_errors_reference)}) {
        b.sums = fast.data();
        add(b);
        b.sums = slow.data();
        reference(b);
        REQUIRE(same(fast, slow));
      }
    }
  });
}

TEST_CASE("optimisers give the reference's bits", "[unit]") {
  on_each_simd_target([] {
    for (const std::string& name : optimizer_names()) {
      const Optimizer& o = optimizer(name);
      for (const bool nesterov : {false, true}) {
        CAPTURE(name, nesterov);
        constexpr std::int64_t n = 48;
        AlignedFloats gradient(n), fast(n), slow(n), fast_slots[2] = {AlignedFloats(n), AlignedFloats(n)},
                                                     slow_slots[2] = {AlignedFloats(n), AlignedFloats(n)};
        OptimizerParameters parameters;
        parameters.name = name, parameters.momentum = 0.9, parameters.nesterov = nesterov;
        double powers[kPowers] = {1, 1, 1, 1};
        for (std::uint64_t step = 0; step < 5; ++step) {
          fill(gradient, 10 + step);
          for (std::int64_t i = 0; i < 11; ++i) gradient.data()[i] = static_cast<float>(i) * 1e-3f;
          const StepConstants constants = o.begin_step(parameters, powers);
          o.update({n, gradient.data(), fast.data(), {fast_slots[0].data(), fast_slots[1].data()}, constants});
          o.update_reference({n, gradient.data(), slow.data(), {slow_slots[0].data(), slow_slots[1].data()}, constants});
          REQUIRE(same(fast, slow));
        }
      }
    }
  });
}

TEST_CASE("optimisers reduce the lanes of a gradient as it is reduced alone", "[unit]") {
  on_each_simd_target([] {
    for (const std::string& name : optimizer_names()) {
      CAPTURE(name);
      const Optimizer& o = optimizer(name);
      constexpr std::int64_t n = 24;
      AlignedFloats sums(n * shoal::kernels::kLanes), gradient(n), fast(n), slow(n), fast_slots[2] = {AlignedFloats(n), AlignedFloats(n)},
                                                                                     slow_slots[2] = {AlignedFloats(n), AlignedFloats(n)};
      OptimizerParameters parameters = default_parameters(o);
      double powers[kPowers] = {1, 1, 1, 1};
      for (std::uint64_t step = 0; step < 3; ++step) {
        fill(sums, 20 + step);
        std::fill_n(sums.data(), 11, 1e-3f);
        shoal::kernels::reduce_lanes_reference(sums.data(), n, gradient.data());
        const StepConstants constants = o.begin_step(parameters, powers);
        o.update({n, nullptr, fast.data(), {fast_slots[0].data(), fast_slots[1].data()}, constants, sums.data()});
        o.update_reference({n, gradient.data(), slow.data(), {slow_slots[0].data(), slow_slots[1].data()}, constants});
        REQUIRE(same(fast, slow));
      }
    }
  });
}

TEST_CASE("batch normalisation gives the reference's bits, forward and backward, for blocks that are not full", "[unit]") {
  on_each_simd_target([] {
    for (const std::int64_t n : {1, 5, 16, 100, 128, 150, 256}) {
      CAPTURE(n);
      constexpr std::int64_t rows = 3, capacity = 256;
      const std::int64_t lanes = (n + 15) / 16 * 16;
      AlignedFloats x[2], hat[2], means[2], out[2];
      Normalisation batches[2];
      float scale[rows] = {1.0f, -0.5f, 2.0f}, shift[rows] = {0.0f, 0.25f, -1.0f};
      for (int i = 0; i < 2; ++i) {
        x[i] = AlignedFloats(rows * capacity), hat[i] = AlignedFloats(rows * capacity);
        means[i] = AlignedFloats(16), out[i] = AlignedFloats(16);
        for (std::int64_t k = 0; k < x[i].size(); ++k) x[i].data()[k] = std::sin(static_cast<float>(k) * 0.7f) * 3 + 1;
        Normalisation b;
        b.values = {x[i].data(), rows, capacity}, b.normalised = {hat[i].data(), rows, capacity};
        b.rows = rows, b.lanes = lanes, b.n_samples = n, b.scale = scale, b.shift = shift;
        b.moving_mean = means[i].data(), b.moving_variance = means[i].data() + 4, b.inverse_deviations = means[i].data() + 8;
        b.shift_gradient = out[i].data(), b.scale_gradient = out[i].data() + 4;
        batches[i] = b;
      }
      normalise_batch(batches[0], 1e-3f, 0.9f);
      normalise_batch_reference(batches[1], 1e-3f, 0.9f);
      REQUIRE((same(x[0], x[1]) && same(hat[0], hat[1]) && same(means[0], means[1])));
      normalise_gradient(batches[0]);
      normalise_gradient_reference(batches[1]);
      REQUIRE((same(x[0], x[1]) && same(out[0], out[1])));
    }
  });
}

TEST_CASE("the first step of each optimiser is what its formula says, epsilon included", "[unit]") {
  const double g = 1e-4;
  const auto first_step = [&](OptimizerParameters p) {
    AlignedFloats gradient(8), weights(8), slots[2] = {AlignedFloats(8), AlignedFloats(8)};
    gradient.data()[0] = static_cast<float>(g);
    double powers[kPowers] = {1, 1, 1, 1};
    const Optimizer& o = optimizer(p.name);
    o.update({8, gradient.data(), weights.data(), {slots[0].data(), slots[1].data()}, o.begin_step(p, powers)});
    return static_cast<double>(weights.data()[0]);
  };
  REQUIRE(first_step({.name = "sgd", .learning_rate = 0.5, .momentum = 0.9}) == Approx(-0.5 * g).epsilon(1e-6));
  REQUIRE(first_step({.name = "sgd", .learning_rate = 0.5, .momentum = 0.9, .nesterov = true}) ==
          Approx(-0.5 * g * 1.9).epsilon(1e-6));
  REQUIRE(first_step({.name = "rmsprop", .learning_rate = 0.5, .epsilon = 1e-4}) ==
          Approx(-0.5 * g / std::sqrt(0.1 * g * g + 1e-4)).epsilon(1e-6));
  REQUIRE(first_step({.name = "adam", .learning_rate = 0.5, .epsilon = 1e-4}) ==
          Approx(-0.5 * std::sqrt(0.001) / 0.1 * 0.1 * g / (std::sqrt(0.001 * g * g) + 1e-4)).epsilon(1e-4));
  REQUIRE(first_step({.name = "adagrad", .learning_rate = 0.5, .epsilon = 1e-4}) ==
          Approx(-0.5 * g / std::sqrt(0.1 + g * g + 1e-4)).epsilon(1e-6));
  const double u1 = 0.9 * (1 - 0.5 * 0.96), u2 = 0.9 * (1 - 0.5 * 0.96 * 0.96);
  REQUIRE(first_step({.name = "nadam", .learning_rate = 0.5, .epsilon = 1e-4}) ==
          Approx(-0.5 * (u2 * 0.1 * g / (1 - u1 * u2) + (1 - u1) * g / (1 - u1)) / (g + 1e-4)).epsilon(1e-4));
}
