// SPDX-License-Identifier: Apache-2.0
#include "record/hdf5_attribute.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "record/hdf5_type.hpp"

namespace shoal::record {
namespace {

void write(hid_t object, const std::string& name, hid_t type, hid_t space, hid_t memory, const void* value) {
  const std::string what = "write attribute " + name;
  const Handle attribute(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose, what);
  const char nothing = 0;  // an empty list has no address, which HDF5 takes for a mistake
  checked(H5Awrite(attribute, memory, value ? value : &nothing), what);
}

struct Writer {
  hid_t object;
  const std::string& name;

  void operator()(const std::string& text) const {
    std::string clean = clean_text(text);
    const Handle type = fixed_text_type(clean.size());
    clean.resize(std::max<std::size_t>(clean.size(), 1));
    write(object, name, type, make_space({}), type, clean.data());
  }
  void operator()(std::int64_t value) const { write(object, name, H5T_STD_I64LE, make_space({}), H5T_NATIVE_INT64, &value); }
  void operator()(double value) const { write(object, name, H5T_IEEE_F64LE, make_space({}), H5T_NATIVE_DOUBLE, &value); }
  void operator()(const std::vector<std::int64_t>& values) const { write_integers(object, name, values, Type::i8); }
  void operator()(const std::vector<double>& values) const {
    write(object, name, H5T_IEEE_F64LE, make_space({values.size()}), H5T_NATIVE_DOUBLE, values.data());
  }
};

std::string read_text(hid_t attribute, hid_t type) {
  const Handle memory = text_memory_type(type);
  if (checked(H5Tis_variable_str(type), "read an attribute's type")) {
    char* text = nullptr;
    checked(H5Aread(attribute, memory, static_cast<void*>(&text)), "read an attribute");
    std::string copy = text ? text : "";
    H5free_memory(text);
    return clean_text(copy);
  }
  std::string text(H5Tget_size(type), '\0');
  checked(H5Aread(attribute, memory, text.data()), "read an attribute");
  text.resize(std::min(text.find('\0'), text.size()));
  return clean_text(text);
}

template <class T>
Attribute read_numbers(hid_t attribute, hid_t memory, const std::vector<std::uint64_t>& shape) {
  std::vector<T> values(shape.empty() ? 1 : shape[0]);
  if (!values.empty()) checked(H5Aread(attribute, memory, values.data()), "read an attribute");
  if (shape.empty()) return values[0];
  return values;
}

// Nothing if it is of a kind that trees cannot hold.
std::optional<Attribute> read(hid_t object, const std::string& name) {
  const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, "open attribute " + name);
  const Handle type(H5Aget_type(attribute), H5Tclose, "read the type of attribute " + name);
  const Handle space(H5Aget_space(attribute), H5Sclose, "read the shape of attribute " + name);
  const std::vector<std::uint64_t> shape = shape_of(space);
  if (shape.size() > 1) return std::nullopt;
  switch (H5Tget_class(type)) {
    case H5T_STRING: return shape.empty() ? std::optional<Attribute>(read_text(attribute, type)) : std::nullopt;
    case H5T_INTEGER: return read_numbers<std::int64_t>(attribute, H5T_NATIVE_INT64, shape);
    case H5T_FLOAT: return read_numbers<double>(attribute, H5T_NATIVE_DOUBLE, shape);
    default: return std::nullopt;
  }
}

herr_t add_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

void write_attribute(hid_t object, const std::string& name, const Attribute& value) { std::visit(Writer{object, name}, value); }

void write_attributes(hid_t object, const std::map<std::string, Attribute>& attributes) {
  const std::string last = "complete";  // says that everything else is there
  for (const auto& [name, value] : attributes)
    if (name != last) write_attribute(object, name, value);
  if (const auto found = attributes.find(last); found != attributes.end()) write_attribute(object, last, found->second);
}

void write_integers(hid_t object, const std::string& name, const std::vector<std::int64_t>& values, Type type) {
  write(object, name, file_type(type), make_space({values.size()}), H5T_NATIVE_INT64, values.data());
}

void write_scale_text(hid_t object, const std::string& name, const std::string& value) {
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "make a text type");
  checked(H5Tset_size(type, value.size() + 1), "set the length of a text");
  write(object, name, type, make_space({}), type, value.c_str());
}

std::map<std::string, Attribute> as_written(std::map<std::string, Attribute> attributes) {
  for (auto& attribute : attributes)
    if (auto* text = std::get_if<std::string>(&attribute.second)) *text = clean_text(*text);
  return attributes;
}

std::map<std::string, Attribute> read_attributes(hid_t object) {
  constexpr std::array<std::string_view, 4> scale_names = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST"};
  std::vector<std::string> names;
  hsize_t position = 0;
  checked(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &position, add_name, &names), "list attributes");
  std::map<std::string, Attribute> attributes;
  for (const std::string& name : names) {
    if (std::find(scale_names.begin(), scale_names.end(), name) != scale_names.end()) continue;
    if (auto value = read(object, name)) attributes.emplace(name, std::move(*value));
  }
  return attributes;
}

std::string read_text_attribute(hid_t object, const std::string& name) {
  if (checked(H5Aexists(object, name.c_str()), "look for attribute " + name) == 0) return {};
  const auto value = read(object, name);
  const auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
  return text ? *text : std::string();
}

std::string flag_name(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

}  // namespace shoal::record
