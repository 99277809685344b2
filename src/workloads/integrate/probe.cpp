// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/probe.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "shoal/random/distributions.hpp"
#include "workloads/integrate/random_rows.hpp"
#include "workloads/integrate/samples.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr std::int64_t kMostLines = 16, kLeastLines = 3;
constexpr std::size_t kLinePoints = 129;
constexpr std::int64_t kProbeShare = 20;      // at most one evaluation of so many goes into random lines
constexpr std::int64_t kSearchShare = 4;      // and into the search for breaks
constexpr std::int64_t kUsualSearch = 400;    // evaluations of the search, an axis
constexpr std::size_t kAxisPoints = 33;       // of a line along an axis
constexpr int kAxisLines = 4;
constexpr std::size_t kMostBreaks = 3;        // that are looked for on an axis
constexpr double kFaint = 1e-9;               // fourth differences below this part of |f| are none
constexpr int kHalvings = 8;                  // that a line is followed over before it counts as rough
constexpr double kCounts = 1e-9;              // lines below this part of the largest |f| say nothing
constexpr int kJudged = 5;                    // halvings after which a break is told from a smooth stretch
constexpr int kKinkHalvings = 17;             // then two tangents meet within 1e-11
constexpr double kNarrowest = 0x1p-46;        // stretch around a jump
constexpr int kBesideLines = 8;               // that are asked whether they see it, too; three must, and most of those that see anything
constexpr int kLeastWitnesses = 3;
// How far lines beside a break are: of the way to a random point. A narrow support is seen only from near.
constexpr double kBesideShares[] = {0.25, 0.0625};
constexpr double kBesideStep = 0x1p-6;        // of these lines, against that distance: a break that lies askew leaves them

double fourth_difference(std::span<const double> f, std::size_t i, std::size_t step) {
  return std::fabs(f[i] - 4 * f[i + step] + 6 * f[i + 2 * step] - 4 * f[i + 3 * step] + f[i + 4 * step]);
}

double largest_fourth_difference(std::span<const double> f, std::size_t step) {
  double largest = 0;
  for (std::size_t i = 0; i + 4 * step < f.size(); ++i) largest = std::fmax(largest, fourth_difference(f, i, step));
  return largest;
}

std::size_t index_of_largest(std::span<const double> f) {
  return static_cast<std::size_t>(std::max_element(f.begin(), f.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); }) - f.begin());
}

double largest_value(std::span<const double> f) {
  double largest = 0;
  for (const double value : f) largest = std::fmax(largest, std::fabs(value));
  return largest;
}

using Point = std::vector<double>;

// Random numbers of one purpose each.
enum Purpose : std::uint64_t { kThrough = 1, kWithin = 2, kAlongAxes = 3, kBeside = 4, kScattered = 5 };

// Of the stream of the estimation, whose first ones the methods use: what is chosen must not depend on numbers that it is then used with.
constexpr std::uint64_t kProbeStream = std::numeric_limits<std::uint64_t>::max();

class Prober {
 public:
  Prober(const Context& context, const tasks::StopToken& stop)
      : context_(context), stop_(stop), stream_(context.stream.derived(kProbeStream)), d_(static_cast<std::size_t>(context.problem.dimension())),
        block_(context.problem.dimension()) {}

  std::int64_t evaluations() const { return evaluations_; }
  std::size_t dimension() const { return d_; }

  // f at n equal steps from one point to another, both included. After a stop nothing is evaluated any more, and all is 0.
  std::span<const double> along(const Point& from, const Point& to, std::size_t n) {
    const auto count = static_cast<std::int64_t>(n);
    from_ = from, to_ = to, n_ = n;
    for (std::size_t k = 0; k < d_; ++k) {
      const std::span<double> column = block_.column(k, count);
      for (std::size_t i = 0; i < n; ++i) column[i] = from[k] + (to[k] - from[k]) * (static_cast<double>(i) / static_cast<double>(n - 1));
    }
    const std::span<double> f = block_.values(count);
    evaluate(f);
    return f;
  }

  // The place of the largest |f| among n independent points: these meet a small support sooner than lines do. Empty: f is 0.
  Point scatter(std::int64_t n) {
    for (std::size_t k = 0; k < d_; ++k) fill_centred(stream_.derived(kScattered).derived(k), 0, block_.column(k, n));
    const std::span<double> f = block_.values(n);
    evaluate(f);
    const std::size_t best = index_of_largest(f);
    Point place;
    for (std::size_t k = 0; k < d_ && f[best] != 0; ++k) {
      std::vector<double> u(static_cast<std::size_t>(n));
      fill_centred(stream_.derived(kScattered).derived(k), 0, u);  // the block holds x now
      place.push_back(u[best]);
    }
    return place;
  }

  // Point i of the last line, in the unit cube.
  Point point(std::size_t i) const {
    Point place;
    for (std::size_t k = 0; k < d_; ++k) place.push_back(from_[k] + (to_[k] - from_[k]) * (static_cast<double>(i) / static_cast<double>(n_ - 1)));
    return place;
  }

