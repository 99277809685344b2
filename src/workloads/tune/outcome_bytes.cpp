// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/outcome_bytes.hpp"

#include "workloads/tune/bytes.hpp"

namespace shoal::workloads::tune {
namespace {

// Which optional parts follow the fixed ones.
enum Part : std::uint8_t { kBadEpoch = 1, kReason = 2, kHistory = 4, kRungs = 8, kValues = 16, kCosts = 32, kTexts = 64 };

std::uint8_t parts_of(const SegmentOutcome& outcome) {
  unsigned parts = 0;
  if (outcome.first_bad_epoch >= 0) parts |= kBadEpoch;
  if (!outcome.fail_reason.empty()) parts |= kReason;
  if (!outcome.columns.empty()) parts |= kHistory;
  if (!outcome.rungs.empty()) parts |= kRungs;
  if (!outcome.values.empty()) parts |= kValues;
  if (!outcome.costs.empty()) parts |= kCosts;
  if (!outcome.texts.empty()) parts |= kTexts;
  return static_cast<std::uint8_t>(parts);
}

void write_values(const std::vector<NamedValue>& values, ByteWriter& writer) {
  writer.number(static_cast<std::uint32_t>(values.size()));
  for (const auto& [name, value] : values) {
    writer.text(name);
    writer.number(value);
  }
}

std::vector<NamedValue> read_values(ByteReader& reader) {
  std::vector<NamedValue> values(reader.number<std::uint32_t>());
  for (auto& [name, value] : values) {
    name = reader.text();
    value = reader.number<double>();
  }
  return values;
}

}  // namespace

void write_outcome(const SegmentOutcome& outcome, tasks::Bytes& bytes) {
  const std::uint8_t parts = parts_of(outcome);
  ByteWriter writer(bytes);
  writer.number(parts);
  writer.number(outcome.state);
  writer.number(outcome.loss);
  writer.number(outcome.reached);
  if (parts & kBadEpoch) writer.number(outcome.first_bad_epoch);
  if (parts & kReason) writer.text(outcome.fail_reason);
  if (parts & kHistory) {
    writer.number(static_cast<std::uint32_t>(outcome.columns.size()));
    for (const std::string& column : outcome.columns) writer.text(column);
    writer.array(outcome.history);
  }
  if (parts & kRungs) {
    writer.number(static_cast<std::uint32_t>(outcome.rungs.size()));
    for (const RungValue& rung : outcome.rungs) {
      writer.number(rung.resource);
      writer.number(rung.loss);
    }
  }
  if (parts & kValues) write_values(outcome.values, writer);
  if (parts & kCosts) write_values(outcome.costs, writer);
  if (parts & kTexts) {
    writer.number(static_cast<std::uint32_t>(outcome.texts.size()));
    for (const auto& [name, text] : outcome.texts) {
      writer.text(name);
      writer.text(text);
    }
  }
}

SegmentOutcome read_outcome(tasks::ByteView bytes) {
  ByteReader reader(bytes);
  SegmentOutcome outcome;
  const auto parts = reader.number<std::uint8_t>();
  outcome.state = reader.number<search::State>();
  outcome.loss = reader.number<double>();
  outcome.reached = reader.number<std::int64_t>();
  if (parts & kBadEpoch) outcome.first_bad_epoch = reader.number<std::int64_t>();
  if (parts & kReason) outcome.fail_reason = reader.text();
  if (parts & kHistory) {
    outcome.columns.resize(reader.number<std::uint32_t>());
    for (std::string& column : outcome.columns) column = reader.text();
    outcome.history = reader.array<double>();
  }
  if (parts & kRungs) {
    outcome.rungs.resize(reader.number<std::uint32_t>());
    for (RungValue& rung : outcome.rungs) {
      rung.resource = reader.number<std::int64_t>();
      rung.loss = reader.number<double>();
    }
  }
  if (parts & kValues) outcome.values = read_values(reader);
  if (parts & kCosts) outcome.costs = read_values(reader);
  if (parts & kTexts) {
    outcome.texts.resize(reader.number<std::uint32_t>());
    for (auto& [name, text] : outcome.texts) {
      name = reader.text();
      text = reader.text();
    }
  }
  return outcome;
}

}  // namespace shoal::workloads::tune
