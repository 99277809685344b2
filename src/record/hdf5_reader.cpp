// SPDX-License-Identifier: Apache-2.0
#include "record/hdf5_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "record/file_blocks.hpp"
#include "record/hdf5_attribute.hpp"
#include "record/hdf5_type.hpp"
#include "shoal/record/digest.hpp"
#include "shoal/record/layout.hpp"

namespace shoal::record {
namespace {

constexpr int kDeepest = 64;  // groups inside groups; links that form a circle end here

herr_t add_link(hid_t, const char* name, const H5L_info_t* info, void* names) {
  if (info->type == H5L_TYPE_HARD) static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

Handle open_dataset(hid_t group, const std::string& name) {
  return {H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, "open " + name};
}

bool is_readable_dataset(hid_t group, const std::string& name) {
  const Handle id = open_dataset(group, name);
  const Handle type(H5Dget_type(id), H5Tclose, "read the type of " + name);
  return tree_type(type).has_value() && !read_text_attribute(id, "NAME").starts_with(kNoVariable);
}

// Deflate shrinks 1030 to 1 at best: a dataset that claims more than its storage can hold is damaged, and believing it
// would ask for all memory.
void check_size(std::uint64_t bytes, std::uint64_t stored, std::uint64_t unsuspicious, const std::string& name) {
  if (bytes > unsuspicious && bytes / 1100 > stored)
    throw Hdf5Failure(fmt::format("{} claims {} bytes but has no storage for them", name, bytes));
}

void check_size(hid_t id, std::uint64_t bytes, const std::string& name) {
  check_size(bytes, H5Dget_storage_size(id), std::uint64_t{1} << 20, name);
}

// Empty texts take no storage; in a file that is that small there are not very many.
void check_texts(hid_t id, std::uint64_t n, const std::string& name) {
  const Handle file(H5Iget_file_id(id), H5Fclose, "find the file of " + name);
  hsize_t size = 0;
  checked(H5Fget_filesize(file, &size), "measure the file of " + name);
  check_size(n * element_bytes(Type::text), size, std::uint64_t{1} << 27, name);
}

void read_numbers(hid_t id, const std::string& name, Dataset& dataset) {
  const std::uint64_t bytes = dataset.n_elements() * element_bytes(dataset.type);
  check_size(id, bytes, name);
  dataset.bytes.resize(bytes);
  if (bytes > 0)
    checked(H5Dread(id, memory_type(dataset.type), H5S_ALL, H5S_ALL, H5P_DEFAULT, dataset.bytes.data()), "read " + name);
}

void read_variable_texts(hid_t id, hid_t type, const std::string& name, Dataset& dataset) {
  check_texts(id, dataset.n_elements(), name);
  if (is_chunked(dataset.type, dataset.shape) && H5Dget_storage_size(id) == 0) {
    dataset.strings.resize(dataset.n_elements());
    return;
  }
  std::vector<char*> texts(dataset.n_elements(), nullptr);
  if (texts.empty()) return;
  const Handle memory = text_memory_type(type);
  const Handle space = make_space(dataset.shape);
  checked(H5Dread(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, static_cast<void*>(texts.data())), "read " + name);
  for (const char* text : texts) dataset.strings.push_back(clean_text(text ? text : ""));
  checked(H5Dvlen_reclaim(memory, space, H5P_DEFAULT, static_cast<void*>(texts.data())), "free " + name);
}

void read_fixed_texts(hid_t id, hid_t type, const std::string& name, Dataset& dataset) {
  const std::size_t length = H5Tget_size(type);
  check_size(id, dataset.n_elements() * length, name);
  std::string all(dataset.n_elements() * length, '\0');
  const Handle memory = text_memory_type(type);
  if (!all.empty()) checked(H5Dread(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()), "read " + name);
  for (std::size_t at = 0; at < all.size(); at += length) {
    std::string text = all.substr(at, length);
    text.resize(std::min(text.find('\0'), text.size()));
    dataset.strings.push_back(clean_text(text));
  }
}

void read_values(hid_t id, hid_t type, const std::string& name, Dataset& dataset) {
  if (dataset.type != Type::text) read_numbers(id, name, dataset);
  else if (checked(H5Tis_variable_str(type), "read the type of " + name)) read_variable_texts(id, type, name, dataset);
  else read_fixed_texts(id, type, name, dataset);
}

std::string last_name(hid_t object) {
  const auto length = checked(H5Iget_name(object, nullptr, 0), "name a scale");
  std::string path(static_cast<std::size_t>(length) + 1, '\0');
  checked(H5Iget_name(object, path.data(), path.size()), "name a scale");
  path.pop_back();
  return path.erase(0, path.rfind('/') + 1);
}

// The names of the scales in DIMENSION_LIST; none where there is no list.
std::vector<std::string> attached_scales(hid_t id, std::size_t rank) {
  std::vector<std::string> names(rank);
  if (checked(H5Aexists(id, "DIMENSION_LIST"), "look for scales") == 0) return names;
  const Handle attribute(H5Aopen(id, "DIMENSION_LIST", H5P_DEFAULT), H5Aclose, "open DIMENSION_LIST");
  const Handle space(H5Aget_space(attribute), H5Sclose, "read DIMENSION_LIST");
  if (shape_of(space) != std::vector<std::uint64_t>{rank}) throw Hdf5Failure("DIMENSION_LIST does not fit its dataset");
  const Handle type(H5Tvlen_create(H5T_STD_REF_OBJ), H5Tclose, "make a list type");
  std::vector<hvl_t> lists(rank);
  checked(H5Aread(attribute, type, lists.data()), "read DIMENSION_LIST");
  for (std::size_t i = 0; i < rank; ++i) {
    if (lists[i].len == 0) continue;
    const Handle scale(H5Rdereference2(id, H5P_DEFAULT, H5R_OBJECT, lists[i].p), H5Oclose, "open a scale");
    names[i] = last_name(scale);
  }
  checked(H5Dvlen_reclaim(type, space, H5P_DEFAULT, lists.data()), "free DIMENSION_LIST");
  return names;
}

std::string take_text(std::map<std::string, Attribute>& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  if (found == attributes.end() || !std::holds_alternative<std::string>(found->second)) return {};
  std::string text = std::get<std::string>(found->second);
  attributes.erase(found);
  return text;
}

Flags take_flags(std::map<std::string, Attribute>& attributes) {
  Flags flags;
  const auto found = attributes.find("flag_values");
  if (found == attributes.end() || !std::holds_alternative<std::vector<std::int64_t>>(found->second)) return flags;
  std::istringstream meanings(take_text(attributes, "flag_meanings"));
  for (const std::int64_t value : std::get<std::vector<std::int64_t>>(found->second)) {
    std::string name;
    meanings >> name;
    flags.emplace_back(value, name);
  }
  attributes.erase("flag_values");
  return flags;
}

// Without its values if they may be left in the file.
Dataset read_or_leave(hid_t group, const std::string& path, const std::string& name, const Leave& leave) {
  Dataset dataset = read_dataset(group, name, false);
  const std::uint64_t bytes = dataset.n_elements() * element_bytes(dataset.type);
  if (dataset.type == Type::text || !is_chunked(dataset.type, dataset.shape) || bytes <= leave.larger_than) return read_dataset(group, name);
  const Handle id = open_dataset(group, name);
  check_size(id, bytes, name);
  dataset.source = std::make_shared<FileBlocks>(leave.file, path + "/" + name, dataset.type, dataset.shape);
  for (std::uint64_t i = 0, n = leave.hashes ? n_blocks(dataset.type, dataset.shape) : 0; i < n; ++i)
    dataset.tile_hashes.push_back(block_hash(dataset.type, read_block(id, dataset.type, dataset.shape, block_at(dataset.type, dataset.shape, i))));
  return dataset;
}

Group read_group(hid_t id, const std::string& path, const Leave* leave, int depth) {
  if (depth > kDeepest) throw Hdf5Failure("its groups are nested too deeply");
  Group group;
  const Members members = members_of(id);
  for (const std::string& name : members.datasets)
    group.datasets.emplace(name, leave ? read_or_leave(id, path, name, *leave) : read_dataset(id, name));
  for (const std::string& name : members.groups)
    group.groups.emplace(name, read_group(open_group(id, name), path + "/" + name, leave, depth + 1));
  group.attributes = read_attributes(id);
  return group;
}

Flags written_flags(Flags flags) {
  for (auto& flag : flags) flag.second = clean_text(flag_name(flag.second));
  return flags;
}

// What differs between a dataset as read and as it was meant; empty if nothing does.
std::string compare(const Dataset& read, const Dataset& meant) {
  if (read.type != meant.type) return "types differ";
  if (read.shape != meant.shape) return "shapes differ";
  if (read.bytes != meant.bytes || read.strings != meant.strings) return "values differ";
  if (read.dimensions != meant.dimensions) return "dimensions differ";
  const bool described = meant.type == Type::text || read.units == clean_text(meant.units);
  if (!described || read.long_name != clean_text(meant.long_name) || read.flags != written_flags(meant.flags) ||
      read.attributes != as_written(meant.attributes))
    return "attributes differ";
  return {};
}

template <class T>
std::vector<std::string> keys(const std::map<std::string, T>& map) {
  std::vector<std::string> names;
  for (const auto& entry : map) names.push_back(entry.first);
  return names;
}

}  // namespace

Members members_of(hid_t group) {
  std::vector<std::string> names;
  hsize_t position = 0;
  checked(H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &position, add_link, &names), "list a group");
  Members members;
  for (const std::string& name : names) {
    const Handle object(H5Oopen(group, name.c_str(), H5P_DEFAULT), H5Oclose, "open " + name);
    const H5I_type_t kind = H5Iget_type(object);
    if (kind == H5I_GROUP) members.groups.push_back(name);
    if (kind == H5I_DATASET && is_readable_dataset(group, name)) members.datasets.push_back(name);
  }
  return members;
}

Handle open_group(hid_t parent, const std::string& name) {
  return {H5Gopen2(parent, name.c_str(), H5P_DEFAULT), H5Gclose, "open group " + name};
}

Dataset read_dataset(hid_t group, const std::string& name, bool with_values) {
  const Handle id = open_dataset(group, name);
  const Handle type(H5Dget_type(id), H5Tclose, "read the type of " + name);
  const Handle space(H5Dget_space(id), H5Sclose, "read the shape of " + name);
  const auto known = tree_type(type);
  if (!known) throw Hdf5Failure(name + " has a type that results do not have");
  Dataset dataset;
  dataset.type = *known;
  dataset.shape = shape_of(space);
  if (with_values) read_values(id, type, name, dataset);

  const bool is_scale = read_text_attribute(id, "CLASS") == "DIMENSION_SCALE";
  dataset.dimensions = is_scale ? std::vector<std::string>{name} : attached_scales(id, dataset.shape.size());
  dataset.attributes = read_attributes(id);
  if (dataset.attributes.contains("units")) dataset.units = take_text(dataset.attributes, "units");
  dataset.long_name = take_text(dataset.attributes, "long_name");
  dataset.flags = take_flags(dataset.attributes);
  return dataset;
}

Group read_group(hid_t group, const std::string& path, const Leave* leave) { return read_group(group, path, leave, 0); }

std::string compare_group(hid_t id, const Group& group, const std::string& path) {
  const Members members = members_of(id);
  if (members.groups != keys(group.groups) || members.datasets != keys(group.datasets))
    return fmt::format("{}/: members differ", path);
  for (const auto& [name, dataset] : group.datasets)
    if (const std::string what = compare(read_dataset(id, name, dataset.tile_hashes.empty()), dataset); !what.empty()) return fmt::format("{}/{}: {}", path, name, what);
  for (const auto& [name, child] : group.groups)
    if (std::string what = compare_group(open_group(id, name), child, fmt::format("{}/{}", path, name)); !what.empty()) return what;
  if (read_attributes(id) != as_written(group.attributes)) return fmt::format("{}/: attributes differ", path);
  return {};
}

}  // namespace shoal::record