  // A random line within a random box between the cuts.
  std::pair<Point, Point> random_line(const std::vector<std::vector<double>>& cuts, Purpose purpose, std::uint64_t number) const {
    const random::Stream stream = stream_.derived(purpose);
    std::pair<Point, Point> line;
    for (std::size_t k = 0; k < d_; ++k) {
      const double place = random::uniform(stream, number, k, 0);
      double low = 0, high = 1;
      for (const double cut : cuts[k]) {
        if (cut <= place) low = std::fmax(low, cut);
        else high = std::fmin(high, cut);
      }
      line.first.push_back(place);
      line.second.push_back(low + (high - low) * random::uniform(stream, number, k, 1));
    }
    return line;
  }

 private:
  void evaluate(std::span<double> f) {
    if (stop_.requested()) {
      std::fill(f.begin(), f.end(), 0.0);
      return;
    }
    NonFinite bad;
    context_.problem.evaluate(block_.columns(), f, bad);
    evaluations_ += static_cast<std::int64_t>(f.size());
  }

  const Context& context_;
  const tasks::StopToken& stop_;
  random::Stream stream_;
  std::size_t d_;
  PointBlock block_;
  Point from_, to_;  // of the last line
  std::size_t n_ = 2;
  std::int64_t evaluations_ = 0;
};

struct Lines {
  double contraction = 16, peak = 1;
  bool suspicious = false;  // on some that count differences do not shrink, though they may where steps are finer
  bool some_blank = false;  // f was 0 on some of them
  Point top;  // where |f| was largest; empty: f was 0 everywhere
};

struct Line {
  Point from, to;
  double size = 0, contraction = 16;
  std::size_t worst = 0;  // where the fourth difference is largest
};

Line look_at(std::span<const double> f, std::pair<Point, Point> ends) {
  Line line{std::move(ends.first), std::move(ends.second), largest_value(f)};
  const double wide = largest_fourth_difference(f, 2), narrow = largest_fourth_difference(f, 1);
  if (wide > 1e-12 * line.size) line.contraction = wide / std::fmax(narrow, 1e-15 * line.size);
  for (std::size_t i = 1; i + 4 < f.size(); ++i)
    if (fourth_difference(f, i, 1) > fourth_difference(f, line.worst, 1)) line.worst = i;
  return line;
}

// How fourth differences shrink where they are largest, at steps up to 2^kHalvings finer: a steep flank of a smooth integrand looks
// like a jump until steps resolve it.
double followed(Prober& prober, const Line& line) {
  const double step = 1.0 / (kLinePoints - 1);
  double begin = static_cast<double>(line.worst) * step, width = 4 * step;
  const auto at = [&line](double t) {
    Point place = line.from;
    for (std::size_t k = 0; k < place.size(); ++k) place[k] += t * (line.to[k] - line.from[k]);
    return place;
  };
  std::vector<double> history;
  for (int halving = 0; halving < kHalvings; ++halving) {
    const std::span<const double> f = prober.along(at(begin), at(begin + width), 9);
    std::size_t best = 0;
    for (std::size_t i = 1; i < 5; ++i)
      if (fourth_difference(f, i, 1) > fourth_difference(f, best, 1)) best = i;
    history.push_back(fourth_difference(f, best, 1));
    if (history.back() <= 1e-12 * line.size) break;  // rounding is all that is left
    begin += static_cast<double>(best) * width / 8;
    width /= 2;
  }
  const std::size_t last = history.size() - 1, before = last >= 2 ? last - 2 : 0;
  if (last == 0) return 16;
  const double ratio = history[before] / std::fmax(history[last], 1e-15 * line.size);
  return std::fmin(16, last == before + 2 ? std::sqrt(ratio) : ratio);
}

// Of a line followed where a step alone does not tell.
double judged(Prober& prober, const Line& line) {
  return line.contraction < kSmooth ? std::fmax(line.contraction, followed(prober, line)) : line.contraction;
}

// What is 0 on whole lines and not on others may have a rim that no line shows: from a line where it is 0 to the largest value.
double at_the_rim(Prober& prober, const std::vector<Line>& lines, const Point& top, double largest) {
  const auto blank = std::find_if(lines.begin(), lines.end(), [](const Line& line) { return line.size == 0; });
  const std::span<const double> f = prober.along(blank->from, top, kLinePoints);
  const Line across = look_at(f, {blank->from, top});
  return across.size > kCounts * largest ? judged(prober, across) : 16;
}

