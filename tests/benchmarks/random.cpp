// SPDX-License-Identifier: Apache-2.0
// Random numbers per second on one core, against Random123's scalar Philox in the same run (medians of 9,
// interleaved).
#include <Random123/philox.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shoal/random/distributions.hpp"
#include "shoal/random/shuffle.hpp"

using namespace shoal::random;

namespace {

volatile double sink;

struct Entry {
  std::string name, unit;
  double count;  // per call
  std::function<void()> call;
  std::vector<double> seconds;
};

double measure(const std::function<void()>& call) {
  const auto begin = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double random123_sum(std::uint64_t draws) {
  const r123::Philox4x32 generator;
  const r123::Philox4x32::key_type key = {{1, 2}};
  double sum = 0;
  for (std::uint64_t i = 0; i < draws; ++i) {
    const r123::Philox4x32::ctr_type counter = {
        {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32), 3, 4}};
    for (const std::uint32_t word : generator(counter, key)) sum += word;
  }
  return sum * 0x1p-32;
}

std::uint32_t random123_words(std::uint64_t draws) {
  const r123::Philox4x32 generator;
  const r123::Philox4x32::key_type key = {{1, 2}};
  std::uint32_t mixed = 0;
  for (std::uint64_t i = 0; i < draws; ++i) {
    const r123::Philox4x32::ctr_type counter = {
        {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32), 3, 4}};
    for (const std::uint32_t word : generator(counter, key)) mixed ^= word;
  }
  return mixed;
}

}  // namespace

int main() {
  const Stream stream(1, 2);
  constexpr std::uint64_t million = 1 << 20;
  std::vector<std::uint64_t> bits(4096);
  std::vector<double> doubles(4096);
  std::vector<float> floats(4096);
  std::vector<std::uint32_t> integers(4096), small(900), large(60000);
  std::vector<Entry> entries;
  const auto add = [&](std::string name, std::string unit, double count, std::function<void()> call) {
    entries.push_back({std::move(name), std::move(unit), count, std::move(call), {}});
  };
  const auto add_block = [&](std::string name, std::string unit, double per_block, auto fill) {
    add(std::move(name), std::move(unit), 256 * per_block, [=, &stream] {
      for (std::uint64_t task = 0; task < 256; ++task) fill(stream, task);
    });
  };
  add("Random123 scalar, words", "word", 4.0 * million, [] { sink = random123_words(million); });
  add_block("fill_bits", "word", 8192, [&](const Stream& s, std::uint64_t t) { fill_bits(s, t, 0, bits); });
  add("Random123 scalar, sum of 32-bit uniforms", "sample", 4.0 * million,
      [] { sink = random123_sum(million); });
  add("sum_uniform_32", "sample", 4.0 * million, [&] { sink = sum_uniform_32(stream, 1, 0, 4 * million); });
  add("sum_uniform (52 bits)", "sample", 4.0 * million,
      [&] { sink = sum_uniform(stream, 1, 0, 4 * million); });
  add_block("fill_uniform f64", "sample", 4096,
            [&](const Stream& s, std::uint64_t t) { fill_uniform(s, t, 0, std::span(doubles)); });
  add_block("fill_uniform_32 f64", "sample", 4096,
            [&](const Stream& s, std::uint64_t t) { fill_uniform_32(s, t, 0, doubles); });
  add_block("fill_uniform f32", "sample", 4096,
            [&](const Stream& s, std::uint64_t t) { fill_uniform(s, t, 0, std::span(floats)); });
  add_block("fill_normal f64", "sample", 4096,
            [&](const Stream& s, std::uint64_t t) { fill_normal(s, t, 0, std::span(doubles)); });
  add_block("fill_normal f32", "sample", 4096,
            [&](const Stream& s, std::uint64_t t) { fill_normal(s, t, 0, std::span(floats)); });
  add_block("fill_below 900", "sample", 4096,
            [&](const Stream& s, std::uint64_t t) { fill_below(s, t, 0, 900, integers); });
  add_block("fill_permutation 900", "element", 900,
            [&](const Stream& s, std::uint64_t t) { fill_permutation(s, t, 0, small); });
  add("fill_permutation 60000", "element", 600000, [&] {
    for (std::uint64_t t = 0; t < 10; ++t) fill_permutation(stream, t, 0, large);
  });
  for (int repetition = 0; repetition < 9; ++repetition)
    for (Entry& entry : entries) entry.seconds.push_back(measure(entry.call));
  fmt::print("{:42} {:>10} {:>10} {:>10}\n", "", "median ns", "G/s", "best G/s");
  for (Entry& entry : entries) {
    std::sort(entry.seconds.begin(), entry.seconds.end());
    const double median = entry.seconds[4] / entry.count * 1e9, best = entry.seconds[0] / entry.count * 1e9;
    fmt::print("{:42} {:>10.3f} {:>10.3f} {:>10.3f} per {}\n", entry.name, median, 1 / median, 1 / best,
               entry.unit);
  }
}
