// SPDX-License-Identifier: Apache-2.0
#include "workloads/primes/test_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "shoal/kernels/primality.hpp"
#include "workloads/primes/window_plan.hpp"

namespace shoal::workloads::primes {
namespace {

using kernels::PrimalityMethod;

constexpr std::uint64_t kBlock = 65536;              // numbers a task: about a millisecond by the fast methods
constexpr std::uint64_t kNaiveDivisions = 10000000;  // a task, about 50 ms
constexpr std::uint64_t kFactorBlock = 1024;         // hard numbers take a millisecond each
constexpr std::uint64_t kBetweenPolls = 1024;

PrimalityMethod fast_method(const std::string& name) {
  return name == "bpsw" ? PrimalityMethod::bpsw : PrimalityMethod::miller_rabin;
}

class TestJob final : public PrimeJob {
 public:
  TestJob(Numbers numbers, const TestParameters& test) : numbers_(std::move(numbers)), test_(test) {
    std::uint64_t most = 2;
    if (numbers_.list.empty()) most = std::max(most, numbers_.end);
    for (const std::uint64_t n : numbers_.list) most = std::max(most, n);
    divisions_ = root(most) / 3 + 1;
    methods_.resize(test.methods.size());
  }

  std::int64_t n_streams() const override { return static_cast<std::int64_t>(test_.methods.size()); }

  tasks::Round prepare_round(std::int64_t stream, std::int64_t round) override {
    tasks::Round next;
    if (round == 0) next.n_tasks = n_blocks(stream);
    return next;
  }