Lines probe_lines(Prober& prober, const std::vector<std::vector<double>>& cuts, Purpose purpose, std::int64_t n_lines) {
  Lines lines;
  std::vector<Line> all;
  double largest = 0, sum = 0;
  for (std::int64_t number = 0; number < n_lines; ++number) {
    std::pair<Point, Point> ends = prober.random_line(cuts, purpose, static_cast<std::uint64_t>(number));
    const std::span<const double> f = prober.along(ends.first, ends.second, kLinePoints);
    for (const double value : f) sum += std::fabs(value);
    const Line line = look_at(f, std::move(ends));
    if (line.size == 0) lines.some_blank = true;
    if (line.size > largest) {
      largest = line.size;
      lines.top = prober.point(index_of_largest(f));
    }
    all.push_back(line);
  }
  if (sum > 0) lines.peak = largest * static_cast<double>(n_lines * static_cast<std::int64_t>(kLinePoints)) / sum;
  std::vector<double> contractions;
  for (const Line& line : all) {
    if (line.size <= kCounts * largest) continue;  // the tails of what is smooth, most of all
    if (line.contraction < kSmooth) lines.suspicious = true;
    contractions.push_back(judged(prober, line));
  }
  if (contractions.empty()) return lines;
  std::sort(contractions.begin(), contractions.end());
  // One line that meets a jump is enough: at all these steps nothing else looks like it.
  lines.contraction = contractions.front() < kKink ? contractions.front() : contractions[contractions.size() / 4];
  // Between cuts a blank box is no sign.
  if (lines.some_blank && purpose == kThrough) lines.contraction = std::fmin(lines.contraction, at_the_rim(prober, all, lines.top, largest));
  return lines;
}

// Breaks across one axis, seen on a few lines along it.
class AxisSearch {
 public:
  // The first line goes through `top`, from which all walls of a small support can be seen.
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

// Of the unit cube, as far as they are known.
std::vector<std::vector<double>> known_cuts(const Region& region) {
  std::vector<std::vector<double>> cuts(region.lower.size());
  for (std::size_t k = 0; k < region.cuts.size(); ++k) {
    const double width = region.upper[k] - region.lower[k];
    if (std::isinf(width)) continue;
    for (const double place : region.cuts[k]) cuts[k].push_back((place - region.lower[k]) / width);
  }
  return cuts;
}

}  // namespace

bool Probe::has_cuts() const {
  return std::any_of(cuts.begin(), cuts.end(), [](const std::vector<double>& axis) { return !axis.empty(); });
}

double Probe::n_boxes() const {
  double boxes = 1;
  for (const std::vector<double>& axis : cuts) boxes *= static_cast<double>(axis.size() + 1);
  return boxes;
}

void Probe::write(tasks::Bytes& bytes) const {
  put(bytes, contraction);
  put(bytes, between);
  put(bytes, peak);
  put(bytes, blank);
  put(bytes, evaluations);
  for (const std::vector<double>& axis : cuts) {
    put(bytes, static_cast<std::int64_t>(axis.size()));
    put(bytes, axis);
  }
}

Probe Probe::read(Reader& reader, int dimension) {
  Probe probe;
  probe.contraction = reader.number<double>();
  probe.between = reader.number<double>();
  probe.peak = reader.number<double>();
  probe.blank = reader.number<bool>();
  probe.evaluations = reader.number<std::int64_t>();
  for (int axis = 0; axis < dimension; ++axis) {
    const auto n = reader.number<std::int64_t>();
    probe.cuts.push_back(reader.array<double>(static_cast<std::size_t>(n)));
  }
  return probe;
}

std::optional<Probe> probe_box(const Context& context, const tasks::StopToken& stop) {
  Probe probe;
  probe.cuts = known_cuts(context.problem.region());
  const std::int64_t affordable = context.budget.most() / kProbeShare / static_cast<std::int64_t>(kLinePoints);
  if (affordable < kLeastLines) return probe;
  const std::int64_t n_lines = std::min(affordable, kMostLines);
  Prober prober(context, stop);
  const std::vector<std::vector<double>> no_cuts(prober.dimension());
  Lines through = probe_lines(prober, no_cuts, kThrough, n_lines);
  const bool nothing_seen = through.top.empty();
  if (nothing_seen) through.top = prober.scatter(std::min(kBlock, context.budget.most() / kProbeShare));
  probe.contraction = probe.between = through.contraction;
  probe.peak = through.peak;
  probe.blank = nothing_seen;
  const std::int64_t search = kUsualSearch * static_cast<std::int64_t>(prober.dimension());
  if (!through.top.empty() && (nothing_seen || through.some_blank || through.suspicious) && search <= context.budget.most() / kSearchShare) {
    for (std::size_t axis = 0; axis < prober.dimension() && prober.evaluations() < context.budget.most() / 2; ++axis)
      if (std::isfinite(context.problem.region().upper[axis] - context.problem.region().lower[axis]))
        AxisSearch(prober, axis, through.top).add_breaks(probe.cuts[axis]);
    if (probe.has_cuts()) probe.between = probe_lines(prober, probe.cuts, kWithin, n_lines).contraction;
  }
  probe.evaluations = prober.evaluations();
  if (stop.requested()) return std::nullopt;
  return probe;
}

}  // namespace shoal::workloads::integrate
