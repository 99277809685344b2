// SPDX-License-Identifier: Apache-2.0
// Escape times of the whole set on one core, [-2, 1] x [-1.5, 1.5], 1024 x 1024 pixels, 1000 iterations, in doubles: without any
// shortcut, with the tests of cardioid and disc, and with subdivision of blocks; against a scalar loop, numba's (if there is one)
// and the core's own limit, a burst of fused multiply-adds beside each measurement. Counted are useful iterations only: n of a
// pixel that escapes, 1000 of one inside.
//
//   bound of fast     4 operations an iteration on the ports of the multiply-adder
//   bound of strict   7, and the test: an addition and a comparison
//
//   benchmark_mandelbrot_kernels [RESULT.json]
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fma_peak.hpp"
#include "python_peer.hpp"
#include "shoal/kernels/escape_time.hpp"

using namespace shoal;

namespace {

constexpr int kRepetitions = 9;
constexpr int kPixels = 1024;
constexpr std::uint32_t kLimit = 1000;

struct Entry {
  std::string name;
  double operations;  // an iteration; 0: no bound
  std::function<std::uint64_t()> run;  // useful iterations
  std::vector<double> seconds = {}, share = {};
  std::uint64_t iterations = 0;
};

struct Picture {
  std::vector<double> x, y;
  std::vector<std::uint32_t> iterations;
  kernels::EscapeScratch scratch;

  Picture() : iterations(kPixels * kPixels) {
    for (int i = 0; i < kPixels; ++i) {
      x.push_back(-2 + 3 * (2.0 * i + 1) / (2 * kPixels));
      y.push_back(-1.5 + 3 * (2.0 * i + 1) / (2 * kPixels));
    }
  }

  std::uint64_t useful() const {
    std::uint64_t sum = 0;
    for (const std::uint32_t n : iterations) sum += n == 0 ? kLimit : n;
    return sum;
  }

  std::uint64_t lanes(const kernels::EscapeProblem& problem) {
    constexpr std::size_t kRows = kernels::kEscapePoints / kPixels;
    for (std::size_t j = 0; j < kPixels; j += kRows) {
      std::uint64_t undecided = 0;
      kernels::escape_times(problem, {x, std::span(y).subspan(j, kRows)}, {std::span(iterations).subspan(j * kPixels, kRows * kPixels), {}, {}}, scratch,
                            [] { return false; }, undecided);
    }
    return useful();
  }

  std::uint64_t scalar(kernels::EscapeArithmetic arithmetic) {
    for (std::size_t k = 0; k < iterations.size(); ++k)
      iterations[k] = kernels::escape_time(arithmetic, x[k % kPixels], y[k / kPixels], kLimit).iterations;
    return useful();
  }
};

// The scalar loop of numba; false if there is no numba.
bool measure(PythonPeer& numba, Entry& entry) {
  const auto answer = numba.ask(fmt::format("{} {}", kPixels, kLimit));
  if (!answer) return false;
  entry.seconds.push_back(std::strtod(answer->c_str(), nullptr));
  return true;
}

void measure(Entry& entry) {
  const double before = fma_peak::flop_per_second(10), begin = fma_peak::cpu_seconds();
  entry.iterations = entry.run();
  const double seconds = fma_peak::cpu_seconds() - begin, peak = std::max(before, fma_peak::flop_per_second(10));
  entry.seconds.push_back(seconds);
  // Single precision counts two operations in twice the lanes.
  if (entry.operations > 0) entry.share.push_back(static_cast<double>(entry.iterations) * entry.operations / seconds / (peak / 4));
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  using kernels::EscapeArithmetic;
  Picture picture;
  std::vector<Entry> entries;
  entries.push_back({"fast", 4, [&] { return picture.lanes({EscapeArithmetic::fast, kLimit}); }});
  entries.push_back({"strict", 9, [&] { return picture.lanes({EscapeArithmetic::strict, kLimit}); }});
  entries.push_back({"fast, periods", 4, [&] { return picture.lanes({EscapeArithmetic::fast, kLimit, false, true}); }});
  entries.push_back({"fast, cardioid and disc", 0, [&] { return picture.lanes({EscapeArithmetic::fast, kLimit, true}); }});
  entries.push_back({"strict, cardioid and disc", 0, [&] { return picture.lanes({EscapeArithmetic::strict, kLimit, true}); }});
  const std::size_t n_fast = entries.size();
  entries.push_back({"scalar, strict", 0, [&] { return picture.scalar(EscapeArithmetic::strict); }});
  entries.push_back({"scalar, fast", 0, [&] { return picture.scalar(EscapeArithmetic::fast); }});
  PythonPeer peer("mandelbrot_numba.py");
  std::optional<Entry> numba = Entry{"scalar, numba", 0, {}};
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    for (std::size_t k = 0; k < entries.size(); ++k)
      if (k < n_fast || repetition < 3) measure(entries[k]);
    if (repetition < 3 && numba && !measure(peer, *numba)) numba.reset();
  }
  if (numba) {
    numba->iterations = entries[n_fast].iterations;  // but for a few late pixels
    entries.push_back(*numba);
  }
  fmt::print("{} on one core, CPU time\n{:28} {:>10} {:>10} {:>12} {:>14}\n", kernels::escape_time_target(), "", "median ms", "min ms", "Giter/s", "share of bound");
  std::string json;
  for (const Entry& entry : entries) {
    const double seconds = median(entry.seconds), least = *std::min_element(entry.seconds.begin(), entry.seconds.end());
    fmt::print("{:28} {:>10.2f} {:>10.2f} {:>12.3f} {:>14}\n", entry.name, 1e3 * seconds, 1e3 * least, static_cast<double>(entry.iterations) / seconds / 1e9,
               entry.operations > 0 ? fmt::format("{:.1f} %", 100 * median(entry.share)) : "");
    json += fmt::format("{}\n  {{\"name\": \"{}\", \"median_ms\": {:.4g}, \"minimum_ms\": {:.4g}, \"share_of_bound\": {:.4g}}}", json.empty() ? "[" : ",", entry.name,
                        1e3 * seconds, 1e3 * least, median(entry.share));
  }
  if (argc > 1) {
    if (std::FILE* file = std::fopen(argv[1], "w")) {
      fmt::print(file, "{}\n]\n", json);
      std::fclose(file);
    }
  }
}
