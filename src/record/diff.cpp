// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "shoal/record/layout.hpp"
#include "shoal/record/text_view.hpp"

namespace shoal::record {
namespace {

// "[3, 17]": the position of a row-major element; empty for a scalar.
std::string index_text(const std::vector<std::uint64_t>& shape, std::uint64_t element) {
  if (shape.empty()) return {};
  std::vector<std::uint64_t> index(shape.size());
  for (std::size_t i = shape.size(); i-- > 0;) {
    index[i] = element % shape[i];
    element /= shape[i];
  }
  return fmt::format("[{}]", fmt::join(index, ", "));
}

class Comparison {
 public:
  explicit Comparison(const DiffOptions& options) : options_(options) {}

  void groups(const Group& a, const Group& b, const std::string& path) {
    merge(a.datasets, b.datasets, path, [&](const Dataset& x, const Dataset& y, const std::string& at) { datasets(x, y, at); });
    merge(a.groups, b.groups, path, [&](const Group& x, const Group& y, const std::string& at) { groups(x, y, at); });
  }

  DiffResult take() {
    std::stable_sort(result_.first.begin(), result_.first.end(), [](const auto& x, const auto& y) { return x.path < y.path; });
    return std::move(result_);
  }

 private:
  // Walks two sorted maps side by side.
  template <class Map, class Both>
  void merge(const Map& a, const Map& b, const std::string& path, Both&& both) {
    for (const auto& [name, value] : a) {
      const auto other = b.find(name);
      if (other != b.end()) both(value, other->second, path + "/" + name);
      else object(path + "/" + name, "only in the first");
    }
    for (const auto& entry : b)
      if (!a.contains(entry.first)) object(path + "/" + entry.first, "only in the second");
  }

  void list(std::string path, std::string what) {
    if (result_.first.size() < options_.max_listed) result_.first.push_back({std::move(path), std::move(what)});
  }

  void object(const std::string& path, std::string what) {
    ++result_.n_objects;
    list(path, std::move(what));
  }

  void datasets(const Dataset& a, const Dataset& b, const std::string& path) {
    if (a.type != b.type) return object(path, fmt::format("type {} != {}", type_name(a.type), type_name(b.type)));
    if (a.shape != b.shape) return object(path, fmt::format("shape ({}) != ({})", fmt::join(a.shape, ", "), fmt::join(b.shape, ", ")));
    if (a.type != Type::text && a.units != b.units) return object(path, fmt::format("units '{}' != '{}'", a.units, b.units));
    if (a.flags != b.flags) return object(path, "the meanings of its values (flags) differ");
    const std::uint64_t before = result_.n_values;
    listed_ = 0;
    if (a.type == Type::text) texts(a, b, path);
    else if (!a.source && !b.source) numbers({a, b, path, a.bytes, b.bytes, 0});
    else left_in_files(a, b, path);
    if (result_.n_values != before) ++result_.n_objects;
  }

  void value(const Dataset& a, const Dataset& b, const std::string& path, std::uint64_t i) {
    ++result_.n_values;
    if (listed_++ >= options_.max_listed_per_dataset || result_.first.size() >= options_.max_listed) return;
    list(path + index_text(a.shape, i), fmt::format("{} != {}", element_text(a, i), element_text(b, i)));
  }

  // The numbers of two datasets from element `first` on.
  struct Part {
    const Dataset& a;
    const Dataset& b;
    const std::string& path;
    std::span<const std::byte> a_bytes, b_bytes;
    std::uint64_t first;
  };

  // Blocks of the same hash are not looked at.
  void left_in_files(const Dataset& a, const Dataset& b, const std::string& path) {
    const bool hashed = !a.tile_hashes.empty() && a.tile_hashes.size() == b.tile_hashes.size();
    for (std::uint64_t i = 0; i < n_blocks(a.type, a.shape); ++i) {
      if (hashed && a.tile_hashes[i] == b.tile_hashes[i]) continue;
      const Block block = block_at(a.type, a.shape, i);
      const auto bytes = [&](const Dataset& dataset) {
        const std::size_t size = element_bytes(dataset.type);
        const auto part = dataset.source ? dataset.source->read(i) : std::span(dataset.bytes).subspan(block.first * size, block.count * size);
        return std::vector(part.begin(), part.end());
      };
      const auto a_bytes = bytes(a), b_bytes = bytes(b);
      numbers({a, b, path, a_bytes, b_bytes, block.first});
    }
  }

  void numbers(const Part& part) {
    if (part.a.type == Type::f8) floats<double, std::uint64_t>(part);
    else if (part.a.type == Type::f4) floats<float, std::uint32_t>(part);
    else integers(part);
  }

  template <class T, class Bits>
  void floats(const Part& part) {
    for (std::uint64_t i = 0; i < part.a_bytes.size() / sizeof(T); ++i) {
      Bits x_bits, y_bits;
      std::memcpy(&x_bits, part.a_bytes.data() + i * sizeof(T), sizeof(T));
      std::memcpy(&y_bits, part.b_bytes.data() + i * sizeof(T), sizeof(T));
      if (x_bits == y_bits) continue;
      const double x = std::bit_cast<T>(x_bits), y = std::bit_cast<T>(y_bits);
      if (std::isnan(x) && std::isnan(y)) continue;
      const double difference = std::abs(x - y);
      const double scale = std::max(std::abs(x), std::abs(y));
      if (options_.rtol > 0 && difference <= options_.rtol * scale && std::isfinite(scale)) continue;
      const double relative = scale == 0 ? 0 : difference / scale;
      const bool comparable = std::isfinite(difference) && std::isfinite(scale);
      result_.largest_relative = std::max(result_.largest_relative, comparable ? relative : std::numeric_limits<double>::infinity());
      value(part.a, part.b, part.path, part.first + i);
    }
  }

  void integers(const Part& part) {
    if (std::equal(part.a_bytes.begin(), part.a_bytes.end(), part.b_bytes.begin(), part.b_bytes.end())) return;
    const std::size_t size = element_bytes(part.a.type);
    for (std::uint64_t i = 0; i < part.a_bytes.size() / size; ++i)
      if (std::memcmp(part.a_bytes.data() + i * size, part.b_bytes.data() + i * size, size) != 0) value(part.a, part.b, part.path, part.first + i);
  }

  void texts(const Dataset& a, const Dataset& b, const std::string& path) {
    for (std::uint64_t i = 0; i < a.strings.size(); ++i)
      if (a.strings[i] != b.strings[i]) value(a, b, path, i);
  }

  DiffOptions options_;
  DiffResult result_;
  std::size_t listed_ = 0;
};

}  // namespace

DiffResult diff(const Group& a_results, const Group& b_results, const DiffOptions& options) {
  Comparison comparison(options);
  comparison.groups(a_results, b_results, "/results");
  return comparison.take();
}

std::string to_text(const DiffResult& result) {
  if (result.equal()) return "equal: /results is the same in both\n";
  std::string text;
  for (const Difference& difference : result.first) text += fmt::format("{}: {}\n", difference.path, difference.what);
  text += fmt::format("different: {} {}", result.n_objects, result.n_objects == 1 ? "dataset or group" : "datasets or groups");
  if (result.n_values > 0) text += fmt::format(", {} {}", result.n_values, result.n_values == 1 ? "value" : "values");
  if (result.largest_relative > 0) text += fmt::format(", largest relative difference {:.3g}", result.largest_relative);
  return text + "\n";
}

}  // namespace shoal::record
