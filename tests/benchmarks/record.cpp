// SPDX-License-Identifier: Apache-2.0
// The record: journal appends (with a thread that syncs beside them), reading a journal, hashes, file images.
//   benchmark_record [folder, default .]
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "shoal/record/crc32c.hpp"
#include "shoal/record/digest.hpp"
#include "shoal/record/image.hpp"
#include "shoal/record/journal.hpp"
#include "shoal/record/sha256.hpp"
#include "shoal/record/task_hashes.hpp"

using namespace shoal::record;

namespace {

constexpr int kRepetitions = 7;

// Median of repetitions, in seconds; `work` returns what it took.
template <class Work>
double median_seconds(Work&& work) {
  std::vector<double> seconds;
  for (int i = 0; i < kRepetitions; ++i) seconds.push_back(work());
  std::nth_element(seconds.begin(), seconds.begin() + kRepetitions / 2, seconds.end());
  return seconds[kRepetitions / 2];
}

template <class Work>
double seconds_of(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// n records of `bytes` each, one system call a record; another thread makes them durable every `sync_milliseconds`.
double append_seconds(const std::string& path, int n, std::size_t bytes, int sync_milliseconds) {
  ::unlink(path.c_str());
  Journal journal = Journal::create(path, {.run_id = "benchmark", .science_digest = ""});
  std::atomic<bool> done = false;
  std::thread syncing([&] {
    while (!done && sync_milliseconds > 0) {
      journal.sync();
      std::this_thread::sleep_for(std::chrono::milliseconds(sync_milliseconds));
    }
  });
  const std::vector<std::byte> content(bytes, std::byte{42});
  const double seconds = seconds_of([&] {
    for (int i = 0; i < n; ++i) journal.append(RecordKind::results, content);
  });
  done = true;
  syncing.join();
  journal.sync();
  return seconds;
}

void journal_figures(const std::string& path) {
  constexpr int n = 200000;
  for (const std::size_t bytes : {std::size_t{16}, std::size_t{100}, std::size_t{1000}})
    for (const int sync : {0, 100, 1000}) {
      const double seconds = median_seconds([&] { return append_seconds(path, n, bytes, sync); });
      fmt::print("journal append, {:4} bytes, sync {:<13} {:10.0f} records/s  (target 100000)\n", bytes,
                 sync == 0 ? "never" : fmt::format("every {} ms", sync), n / seconds);
    }
  append_seconds(path, 1000000, 24, 0);
  const double seconds = median_seconds([&] { return seconds_of([&] { scan_journal(path, [](RecordKind, std::span<const std::byte>) {}); }); });
  fmt::print("journal read, 1 million records          {:10.2f} s\n", seconds);
  ::unlink(path.c_str());
}

void hash_figures() {
  const std::vector<std::byte> data(std::size_t{64} << 20, std::byte{7});
  const double gigabytes = static_cast<double>(data.size()) / 1e9;
  fmt::print("CRC-32C                                  {:10.2f} GB/s\n", gigabytes / median_seconds([&] { return seconds_of([&] { crc32c(data); }); }));
  fmt::print("SHA-256                                  {:10.2f} GB/s\n", gigabytes / median_seconds([&] { return seconds_of([&] { sha256(data); }); }));
  constexpr int n = 1000000;
  const std::vector<std::byte> result(8, std::byte{1});
  const double seconds = median_seconds([&] {
    TaskHashes hashes;
    return seconds_of([&] {
      for (int i = 0; i < n; ++i) hashes.add(0, result);
    });
  });
  fmt::print("hashes of single tasks                   {:10.0f} tasks/s\n", n / seconds);
}

void image_figures(const std::string& path) {
  Group root;
  const std::uint64_t n = 4000000;
  std::vector<double> values(n);
  for (std::uint64_t i = 0; i < n; ++i) values[i] = 1.0 / static_cast<double>(i + 1);
  root.group("results").add("x", values, {n}, {"sample"}, "1", "32 MB of numbers");
  const double megabytes = 8e-6 * static_cast<double>(n);
  fmt::print("digest                                   {:10.0f} MB/s\n",
             megabytes / median_seconds([&] { return seconds_of([&] { digest(root.groups.at("results")); }); }));
  fmt::print("image, gzip, read back                   {:10.0f} MB/s\n", megabytes / median_seconds([&] { return seconds_of([&] { make_image(root); }); }));
  Group small;
  for (int i = 0; i < 40; ++i) small.group("results").add(fmt::format("x{}", i), std::vector<double>(200, i), {200}, {"trial"}, "1", "a column");
  fmt::print("snapshot of 40 columns of 200, durable   {:10.1f} ms\n", 1e3 * median_seconds([&] { return seconds_of([&] { write_tree(path, small); }); }));
  ::unlink(path.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  journal_figures(folder + "/benchmark.journal");
  hash_figures();
  image_figures(folder + "/benchmark.h5");
}
