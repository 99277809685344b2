// SPDX-License-Identifier: Apache-2.0
// task = "test", and the files it reads.
#include "primes_loaded.hpp"
#include "shoal/error.hpp"
#include "shoal/record/digest.hpp"
#include "workloads/primes/number_file.hpp"

using namespace shoal;
using namespace shoal::workloads::primes;

namespace {

using Numbers = std::vector<std::uint64_t>;
using Flags = std::vector<std::int8_t>;

Numbers parse(const std::string& text, const std::string& format = "auto", const std::string& column = "", const std::string& path = "n.txt") {
  return parse_numbers(text, path, format, column);
}

std::string refusal(const std::string& text, const std::string& format = "auto", const std::string& column = "") {
  try {
    parse(text, format, column);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("numbers are read from plain text, CSV and the published form of prime lists", "[primes]") {
  CHECK(parse("2 3\t5\r\n# seven comes next\n\n7 # eleven\n18446744073709551615") == Numbers{2, 3, 5, 7, 18446744073709551615u});
  CHECK(parse("n,p\n1,2\n2,3\n", "csv", "p") == Numbers{2, 3});
  CHECK(parse("n;p\n1;2\n\n2; \"3\"\n", "auto", "2", "x.csv") == Numbers{2, 3});
  CHECK(parse("5\n7\n", "csv") == Numbers{5, 7});
  CHECK(parse("prime\n5\n7\n", "csv") == Numbers{5, 7});
  CHECK(parse("1\t9\n2\t8", "csv", "2") == Numbers{9, 8});
  const std::string list = "                 The First 5 Primes\n                  (the 5th is 11)\n     For more information ...\n\n     2      3\n"
                           "     5      7     11\nend.\n";
  CHECK(parse(list) == Numbers{2, 3, 5, 7, 11});
  CHECK(parse("800 primes, from 2 on\n\n2\n3") == Numbers{2, 3});
  CHECK(parse(list, "prime_list") == Numbers{2, 3, 5, 7, 11});
}

TEST_CASE("what is no number is named with its line", "[primes]") {
  CHECK(refusal("2\n3\n4x\n") == "data file n.txt, line 3: `4x` is not a whole number below 2^64");
  CHECK(refusal("2\n-3\n") == "data file n.txt, line 2: `-3` is not a whole number below 2^64");
  CHECK(refusal("2 3.0\n") == "data file n.txt, line 1: `3.0` is not a whole number below 2^64");
  CHECK(refusal("18446744073709551616\n", "plain") == "data file n.txt, line 1: `18446744073709551616` is not a whole number below 2^64");
  CHECK(refusal("n,p\n1,2\n2\n", "csv", "p") == "data file n.txt, line 3: no column 2, only 1");
  CHECK(refusal("n,p\n1,2\n", "csv", "q") == "data file n.txt has no column `q` in its first line");
  CHECK(refusal("n,p\n1,\n", "csv", "p") == "data file n.txt, line 2: `` is not a whole number below 2^64");
  CHECK(refusal("The First Primes\n\n 2 3\n 5 seven\n") == "data file n.txt, line 4: `seven` is not a whole number below 2^64");
  CHECK(refusal("Primes\n2\nend.\n3\n", "prime_list") == "data file n.txt, line 4: `3` is not a whole number below 2^64");
  CHECK(refusal("seven\n11\n") == "data file n.txt, line 1: `seven` is not a whole number below 2^64");
  CHECK(refusal("", "plain") == "data file n.txt has no numbers");
  CHECK(refusal("\x01\xff\n", "plain").find("line 1: `??`") != std::string::npos);
  CHECK_THROWS_AS(read_numbers("/nowhere/n.txt", "auto", ""), InputError);
}

TEST_CASE("all methods agree on which numbers are prime", "[primes]") {
  const record::Group results = run_primes(
      "task = \"test\"\n[test]\nmethods = [\"naive\", \"miller_rabin\", \"bpsw\"]\nsmallest_factor = true\nrange = [0, 100000]\n");
  CHECK(number_at(results, "count") == 9592);
  CHECK(record::values_at<std::uint64_t>(results, "methods/primes") == Numbers{9592, 9592, 9592});
  CHECK(record::values_at<std::uint64_t>(results, "methods/disagreements") == Numbers{0, 0, 0});
  const Flags is_prime = record::values_at<std::int8_t>(results, "tests/is_prime");
  CHECK(Flags(is_prime.begin(), is_prime.begin() + 12) == Flags{0, 0, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1});
  const Numbers factors = record::values_at<std::uint64_t>(results, "tests/smallest_factor");
  CHECK(Numbers(factors.begin(), factors.begin() + 10) == Numbers{0, 0, 2, 3, 2, 5, 2, 7, 2, 3});
  const record::Group fast = run_primes("task = \"test\"\n[test]\nsmallest_factor = true\nrange = [0, 100000]\n");
  CHECK(record::values_at<std::uint64_t>(fast, "tests/smallest_factor") == factors);
  CHECK(record::values_at<std::int8_t>(fast, "tests/is_prime") == is_prime);
}

TEST_CASE("numbers near 2^64 are factored", "[primes]") {
  const record::Group results = run_primes(
      "task = \"test\"\n[test]\nmethods = [\"bpsw\"]\nsmallest_factor = true\n"
      "numbers = [\"18446744073709551557\", \"18446744073709551615\", \"18446744030759878681\", 3825123056546413051]\n");
  CHECK(record::values_at<std::int8_t>(results, "tests/is_prime") == Flags{1, 0, 0, 0});
  CHECK(record::values_at<std::uint64_t>(results, "tests/smallest_factor") ==
        Numbers{18446744073709551557u, 3, 4294967291, 149491});
}

TEST_CASE("every task computed in its other way gives the same bytes", "[primes]") {
  for (const char* text : {"stop = 3e6\nwindow = 1e6\noutputs = [\"twins\", \"sextuplets\", \"sum\", \"xor\", \"residues\", \"first\", \"last\", \"max_gap\"]\n",
                           "stop = 3e6\nwindow = 1e6\n", "task = \"gaps\"\nstop = 100\n", "task = \"gaps\"\nstop = 3e6\nwindow = 1e6\n",
                           "task = \"list\"\nstop = 1e6\nwindow = 1e5\n", "start = 9\nstop = 9\n",
                           "task = \"test\"\n[test]\nsmallest_factor = true\nmethods = [\"naive\", \"miller_rabin\", \"bpsw\"]\nrange = [0, 70000]\n"}) {
    INFO(text);
    Loaded loaded(text);
    tasks::Job& job = loaded.primes.job();
    const tasks::StopToken stop;
    for (std::int64_t stream = 0; stream < job.n_streams(); ++stream) {
      const std::int64_t n = job.prepare_round(stream, 0).n_tasks;
      for (std::int64_t task = 0; task < n; ++task) {
        tasks::Bytes one, other;
        tasks::TaskOutput first{one, {}}, second{other, {}};
        REQUIRE(job.run({{stream, task}, 0, {}, {}, {}, stop}, nullptr, first));
        REQUIRE(job.run_otherwise({{stream, task}, 0, {}, {}, {}, stop}, nullptr, second));
        REQUIRE(one == other);
      }
    }
  }
}

TEST_CASE("a task gives up when told to stop", "[primes]") {
  for (const char* text : {"stop = 1e6\noutputs = [\"sum\"]\n", "task = \"gaps\"\nstop = 1e6\n", "task = \"list\"\nstop = 1e6\n",
                           "stop = 1e6\noutputs = [\"twins\"]\n", "task = \"test\"\n[test]\nrange = [0, 1000]\n",
                           "task = \"test\"\n[test]\nrange = [0, 1000]\nmethods = [\"naive\"]\n"}) {
    Loaded loaded(text);
    tasks::StopToken stop;
    stop.request();
    tasks::Bytes bytes;
    tasks::TaskOutput output{bytes, {}};
    loaded.primes.job().prepare_round(0, 0);
    CHECK_FALSE(loaded.primes.job().run({{0, 0}, 0, {}, {}, {}, stop}, nullptr, output));
  }
}
