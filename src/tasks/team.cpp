// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/team.hpp"

namespace shoal::tasks {
namespace {

class Solo final : public Team {
 public:
  int size() const override { return 1; }
  void run(const std::function<void(int)>& body) override { body(0); }
  void barrier() override {}
};

}  // namespace

Team& Team::solo() {
  static Solo one;  // without state: shared by all
  return one;
}

}  // namespace shoal::tasks
