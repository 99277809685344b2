// SPDX-License-Identifier: Apache-2.0
#include "record/hdf5_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "record/descriptor.hpp"
#include "record/image_seal.hpp"
#include "shoal/record/write_file.hpp"

namespace shoal::record {
namespace {

// Callbacks that lend the image instead of copying it (it would be copied twice). `image` is its first byte.
void* lend(std::size_t, H5FD_file_image_op_t, void* image) { return image; }
void* lent(void* to, const void*, std::size_t, H5FD_file_image_op_t, void*) { return to; }
void* refuse(void*, std::size_t, H5FD_file_image_op_t, void*) { return nullptr; }
herr_t give_back(void*, H5FD_file_image_op_t, void*) { return 0; }
void* same(void* image) { return image; }
herr_t forget(void*) { return 0; }

}  // namespace

Handle file_access() {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "make a property list");
  checked(H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110), "choose the format version");
#if H5_VERSION_GE(1, 10, 7) && !(H5_VERSION_GE(1, 12, 0) && !H5_VERSION_GE(1, 12, 1))
  checked(H5Pset_file_locking(access, false, true), "switch off file locking");
#endif
  return access;
}

Handle open_file(const std::string& path) {
  // HDF5 does not tell why it cannot open a file: the system does.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw file_error("read", path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode)) throw file_error("read", path, EISDIR);
  if (length_of(file.get(), path) == 0) throw Hdf5Failure("it is empty");
  if (!fits_seal(file.get(), path)) throw Hdf5Failure("its checksum is wrong, so it is damaged");
  if (H5Fis_hdf5(path.c_str()) <= 0) throw Hdf5Failure("it is not an HDF5 file");
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, file_access()), H5Fclose, "open it"};
}

Handle open_image(std::span<const std::byte> image) {
  if (!fits_seal(image)) throw Hdf5Failure("its checksum is wrong, so it is damaged");
  const Handle access = file_access();
  checked(H5Pset_fapl_core(access, 4096, false), "choose the core driver");
  void* first = const_cast<std::byte*>(image.data());  // read only: the file is opened so, and nothing may resize it
  H5FD_file_image_callbacks_t callbacks = {lend, lent, refuse, give_back, same, forget, first};
  checked(H5Pset_file_image_callbacks(access, &callbacks), "set the image callbacks");
  checked(H5Pset_file_image(access, first, image.size()), "set the image");
  return {H5Fopen("shoal-image", H5F_ACC_RDONLY, access), H5Fclose, "open the image"};
}

}  // namespace shoal::record
