// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/probe.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "workloads/integrate/axis_search.hpp"
#include "workloads/integrate/prober.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr std::int64_t kMostLines = 16, kLeastLines = 3;
constexpr std::size_t kLinePoints = 129;
constexpr std::int64_t kProbeShare = 20;      // at most one evaluation of so many goes into random lines
constexpr std::int64_t kSearchShare = 4;      // and into the search for breaks
constexpr std::int64_t kUsualSearch = 400;    // evaluations of the search, an axis
constexpr int kHalvings = 8;                  // that a line is followed over before it counts as rough
constexpr double kCounts = 1e-9;              // lines below this part of the largest |f| say nothing

double largest_fourth_difference(std::span<const double> f, std::size_t step) {
  double largest = 0;
  for (std::size_t i = 0; i + 4 * step < f.size(); ++i) largest = std::fmax(largest, fourth_difference(f, i, step));
  return largest;
}

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
  // One line that meets a jump is enough: followed over so many halvings, nothing else looks like it.
  lines.contraction = contractions.front() < kKink ? contractions.front() : contractions[contractions.size() / 4];
  // Between cuts a blank box is no sign.
  if (lines.some_blank && purpose == kThrough) lines.contraction = std::fmin(lines.contraction, at_the_rim(prober, all, lines.top, largest));
  return lines;
}

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
        add_breaks(prober, axis, through.top, probe.cuts[axis]);
    if (probe.has_cuts()) probe.between = probe_lines(prober, probe.cuts, kWithin, n_lines).contraction;
  }
  probe.evaluations = prober.evaluations();
  if (stop.requested()) return std::nullopt;
  return probe;
}

}  // namespace shoal::workloads::integrate
