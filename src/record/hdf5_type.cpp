// SPDX-License-Identifier: Apache-2.0
#include "record/hdf5_type.hpp"

#include <algorithm>

namespace shoal::record {

hid_t file_type(Type type) {
  switch (type) {
    case Type::f8: return H5T_IEEE_F64LE;
    case Type::f4: return H5T_IEEE_F32LE;
    case Type::i8: return H5T_STD_I64LE;
    case Type::i4: return H5T_STD_I32LE;
    case Type::i1: return H5T_STD_I8LE;
    case Type::u8: return H5T_STD_U64LE;
    case Type::u4: return H5T_STD_U32LE;
    case Type::text: break;
  }
  throw std::logic_error("texts have no numeric type");
}

hid_t memory_type(Type type) {
  switch (type) {
    case Type::f8: return H5T_NATIVE_DOUBLE;
    case Type::f4: return H5T_NATIVE_FLOAT;
    case Type::i8: return H5T_NATIVE_INT64;
    case Type::i4: return H5T_NATIVE_INT32;
    case Type::i1: return H5T_NATIVE_INT8;
    case Type::u8: return H5T_NATIVE_UINT64;
    case Type::u4: return H5T_NATIVE_UINT32;
    case Type::text: break;
  }
  throw std::logic_error("texts have no numeric type");
}

Handle fixed_text_type(std::size_t length) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "make a text type");
  checked(H5Tset_size(type, std::max<std::size_t>(length, 1)), "set the length of a text");
  checked(H5Tset_cset(type, H5T_CSET_UTF8), "choose UTF-8");
  // Padding instead of a terminator: netCDF and h5py would count the terminator as a character.
  checked(H5Tset_strpad(type, H5T_STR_NULLPAD), "choose the padding of a text");
  return type;
}

Handle variable_text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "make a text type");
  checked(H5Tset_size(type, H5T_VARIABLE), "choose variable length");
  checked(H5Tset_cset(type, H5T_CSET_UTF8), "choose UTF-8");
  return type;
}

Handle text_memory_type(hid_t type) {
  Handle memory = checked(H5Tis_variable_str(type), "read a text type") ? variable_text_type() : fixed_text_type(H5Tget_size(type));
  checked(H5Tset_cset(memory, H5Tget_cset(type)), "choose a character set");
  return memory;
}

std::optional<Type> tree_type(hid_t type) {
  const std::size_t size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_STRING: return Type::text;
    case H5T_FLOAT:
      if (size == 8) return Type::f8;
      if (size == 4) return Type::f4;
      return std::nullopt;
    case H5T_INTEGER: {
      const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
      if (size == 8) return is_signed ? Type::i8 : Type::u8;
      if (size == 4) return is_signed ? Type::i4 : Type::u4;
      if (size == 1 && is_signed) return Type::i1;
      return std::nullopt;
    }
    default: return std::nullopt;
  }
}

Handle make_space(const std::vector<std::uint64_t>& shape) {
  if (shape.empty()) return {H5Screate(H5S_SCALAR), H5Sclose, "make a scalar dataspace"};
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  return {H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose, "make a dataspace"};
}

std::vector<std::uint64_t> shape_of(hid_t space) {
  const int rank = checked(H5Sget_simple_extent_ndims(space), "read a rank");
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  checked(H5Sget_simple_extent_dims(space, extents.data(), nullptr), "read a shape");
  return {extents.begin(), extents.end()};
}

std::vector<hsize_t> position_of(std::uint64_t element, const std::vector<std::uint64_t>& shape) {
  std::vector<hsize_t> position(shape.size());
  for (std::size_t i = shape.size(); i-- > 0; element /= shape[i]) position[i] = element % shape[i];
  return position;
}

}  // namespace shoal::record
