// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/result_fields.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <span>

#include "shoal/error.hpp"
#include "shoal/record/result_file.hpp"

namespace shoal::workloads::mandelbrot {

ResultFields fields_of(const std::string& result) {
  const record::Group root = record::read_root(result);
  const record::RootInfo info = record::root_info(root);
  if (info.workload != "mandelbrot")
    throw InputError(fmt::format("{} holds no picture: it comes from the workload `{}`", result, info.workload), ExitCode::other_input);
  return {result, info.title.empty() ? "mandelbrot" : info.title, record::stored_digest(root), info.status != "complete"};
}

std::optional<OpenField> open_field(const ResultFields& fields, const std::string& name) {
  OpenField open;
  try {
    open.rows = std::make_unique<record::RowReader>(fields.path, "/results/" + name);
  } catch (const InputError& error) {
    if (error.code() != ExitCode::input_missing) throw;
    return std::nullopt;
  }
  PictureField& field = open.field;
  if (name == "smooth") field.kind = PictureField::Kind::smooth;
  if (name == "distance") field.kind = PictureField::Kind::distance;
  field.rows = open.rows->rows();
  field.columns = open.rows->columns();
  field.rows_together = open.rows->rows_together();
  field.read = [rows = open.rows.get()](std::uint64_t first, std::uint64_t count, std::span<double> values) { rows->read(first, count, values); };
  return open;
}

void require_free(const std::string& path) {
  if (std::error_code error; std::filesystem::exists(path, error))
    throw InputError(fmt::format("{} exists already: name another file, or move it away", path), ExitCode::locked);
}

void no_preview_yet(const ResultFields& fields) {
  throw InputError(fmt::format("{} is partial and has no preview yet: finish the run, or wait for its first rows", fields.path), ExitCode::input_missing);
}

}  // namespace shoal::workloads::mandelbrot
