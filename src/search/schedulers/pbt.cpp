// SPDX-License-Identifier: Apache-2.0
// Population based training (Jaderberg et al., arXiv:1711.09846, 2017): a fixed number of members, trained generation by
// generation of `interval` resource each. Before each generation but the first the worst share of the members take over the
// state and the parameters of a random member of the best share, and then change the parameters: each is drawn anew with
// some probability, or multiplied by one of two factors (counted numbers move to a neighbour). Parameters that are tied to
// the state are copied unchanged. A member whose training failed counts as the worst, and always takes over.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "shoal/random/distributions.hpp"
#include "shoal/search/scheduler.hpp"
#include "shoal/search/streams.hpp"

namespace shoal::search {
namespace {

struct PbtOptions final : AlgorithmOptions {
  std::int64_t interval = 0;
  double quantile = 0.25;              // defaults of Ray Tune and Syne Tune
  double resample_probability = 0.25;
  double factor = 1.2;

  void bind(config::Table& table) override {
    table.integer("interval", interval,
                  {.help = "resource (epochs, steps) of a generation; 0: a tenth of the whole", .minimum = 0, .maximum = 1e12});
    table.real("quantile", quantile,
               {.help = "share of members that are replaced, and that they are replaced by", .minimum = 0, .maximum = 0.5});
    table.real("resample_probability", resample_probability,
               {.help = "a parameter that is taken over is drawn anew with this probability", .minimum = 0, .maximum = 1});
    table.real("factor", factor,
               {.help = "otherwise it is multiplied by this, or by 2 minus this", .minimum = 1, .maximum = 2, .exclusive_minimum = true});
  }
};

constexpr std::int64_t kMembers = 16;         // if the user names no number
constexpr std::int64_t kGenerations = 10;     // if the user names no interval

// Draws of one (generation, member).
enum Draw : std::uint64_t { kParent = 0, kFirstParameter = 1 };
constexpr std::uint64_t kDrawsPerParameter = 4;  // anew or not, up or down, and the new value

class Pbt final : public Scheduler {
 public:
  Pbt(const SchedulerSetting& setting, const PbtOptions& options)
      : space_(setting.space), tied_(setting.tied), stream_(setting.seed, kSchedulerStream), options_(options),
        resource_(setting.resource) {
    tied_.resize(space_.parameters().size(), true);
    genealogy_.n_members = setting.trials > 0 ? setting.trials : kMembers;
    genealogy_.interval = options.interval > 0 ? std::min(options.interval, resource_)
                                               : std::max<std::int64_t>(1, (resource_ + kGenerations - 1) / kGenerations);
    members_.resize(static_cast<std::size_t>(n_members()));
  }

  std::int64_t n_trials() const override { return n_members(); }

  std::vector<std::int64_t> rungs() const override {
    std::vector<std::int64_t> ends;
    for (std::int64_t end = genealogy_.interval; end < resource_; end += genealogy_.interval) ends.push_back(end);
    return ends;
  }

  bool begin_stage() override {
    generation_ += begun_ ? 1 : 0;
    begun_ = true;
    next_ = 0;
    if (generation_ * genealogy_.interval >= resource_) return false;
    if (generation_ > 0) choose_parents();
    const bool any = generation_ == 0 || std::any_of(members_.begin(), members_.end(), [](const Member& m) { return m.runs(); });
    if (!any) return false;
    for (std::int64_t i = 0; i < n_members(); ++i) {
      genealogy_.parents.push_back(generation_ > 0 && member(i).parent >= 0 ? member(i).parent : i);
      genealogy_.points.emplace_back();
      genealogy_.losses.push_back(std::numeric_limits<double>::quiet_NaN());
    }
    return true;
  }

  std::optional<Leg> next() override {
    while (next_ < n_members() && generation_ > 0 && !member(next_).runs()) ++next_;
    if (next_ == n_members()) return std::nullopt;
    Leg leg;
    leg.trial = next_++;
    leg.begin = generation_ * genealogy_.interval;
    leg.end = std::min(leg.begin + genealogy_.interval, resource_);
    leg.rungs = {{leg.end}};
    if (generation_ == 0) {
      ++n_started_;
    } else if (const Member& m = member(leg.trial); m.parent >= 0) {
      leg.parent = m.parent;
      leg.point = m.point;
    }
    return leg;
  }

