// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/axis_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "workloads/integrate/probe.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr std::size_t kAxisPoints = 33;       // of a line along an axis
constexpr int kAxisLines = 4;
constexpr std::size_t kMostBreaks = 3;        // that are looked for on an axis
constexpr double kFaint = 1e-9;               // fourth differences below this part of |f| are none
constexpr int kJudged = 5;                    // halvings after which a break is told from a smooth stretch
constexpr int kKinkHalvings = 17;             // then two tangents meet within 1e-11
constexpr double kNarrowest = 0x1p-46;        // stretch around a jump
constexpr int kBesideLines = 8;               // that are asked whether they see it, too; three must, and most of those that see anything
constexpr int kLeastWitnesses = 3;
// How far lines beside a break are: of the way to a random point. A narrow support is seen only from near.
constexpr double kBesideShares[] = {0.25, 0.0625};
constexpr double kBesideStep = 0x1p-6;        // of these lines, against that distance: a break that lies askew leaves them

// Breaks across one axis, seen on a few lines along it.
class AxisSearch {
 public:
  AxisSearch(Prober& prober, std::size_t axis, const Point& top) : prober_(prober), axis_(axis) {
    for (std::uint64_t number = 0; number < kAxisLines; ++number) {
      Point start = number == 0 ? top : random_point(kAlongAxes, number);
      const std::span<const double> f = values(start, 0, 1, kAxisPoints);
      size_ = std::fmax(size_, largest_value(f));
      starts_.push_back(std::move(start));
      lines_.emplace_back(f.begin(), f.end());
    }
  }

  void add_breaks(std::vector<double>& cuts) {
    for (std::size_t found = 0; found < kMostBreaks; ++found) {
      const std::optional<double> place = next_break(cuts);
      if (!place) break;
      cuts.push_back(*place);
    }
    std::sort(cuts.begin(), cuts.end());
  }

 private:
  Point random_point(Purpose purpose, std::uint64_t number) const {
    return prober_.random_line(std::vector<std::vector<double>>(prober_.dimension()), purpose, axis_ * kBesideLines + number).first;
  }

  std::span<const double> values(const Point& start, double begin, double end, std::size_t n) {
    Point from = start, to = start;
    from[axis_] = begin;
    to[axis_] = end;
    return prober_.along(from, to, n);
  }

  // Follows the largest fourth difference that no known cut explains.
  std::optional<double> next_break(const std::vector<double>& cuts) {
    double largest = kFaint * size_, begin = 0;
    const Point* start = nullptr;
    constexpr double step = 1.0 / (kAxisPoints - 1);
    for (std::size_t line = 0; line < lines_.size(); ++line) {
      for (std::size_t i = 0; i + 4 < kAxisPoints; ++i) {
        const double low = static_cast<double>(i) * step, high = low + 4 * step;
        if (std::any_of(cuts.begin(), cuts.end(), [&](double cut) { return low <= cut && cut <= high; })) continue;
        const double difference = fourth_difference(lines_[line], i, 1);
        if (difference <= largest) continue;
        largest = difference;
        begin = low;
        start = &starts_[line];
      }
    }
    if (!start) return std::nullopt;
    const std::optional<double> place = follow(*start, begin, begin + 4 * step);
    return place && is_wall(*start, *place) ? place : std::nullopt;
  }

  // Is the break at the same place on lines beside this one, too?
  bool is_wall(const Point& start, double place) {
    for (const double share : kBesideShares) {
      const auto [walls, votes] = witnesses(start, place, share);
      if (votes >= kLeastWitnesses) return walls >= kLeastWitnesses && 2 * walls > votes;
    }
    return false;
  }

  // How many lines see a break at this place, and how many see anything there.
  std::pair<int, int> witnesses(const Point& start, double place, double share) {
    const double h = share * kBesideStep;
    int votes = 0, walls = 0;
    if (place < 2 * h || place > 1 - 2 * h) return {walls, votes};
    for (std::uint64_t number = 0; number < kBesideLines; ++number) {
      // In pairs to both sides: one of them sees a support at whose rim the start lies.
      Point beside = random_point(kBeside, number / 2);
      const double way = number % 2 == 0 ? share : -share;
      for (std::size_t k = 0; k < beside.size(); ++k) beside[k] = std::clamp(start[k] + way * (beside[k] - start[k]), 0.0, 1.0);
      const std::span<const double> f = values(beside, place - 2 * h, place + 2 * h, 9);
      const double wide = fourth_difference(f, 0, 2), narrow = fourth_difference(f, 2, 1);
      if (wide <= kFaint * size_) continue;
      ++votes;
      if (wide < kSmooth * narrow) ++walls;
    }
    return {walls, votes};
  }

  std::optional<double> follow(const Point& start, double begin, double end) {
    std::array<double, kJudged> history{};
    bool jump = false;
    for (int halving = 0; end - begin > kNarrowest; ++halving) {
      const std::span<const double> f = values(start, begin, end, 9);
      std::size_t best = 0;
      for (std::size_t i = 1; i < 5; ++i)
        if (fourth_difference(f, i, 1) > fourth_difference(f, best, 1)) best = i;
      if (halving < kJudged) history[static_cast<std::size_t>(halving)] = fourth_difference(f, best, 1);
      const double eighth = (end - begin) / 8;
      begin += static_cast<double>(best) * eighth;
      end = begin + 4 * eighth;
      if (halving + 1 == kJudged) {
        const double contraction = std::sqrt(history[kJudged - 3] / std::fmax(history[kJudged - 1], 1e-300));
        if (contraction >= kSmooth) return std::nullopt;
        jump = contraction < kKink;
      }
      if (!jump && halving + 1 == kKinkHalvings) return meeting_point(start, begin, end);
    }
    return inside((begin + end) / 2);
  }

  // Of the tangents on both sides of a kink.
  std::optional<double> meeting_point(const Point& start, double begin, double end) {
    const double width = end - begin;
    if (begin - width < 0 || end + width > 1) return inside((begin + end) / 2);
    const std::span<const double> f = values(start, begin - width, end + width, 4);
    const double left = (f[1] - f[0]) / width, right = (f[3] - f[2]) / width;
    const double place = begin + (f[2] - f[1] - right * width) / (left - right);
    return inside(place >= begin && place <= end ? place : (begin + end) / 2);
  }

  static std::optional<double> inside(double place) {
    constexpr double rim = 1e-9;
    return place > rim && place < 1 - rim ? std::optional(place) : std::nullopt;
  }

  Prober& prober_;
  std::size_t axis_;
  std::vector<Point> starts_;
  std::vector<std::vector<double>> lines_;
  double size_ = 0;
};

}  // namespace

void add_breaks(Prober& prober, std::size_t axis, const Point& top, std::vector<double>& cuts) {
  AxisSearch(prober, axis, top).add_breaks(cuts);
}

}  // namespace shoal::workloads::integrate
