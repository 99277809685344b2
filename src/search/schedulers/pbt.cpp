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
    failed_.resize(static_cast<std::size_t>(n_members()));
  }

  std::int64_t n_trials() const override { return n_members(); }
  void set_point(std::int64_t, std::span<const double>);

  bool begin_stage() override {
    if (n_started_ > 0) ++generation_;
    if (generation_ * genealogy_.interval >= resource_) return false;
    next_ = 0;
    if (generation_ > 0) choose_parents();
    genealogy_.losses.resize(genealogy_.losses.size() + static_cast<std::size_t>(n_members()),
                             std::numeric_limits<double>::quiet_NaN());
    return true;
  }

  std::optional<Leg> next() override {
    if (next_ == n_members()) return std::nullopt;
    const std::int64_t member = next_++;
    Leg leg;
    leg.trial = member;
    leg.begin = generation_ * genealogy_.interval;
    leg.end = std::min(leg.begin + genealogy_.interval, resource_);
    leg.rungs = {{leg.end}};
    if (generation_ == 0) {
      ++n_started_;
      genealogy_.parents.push_back(member);
      return leg;
    }
    return leg;
  }

  void note(const LegResult& result) override;

  const Genealogy* genealogy() const override { return &genealogy_; }

 private:
  std::int64_t n_members() const { return genealogy_.n_members; }
  void choose_parents();

  const Space& space_;
  std::vector<bool> tied_;
  random::Stream stream_;
  PbtOptions options_;
  std::int64_t resource_;
  Genealogy genealogy_;
  std::vector<bool> failed_;
  std::int64_t generation_ = 0;
  std::int64_t next_ = 0;
};

}  // namespace
}  // namespace shoal::search
