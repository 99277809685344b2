// SPDX-License-Identifier: Apache-2.0
// Pictures of results, read back from their files.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "shoal/error.hpp"
#include "shoal/record/result_file.hpp"
#include "shoal/record/rows.hpp"
#include "workloads/mandelbrot/picture.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

struct Choice {
  std::string name;
  PictureField::Kind kind;
};

// Which arrays would do, best first.
std::vector<Choice> choices(const std::string& values, bool is_partial) {
  const Choice iterations{"iterations", PictureField::Kind::iterations}, smooth{"smooth", PictureField::Kind::smooth};
  if (is_partial) return {{"preview", PictureField::Kind::iterations}};
  if (values == "iterations") return {iterations};
  if (values == "smooth") return {smooth};
  if (values == "distance") return {{"distance", PictureField::Kind::distance}};
  return {smooth, iterations};
}

std::unique_ptr<record::RowReader> open(const std::string& result, const std::string& inside) {
  try {
    return std::make_unique<record::RowReader>(result, inside);
  } catch (const InputError& error) {
    if (error.code() != ExitCode::input_missing) throw;
    return nullptr;
  }
}

}  // namespace

std::string picture_of_result(const std::string& result, const PictureParameters& parameters, const std::string& path) {
  const record::Group root = record::read_root(result);
  const record::RootInfo info = record::root_info(root);
  if (info.workload != "mandelbrot")
    throw InputError(fmt::format("{} holds no picture: it comes from the workload `{}`", result, info.workload), ExitCode::other_input);
  if (std::error_code error; std::filesystem::exists(path, error))
    throw InputError(fmt::format("{} exists already: name another file, or move it away", path), ExitCode::locked);
  const bool is_partial = info.status != "complete";
  for (const Choice& choice : choices(parameters.values, is_partial)) {
    const auto rows = open(result, "/results/" + choice.name);
    if (!rows) continue;
    PictureField field;
    field.kind = choice.kind;
    field.rows = rows->rows();
    field.columns = rows->columns();
    field.rows_together = rows->rows_together();
    field.read = [&rows](std::uint64_t first, std::uint64_t count, std::span<double> values) { rows->read(first, count, values); };
    const std::string how = fmt::format("{}, {} scale, {}", choice.name, parameters.scale, parameters.color_map);
    const std::string digest = record::stored_digest(root);
    write_picture(path, field, parameters, fmt::format("{}: {}{}", info.title.empty() ? "mandelbrot" : info.title, how,
                                                       digest.empty() ? "" : "; result " + digest));
    const PictureSize size = picture_size(field, parameters);
    return fmt::format("{} ({} x {} pixels: {}{})", path, size.width, size.height, how, is_partial ? ", of the rows so far" : "");
  }
  if (is_partial)
    throw InputError(fmt::format("{} is partial and has no preview yet: finish the run, or wait for its first rows", result), ExitCode::input_missing);
  throw InputError(fmt::format("{} has no {}: name it in `outputs` of the input, or choose other values", result,
                               parameters.values == "auto" ? "iterations" : parameters.values), ExitCode::input_missing);
}

}  // namespace shoal::workloads::mandelbrot
