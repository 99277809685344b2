// SPDX-License-Identifier: Apache-2.0
// The many bad observations of one numeric parameter, kept so that their density costs the same however many they are.
//
// From some hundred observations on, almost every kernel has the least width s = width / 100: only the ends of gaps wider
// than s have more, and of these a bounded range holds fewer than 200. The others are summed in two tables on a grid,
//
//   S0(x) = sum_j K(x - x_j),   S1(x) = sum_j order_j K(x - x_j)
//
// from which any weights that are linear in age follow, a S0 + b S1; the values between are interpolated by cubics. K is
// the kernel's density, or its distribution function where values are rounded to a step and cells have masses. Wide gaps
// are kept in a sorted list, since a point that falls into none changes no width. Insertion: O(log n), a grid's length at
// most; memory: the grid, none for each observation.
#pragma once

#include <cstdint>
#include <vector>

#include "search/latent.hpp"
#include "search/tpe/parzen.hpp"

namespace shoal::search::tpe {

class Background {
 public:
  struct Point {
    double x;
    std::int64_t order;
  };
  struct Gap {
    Point left, right;  // -inf or inf beyond the outermost points
  };

  Background(const Latent& latent, const ParzenRule& rule);

  void insert(double x, std::int64_t order);

  std::int64_t size() const { return size_; }
  // Wider than the least width, in rising order, the two open ends included.
  const std::vector<Gap>& gaps() const { return gaps_; }
  // The ends of closed gaps, in rising order, each once.
  void wide_points(std::vector<Point>& out) const;

  // sum over all other points of (a + b order) times density at x, or times mass of [low, high], as Kernels has it.
  double density(double x, double a, double b) const;
  double mass(double low, double high, double a, double b) const;
  // sum of e_k of these points.
  double total(double a, double b) const { return a * total_[0] + b * total_[1]; }

 private:
  bool is_wide(const Point& point) const;
  void set_table(const Point& point, double sign);
  double interpolate(double x, double a, double b) const;

  const Latent& latent_;
  bool truncate_each_;
  double sigma_, spacing_, origin_;
  double lowest_, highest_;  // of the grid; points beyond (only without bounds) count as at its ends
  std::vector<double> tables_;  // (grid point, S0 or S1)
  double total_[2] = {0, 0};
  std::vector<Gap> gaps_;
  std::int64_t size_ = 0;
  std::vector<double> work_;
};

}  // namespace shoal::search::tpe
