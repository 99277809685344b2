// SPDX-License-Identifier: Apache-2.0
#include "workloads/primes/gap_table.hpp"

#include <stdexcept>

#include "workloads/primes/words.hpp"

namespace shoal::workloads::primes {
namespace {

void offer_record(GapTable& table, const RecordGap& gap) {
  if (table.records.empty() || gap.gap > table.records.back().gap) table.records.push_back(gap);
}

}  // namespace

void GapTable::add(std::uint64_t start, std::uint64_t gap, std::uint64_t times) {
  histogram[gap] += times;
  offer_record(*this, {start, gap});
}

void extend(GapTable& left, const GapTable& right) {
  if (left.count != 0 && right.count != 0) left.add(left.last, right.first - left.last);
  for (const auto& [gap, times] : right.histogram) left.histogram[gap] += times;
  for (const RecordGap& record : right.records) offer_record(left, record);
  if (left.count == 0) left.first = right.first;
  if (right.count != 0) left.last = right.last;
  left.count += right.count;
}

void append(const GapTable& table, tasks::Bytes& bytes) {
  std::vector<std::uint64_t> words = {table.count, table.first, table.last, table.records.size()};
  for (const RecordGap& record : table.records) words.insert(words.end(), {record.start, record.gap});
  for (const auto& [gap, times] : table.histogram) words.insert(words.end(), {gap, times});
  append_words(words, bytes);
}

GapTable read_gap_table(tasks::ByteView bytes) {
  const std::vector<std::uint64_t> words = words_of(bytes);
  if (words.size() < 4 || words.size() % 2 != 0 || words[3] > (words.size() - 4) / 2)
    throw std::invalid_argument("the result of a window of gaps is cut");
  GapTable table;
  table.count = words[0];
  table.first = words[1];
  table.last = words[2];
  std::size_t at = 4;
  for (std::uint64_t i = 0; i < words[3]; ++i, at += 2) table.records.push_back({words[at], words[at + 1]});
  for (; at < words.size(); at += 2) table.histogram[words[at]] = words[at + 1];
  return table;
}

}  // namespace shoal::workloads::primes
