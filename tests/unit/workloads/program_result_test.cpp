// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "workloads/tune/plain_objective.hpp"
#include "workloads/tune/program_result.hpp"

using namespace shoal::workloads::tune;
using shoal::search::State;

namespace {

class Named final : public PlainObjective {
 public:
  using PlainObjective::PlainObjective;
  bool run(const Segment&, const shoal::search::Point&, shoal::tasks::ByteView, const Execution&,
           SegmentOutcome&, shoal::tasks::Bytes&) const override {
    return false;
  }
  std::vector<std::string> describe() const override { return {}; }
};

SegmentOutcome read(const std::string& text) {
  const TuneParameters parameters;
  const shoal::config::Table root;
  const shoal::config::Value network;
  const shoal::search::Space space;
  const Named objective({parameters, root, network, space, "", 1});
  SegmentOutcome outcome;
  read_last_line(text, "standard output", objective, outcome);
  return outcome;
}

}  // namespace

TEST_CASE("The last line of a program is its result, as an object or a bare number", "[tune]") {
  CHECK(read("words\n{\"loss\": 0.5, \"n\": 3, \"good\": true, \"name\": \"x\"}\n\n").loss == 0.5);
  CHECK(read("{\"loss\": 0.5, \"a/b\": 3}").values == std::vector<NamedValue>{{"a_b", 3.0}});
  CHECK(read("words\n  -1.25e3 \n").loss == -1250);
  CHECK(read("{\"value\": 2}").loss == 2);
}

TEST_CASE("What is no result is a state with a reason", "[tune]") {
  struct Case {
    std::string text;
    State state;
    std::string reason;
  };
  for (const Case& c : std::vector<Case>{
           {"", State::failed, "there is no result: standard output is empty"},
           {"loss is 3", State::failed, "the last line of standard output is no result: loss is 3"},
           {"{\"los\": 3}", State::failed, "the result has no number `loss`: {\"los\": 3}"},
           {"{\"loss\": \"3\"}", State::failed, "the result has no number `loss`: {\"loss\": \"3\"}"},
           {"{\"loss\": NaN}", State::nan, "`loss` is nan"},
           {"inf", State::nan, "`loss` is inf"},
           {"{\"status\": \"failed\", \"message\": \"diverged\"}", State::failed, "the program says \"failed\": diverged"}}) {
    INFO(c.text);
    const SegmentOutcome outcome = read(c.text);
    CHECK(outcome.state == c.state);
    CHECK(outcome.fail_reason == c.reason);
  }
}

TEST_CASE("Limits of programs have states of their own", "[tune]") {
  CHECK(state_of(shoal::process::State::timeout) == State::timeout);
  CHECK(state_of(shoal::process::State::out_of_memory) == State::out_of_memory);
  CHECK(state_of(shoal::process::State::missing_program) == State::failed);
}
