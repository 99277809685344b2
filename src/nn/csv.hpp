// SPDX-License-Identifier: Apache-2.0
// Comma-separated text (RFC 4180): quoted fields, doubled quotes, LF or CRLF, UTF-8 with or without byte order mark.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::nn {

struct CsvRow {
  std::int64_t line = 0;  // where it begins, from 1
  std::vector<std::string> fields;
};

struct CsvTable {
  std::string path;
  std::vector<std::string> names;  // of the header line
  std::vector<CsvRow> rows;        // each as long as the header

  // The column called `name`. Throws InputError with all names.
  std::size_t column(const std::string& name) const;
};

// Plain text or compressed by gzip. Throws InputError: 66 missing, 77 not allowed, 69 too large, 65 "path:line: ..." for its content. Blank lines are skipped.
CsvTable read_csv(const std::string& path);

// A field as a finite number. Throws InputError "path:line: column `name`: ..." for text and for missing values.
double csv_number(const CsvTable&, const CsvRow&, std::size_t column);

// Is a field empty, or one of NA, N/A, NaN, null, ?, whatever the case: a value that is not there?
bool is_missing(const std::string& field);

// Is the field a finite number?
bool is_csv_number(const std::string& field);

}  // namespace shoal::nn
