// SPDX-License-Identifier: Apache-2.0
// Known answers: OEIS A006880, A007508 and their relatives, primesieve's own tests, tables of maximal gaps.
#include <fmt/format.h>

#include <limits>

#include "primes_loaded.hpp"
#include "shoal/error.hpp"
#include "shoal/record/digest.hpp"
#include "workloads/primes/prime_density.hpp"
#include "workloads/primes/window_job.hpp"

using namespace shoal;
using namespace shoal::workloads::primes;

namespace {

using Numbers = std::vector<std::uint64_t>;

const std::string kAll =
    "outputs = [\"twins\", \"triplets\", \"quadruplets\", \"quintuplets\", \"sextuplets\", \"sum\", \"xor\", \"residues\", \"first\", "
    "\"last\", \"max_gap\"]\n";
const std::vector<std::string> kTuplets = {"count", "twins", "triplets", "quadruplets", "quintuplets", "sextuplets"};
const tasks::StopToken kNoStop;

std::string interval(std::uint64_t start, std::uint64_t stop, std::uint64_t window = 0) {
  return fmt::format("start = \"{}\"\nstop = \"{}\"\nwindow = \"{}\"\n", start, stop, window);
}

Wanted everything() {
  Wanted wanted;
  wanted.tuplets.fill(true);
  wanted.ends = wanted.sum = wanted.bitwise_xor = wanted.residues = wanted.max_gap = true;
  return wanted;
}

Summary summary_of(const Numbers& cuts, const Wanted& wanted) {
  Summary all, piece;
  for (std::size_t i = 1; i < cuts.size(); ++i) {
    REQUIRE(summarise({cuts[i - 1], cuts[i]}, wanted, kNoStop, piece));
    all = merge(all, piece);
  }
  return all;
}

// Cuts as a plan makes them.
Numbers planned(std::uint64_t start, std::uint64_t stop, std::uint64_t pieces) {
  const WindowPlan plan(start, stop, (stop - start) / pieces);
  Numbers cuts = {start};
  for (std::int64_t k = 0; k < plan.size(); ++k) {
    CHECK(plan[k].begin == cuts.back());
    cuts.push_back(plan[k].end);
  }
  CHECK(cuts.back() == stop);
  return cuts;
}

}  // namespace

TEST_CASE("everything about the primes below powers of ten is as published", "[primes]") {
  struct Row {
    std::uint64_t stop;
    Numbers tuplets;
    Numbers others;  // sum, xor, 1 mod 4, 3 mod 4, max_gap, max_gap_start
  };
  const Row rows[] = {
      {1000000, {78498, 8169, 2837, 166, 65, 5}, {37550402023, 161939, 39175, 39322, 114, 492113}},
      {10000000, {664579, 58980, 17220, 899, 321, 18}, {3203324994356, 2574886, 332180, 332398, 154, 4652353}},
      {100000000, {5761455, 440312, 111156, 4768, 1383, 82}, {279209790387276, 17422162, 2880504, 2880950, 220, 47326693}}};
  for (const Row& row : rows) {
    const record::Group results = run_primes(interval(0, row.stop, row.stop / 7) + kAll);
    CHECK(numbers_at(results, kTuplets) == row.tuplets);
    CHECK(numbers_at(results, {"sum_mod_2_64", "xor", "residue_1_mod_4", "residue_3_mod_4", "max_gap", "max_gap_start"}) == row.others);
    CHECK(number_at(results, "first") == 2);
  }
}

TEST_CASE("the number of primes below powers of ten, and below 2^32, is as published", "[primes]") {
  const Numbers pi = {4, 25, 168, 1229, 9592, 78498, 664579, 5761455, 50847534};
  std::uint64_t stop = 1;
  for (const std::uint64_t count : pi) CHECK(number_at(run_primes(interval(0, stop *= 10)), "count") == count);
  CHECK(numbers_at(run_primes(interval(0, 4294967296) + "outputs = [\"twins\"]\n"), {"count", "twins"}) == Numbers{203280221, 12739574});
}

TEST_CASE("windows far out hold as many primes and tuplets as published", "[primes]") {
  CHECK(numbers_at(run_primes(interval(1000000000000, 1000100000000, 30000000) + kAll), kTuplets) ==
        Numbers{3618282, 172900, 27284, 699, 145, 5});
  CHECK(numbers_at(run_primes(interval(100000000000000, 100000100000000, 50000000) + kAll), kTuplets) ==
        Numbers{3102679, 127084, 16845, 379, 47, 1});
  CHECK(number_at(run_primes(interval(10000000000000000, 10000000100000000)), "count") == 2714904);
}

