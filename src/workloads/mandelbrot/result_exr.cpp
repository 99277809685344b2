// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/result_exr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "shoal/error.hpp"
#include "shoal/record/build_info.hpp"
#include "shoal/record/result_file.hpp"
#include "workloads/mandelbrot/exr_writer.hpp"
#include "workloads/mandelbrot/falling_rows.hpp"
#include "workloads/mandelbrot/result_fields.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

constexpr std::int32_t kBias = 1024;  // so that smooth counts below 0 keep their place
constexpr std::uint32_t kInside = 0xffffffff;

ExrAttributes attributes_of(const ResultFields& fields) {
  ExrAttributes attributes = {{"IterationsBias", kBias}};
  const record::Group part = record::read_part(fields.path, "/parameters/max_iterations");
  const record::Dataset* stored = part.find_dataset("parameters/max_iterations");
  const std::int64_t most = stored ? stored->values<std::int64_t>().at(0) : 0;
  if (most <= std::numeric_limits<std::int32_t>::max()) attributes.emplace_back("Iterations", static_cast<std::int32_t>(most));
  else attributes.emplace_back("Iterations", std::to_string(most));
  attributes.emplace_back("comments", fields.title + (fields.digest.empty() ? "" : "; result " + fields.digest));
  attributes.emplace_back("software", "shoal " + record::build_info().version);
  return attributes;
}

// The channels of one row, as bits.
class RowOfChannels {
 public:
  RowOfChannels(const std::optional<OpenField>& counts, const std::optional<OpenField>& distance) {
    if (counts) counts_ = std::make_unique<FallingRows>(counts->field), is_smooth_ = counts->field.kind == PictureField::Kind::smooth;
    if (distance) distance_ = std::make_unique<FallingRows>(distance->field);
  }

  std::vector<ExrChannel> channels() const {
    std::vector<ExrChannel> channels;
    if (distance_) channels.push_back({"DE", ExrChannel::Type::f4});
    if (counts_) channels.push_back({"N", ExrChannel::Type::u4});
    if (is_smooth_) channels.push_back({"NF", ExrChannel::Type::f4});
    return channels;
  }

  const std::vector<std::uint32_t>& row(std::uint64_t row) {
    values_.clear();
    if (distance_)
      for (const double value : distance_->row(row)) values_.push_back(std::bit_cast<std::uint32_t>(std::isnan(value) ? 0.0F : static_cast<float>(value)));
    if (!counts_) return values_;
    const auto counts = counts_->row(row);
    const auto is_inside = [this](double value) { return is_smooth_ ? std::isnan(value) : value == 0; };
    for (const double value : counts)
      values_.push_back(is_inside(value) ? kInside : static_cast<std::uint32_t>(static_cast<std::int64_t>(std::floor(value)) + kBias));
    if (is_smooth_)
      for (const double value : counts) {
        const float fraction = std::isnan(value) ? 0.0F : std::min(static_cast<float>(value - std::floor(value)), 0x1.fffffep-1F);  // below 1
        values_.push_back(std::bit_cast<std::uint32_t>(fraction));
      }
    return values_;
  }

 private:
  std::unique_ptr<FallingRows> counts_, distance_;  // null: the result has none
  bool is_smooth_ = false;
  std::vector<std::uint32_t> values_;
};

}  // namespace

std::string exr_of_result(const std::string& result, const std::string& path) {
  const ResultFields fields = fields_of(result);
  require_free(path);
  std::optional<OpenField> counts, distance;
  if (fields.is_partial) {
    counts = open_field(fields, "preview");
    if (!counts) no_preview_yet(fields);
  } else {
    counts = open_field(fields, "smooth");
    if (!counts) counts = open_field(fields, "iterations");
    distance = open_field(fields, "distance");
    if (!counts && !distance)
      throw InputError(fmt::format("{} has no array: name \"iterations\", \"smooth\" or \"distance\" in `outputs` of the input", result), ExitCode::input_missing);
  }
  const PictureField& shape = counts ? counts->field : distance->field;
  RowOfChannels row(counts, distance);
  const std::vector<ExrChannel> channels = row.channels();
  ExrWriter exr(path, static_cast<std::uint32_t>(shape.columns), static_cast<std::uint32_t>(shape.rows), channels, attributes_of(fields));
  for (std::uint64_t line = shape.rows; line-- > 0;) exr.row(row.row(line));
  exr.finish();
  std::string names;
  for (const ExrChannel& channel : channels) names += (names.empty() ? "" : ", ") + channel.name;
  return fmt::format("{} ({} x {} pixels: {}{})", path, shape.columns, shape.rows, names, fields.is_partial ? ", of the rows so far" : "");
}

}  // namespace shoal::workloads::mandelbrot
