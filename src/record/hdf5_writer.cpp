// SPDX-License-Identifier: Apache-2.0
#include "record/hdf5_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <span>

#include "record/file_blocks.hpp"
#include "record/filters.hpp"
#include "record/hdf5_attribute.hpp"
#include "record/hdf5_type.hpp"
#include "record/in_parallel.hpp"
#include "shoal/record/layout.hpp"
#include "shoal/record/tile.hpp"

namespace shoal::record {
namespace {

Handle creation_list(Type type, const std::vector<std::uint64_t>& shape) {
  Handle list(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "make a property list");
  checked(H5Pset_obj_track_times(list, false), "switch off time stamps");
  if (is_chunked(type, shape)) {
    const auto chunk = chunk_shape(type, shape);
    const std::vector<hsize_t> extents(chunk.begin(), chunk.end());
    checked(H5Pset_chunk(list, static_cast<int>(extents.size()), extents.data()), "set a chunk shape");
    if (type == Type::text) return list;  // HDF5 has no filters for variable-length texts
    checked(H5Pset_shuffle(list), "set the shuffle filter");
    checked(H5Pset_deflate(list, kDeflateLevel), "set the gzip filter");
    checked(H5Pset_fletcher32(list), "set the checksum");
  } else {
    checked(H5Pset_layout(list, H5D_COMPACT), "choose the compact layout");
  }
  return list;
}

Handle create(hid_t group, const std::string& name, hid_t type, const std::vector<std::uint64_t>& shape, hid_t list) {
  return {H5Dcreate2(group, name.c_str(), type, make_space(shape), H5P_DEFAULT, list, H5P_DEFAULT), H5Dclose,
          "make dataset " + name};
}

// Compressed by several threads, which HDF5 would do in one; it gets finished chunks.
void write_chunks(hid_t id, const std::string& name, const Dataset& dataset) {
  constexpr std::size_t kTogether = 32;  // chunks, of half a MiB before compression
  const std::vector<std::uint64_t> chunk = chunk_shape(dataset.type, dataset.shape);
  const std::uint64_t chunk_elements = std::accumulate(chunk.begin(), chunk.end(), std::uint64_t{1}, std::multiplies<>());
  const std::vector<Block> all = blocks(dataset.type, dataset.shape);
  const std::size_t size = element_bytes(dataset.type);
  std::vector<std::vector<std::byte>> encoded;
  for (std::size_t first = 0; first < all.size(); first += kTogether) {
    const std::span<const Block> some = std::span(all).subspan(first, std::min(kTogether, all.size() - first));
    encoded.resize(some.size());
    in_parallel(some.size(), [&](std::size_t i) {
      encoded[i] = encode_chunk(dataset.type, chunk_elements, std::span(dataset.bytes).subspan(some[i].first * size, some[i].count * size));
    });
    for (std::size_t i = 0; i < some.size(); ++i)
      checked(H5Dwrite_chunk(id, H5P_DEFAULT, 0, position_of(some[i].first, dataset.shape).data(), encoded[i].size(), encoded[i].data()),
              "write a chunk of " + name);
  }
}

Handle write_numbers(hid_t group, const std::string& name, const Dataset& dataset) {
  Handle id = create(group, name, file_type(dataset.type), dataset.shape, creation_list(dataset.type, dataset.shape));
  if (dataset.bytes.empty()) return id;
  if (is_chunked(dataset.type, dataset.shape)) write_chunks(id, name, dataset);
  else
    checked(H5Dwrite(id, memory_type(dataset.type), H5S_ALL, H5S_ALL, H5P_DEFAULT, dataset.bytes.data()), "write " + name);
  return id;
}

Handle write_text_array(hid_t group, const std::string& name, const Dataset& dataset) {
  const Handle type = variable_text_type();
  Handle id = create(group, name, type, dataset.shape, creation_list(dataset.type, dataset.shape));
  // A chunk without any text is not stored: reading gives empty texts there. (HDF5 takes long for each text, even an empty one.)
  const Handle space = make_space(dataset.shape);
  for (const Block& block : blocks(dataset.type, dataset.shape)) {
    const auto texts = std::span(dataset.strings).subspan(block.first, block.count);
    if (is_chunked(dataset.type, dataset.shape) && std::all_of(texts.begin(), texts.end(), [](const std::string& text) { return text.empty(); })) continue;
    std::vector<const char*> words;
    for (const std::string& text : texts) words.push_back(text.c_str());
    select_block(space, dataset.shape, block);
    checked(H5Dwrite(id, type, make_space({block.count}), space, H5P_DEFAULT, static_cast<const void*>(words.data())), "write " + name);
  }
  return id;
}

Handle write_text_scalar(hid_t group, const std::string& name, const Dataset& dataset) {
  constexpr std::size_t kCompactLimit = 60 * 1024;  // an object header message holds less than 64 KiB
  // One zero byte of padding: netCDF-C reads the bytes of a fixed-length scalar as a C string.
  const std::string text = dataset.strings.at(0) + '\0';
  const Handle type = fixed_text_type(text.size());
  const Handle list(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "make a property list");
  checked(H5Pset_obj_track_times(list, false), "switch off time stamps");
  checked(H5Pset_layout(list, text.size() < kCompactLimit ? H5D_COMPACT : H5D_CONTIGUOUS), "choose a layout");
  Handle id = create(group, name, type, {}, list);
  checked(H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()), "write " + name);
  return id;
}

void describe(hid_t id, const Dataset& dataset) {
  if (dataset.type != Type::text) write_attribute(id, "units", dataset.units);
  write_attribute(id, "long_name", dataset.long_name);
  if (!dataset.flags.empty()) {
    std::vector<std::int64_t> values;
    std::string meanings;
    for (const auto& [value, name] : dataset.flags) {
      values.push_back(value);
      if (!meanings.empty()) meanings += ' ';
      meanings += flag_name(name);
    }
    write_integers(id, "flag_values", values, dataset.type);
    write_attribute(id, "flag_meanings", meanings);
  }
  write_attributes(id, dataset.attributes);
}

void write_dataset(hid_t group, const std::string& name, const Dataset& dataset) {
  const Handle id = dataset.type != Type::text ? write_numbers(group, name, dataset)
                    : dataset.shape.empty()    ? write_text_scalar(group, name, dataset)
                                               : write_text_array(group, name, dataset);
  describe(id, dataset);
}

hobj_ref_t reference_to(hid_t group, const std::string& name) {
  hobj_ref_t reference = 0;
  checked(H5Rcreate(&reference, group, name.c_str(), H5R_OBJECT, H5I_INVALID_HID), "refer to " + name);
  return reference;
}

// A dimension of which nobody gave values: its length, no data.
void write_bare_scale(hid_t group, const std::string& name, std::uint64_t length) {
  const Handle id = create(group, name, H5T_STD_I32LE, {length}, creation_list(Type::i4, {length}));
  write_attribute(id, "units", std::string("1"));
  write_attribute(id, "long_name", fmt::format("index of {}", name));
  write_scale_text(id, "CLASS", "DIMENSION_SCALE");
  write_scale_text(id, "NAME", fmt::format("{}. {:10}", kNoVariable, length));
}

// One entry of a scale's REFERENCE_LIST: a dataset and which of its dimensions.
struct Use {
  hobj_ref_t dataset;
  int dimension;
};

void write_reference_list(hid_t scale, const std::vector<Use>& uses) {
  const Handle type(H5Tcreate(H5T_COMPOUND, sizeof(Use)), H5Tclose, "make a compound type");
  checked(H5Tinsert(type, "dataset", HOFFSET(Use, dataset), H5T_STD_REF_OBJ), "make a compound type");
  checked(H5Tinsert(type, "dimension", HOFFSET(Use, dimension), H5T_NATIVE_INT), "make a compound type");
  const Handle attribute(H5Acreate2(scale, "REFERENCE_LIST", type, make_space({uses.size()}), H5P_DEFAULT, H5P_DEFAULT),
                         H5Aclose, "make REFERENCE_LIST");
  checked(H5Awrite(attribute, type, uses.data()), "write REFERENCE_LIST");
}

void write_dimension_list(hid_t dataset, std::vector<hobj_ref_t>& scales) {
  const Handle type(H5Tvlen_create(H5T_STD_REF_OBJ), H5Tclose, "make a list type");
  std::vector<hvl_t> lists;
  for (hobj_ref_t& scale : scales) lists.push_back({1, &scale});
  const Handle attribute(H5Acreate2(dataset, "DIMENSION_LIST", type, make_space({lists.size()}), H5P_DEFAULT, H5P_DEFAULT),
                         H5Aclose, "make DIMENSION_LIST");
  checked(H5Awrite(attribute, type, lists.data()), "write DIMENSION_LIST");
}

bool is_scale(const std::string& name, const Dataset& dataset) {
  return dataset.dimensions.size() == 1 && dataset.dimensions[0] == name;
}

// Both directions of the dimension scales specification at once: attaching one by one would rewrite each
// REFERENCE_LIST as often as it has entries.
void attach_scales(hid_t group, const Group& tree) {
  std::map<std::string, std::vector<Use>> uses;
  for (const auto& [name, dataset] : tree.datasets) {
    if (dataset.dimensions.empty()) continue;
    const Handle id(H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, "open " + name);
    if (is_scale(name, dataset)) {
      write_scale_text(id, "CLASS", "DIMENSION_SCALE");
      write_scale_text(id, "NAME", name);
      continue;
    }
    std::vector<hobj_ref_t> scales;
    for (std::size_t i = 0; i < dataset.dimensions.size(); ++i) {
      scales.push_back(reference_to(group, dataset.dimensions[i]));
      uses[dataset.dimensions[i]].push_back({reference_to(group, name), static_cast<int>(i)});
    }
    write_dimension_list(id, scales);
  }
  for (const auto& [name, list] : uses)
    write_reference_list(Handle(H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, "open scale " + name), list);
}

}  // namespace

void write_group(hid_t id, const Group& group, Guard& guard) {
  const Handle plain(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, "make a property list");
  checked(H5Pset_obj_track_times(plain, false), "switch off time stamps");
  for (const auto& [name, child] : group.groups)
    write_group(Handle(H5Gcreate2(id, name.c_str(), H5P_DEFAULT, plain, H5P_DEFAULT), H5Gclose, "make group " + name), child, guard);
  std::map<std::string, std::uint64_t> bare;
  for (const auto& [name, dataset] : group.datasets) {
    write_dataset(id, name, dataset);
    for (std::size_t i = 0; i < dataset.dimensions.size(); ++i)
      if (!group.datasets.contains(dataset.dimensions[i])) bare[dataset.dimensions[i]] = dataset.shape[i];
    guard.keep_alive();
  }
  for (const auto& [name, length] : bare) write_bare_scale(id, name, length);
  attach_scales(id, group);
  write_attributes(id, group.attributes);
}

}  // namespace shoal::record