TEST_CASE("maximal gaps are found with the primes before them, and by any cut", "[primes]") {
  const Numbers gaps[] = {{72, 31397}, {154, 4652353}, {282, 436273009}, {456, 25056082087}, {540, 738832927927}, {1132, 1693182318746371}};
  Wanted wanted;
  wanted.max_gap = true;
  for (const Numbers& known : gaps) {
    const std::uint64_t gap = known[0], start = known[1], a = start - 20000, b = start + 20000;
    for (const Numbers& cuts : {Numbers{a, b}, Numbers{a, start, b}, Numbers{a, start + 1, b}, Numbers{a, start + gap, b},
                                Numbers{a, start + gap + 1, b}, Numbers{a, start + 1, start + 5, start + gap, b}}) {
      const Summary summary = summary_of(cuts, wanted);
      CHECK(summary.max_gap == gap);
      CHECK(summary.max_gap_start == start);
    }
  }
}

TEST_CASE("the same summary for 1, 2, 7 and 64 windows", "[primes]") {
  for (const Window& w : {Window{0, 3000000}, Window{1, 29}, Window{5, 3000001}, Window{1000000000000, 1000002000000}}) {
    const Summary whole = summary_of({w.begin, w.end}, everything());
    for (const std::uint64_t pieces : Numbers{1, 2, 7, 64}) CHECK(summary_of(planned(w.begin, w.end, pieces), everything()) == whole);
    CHECK(summary_of(WindowJob::other_cuts(w), everything()) == whole);
  }
}

TEST_CASE("a cut asked for inside a k-tuplet is moved, so that none is lost", "[primes]") {
  // (1000000000061, 1000000000063) are twins; inner bounds are 2 mod 30 wherever they are asked for.
  const std::uint64_t begin = 999999999990, end = 1000000001000;
  const Summary whole = summary_of({begin, end}, everything());
  CHECK(whole.tuplets[0] > 0);
  for (std::uint64_t cut = begin; cut < begin + 200; ++cut) {
    const std::uint64_t moved = next_cut(cut, end);
    CHECK(moved >= cut);
    CHECK(moved % 30 == 2);
    CHECK(summary_of({begin, moved, end}, everything()) == whole);
  }
  for (const std::uint64_t window : Numbers{1, 30, 31, 59, 60, 200, 2000})  // and where the user chose tiny windows
    CHECK(numbers_at(run_primes(interval(0, 2000, window) + kAll), kTuplets) == Numbers{303, 61, 49, 7, 7, 2});
}

TEST_CASE("merging summaries is associative, and the empty one is neutral", "[primes]") {
  const Numbers cuts = {0, 2, 3, 32, 32, 62, 92, 10000};
  std::vector<Summary> parts;
  for (std::size_t i = 1; i < cuts.size(); ++i) parts.push_back(summary_of({cuts[i - 1], cuts[i]}, everything()));
  for (const Summary& a : parts) {
    CHECK(merge(a, Summary{}) == a);
    CHECK(merge(Summary{}, a) == a);
  }
  for (std::size_t i = 0; i + 2 < parts.size(); ++i)
    CHECK(merge(merge(parts[i], parts[i + 1]), parts[i + 2]) == merge(parts[i], merge(parts[i + 1], parts[i + 2])));
}

TEST_CASE("intervals of every small size are exact at both ends", "[primes]") {
  const Numbers primes = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59};
  for (std::uint64_t start = 0; start < 60; ++start) {
    for (std::uint64_t stop = start; stop <= 60; ++stop) {
      Summary expected;
      for (const std::uint64_t p : primes) {
        if (p < start || p >= stop) continue;
        Summary one;
        one.count = 1;
        one.sum = one.bitwise_xor = one.first = one.last = p;
        one.one_mod_four = p % 4 == 1;
        one.three_mod_four = p % 4 == 3;
        expected = merge(expected, one);
      }
      Wanted wanted = everything();
      wanted.tuplets = {};
      REQUIRE(summary_of(planned(start, stop, 1), wanted) == expected);
      Wanted ends;
      ends.ends = true;
      const Summary quick = summary_of({start, stop}, ends);
      REQUIRE(quick.count == expected.count);
      REQUIRE(quick.first == expected.first);
      REQUIRE(quick.last == expected.last);
    }
  }
}

TEST_CASE("the last primes below 2^64 are reached and the end is not overrun", "[primes]") {
  const std::uint64_t stop = std::numeric_limits<std::uint64_t>::max(), largest = 18446744073709551557u;
  Wanted wanted;
  wanted.ends = wanted.max_gap = true;
  const Summary summary = summary_of({stop - 1000, stop}, wanted);  // 200 million sieving primes
  CHECK(summary.last == largest);
  CHECK(summary.count == 21);
  CHECK(summary_of({largest + 1, stop}, wanted) == Summary{});
  CHECK(default_window(stop) < stop / 10000000);
  CHECK(root(stop) == 4294967295u);
  CHECK(next_cut(stop - 3, stop) == stop);
}

