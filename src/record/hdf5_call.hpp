// SPDX-License-Identifier: Apache-2.0
// HDF5's C interface with checks: every call throws with HDF5's own words, every identifier closes itself.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace shoal::record {

// A failed HDF5 call; public functions turn it into an Error that names the file.
class Hdf5Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Exclusive use of the library, which is not thread-safe, with its printing of errors switched off. Every public function
// holds one while it works.
class Hdf5Turn {
 public:
  Hdf5Turn();

 private:
  std::lock_guard<std::mutex> turn_;
};

// A file that HDF5 writes to the disk itself has failed: what the library still holds of it cannot be trusted. From here on
// nobody enters HDF5 any more, not even to close something, and the process leaves by _exit.
void give_up_hdf5();
bool hdf5_given_up();

// What HDF5's error stack says, innermost first, on one line; clears it.
std::string hdf5_errors();

[[noreturn]] void throw_hdf5(const std::string& what);

// Throws if `result` is negative; else returns it.
template <class T>
T checked(T result, const std::string& what) {
  if (result < 0) throw_hdf5(what);
  return result;
}

// An HDF5 identifier and the function that closes it.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle(hid_t id, Close close_with, const std::string& what) : id_(checked(id, what)), close_(close_with) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (id_ >= 0 && !hdf5_given_up()) close_(id_);
  }
  operator hid_t() const { return id_; }

  // Closes now and throws if that fails: for files, where closing writes.
  void close(const std::string& what) { checked(close_(std::exchange(id_, H5I_INVALID_HID)), what); }

 private:
  hid_t id_;
  Close close_;
};

}  // namespace shoal::record
