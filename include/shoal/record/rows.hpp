// SPDX-License-Identifier: Apache-2.0
// Large arrays of a result, some rows at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace shoal::record {

// A two-dimensional dataset of numbers in a result file. One thread at a time.
class RowReader {
 public:
  // `inside`: its path, such as "/results/iterations". Throws InputError (66) if there is no such file or dataset, SystemError
  // (77, 74) if the file cannot be read, Error (76) if it is damaged, or no array of rows and columns of numbers.
  RowReader(const std::string& path, const std::string& inside);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  std::uint64_t rows() const;
  std::uint64_t columns() const;

  // Rows that are stored together: reading k * rows_together() .. (k + 1) * rows_together() - 1 at once decompresses nothing
  // twice. At least 1.
  std::uint64_t rows_together() const;

  // Rows [first, first + count) as doubles (exact for all types but 64-bit integers beyond 2^53). `values`: (count, columns).
  // Throws std::out_of_range, or Error (76) if the file is damaged.
  void read(std::uint64_t first, std::uint64_t count, std::span<double> values);

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace shoal::record
