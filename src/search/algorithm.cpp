// SPDX-License-Identifier: Apache-2.0
#include "shoal/search/algorithm.hpp"

namespace shoal::search {

#define SHOAL_ALGORITHM(name, summary)                \
  std::unique_ptr<AlgorithmOptions> options_##name(); \
  std::string unsuitable_##name(const Space& space);  \
  std::unique_ptr<Algorithm> make_##name(const Space& space, std::uint64_t seed, const AlgorithmOptions* options);
#include "algorithms.def"
#undef SHOAL_ALGORITHM

const std::vector<AlgorithmInfo>& all_algorithms() {
  static const std::vector<AlgorithmInfo> list = {
#define SHOAL_ALGORITHM(name, summary) {#name, summary, options_##name, unsuitable_##name, make_##name},
#include "algorithms.def"
#undef SHOAL_ALGORITHM
  };
  return list;
}

const AlgorithmInfo* find_algorithm(std::string_view name) {
  for (const AlgorithmInfo& algorithm : all_algorithms()) {
    if (algorithm.name == name) return &algorithm;
  }
  return nullptr;
}

std::vector<std::string> algorithm_names() {
  std::vector<std::string> names;
  for (const AlgorithmInfo& algorithm : all_algorithms()) names.push_back(algorithm.name);
  return names;
}

const std::vector<State>& all_states() {
  static const std::vector<State> states = {State::ok,          State::pruned,    State::nan,
                                            State::failed,      State::timeout,   State::out_of_memory,
                                            State::interrupted, State::unfinished};
  return states;
}

std::string state_name(State state) {
  switch (state) {
    case State::ok: return "ok";
    case State::pruned: return "pruned";
    case State::nan: return "nan";
    case State::failed: return "failed";
    case State::timeout: return "timeout";
    case State::out_of_memory: return "out_of_memory";
    case State::interrupted: return "interrupted";
    case State::unfinished: return "unfinished";
  }
  return "unknown";
}

OptionTables::OptionTables() {
  for (const AlgorithmInfo& algorithm : all_algorithms()) options_.push_back(algorithm.options());
}

void OptionTables::bind(config::Table& search) {
  for (std::size_t i = 0; i < options_.size(); ++i) {
    const AlgorithmInfo& algorithm = all_algorithms()[i];
    if (options_[i]) options_[i]->bind(search.table(algorithm.name, "options of algorithm = \"" + algorithm.name + "\""));
  }
}

const AlgorithmOptions* OptionTables::of(std::string_view algorithm) const {
  for (std::size_t i = 0; i < options_.size(); ++i) {
    if (all_algorithms()[i].name == algorithm) return options_[i].get();
  }
  return nullptr;
}

}  // namespace shoal::search
