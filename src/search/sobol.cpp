// SPDX-License-Identifier: Apache-2.0
// Points of a scrambled Sobol' sequence, spread more evenly than independent draws. Parameter i takes dimension i, each
// coordinate mapped by the quantiles of its distribution; parameters beyond the 1024 dimensions are drawn independently.
#include "search/sobol_point.hpp"
#include "shoal/random/sobol.hpp"
#include "shoal/search/algorithm.hpp"
#include "shoal/search/streams.hpp"

namespace shoal::search {

Point sobol_point(const Space& space, std::uint64_t seed, std::int64_t trial) {
  const random::Stream stream(seed, kProposalStream);
  return space.build([&](int parameter) {
    const Distribution& prior = space.parameters()[static_cast<std::size_t>(parameter)].prior;
    const auto index = static_cast<std::uint64_t>(trial);
    if (parameter < random::kSobolDimensions) {
      return prior.quantile(random::scrambled_sobol(index, parameter, stream.key()));
    }
    return prior.sample(stream, index, static_cast<std::uint64_t>(parameter));
  });
}

namespace {

class Sobol final : public Algorithm {
 public:
  Sobol(const Space& space, std::uint64_t seed) : space_(space), seed_(seed) {}

  Point propose(std::int64_t trial, PendingPoints) const override { return sobol_point(space_, seed_, trial); }

 private:
  const Space& space_;
  std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<AlgorithmOptions> options_sobol() {
  return nullptr;
}

std::string unsuitable_sobol(const Space&) {
  return "";
}

std::unique_ptr<Algorithm> make_sobol(const Space& space, std::uint64_t seed, const AlgorithmOptions*) {
  return std::make_unique<Sobol>(space, seed);
}

}  // namespace shoal::search
