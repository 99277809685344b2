// SPDX-License-Identifier: Apache-2.0
#include "run/found.hpp"

#include "catch.hpp"
#include "shoal/error.hpp"

using namespace shoal;
using run::Found;
using run::Verdict;

namespace {

Found found_with(Found::State state, std::vector<std::string> science) {
  Found found;
  found.state = state;
  found.science = std::move(science);
  return found;
}

const std::vector<std::string> kScience = {"search.trials = 100", "seed = 1"};
const std::vector<std::string> kMoreTrials = {"search.trials = 200", "seed = 1"};

Verdict judge(const Found& found, const std::vector<std::string>& science, bool extend = false) {
  return run::judge(found, "out.h5", science, {"search.trials"}, extend);
}

std::string message_of(const Found& found, const std::vector<std::string>& science, bool extend = false) {
  try {
    judge(found, science, extend);
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::other_input);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("nothing there starts, a journal of the same input resumes, a complete result is left alone", "[unit]") {
  CHECK(judge(Found{}, kScience) == Verdict::start);
  CHECK(judge(found_with(Found::State::resumable, kScience), kScience) == Verdict::resume);
  CHECK(judge(found_with(Found::State::complete, kScience), kScience) == Verdict::already_complete);
}

TEST_CASE("another input is refused and every changed key is named", "[unit]") {
  const Found found = found_with(Found::State::resumable, kScience);
  CHECK(message_of(found, {"search.trials = 100", "seed = 2", "title = \"x\""}) ==
        "out.h5 belongs to another input; nothing was touched. Changed:\n"
        "  seed: was 1, now 2\n"
        "  title: not set before, now \"x\"\n"
        "Use -o OTHER.h5 for a second result, or --new to keep this one as out.h5.1 and start afresh.");
}

TEST_CASE("a growable key that grew needs --extend, and one that shrank is refused", "[unit]") {
  const Found complete = found_with(Found::State::complete, kScience);
  CHECK(message_of(complete, kMoreTrials).find("Use --extend to continue it") != std::string::npos);
  CHECK(judge(complete, kMoreTrials, true) == Verdict::extend);
  CHECK(judge(found_with(Found::State::resumable, kScience), kMoreTrials, true) == Verdict::extend);
  CHECK_FALSE(message_of(found_with(Found::State::complete, kMoreTrials), kScience, true).empty());
  CHECK_FALSE(message_of(complete, {"search.trials = 200", "seed = 2"}, true).empty());
}
