// SPDX-License-Identifier: Apache-2.0
// Pictures of results, read back from their files.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "shoal/error.hpp"
#include "shoal/record/result_file.hpp"
#include "workloads/mandelbrot/color_map.hpp"
#include "workloads/mandelbrot/picture.hpp"
#include "workloads/mandelbrot/result_fields.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

// Which arrays would do, best first.
std::vector<std::string> choices(const std::string& values, bool is_partial) {
  if (is_partial) return {"preview"};
  if (values == "auto") return {"smooth", "iterations"};
  return {values};
}

bool is_one_of(const std::string& word, const std::vector<std::string>& words) { return std::find(words.begin(), words.end(), word) != words.end(); }

}  // namespace

PictureParameters stored_picture(const std::string& result) {
  PictureParameters picture;
  record::Group root;
  try {
    root = record::read_part(result, "/parameters");
  } catch (const InputError& error) {
    if (error.code() != ExitCode::input_missing) throw;
  }
  const record::Group* stored = root.find_group("parameters/picture");
  if (!stored) return picture;
  const auto text = [stored](const char* name, std::string& to, auto is_known) {
    const auto found = stored->datasets.find(name);
    if (found != stored->datasets.end() && found->second.strings.size() == 1 && is_known(found->second.strings[0])) to = found->second.strings[0];
  };
  text("values", picture.values, [](const std::string& word) { return is_one_of(word, picture_values()); });
  text("color_map", picture.color_map, [](const std::string& word) { return is_one_of(word, color_map_names()); });
  text("scale", picture.scale, [](const std::string& word) { return is_one_of(word, picture_scales()); });
  text("inside", picture.inside, [](const std::string& word) { return parse_color(word).has_value(); });
  if (const record::Dataset* width = stored->find_dataset("width"); width && width->type == record::Type::i8) picture.width = width->values<std::int64_t>().at(0);
  if (const record::Dataset* period = stored->find_dataset("period"); period && period->type == record::Type::f8) picture.period = period->values<double>().at(0);
  return picture;
}

std::string picture_of_result(const std::string& result, const PictureParameters& parameters, const std::string& path) {
  const ResultFields fields = fields_of(result);
  require_free(path);
  for (const std::string& name : choices(parameters.values, fields.is_partial)) {
    const auto open = open_field(fields, name);
    if (!open) continue;
    const std::string how = fmt::format("{}, {} scale, {}", name, parameters.scale, parameters.color_map);
    write_picture(path, open->field, parameters, fmt::format("{}: {}{}", fields.title, how, fields.digest.empty() ? "" : "; result " + fields.digest));
    const PictureSize size = picture_size(open->field, parameters);
    return fmt::format("{} ({} x {} pixels: {}{})", path, size.width, size.height, how, fields.is_partial ? ", of the rows so far" : "");
  }
  if (fields.is_partial) no_preview_yet(fields);
  throw InputError(fmt::format("{} has no {}: name it in `outputs` of the input, or choose other values", result,
                               parameters.values == "auto" ? "iterations" : parameters.values), ExitCode::input_missing);
}

}  // namespace shoal::workloads::mandelbrot