TEST_CASE("windows given by the user stay when stop grows, and the cut one is in no first round", "[primes]") {
  Loaded loaded(interval(10, 1000, 300));
  tasks::Job& job = loaded.primes.job();
  REQUIRE(job.n_streams() == 2);
  CHECK(job.prepare_round(0, 0).n_tasks == 3);
  CHECK(job.prepare_round(0, 1).n_tasks == 0);
  CHECK(job.prepare_round(1, 0).prepared);
  CHECK_FALSE(job.prepare({1, 0}, nullptr).has_value());
  CHECK(job.prepare_round(1, 1).n_tasks == 1);
  Loaded list(interval(10, 1000, 300) + "task = \"list\"\n");  // what follows must know the cut window, too
  CHECK(list.primes.job().n_streams() == 1);
  CHECK(list.primes.job().prepare_round(0, 0).n_tasks == 3);
  CHECK(list.primes.job().prepare_round(0, 1).n_tasks == 1);
  CHECK(loaded.primes.growable_keys() == std::vector<std::string>{"stop"});
  CHECK(Loaded(interval(10, 1000)).primes.growable_keys().empty());
  const auto bounds = [](const record::Group& results) { return record::values_at<std::uint64_t>(results, "windows/start"); };
  const Numbers shorter = bounds(loaded.run()), longer = bounds(run_primes(interval(10, 1500, 300)));
  CHECK(shorter == Numbers{10, 332, 632, 932});
  CHECK(std::equal(shorter.begin(), shorter.end(), longer.begin()));
  CHECK(Loaded(interval(2, 602, 300)).primes.job().n_streams() == 1);  // nothing is cut
}

TEST_CASE("the window that stop cuts may be counted before the others", "[primes]") {
  const std::string input = interval(10, 1000, 300) + kAll;
  Loaded loaded(input);
  tasks::Job& job = loaded.primes.job();
  const auto fold = [&](tasks::TaskId id) {
    tasks::Bytes result;
    tasks::TaskOutput output{result, {}};
    REQUIRE(job.run({id, 0, {}, {}, {}, kNoStop}, nullptr, output));
    job.fold(id, result);
  };
  for (const tasks::TaskId id : {tasks::TaskId{0, 0}, {1, 0}, {0, 1}, {0, 2}}) fold(id);
  record::Group results, measurements;
  loaded.primes.write_results(results, measurements);
  CHECK(record::digest(results) == record::digest(run_primes(input)));
}

TEST_CASE("results of windows add up and outputs that were not asked for are not there", "[primes]") {
  const record::Group results = run_primes(interval(0, 100000, 30000));
  std::uint64_t sum = 0;
  for (const std::uint64_t n : record::values_at<std::uint64_t>(results, "windows/count")) sum += n;
  CHECK(sum == 9592);
  CHECK(number_at(results, "count") == 9592);
  CHECK(results.datasets.size() == 1);
  CHECK(number_at(run_primes(interval(7, 7)), "count") == 0);
}

TEST_CASE("gaps are counted by size, with all records", "[primes]") {
  const record::Group results = run_primes("task = \"gaps\"\n" + interval(0, 1000000, 70000));
  CHECK(record::values_at<std::uint64_t>(results, "records/gap") ==
        Numbers{1, 2, 4, 6, 8, 14, 18, 20, 22, 34, 36, 44, 52, 72, 86, 96, 112, 114});
  CHECK(record::values_at<std::uint64_t>(results, "records/start").back() == 492113);
  const Numbers gaps = record::values_at<std::uint64_t>(results, "histogram/gap"), times = record::values_at<std::uint64_t>(results, "histogram/count");
  std::uint64_t all = 0, length = 0;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    all += times[i];
    length += times[i] * gaps[i];
  }
  CHECK(all == 78498 - 1);
  CHECK(length == 999983 - 2);
  CHECK(times[1] == 8169);  // gaps of 2 are twins
  for (const std::uint64_t window : Numbers{30, 100, 1000000}) {
    const record::Group other = run_primes("task = \"gaps\"\n" + interval(0, 1000000, window));
    CHECK(record::values_at<std::uint64_t>(other, "histogram/count") == times);
    CHECK(record::values_at<std::uint64_t>(other, "records/start") == record::values_at<std::uint64_t>(results, "records/start"));
  }
}

