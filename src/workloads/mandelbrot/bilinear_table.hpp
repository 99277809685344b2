// SPDX-License-Identifier: Apache-2.0
// Bilinear approximations of many perturbed iterations at once (after Zhuoran, and Claude Heiland-Allen,
// https://mathr.co.uk/web/deep-zoom.html). While z is small beside the reference Z, z^2 is beside 2 Z z:
//
//   z_{m+l} = A z_m + B c    for |z_m| < R
//   one step:     A = 2 Z_m, B = 1, R = tolerance |A|
//   x, then y:    A = A_y A_x, B = A_y B_x + B_y, R = max(0, min(R_x, (R_y - |B_x| |c|) / |A_x|))
//
// Entry k of level j stands for the 2^j steps from m = 1 + k 2^j on; only steps before the reference escapes (|Z| > 2) are in,
// so that no escape is skipped. Norms are |re| + |im|, which makes R smaller, never larger, than with the usual ones.
// Memory: 40 bytes (scaled numbers: 64) for each step of the reference / 2^(kLowestLevel - 1).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "workloads/mandelbrot/reference_orbit.hpp"
#include "workloads/mandelbrot/scaled.hpp"

namespace shoal::workloads::mandelbrot {

// Complex: PlainComplex with Real double, or ScaledComplex with ScaledReal.
template <class Complex, class Real>
class BilinearTable {
 public:
  struct Step {
    Complex a, b;
    std::int64_t length = 0;  // iterations
  };

  static constexpr int kLowestLevel = 2;  // skips of 2 iterations would double the memory and gain little

  BilinearTable() = default;

  // `radius`: at least |re c| + |im c| of every pixel. `b` of one step: 1, or 0 where c is negligible beside every z that is
  // looked up.
  BilinearTable(const ReferenceOrbit& orbit, Real radius, Real tolerance, Complex b) {
    std::vector<Entry> level = single_steps(orbit, tolerance, b);
    for (int j = 1; level.size() > 1; ++j) {
      level = merged(level, radius);
      if (j < kLowestLevel) continue;
      Level stored;
      for (const Entry& entry : level) {
        stored.radii.push_back(entry.radius);
        stored.steps.push_back({entry.a, entry.b, std::int64_t{1} << j});
      }
      const bool useful = std::any_of(stored.radii.begin(), stored.radii.end(), [](const Real& r) { return is_positive(r); });
      if (!useful) return;
      levels_.push_back(std::move(stored));
    }
  }

  // No z of at least this norm has a step.
  Real largest_radius() const {
    Real largest{};
    if (!levels_.empty())
      for (const Real& radius : levels_.front().radii) largest = std::max(largest, radius);
    return largest;
  }

  // The longest step from m for a z of this norm with at most `most` iterations; null: none.
  const Step* find(std::int64_t m, const Real& norm, std::int64_t most) const {
    if (m == 0) return nullptr;
    const Step* found = nullptr;
    auto k = static_cast<std::uint64_t>(m - 1);
    if (k & ((std::uint64_t{1} << kLowestLevel) - 1)) return nullptr;
    k >>= kLowestLevel;
    for (const Level& level : levels_) {
      if (k >= level.radii.size() || !(norm < level.radii[k]) || level.steps[k].length > most) break;
      found = &level.steps[k];
      if (k & 1) break;
      k >>= 1;
    }
    return found;
  }

 private:
  struct Entry {
    Complex a, b;
    Real radius;
  };
  struct Level {
    std::vector<Real> radii;
    std::vector<Step> steps;
  };

  static Complex value_at(const ReferenceOrbit& orbit, std::int64_t m, const PlainComplex*) { return orbit[m]; }
  static Complex value_at(const ReferenceOrbit& orbit, std::int64_t m, const ScaledComplex*) { return orbit.scaled(m); }

  static std::vector<Entry> single_steps(const ReferenceOrbit& orbit, const Real& tolerance, const Complex& b) {
    std::vector<Entry> steps;
    for (std::int64_t m = 1; m < orbit.escape(); ++m) {
      const Complex z = value_at(orbit, m, static_cast<const Complex*>(nullptr));
      steps.push_back({z + z, b, tolerance * norm1(z)});  // below tolerance |A|: |re| + |im| is at most sqrt(2) |z|
    }
    return steps;
  }

  static std::vector<Entry> merged(const std::vector<Entry>& level, const Real& radius) {
    std::vector<Entry> next;
    for (std::size_t k = 0; k + 1 < level.size(); k += 2) {
      const Entry& x = level[k];
      const Entry& y = level[k + 1];
      Entry both{y.a * x.a, y.a * x.b + y.b, Real{}};
      const Real room = y.radius - norm1(x.b) * radius;
      if (is_positive(x.radius) && is_positive(room)) both.radius = std::min(x.radius, room / norm1(x.a));
      next.push_back(both);
    }
    return next;
  }

  std::vector<Level> levels_;
};

}  // namespace shoal::workloads::mandelbrot
