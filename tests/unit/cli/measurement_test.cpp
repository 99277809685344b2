// SPDX-License-Identifier: Apache-2.0
#include "cli/measurement.hpp"

#include "catch.hpp"
#include "run/json_object.hpp"
#include "cli/shell_word.hpp"

using namespace shoal;
using namespace shoal::cli;
using run::JsonObject;

namespace {

Measurement tasks_of_ten_seconds() {
  Measurement measured;
  measured.n_tasks = 8;
  measured.seconds = 20;
  measured.ranks = 2;
  measured.threads = 2;
  measured.task_seconds = 10;
  return measured;
}

}  // namespace

TEST_CASE("the recommended layout ends within about an hour and never idles", "[unit]") {
  workloads::Estimate estimate;
  estimate.n_tasks = 36000;  // 100 hours of work
  estimate.max_parallel_tasks = 36000;
  const Recommendation large = recommend(tasks_of_ten_seconds(), estimate, 8);
  CHECK(large.ranks == 13);
  CHECK(large.threads == 8);
  CHECK(large.seconds == Approx(3610));
  CHECK(large.limit_seconds == Approx(1.5 * 3610 + 600));

  estimate.n_tasks = 20;
  estimate.max_parallel_tasks = 20;
  const Recommendation small = recommend(tasks_of_ten_seconds(), estimate, 8);
  CHECK((small.ranks == 1 && small.threads == 8 && small.window == 0));

  estimate.max_parallel_tasks = 4;
  const Recommendation narrow = recommend(tasks_of_ten_seconds(), estimate, 8);
  CHECK((narrow.ranks == 1 && narrow.threads == 4));
  CHECK_THAT(narrow.reason, Catch::Contains("at most 4 tasks"));
  CHECK(recommend(tasks_of_ten_seconds(), estimate, 8, 4).window == 8);

  estimate.n_tasks = -1;
  const Recommendation unknown = recommend(tasks_of_ten_seconds(), estimate, 2);
  CHECK((unknown.ranks == 1 && unknown.threads == 2 && unknown.seconds == 0));
}

TEST_CASE("a task of several threads is one worker of the recommendation", "[unit]") {
  workloads::Estimate estimate;
  estimate.n_tasks = 36000;
  estimate.max_parallel_tasks = 36000;
  Measurement measured = tasks_of_ten_seconds();
  measured.threads_per_task = 4;
  const Recommendation large = recommend(measured, estimate, 10);
  CHECK((large.ranks == 50 && large.threads == 8));  // two tasks at once on 10 CPUs
  CHECK_THAT(large.reason, Catch::Contains("4 threads a task"));
  estimate.max_parallel_tasks = 3;
  const Recommendation narrow = recommend(measured, estimate, 16);
  CHECK((narrow.ranks == 1 && narrow.threads == 12));
  const Recommendation small = recommend(measured, estimate, 2);
  CHECK((small.ranks == 3 && small.threads == 4));  // never fewer than a task needs
}

TEST_CASE("where workers waited for the horizon, as many are recommended as had work", "[unit]") {
  workloads::Estimate estimate;
  estimate.n_tasks = 36000;
  estimate.max_parallel_tasks = 36000;
  Measurement measured = tasks_of_ten_seconds();
  measured.horizon_share = 0.4;
  measured.useful_share = 0.6;
  const Recommendation best = recommend(measured, estimate, 2);
  CHECK((best.ranks == 2 && best.threads == 2));
  CHECK(best.seconds == Approx(360000.0 / 3 + 10));
  CHECK_THAT(best.reason, Catch::Contains("of 4 workers 2.4 had work"));
  measured.horizon_share = 0;
  measured.useful_share = 0.8;  // a fifth is lost in handing out
  CHECK(recommend(measured, estimate, 100).seconds == Approx(3600 / 0.8 + 10));
}

TEST_CASE("the batch line can be pasted", "[unit]") {
  run::Input input;
  input.name = "my jobs/tune.toml";
  input.overrides = {"title=it's"};
  Recommendation recommendation;
  recommendation.ranks = 4;
  recommendation.threads = 8;
  recommendation.limit_seconds = 5390;
  CHECK(sbatch_line(recommendation, input) ==
        "sbatch --ntasks=4 --cpus-per-task=8 --time=1:30:00 jobs/run.sbatch 'my jobs/tune.toml' --set 'title=it'\\''s'");
}

TEST_CASE("time limits are written as Slurm reads them", "[unit]") {
  CHECK(slurm_time(1) == "0:01:00");
  CHECK(slurm_time(61) == "0:02:00");
  CHECK(slurm_time(86400) == "1-00:00:00");
  CHECK(slurm_time(100000) == "1-03:47:00");
}

TEST_CASE("shell words are quoted only where they must be", "[unit]") {
  CHECK(shell_word("inputs/tune.toml") == "inputs/tune.toml");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("a b;$c") == "'a b;$c'");
}

TEST_CASE("JSON members keep their order, and texts are escaped", "[unit]") {
  CHECK(JsonObject().text() == "{}");
  CHECK(JsonObject().add("a", "x\"\\\n\x01é").add("b", std::int64_t{3}).add("c", true).add("d", 0.5).add("e", std::optional<double>()).text() ==
        "{\"a\": \"x\\\"\\\\\\n\\u0001é\", \"b\": 3, \"c\": true, \"d\": 0.5, \"e\": null}");
  CHECK(JsonObject().add("l", std::vector<std::string>{"x", "y"}).add("n", 1.0 / 0.0).text() == "{\"l\": [\"x\", \"y\"], \"n\": null}");
}
