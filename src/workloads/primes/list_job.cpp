// SPDX-License-Identifier: Apache-2.0
// task = "list": all primes of an interval, as a streamed dataset that is never in memory as a whole.
//
//   windows          counted, so that it is known where each one's primes begin in the list, and how long that is
//   a further round  writes: a task makes the tiles whose first prime lies in its window, and reads on beyond the window's end
//                    for the rest of the last one
// The result of a window is its count; of a writing task its first and last prime and the hashes of its tiles.
// Time: two passes of the sieve, of which the second compresses, which is most of the time. Memory: one tile a thread.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "shoal/record/layout.hpp"
#include "workloads/primes/prime_density.hpp"
#include "workloads/primes/window_job.hpp"
#include "workloads/primes/words.hpp"

namespace shoal::workloads::primes {
namespace {

std::uint64_t tile_size(std::uint64_t total) { return record::chunk_shape(record::Type::u8, {total})[0]; }

// Which tiles begin in a window whose primes have the numbers [first, first + count) of the list.
struct Share {
  std::uint64_t first_tile, end_tile;
};

Share share_of(std::uint64_t first, std::uint64_t count, std::uint64_t tile) {
  const auto from = [tile](std::uint64_t prime) { return prime / tile + (prime % tile != 0); };
  return {from(first), from(first + count)};
}

// Collects primes and puts a tile whenever one is full.
class TileWriter {
 public:
  TileWriter(std::uint64_t total, const Share& share, tasks::TileSink& sink)
      : total_(total), next_(share.first_tile), end_(share.end_tile), sink_(sink) {
    primes_.reserve(tile_size(total));
  }

  bool done() const { return next_ == end_; }

  // Takes primes in their order. False: it has enough.
  bool take(std::span<const std::uint64_t> run) {
    while (!run.empty() && !done()) {
      const std::uint64_t wanted = record::block_at(record::Type::u8, {total_}, next_).count;
      const std::size_t n = std::min<std::size_t>(run.size(), wanted - primes_.size());
      primes_.insert(primes_.end(), run.begin(), run.begin() + static_cast<std::ptrdiff_t>(n));
      run = run.subspan(n);
      if (primes_.size() == wanted) put();
    }
    return !done();
  }

  void append_to(tasks::Bytes& result) const {
    const std::uint64_t ends[] = {first_, last_};
    append_words(ends, result);
    for (const tasks::TileHash& hash : hashes_) result.insert(result.end(), hash.begin(), hash.end());
  }

 private:
  void put() {
    if (hashes_.empty()) first_ = primes_.front();
    last_ = primes_.back();
    hashes_.push_back(sink_.put({0, static_cast<std::int64_t>(next_++)}, std::as_bytes(std::span(primes_)), total_));
    primes_.clear();
  }

  std::uint64_t total_, next_, end_;
  tasks::TileSink& sink_;
  std::vector<std::uint64_t> primes_;  // of the next tile
  std::vector<tasks::TileHash> hashes_;
  std::uint64_t first_ = 0, last_ = 0;
};

class ListJob final : public WindowJob {
 public:
  using WindowJob::WindowJob;

  Estimate estimate() const override {
    Estimate estimate = WindowJob::estimate();
    if (plan().size() == 0) return estimate;
    const double n = expected_primes(plan()[0].begin, plan()[plan().size() - 1].end);
    estimate.n_tasks = -1;
    estimate.rank_bytes += kThreadBytes;
    estimate.result_bytes += static_cast<std::int64_t>(sizeof(std::uint64_t) * n);
    estimate.needed_disk_bytes = static_cast<std::int64_t>(kDiskBytes * n);
    estimate.needed_root_bytes = static_cast<std::int64_t>(kRootBytes * n);
    return estimate;
  }

  std::vector<record::StreamedDataset> streamed_datasets() const override {
    record::StreamedDataset primes;
    primes.path = "results/primes";
    primes.open = true;
    primes.form.type = record::Type::u8;
    primes.form.shape = {complete() ? count() : 0};
    primes.form.dimensions = {"prime"};
    primes.form.long_name = "all primes of the interval, rising";
    return {primes};
  }

  void write_results(record::Group& results) const override {
    WindowJob::write_results(results);
    results.scalar("count", count(), "1", "number of primes");
    if (!complete() || counts().empty()) return;
    std::vector<std::uint64_t> offsets;
    std::uint64_t before = 0;
    for (const std::uint64_t n : counts()) {
      offsets.push_back(before);
      before += n;
    }
    results.group("windows").add("offset", offsets, {offsets.size()}, {"window"}, "1", "where the window's primes begin in `primes`");
  }

