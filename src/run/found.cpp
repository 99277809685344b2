// SPDX-License-Identifier: Apache-2.0
#include "run/found.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "run/parameters.hpp"
#include "run/replay.hpp"
#include "shoal/error.hpp"
#include "shoal/record/provenance.hpp"
#include "shoal/record/result_file.hpp"

namespace shoal::run {
namespace {

using record::RecordKind;

void read_journal(const std::string& path, Found& found) {
  found.journal = record::scan_journal(path, [&found](RecordKind kind, std::span<const std::byte> content) {
    if (kind == RecordKind::results) found.results.push_back(tasks::parse_result_run(content));
    if (kind == RecordKind::decision) found.decisions.push_back(tasks::parse_decision(content));
    if (kind == RecordKind::segment) found.segments.push_back(record::parse_segment(content));
    if (kind == RecordKind::input) found.science = record::parse_input(content).science;
  });
  // It ends inside its header, or before the input it is of: nothing was recorded.
  if (!found.journal.header || (found.journal.n_records == 0 && !found.journal.damaged)) return;
  if (found.journal.n_records == 0)
    throw Error(ExitCode::other_input,
                fmt::format("{} is damaged at its beginning, so that nobody knows what input it belongs to. Start afresh with --new, "
                            "which keeps the old files.", path));
  found.state = Found::State::resumable;
  found.run_id = found.journal.header->run_id;
  found.science_digest = found.journal.header->science_digest;
}

// A complete result counts before a journal of the same input: its run was killed while it cleaned up.
void read_complete(const std::string& path, bool with_results, Found& found) {
  const record::Group part = record::read_part(path, "/provenance");
  const record::Provenance provenance = record::read_provenance(part.groups.at("provenance"));
  if (found.state == Found::State::resumable && provenance.science_digest != found.science_digest) return;
  const auto journal = found.journal;
  found = Found{};
  found.journal = journal;
  found.state = Found::State::complete;
  found.run_id = provenance.run_id;
  found.science = provenance.science;
  found.science_digest = provenance.science_digest;
  found.digest = record::stored_digest(part);
  if (!with_results) return;
  Replay replay = read_replay(path);
  found.results = std::move(replay.runs);
  found.decisions = std::move(replay.decisions);
}

std::optional<double> number_in(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The digits of a whole number, which may stand in quotes (from 2^63 on); empty: it is none.
std::string_view digits_of(std::string_view text) {
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const bool whole = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  return whole ? text : std::string_view();
}

bool has_grown(const ChangedKey& change) {
  const std::string_view old_digits = digits_of(change.before), new_digits = digits_of(change.after);
  if (!old_digits.empty() && !new_digits.empty())  // exact, also where doubles are not
    return std::pair(new_digits.size(), new_digits) > std::pair(old_digits.size(), old_digits);
  const auto before = number_in(change.before);
  const auto after = number_in(change.after);
  return before && after && *after > *before;
}

}  // namespace

std::string journal_path(const std::string& result) { return result + ".journal"; }

Found find_result(const std::string& result, bool with_results) {
  Found found;
  read_journal(journal_path(result), found);
  if (!std::filesystem::exists(result)) return found;
  const record::Group root = record::read_root(result);
  if (record::root_info(root).status == "complete") {
    read_complete(result, with_results, found);
  } else if (found.state == Found::State::nothing) {
    throw Error(ExitCode::other_input,
                fmt::format("{} is a partial result, but its journal {} is missing, so it cannot be continued. Put the journal "
                            "back, or start afresh with --new (keeps {} as {}.1).",
                            result, journal_path(result), result, result));
  }
  return found;
}

Verdict judge(const Found& found, const std::string& result, const std::vector<std::string>& science,
              const std::vector<std::string>& growable, bool extend) {
  if (found.state == Found::State::nothing) return Verdict::start;
  const auto changes = changed_keys(found.science, science);
  if (changes.empty()) return found.state == Found::State::complete ? Verdict::already_complete : Verdict::resume;
  const bool only_growth = std::all_of(changes.begin(), changes.end(), [&](const ChangedKey& change) {
    return std::find(growable.begin(), growable.end(), change.name) != growable.end() && has_grown(change);
  });
  if (extend && only_growth) return Verdict::extend;
  std::string text = fmt::format("{} belongs to another input; nothing was touched. Changed:", result);
  for (const ChangedKey& change : changes) text += "\n  " + describe(change);
  text += only_growth ? "\nUse --extend to continue it, -o OTHER.h5 for a second result,"
                      : "\nUse -o OTHER.h5 for a second result,";
  text += fmt::format(" or --new to keep this one as {}.1 and start afresh.", result);
  throw Error(ExitCode::other_input, text);
}

}  // namespace shoal::run