  bool run(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const override {
    return judge(input, method(input.id.stream), output.result);
  }

  // By another method: the answers must be the same.
  bool run_otherwise(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const override {
    return judge(input, method(input.id.stream) == "bpsw" ? "miller_rabin" : "bpsw", output.result);
  }

  void fold(tasks::TaskId id, tasks::ByteView result) override;

  Estimate estimate() const override;
  std::vector<std::string> describe() const override;
  void write_results(record::Group& results) const override;
  std::string headline() const override;
  std::vector<std::string> report() const override;

 private:
  // What one method has said so far.
  struct Answers {
    std::vector<std::int8_t> is_prime;
    std::uint64_t primes = 0;
  };

  const std::string& method(std::int64_t stream) const { return test_.methods[static_cast<std::size_t>(stream)]; }

  std::uint64_t block_size(std::int64_t stream) const {
    if (method(stream) == "naive") return std::clamp<std::uint64_t>(kNaiveDivisions / divisions_, 1, kBlock);
    return test_.smallest_factor && stream == 0 ? kFactorBlock : kBlock;
  }
  std::int64_t n_blocks(std::int64_t stream) const {
    const std::uint64_t size = block_size(stream);
    return static_cast<std::int64_t>((numbers_.size() + size - 1) / size);
  }

  // The answers of a block, a byte each, and for the first method the factors, if wanted. False: it gave up.
  bool judge(const tasks::TaskInput& input, const std::string& by, tasks::Bytes& result) const;
  bool factorise(std::uint64_t n, bool naive, bool is_prime, const tasks::StopToken& stop, std::uint64_t& factor) const;

  // Numbers that a method judges otherwise than the first one, of those that both have judged.
  std::vector<std::uint64_t> disagreements(std::size_t method) const;

  Numbers numbers_;
  TestParameters test_;
  std::uint64_t divisions_ = 0;         // of trial division, for the largest number
  std::vector<Answers> methods_;        // a stream each
  std::vector<std::uint64_t> factors_;  // by the first method
};

bool TestJob::factorise(std::uint64_t n, bool naive, bool is_prime, const tasks::StopToken& stop, std::uint64_t& factor) const {
  factor = 0;
  if (n < 2) return true;
  factor = naive ? kernels::smallest_factor_naive(n, [&stop] { return stop.requested(); }) : is_prime ? n : kernels::smallest_factor(n);
  return factor != 0;
}

bool TestJob::judge(const tasks::TaskInput& input, const std::string& by, tasks::Bytes& result) const {
  const std::uint64_t size = block_size(input.id.stream), begin = static_cast<std::uint64_t>(input.id.task) * size;
  std::vector<std::uint64_t> block(std::min(size, numbers_.size() - begin));
  for (std::uint64_t i = 0; i < block.size(); ++i) block[i] = numbers_[begin + i];
  const bool naive = by == "naive", wants_factors = test_.smallest_factor && input.id.stream == 0;
  std::vector<std::uint8_t> is_prime(block.size());
  std::vector<std::uint64_t> factors(naive || wants_factors ? block.size() : 0);
  if (!naive) {
    if (input.stop.requested()) return false;
    kernels::test_primes(block, fast_method(by), is_prime);
  }
  for (std::uint64_t i = 0; i < factors.size(); ++i) {
    if (i % kBetweenPolls == 0 && input.stop.requested()) return false;
    if (!factorise(block[i], naive, is_prime[i] != 0, input.stop, factors[i])) return false;
    if (naive) is_prime[i] = factors[i] == block[i] && block[i] >= 2 ? 1 : 0;
  }
  const auto answers = std::as_bytes(std::span(is_prime));
  result.insert(result.end(), answers.begin(), answers.end());
  if (!wants_factors) return true;
  const auto words = std::as_bytes(std::span(factors));
  result.insert(result.end(), words.begin(), words.end());
  return true;
}

void TestJob::fold(tasks::TaskId id, tasks::ByteView result) {
  Answers& answers = methods_[static_cast<std::size_t>(id.stream)];
  const std::uint64_t begin = answers.is_prime.size(), n = std::min(block_size(id.stream), numbers_.size() - begin);
  const bool has_factors = test_.smallest_factor && id.stream == 0;
  if (result.size() != n * (has_factors ? 1 + sizeof(std::uint64_t) : 1)) throw std::invalid_argument("the result of a block of tests is cut");
  for (const std::byte b : result.first(n)) {
    answers.is_prime.push_back(static_cast<std::int8_t>(b));
    answers.primes += static_cast<std::uint64_t>(b);
  }
  if (!has_factors) return;
  factors_.resize(begin + n);
  std::memcpy(factors_.data() + begin, result.data() + n, n * sizeof(std::uint64_t));
}

std::vector<std::uint64_t> TestJob::disagreements(std::size_t method) const {
  const auto &first = methods_[0].is_prime, &other = methods_[method].is_prime;
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < std::min(first.size(), other.size()); ++i)
    if (first[i] != other[i]) numbers.push_back(numbers_[i]);
  return numbers;
}

Estimate TestJob::estimate() const {
  Estimate estimate;
  for (std::int64_t stream = 0; stream < n_streams(); ++stream) estimate.n_tasks += n_blocks(stream);
  estimate.max_parallel_tasks = std::max<std::int64_t>(estimate.n_tasks, 1);
  const auto each = static_cast<std::int64_t>(sizeof(std::uint64_t) * (test_.smallest_factor ? 2 : 1) + 1);
  estimate.rank_bytes = static_cast<std::int64_t>(numbers_.list.size() * sizeof(std::uint64_t));
  estimate.result_bytes = each * static_cast<std::int64_t>(numbers_.size());
  return estimate;
}

std::vector<std::string> TestJob::describe() const {
  std::string methods;
  for (const std::string& name : test_.methods) methods += (methods.empty() ? "" : ", ") + name;
  return {fmt::format("numbers     {}, from {} to {}", numbers_.size(), numbers_[0], numbers_[numbers_.size() - 1]),
          fmt::format("methods     {}{}; SIMD target {}", methods, test_.smallest_factor ? ", with smallest factors" : "",
                      kernels::primality_target())};
}

void TestJob::write_results(record::Group& results) const {
  record::Group& tests = results.group("tests");
  const std::uint64_t n = methods_[0].is_prime.size();
  std::vector<std::uint64_t> numbers(n);
  for (std::uint64_t i = 0; i < n; ++i) numbers[i] = numbers_[i];
  tests.add("number", numbers, {n}, {"test"}, "1", "number tested");
  tests.add("is_prime", methods_[0].is_prime, {n}, {"test"}, "1", fmt::format("is it prime? (by {})", test_.methods.front())).flags = {
      {0, "not_prime"}, {1, "prime"}};
  if (test_.smallest_factor) tests.add("smallest_factor", factors_, {n}, {"test"}, "1", "smallest prime factor; 0: the number is 0 or 1");
  results.scalar("count", methods_[0].primes, "1", "primes among the numbers");
  if (test_.methods.size() < 2) return;
  std::vector<std::uint64_t> primes, differing;
  for (std::size_t m = 0; m < methods_.size(); ++m) {
    primes.push_back(methods_[m].primes);
    differing.push_back(disagreements(m).size());
  }
  record::Group& methods = results.group("methods");
  methods.texts("name", test_.methods, "method", "method");
  methods.add("primes", primes, {primes.size()}, {"method"}, "1", "numbers that it calls prime");
  methods.add("disagreements", differing, {primes.size()}, {"method"}, "1", "numbers that it judges otherwise than the first method");
}

std::string TestJob::headline() const {
  if (methods_[0].is_prime.empty()) return "";
  return fmt::format("{} primes among {} numbers", methods_[0].primes, methods_[0].is_prime.size());
}

std::vector<std::string> TestJob::report() const {
  std::vector<std::string> lines;
  for (std::size_t m = 0; m < methods_.size(); ++m) {
    lines.push_back(fmt::format("{:<14} {} of {} numbers are prime", test_.methods[m], methods_[m].primes, methods_[m].is_prime.size()));
    const std::vector<std::uint64_t> differing = disagreements(m);
    if (!differing.empty())
      lines.push_back(fmt::format("{:<14} DISAGREES on {} numbers, such as {}", "", differing.size(), differing.front()));
  }
  return lines;
}

}  // namespace

std::unique_ptr<PrimeJob> make_test_job(Numbers numbers, const TestParameters& test) {
  return std::make_unique<TestJob>(std::move(numbers), test);
}

}  // namespace shoal::workloads::primes
