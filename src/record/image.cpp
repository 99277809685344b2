// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "record/hdf5_file.hpp"
#include "record/hdf5_reader.hpp"
#include "record/hdf5_writer.hpp"
#include "record/image_seal.hpp"

namespace shoal::record {
namespace {

constexpr std::size_t kIncrement = std::size_t{4} << 20;  // by which the image grows

// The memory of a file image; HDF5's core driver works in it and leaves it to us when it closes the file.
struct ImageMemory {
  void* data = nullptr;
  std::size_t size = 0;
  ~ImageMemory() { std::free(data); }
};

void* allocate(std::size_t size, H5FD_file_image_op_t, void* memory) {
  static_cast<ImageMemory*>(memory)->size = size;
  return std::malloc(size);
}

void* copy(void* to, const void* from, std::size_t size, H5FD_file_image_op_t, void*) { return std::memcpy(to, from, size); }

void* resize(void* data, std::size_t size, H5FD_file_image_op_t, void* memory) {
  void* larger = std::realloc(data, size);
  if (larger) static_cast<ImageMemory*>(memory)->size = size;
  return larger;
}

herr_t release(void* data, H5FD_file_image_op_t operation, void* memory) {
  if (operation == H5FD_FILE_IMAGE_OP_FILE_CLOSE) static_cast<ImageMemory*>(memory)->data = data;  // keep it: the image
  else std::free(data);
  return 0;
}

void* share(void* memory) { return memory; }
herr_t leave(void*) { return 0; }

// The end-of-file address in the superblock (versions 2 and 3: 8 bytes at offset 28): the length of the file.
std::size_t image_length(const ImageMemory& memory) {
  constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
  constexpr std::size_t kEndOfFile = 28;
  if (!memory.data || memory.size < kEndOfFile + 8 || std::memcmp(memory.data, signature.data(), signature.size()) != 0)
    throw Hdf5Failure("HDF5 left no file image");
  std::uint64_t length = 0;
  std::memcpy(&length, static_cast<const char*>(memory.data) + kEndOfFile, 8);
  if (length > memory.size) throw Hdf5Failure("HDF5 left an incomplete file image");
  return length;
}

Handle create_in_memory(ImageMemory& memory) {
  const Handle access = file_access();
  checked(H5Pset_fapl_core(access, kIncrement, false), "choose the core driver");
  H5FD_file_image_callbacks_t callbacks = {allocate, copy, resize, release, share, leave, &memory};
  checked(H5Pset_file_image_callbacks(access, &callbacks), "set the image callbacks");
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, "make a property list");
  checked(H5Pset_obj_track_times(creation, false), "switch off time stamps");
  return {H5Fcreate("shoal-image", H5F_ACC_TRUNC, creation, access), H5Fclose, "make a file in memory"};
}

// Stays where HDF5 made it: an image may be as large as all else that the process holds.
std::span<const std::byte> build(const Group& root, Guard& guard, ImageMemory& memory) {
  {
    Handle file = create_in_memory(memory);
    write_group(Handle(H5Gopen2(file, "/", H5P_DEFAULT), H5Gclose, "open /"), root, guard);
    file.close("finish the file image");
  }
  const std::size_t length = image_length(memory);
  if (void* larger = std::realloc(memory.data, length + kSealBytes)) memory.data = larger;
  else throw std::bad_alloc();
  auto* first = static_cast<std::byte*>(memory.data);
  const auto seal = seal_of({first, length});
  std::copy(seal.begin(), seal.end(), first + length);
  return {first, length + kSealBytes};
}

std::span<const std::byte> make_image_in(ImageMemory& memory, const Group& root, Guard* guard) {
  Guard none;
  check_tree(root);
  const Hdf5Turn turn;
  try {
    const std::span<const std::byte> image = build(root, guard ? *guard : none, memory);
    const Handle file = open_image(image);
    if (const std::string what = compare_group(file, root, ""); !what.empty())
      throw Hdf5Failure("HDF5 did not read back what was written: " + what);
    return image;
  } catch (const Hdf5Failure& failure) {
    throw SystemError(fmt::format("cannot build the result file in memory: {}. The previous file is untouched.", failure.what()));
  }
}

}  // namespace

std::vector<std::byte> make_image(const Group& root, Guard* guard) {
  ImageMemory memory;
  const auto image = make_image_in(memory, root, guard);
  return {image.begin(), image.end()};
}

void write_tree(const std::string& path, const Group& root, Guard* guard) {
  ImageMemory memory;
  const auto image = make_image_in(memory, root, guard);
  write_atomically(path, image, guard);
  require_same_bytes(path, image, guard);
}

Group read_image(std::span<const std::byte> image, const std::string& name) {
  const Hdf5Turn turn;
  return reading(name, [&] { return read_group(open_image(image)); });
}

std::string compare_file(const std::string& path, const Group& root) {
  const Hdf5Turn turn;
  return reading(path, [&] { return compare_group(open_file(path), root, ""); });
}

}  // namespace shoal::record
