// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/number_array.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "record/hdf5_file.hpp"
#include "record/hdf5_type.hpp"
#include "shoal/error.hpp"

namespace shoal::record {
namespace {

// H5Ovisit's callback: paths of datasets.
herr_t add_dataset(hid_t, const char* name, const H5O_info_t* info, void* names) {
  if (info->type == H5O_TYPE_DATASET) static_cast<std::vector<std::string>*>(names)->push_back(std::string("/") + name);
  return 0;
}

[[noreturn]] void throw_no_dataset(hid_t file, const std::string& file_name, const std::string& path) {
  std::vector<std::string> names;
  checked(H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, add_dataset, &names), "list the datasets");
  constexpr std::size_t kMostNames = 20;
  const bool more = names.size() > kMostNames;
  names.resize(std::min(names.size(), kMostNames));
  throw InputError(fmt::format("{} has no dataset {}; {}", file_name, path,
                               names.empty() ? std::string("it has none") : fmt::format("there are {}{}", fmt::join(names, ", "), more ? ", ..." : "")),
                   ExitCode::input_missing);
}

// Walks the path link by link: HDF5 would print and stop where one on the way is missing.
Handle open_numbers(hid_t file, const std::string& file_name, const std::string& path) {
  std::string so_far;
  for (std::size_t begin = path.find_first_not_of('/'); begin != std::string::npos;) {
    const std::size_t end = path.find('/', begin);
    so_far += "/" + path.substr(begin, end == std::string::npos ? end : end - begin);
    if (H5Lexists(file, so_far.c_str(), H5P_DEFAULT) <= 0) throw_no_dataset(file, file_name, path);
    begin = end == std::string::npos ? end : path.find_first_not_of('/', end);
  }
  if (so_far.empty()) throw_no_dataset(file, file_name, path);
  {
    const Handle object(H5Oopen(file, so_far.c_str(), H5P_DEFAULT), H5Oclose, "open " + so_far);
    if (H5Iget_type(object) != H5I_DATASET) throw_no_dataset(file, file_name, path);
  }
  Handle dataset(H5Dopen2(file, so_far.c_str(), H5P_DEFAULT), H5Dclose, "open " + so_far);
  const Handle type(H5Dget_type(dataset), H5Tclose, "read the type of " + so_far);
  const H5T_class_t kind = H5Tget_class(type);
  if (kind != H5T_INTEGER && kind != H5T_FLOAT) throw InputError(fmt::format("{} in {} holds no numbers", path, file_name));
  return dataset;
}

}  // namespace

std::vector<std::uint64_t> number_array_shape(const std::string& file, const std::string& path) {
  const Hdf5Turn turn;
  return reading(file, [&] {
    const Handle id = open_file(file);
    const Handle dataset = open_numbers(id, file, path);
    const Handle space(H5Dget_space(dataset), H5Sclose, "read the shape of " + path);
    return shape_of(space);
  });
}

std::vector<float> read_number_array(const std::string& file, const std::string& path) {
  const Hdf5Turn turn;
  return reading(file, [&] {
    const Handle id = open_file(file);
    const Handle dataset = open_numbers(id, file, path);
    const Handle space(H5Dget_space(dataset), H5Sclose, "read the shape of " + path);
    const auto n = checked(H5Sget_simple_extent_npoints(space), "count the numbers of " + path);
    std::vector<float> values(static_cast<std::size_t>(n));
    if (n > 0) checked(H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "read " + path);
    return values;
  });
}

}  // namespace shoal::record
