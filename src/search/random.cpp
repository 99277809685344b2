// SPDX-License-Identifier: Apache-2.0
// Random search (Bergstra and Bengio, JMLR 13, 2012): trial i draws every active parameter from its distribution, at
// the random address (seed, proposals, trial, parameter).
#include "shoal/search/algorithm.hpp"
#include "shoal/search/streams.hpp"

namespace shoal::search {
namespace {

class Random final : public Algorithm {
 public:
  Random(const Space& space, std::uint64_t seed) : space_(space), stream_(seed, kProposalStream) {}

  Point propose(std::int64_t trial, PendingPoints) const override {
    return space_.build([&](int parameter) {
      const auto i = static_cast<std::size_t>(parameter);
      return space_.parameters()[i].prior.sample(stream_, static_cast<std::uint64_t>(trial), i);
    });
  }

 private:
  const Space& space_;
  random::Stream stream_;
};

}  // namespace

std::unique_ptr<AlgorithmOptions> options_random() {
  return nullptr;
}

std::string unsuitable_random(const Space&) {
  return "";
}

std::unique_ptr<Algorithm> make_random(const Space& space, std::uint64_t seed, const AlgorithmOptions*) {
  return std::make_unique<Random>(space, seed);
}

}  // namespace shoal::search
