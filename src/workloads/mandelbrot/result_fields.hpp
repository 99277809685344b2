// SPDX-License-Identifier: Apache-2.0
// What pictures are made of: the arrays of a stored result of this workload.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "shoal/record/rows.hpp"
#include "workloads/mandelbrot/color_scale.hpp"

namespace shoal::workloads::mandelbrot {

struct ResultFields {
  std::string path;
  std::string title;   // "mandelbrot" if it has none
  std::string digest;  // may be empty
  bool is_partial = false;
};

// Throws as record::read_root(), and InputError (76) if it comes from another workload.
ResultFields fields_of(const std::string& result);

// An array of the result, as long as it is open.
struct OpenField {
  std::unique_ptr<record::RowReader> rows;
  PictureField field;
};

// Nothing if the result has no such array: "iterations", "smooth", "distance", "preview".
std::optional<OpenField> open_field(const ResultFields& fields, const std::string& name);

// Throws InputError (73) if there is something at `path`.
void require_free(const std::string& path);

// Of a partial result whose preview is not there yet.
[[noreturn]] void no_preview_yet(const ResultFields& fields);

}  // namespace shoal::workloads::mandelbrot