  std::string headline() const override {
    if (!complete() || last_ == 0) return WindowJob::headline();
    return fmt::format("{} primes, written up to {}", count(), last_);
  }

  std::vector<std::string> report() const override {
    if (count() == 0) return {"no primes"};
    return {fmt::format("{} primes from {} to {}", count(), first_, last_)};
  }

 protected:
  bool compute(const std::vector<std::uint64_t>& cuts, const tasks::StopToken& stop, tasks::Bytes& result) const override {
    std::uint64_t count = 0;
    for (std::size_t i = 1; i < cuts.size(); ++i) {
      Summary piece;
      if (!summarise({cuts[i - 1], cuts[i]}, {}, stop, piece)) return false;
      count += piece.count;
    }
    append_words({&count, 1}, result);
    return true;
  }

  std::uint64_t take(tasks::ByteView result) override { return words_of(result).at(0); }

  bool has_further_rounds() const override { return true; }

  // A task for each window in which a tile begins.
  tasks::Round further_round() override {
    tasks::Round round;
    if (written_ || count() == 0) return round;
    round.prepared = true;
    for (std::uint64_t first = 0; const std::uint64_t n : counts()) {
      round.n_tasks += begins_tile(first, n);
      first += n;
    }
    written_ = true;
    return round;
  }

  tasks::Prepared prepare_further(std::int64_t) override {
    const auto& n = counts();
    while (!begins_tile(next_first_, n[next_window_])) next_first_ += n[next_window_++];
    const std::uint64_t words[] = {count(), next_window_, next_first_, n[next_window_]};
    next_first_ += n[next_window_++];
    tasks::Prepared prepared;
    append_words(words, prepared.payload);
    return prepared;
  }

  bool run_further(const tasks::TaskInput& input, bool otherwise, tasks::TaskOutput& output) const override {
    const std::vector<std::uint64_t> words = words_of(input.payload);
    const std::uint64_t total = words.at(0), first = words.at(2), tile = tile_size(total);
    const Share share = share_of(first, words.at(3), tile);
    std::uint64_t skip = share.first_tile * tile - first;  // they are in the tile before
    TileWriter writer(total, share, *output.tiles);
    for (auto window = static_cast<std::int64_t>(words[1]); !writer.done(); ++window) {
      if (window == plan().size()) throw std::runtime_error("windows hold fewer primes than were counted");
      const Window all = plan()[window];
      const std::vector<std::uint64_t> cuts = otherwise ? other_cuts(all) : std::vector<std::uint64_t>{all.begin, all.end};
      for (std::size_t i = 1; i < cuts.size() && !writer.done(); ++i) {
        const bool went_on = for_primes({cuts[i - 1], cuts[i]}, input.stop, [&](std::span<const std::uint64_t> run) {
          const std::size_t left_out = std::min<std::size_t>(skip, run.size());
          skip -= left_out;
          return writer.take(run.subspan(left_out));
        });
        if (!went_on) return false;
      }
    }
    writer.append_to(output.result);
    return true;
  }

  void take_further(tasks::ByteView result) override {
    const std::vector<std::uint64_t> words = words_of(result);
    if (words.size() < 2) throw std::invalid_argument("the result of a part of a list is cut");
    if (first_ == 0) first_ = words[0];
    last_ = words[1];
  }

 private:
  // Compressed tiles and the result beside them: measured 1.1 bytes a prime at 10^7, 1.5 at 10^15, each twice, and some room.
  static constexpr double kDiskBytes = 4;
  // What is known of each tile: 200 bytes for at least 32769 primes.
  static constexpr double kRootBytes = 0.01;
  // A tile: its primes, shuffled, compressed.
  static constexpr std::int64_t kThreadBytes = std::int64_t{4} << 20;

  bool begins_tile(std::uint64_t first, std::uint64_t n) const {
    const Share share = share_of(first, n, tile_size(count()));
    return share.first_tile != share.end_tile;
  }

  bool written_ = false;               // the further round is there
  std::uint64_t next_window_ = 0;      // which its next task looks at first
  std::uint64_t next_first_ = 0;       // the number of that window's first prime
  std::uint64_t first_ = 0, last_ = 0; // primes written so far
};

}  // namespace

std::unique_ptr<PrimeJob> make_list_job(const WindowPlan& plan, bool given) { return std::make_unique<ListJob>(plan, given); }

}  // namespace shoal::workloads::primes