  void note(const LegResult& result) override {
    Member& m = member(result.trial);
    const std::int64_t end = std::min((generation_ + 1) * genealogy_.interval, resource_);
    m.alive = result.state == State::ok && std::isfinite(result.loss) && result.reached == end;
    m.loss = m.alive ? result.loss : kBadLoss;
    m.point.assign(result.point.begin(), result.point.end());
    const auto at = static_cast<std::size_t>(generation_ * n_members() + result.trial);
    genealogy_.points[at] = m.point;
    genealogy_.losses[at] = result.state == State::ok ? result.loss : kBadLoss;
  }

  const Genealogy* genealogy() const override { return &genealogy_; }

  std::vector<std::string> describe() const override {
    return {fmt::format("scheduler   pbt: {} members, {} generations of {}", n_members(),
                        (resource_ + genealogy_.interval - 1) / genealogy_.interval, genealogy_.interval)};
  }

 private:
  struct Member {
    bool alive = false;  // its state can be continued
    double loss = kBadLoss;
    std::int64_t parent = -1;
    Point point;
    bool runs() const { return alive || parent >= 0; }
  };

  std::int64_t n_members() const { return genealogy_.n_members; }
  Member& member(std::int64_t i) { return members_[static_cast<std::size_t>(i)]; }

  // Truncation selection; all points are those of the generation before.
  void choose_parents() {
    std::vector<std::int64_t> order(members_.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::stable_sort(order.begin(), order.end(), [this](auto a, auto b) { return member(a).loss < member(b).loss; });
    const auto share = std::min(static_cast<std::int64_t>(std::ceil(options_.quantile * static_cast<double>(n_members()))),
                                n_members() / 2);
    std::int64_t n_best = share;
    while (n_best > 0 && !member(order[static_cast<std::size_t>(n_best - 1)]).alive) --n_best;
    const std::vector<Member> before = members_;
    for (std::int64_t rank = 0; rank < n_members(); ++rank) {
      const std::int64_t loser = order[static_cast<std::size_t>(rank)];
      Member& m = member(loser);
      m.parent = -1;
      if (n_best == 0 || (m.alive && rank < n_members() - share)) continue;
      const std::uint64_t address = static_cast<std::uint64_t>(generation_ * n_members() + loser);
      const auto chosen = random::below(stream_, address, kParent, static_cast<std::uint64_t>(n_best));
      m.parent = order[static_cast<std::size_t>(chosen)];
      m.point = explored(before[static_cast<std::size_t>(m.parent)].point, address);
    }
  }

  Point explored(Point point, std::uint64_t address) const {
    for (std::size_t i = 0; i < point.size(); ++i) {
      if (tied_[i] || !is_active(point[i])) continue;
      const Distribution& prior = space_.parameters()[i].prior;
      const std::uint64_t draw = kFirstParameter + kDrawsPerParameter * i;
      if (random::uniform(stream_, address, draw) < options_.resample_probability)
        point[i] = prior.sample(stream_, address, draw + 2);
      else
        point[i] = moved(prior, point[i], random::uniform(stream_, address, draw + 1) < 0.5);
    }
    return point;
  }

  double moved(const Distribution& prior, double value, bool up) const {
    using Shape = Distribution::Shape;
    double low = prior.low, high = prior.high;
    if (prior.shape == Shape::options) low = 0, high = static_cast<double>(prior.count - 1);
    if (prior.shape == Shape::integers) {
      low = static_cast<double>(prior.first);
      high = low + static_cast<double>(prior.count - 1);
    }
    if (prior.shape == Shape::normal) low = -std::numeric_limits<double>::infinity(), high = -low;
    const bool counted = prior.shape == Shape::options || prior.shape == Shape::integers;
    const double step = counted ? 1 : prior.step;
    if (step > 0) {
      const double neighbour = up ? value + step : value - step;
      return neighbour < low || neighbour > high ? value : neighbour;
    }
    return std::clamp(value * (up ? options_.factor : 2 - options_.factor), low, high);
  }

  const Space& space_;
  std::vector<bool> tied_;
  random::Stream stream_;
  PbtOptions options_;
  std::int64_t resource_;
  Genealogy genealogy_;
  std::vector<Member> members_;
  bool begun_ = false;
  std::int64_t generation_ = 0;
  std::int64_t next_ = 0;
};

}  // namespace

std::unique_ptr<AlgorithmOptions> scheduler_options_pbt() {
  return std::make_unique<PbtOptions>();
}

std::unique_ptr<Scheduler> make_scheduler_pbt(const SchedulerSetting& setting, const AlgorithmOptions* options) {
  return std::make_unique<Pbt>(setting, options ? static_cast<const PbtOptions&>(*options) : PbtOptions{});
}

}  // namespace shoal::search
