// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "record/hdf5_file.hpp"
#include "record/hdf5_reader.hpp"
#include "record/hdf5_type.hpp"
#include "shoal/record/layout.hpp"

namespace shoal::record {
namespace {

Handle open_inside(const Handle& file, const std::string& path, const std::string& inside) {
  // Link by link: a missing group on the way is an answer, not a failure.
  for (std::size_t slash = inside.find('/', 1);; slash = inside.find('/', slash + 1)) {
    if (H5Lexists(file, inside.substr(0, slash).c_str(), H5P_DEFAULT) <= 0)
      throw InputError(fmt::format("there is nothing at {} in {}.", inside, path), ExitCode::input_missing);
    if (slash == std::string::npos) break;
  }
  return {H5Dopen2(file, inside.c_str(), H5P_DEFAULT), H5Dclose, "open " + inside};
}

}  // namespace

struct RowReader::Open {
  Open(const std::string& file_path, const std::string& inside)
      : path(file_path), file(open_file(file_path)), dataset(open_inside(file, file_path, inside)),
        space(H5Dget_space(dataset), H5Sclose, "read the shape of " + inside), shape(shape_of(space)) {
    const Handle type(H5Dget_type(dataset), H5Tclose, "read the type of " + inside);
    const std::optional<Type> known = tree_type(type);
    if (!known || *known == Type::text || shape.size() != 2) throw Hdf5Failure(inside + " is no array of rows and columns of numbers");
    const auto chunk = chunk_shape(*known, shape);
    together = std::max<std::uint64_t>(chunk[0], 1);
  }

  std::string path;
  Handle file;
  Handle dataset;
  Handle space;
  std::vector<std::uint64_t> shape;
  std::uint64_t together = 1;
};

RowReader::RowReader(const std::string& path, const std::string& inside) {
  const Hdf5Turn turn;
  open_ = reading(path, [&] { return std::make_unique<Open>(path, inside); });
}

RowReader::~RowReader() {
  const Hdf5Turn turn;
  open_.reset();
}

std::uint64_t RowReader::rows() const { return open_->shape[0]; }
std::uint64_t RowReader::columns() const { return open_->shape[1]; }
std::uint64_t RowReader::rows_together() const { return open_->together; }

void RowReader::read(std::uint64_t first, std::uint64_t count, std::span<double> values) {
  if (first > rows() || count > rows() - first || values.size() != count * columns())
    throw std::out_of_range("rows beyond the end of a dataset");
  if (values.empty()) return;
  const Hdf5Turn turn;
  reading(open_->path, [&] {
    const hsize_t start[2] = {first, 0}, extent[2] = {count, columns()};
    checked(H5Sselect_hyperslab(open_->space, H5S_SELECT_SET, start, nullptr, extent, nullptr), "choose rows");
    const Handle memory(H5Screate_simple(2, extent, nullptr), H5Sclose, "make a dataspace");
    checked(H5Dread(open_->dataset, H5T_NATIVE_DOUBLE, memory, open_->space, H5P_DEFAULT, values.data()), "read rows");
  });
}

}  // namespace shoal::record
