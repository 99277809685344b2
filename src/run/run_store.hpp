// SPDX-License-Identifier: Apache-2.0
// Everything rank 0 keeps on disk for one run: lock, journal, snapshots, the final result, side files. It knows files, not
// what is in a result (result_tree.hpp does).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "run/found.hpp"
#include "run/input.hpp"
#include "run/replay.hpp"
#include "shoal/record/journal.hpp"
#include "shoal/record/lock.hpp"
#include "shoal/record/streamed.hpp"
#include "shoal/record/tile_index.hpp"
#include "shoal/record/tree.hpp"
#include "shoal/tasks/result_run.hpp"

namespace shoal::run {

struct StoreOptions {
  bool fresh = false;   // --new
  bool extend = false;  // --extend
  std::function<void(const std::string&)> notice;  // a sentence for the user
};

class RunStore final : public tasks::Journal {
 public:
  // True if a complete result of this very input is there and nothing else need be done: decided without a lock, so that it
  // also works in a folder one may only read. Throws Error (76) as judge() does.
  static bool is_complete(const std::string& result, const Input& input, const StoreOptions& options);

  // Takes the lock, judges what exists, and opens the journal. Throws Error (73, 74, 76, 77).
  RunStore(std::string result, const Input& input, const StoreOptions& options);

  Verdict verdict() const { return verdict_; }
  const std::string& run_id() const { return run_id_; }
  const std::string& result() const { return result_; }
  std::int64_t segment_number() const { return static_cast<std::int64_t>(segments_.size()) - 1; }
  const std::vector<record::JournalSegment>& segments() const { return segments_; }

  // The finished tasks found; moves them out.
  std::vector<tasks::ResultRun> take_results() { return std::move(found_.results); }
  std::vector<tasks::Decision> take_decisions() { return std::move(found_.decisions); }

  // Notes the start of this segment, durably. `segment.number` is set here.
  void begin_segment(record::JournalSegment segment);

  void append(const tasks::ResultRun& run) override;  // main thread
  void decided(const tasks::Decision& decision) override;
  void sync();                                        // I/O thread
  void keep_alive() { lock_->keep_alive(); }          // any thread, every few seconds
  void write_partial(const record::Group& root);      // I/O thread
  // All results and decisions so far, read back from the journal.
  Replay journalled() const;
  bool has_decisions() const { return has_decisions_; }
  // Puts the datasets that were kept in side files, whose shapes are known now, into the tree of the complete result. I/O thread.
  void attach_tiles(record::Group& root, std::vector<record::StreamedDataset> datasets);
  // The complete result: written, renamed into place, read back; then the journal and the side files go.
  void write_complete(const record::Group& root);

 private:
  void keep_old();
  void open_journal(const Input& input);
  void start_journal(const Input& input, const std::string& path);
  void remove_leftovers();

  std::string result_;
  std::unique_ptr<record::Lock> lock_;
  Found found_;
  Verdict verdict_ = Verdict::start;
  std::string run_id_;
  bool has_decisions_ = false;      // there were free rounds
  bool replaces_complete_ = false;  // --extend: the shorter complete result stays until the longer one is
  std::vector<record::JournalSegment> segments_;
  std::optional<record::Journal> journal_;
  std::vector<record::StreamedDataset> streamed_;
  std::unique_ptr<record::TileIndex> tiles_;  // once attached
};

}  // namespace shoal::run
