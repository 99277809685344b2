// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "nn/idx.hpp"
#include "nn/read_bytes.hpp"
#include "shoal/error.hpp"
#include "shoal/nn/data_parameters.hpp"
#include "shoal/record/number_array.hpp"

namespace shoal::nn {
namespace {

void check_row(const std::string& path, std::int64_t size, std::size_t n_inputs) {
  if (size != static_cast<std::int64_t>(n_inputs)) {
    throw InputError(fmt::format("{} has rows of {} numbers, the network takes {}", path, size, n_inputs));
  }
}

}  // namespace

std::vector<float> read_inputs(const std::string& path, const std::vector<std::string>& input_names, const std::string& hdf5_inputs) {
  const std::string head = first_bytes(path, 8);
  if (head == std::string("\x89HDF\r\n\x1a\n", 8)) {
    if (hdf5_inputs.empty()) throw InputError(fmt::format("{} is an HDF5 file: name the dataset of the inputs by --inputs PATH", path), ExitCode::usage);
    const std::vector<std::uint64_t> shape = record::number_array_shape(path, hdf5_inputs);
    std::int64_t size = 1;
    for (std::size_t d = 1; d < shape.size(); ++d) size *= static_cast<std::int64_t>(shape[d]);
    check_row(fmt::format("{} in {}", hdf5_inputs, path), size, input_names.size());
    check_memory(path, static_cast<double>(shape.empty() ? 1 : shape[0]) * static_cast<double>(size) * 2 * sizeof(float));
    return record::read_number_array(path, hdf5_inputs);
  }
  if (looks_like_idx(head)) {
    IdxArray array = read_idx(path);
    check_row(path, array.row_size(), input_names.size());
    return std::move(array.values);
  }
  return read_csv_inputs(path, input_names);
}

}  // namespace shoal::nn