TEST_CASE("a list holds every prime, whatever the windows", "[primes]") {
  for (const std::uint64_t window : Numbers{0, 30, 10000}) {
    const record::Group results = run_primes("task = \"list\"\n" + interval(0, 200000, window));
    const Numbers primes = record::values_at<std::uint64_t>(results, "primes");
    REQUIRE(primes.size() == 17984);
    CHECK(primes.front() == 2);
    CHECK(primes[9591] == 99991);
    CHECK(primes.back() == 199999);
    const Numbers offsets = record::values_at<std::uint64_t>(results, "windows/offset"), starts = record::values_at<std::uint64_t>(results, "windows/start");
    for (std::size_t k = 1; k < offsets.size(); ++k)
      if (offsets[k] < primes.size()) REQUIRE((primes[offsets[k]] >= starts[k] && primes[offsets[k] - 1] < starts[k]));
  }
  const Numbers far = record::values_at<std::uint64_t>(run_primes("task = \"list\"\n" + interval(1693182318746371, 1693182318746371 + 1200)), "primes");
  CHECK(Numbers(far.begin(), far.begin() + 2) == Numbers{1693182318746371, 1693182318746371 + 1132});  // two bytes a difference
  CHECK(record::values_at<std::uint64_t>(run_primes("task = \"list\"\n" + interval(24, 28)), "primes").empty());
}

TEST_CASE("the n-th prime is found, from any start and with any windows", "[primes]") {
  const auto nth = [](std::uint64_t n, std::uint64_t start, std::uint64_t window) {
    return number_at(run_primes(fmt::format("task = \"nth\"\nn = {}\nstart = \"{}\"\nwindow = {}\n", n, start, window)), "nth_prime");
  };
  CHECK(nth(1, 0, 0) == 2);
  CHECK(nth(6, 0, 30) == 13);
  for (const std::uint64_t window : Numbers{0, 1000, 33333}) {
    CHECK(nth(10000, 0, window) == 104729);
    CHECK(nth(1229 + 1, 0, window) == 10007);
    CHECK(nth(1, 10000, window) == 10007);
    CHECK(nth(10000 - 1229, 10000, window) == 104729);
  }
  CHECK(nth(1000000, 0, 1000000) == 15485863);
  CHECK(nth(50847534, 0, 0) == 999999937);
  CHECK(nth(2, 18446744073709551533u, 0) == 18446744073709551557u);
}

TEST_CASE("the logarithmic integral is near the number of primes", "[primes]") {
  // Li(x) - pi(x) at 10^3, 10^6, 10^9, 10^12 are 9, 129, 1700, 38262 for the offset integral rounded down (OEIS A190802).
  CHECK(logarithmic_integral(1e6) == Approx(78627 - 1).margin(1));
  CHECK(logarithmic_integral(1e12) == Approx(37607950280.8 - 1.045).margin(1));
  CHECK(logarithmic_integral(18446744073709551616.0) == Approx(425656284035217743.0).epsilon(1e-8));
  CHECK(logarithmic_integral(1.5) == 0);
  CHECK(expected_nth_prime(50847534, 0) == Approx(999999937).epsilon(1e-4));
  CHECK(expected_nth_prime(100, 1000000000000) == Approx(1000000000000 + 2763).margin(5));
}

TEST_CASE("inputs that make no sense are refused with the reason", "[primes]") {
  const auto said = [](const std::string& text) { return Loaded(text).diagnostics.to_text(); };
  CHECK(said("start = 10\nstop = 9\n").find("`stop` is 9, below `start`, which is 10") != std::string::npos);
  CHECK(said("task = \"count\"\n").find("missing key `stop`") != std::string::npos);
  CHECK(said("stop = 18446744073709551616\n").find("value out of range") != std::string::npos);
  CHECK(said("task = \"nth\"\n").find("missing key `n`") != std::string::npos);
  CHECK(said("task = \"nth\"\nn = 1e18\n").find("there are fewer primes than this from 0 on below 2^64") != std::string::npos);
  CHECK(said("stop = 1e18\nwindow = 1000\n").find("windows are too many") != std::string::npos);
  CHECK(said("task = \"test\"\n").find("which numbers should be tested?") != std::string::npos);
  CHECK(said("task = \"test\"\n[test]\nrange = [5, 5]\n").find("expected [first, stop] with first < stop") != std::string::npos);
  CHECK(said("task = \"test\"\n[test]\nrange = [0, 1e12]\n").find("too many to be tested one by one") != std::string::npos);
  CHECK(said("task = \"test\"\n[test]\nnumbers = [1]\nrange = [1, 2]\n").find("numbers from more than one place") != std::string::npos);
  CHECK(said("stop = 5\noutputs = [\"twin\"]\n").find("did you mean `twins`?") != std::string::npos);
}
