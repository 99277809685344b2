// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/write_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "record/descriptor.hpp"

namespace shoal::record {
namespace {

constexpr std::size_t kPiece = std::size_t{4} << 20;  // between two signs of life

struct Explanation {
  const char* reason;
  const char* remedy;
  ExitCode code;
};

constexpr const char* kRerun = "run the same command again: nothing finished is lost";

Explanation explain(int error_number, bool reading) {
  switch (error_number) {
    case ENOSPC: return {"no space left on the device", "Free some space and run the same command again: nothing finished is lost", ExitCode::io};
    case EDQUOT: return {"the disk quota is used up", "Free some space and run the same command again: nothing finished is lost", ExitCode::io};
    case EROFS: return {"the file system is read-only", "Name a result elsewhere with -o, or make it writable and run the same command again", ExitCode::io};
    case EACCES: case EPERM:
      return {"permission denied", reading ? "Ask its owner for access" : "Name a result elsewhere with -o, or change the permissions", ExitCode::permission};
    case ENOENT:
      return {"no such file or folder", reading ? "Check the name" : "Make the folder first", reading ? ExitCode::input_missing : ExitCode::io};
    case EISDIR: return {"it is a folder", "Name a file", reading ? ExitCode::input_missing : ExitCode::locked};
    case EFBIG: return {"the file would be larger than allowed here", "Raise the limit (ulimit -f) and run the same command again", ExitCode::io};
    case EMFILE: case ENFILE: return {"too many open files", "Raise the limit (ulimit -n) and run the same command again", ExitCode::io};
    case EIO: case ESTALE: return {"the device reports an error", "Check the disk or the network file system, then run the same command again", ExitCode::io};
    default: return {nullptr, nullptr, ExitCode::io};
  }
}

// Writes a new file and makes it durable. Throws; the file is then the caller's to remove.
void write_new(const std::string& path, std::span<const std::byte> bytes, Guard& guard) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) throw file_error("write", path, errno);
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kPiece));
    if (const int error = write_fully(file.get(), piece)) throw file_error("write", path, error);
    bytes = bytes.subspan(piece.size());
    guard.keep_alive();
  }
  guard.check();
  if (::fsync(file.get()) != 0) throw file_error("write", path, errno);
  if (::close(file.release()) != 0) throw file_error("write", path, errno);
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Error file_error(std::string_view action, const std::string& path, int error_number) {
  const bool reading = action == "read";
  const Explanation known = explain(error_number, reading);
  if (!known.reason)
    return SystemError(fmt::format("cannot {} {}: {}. Remove the cause and {}.", action, path,
                                   std::generic_category().message(error_number), kRerun));
  return Error(known.code, fmt::format("cannot {} {}: {}. {}.", action, path, known.reason, known.remedy));
}

void write_atomically(const std::string& path, std::span<const std::byte> bytes, Guard* guard) {
  Guard none;
  Guard& asked = guard ? *guard : none;
  const std::string target = followed(path);
  const std::string part = target + ".part";
  try {
    write_new(part, bytes, asked);
    asked.check();
    if (std::rename(part.c_str(), target.c_str()) != 0) throw file_error("rename " + part + " to", target, errno);
  } catch (...) {
    ::unlink(part.c_str());
    throw;
  }
  sync_folder_of(target);
}

void require_same_bytes(const std::string& path, std::span<const std::byte> bytes, Guard* guard) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw file_error("read", path, errno);
  std::vector<std::byte> piece(std::min(bytes.size() + 1, kPiece));
  std::size_t at = 0;
  bool same = true;
  for (bool more = true; more && same;) {
    const std::size_t got = read_at(file.get(), static_cast<std::int64_t>(at), piece, path);
    same = got <= bytes.size() - at && std::equal(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    at += got;
    more = got == piece.size();
    if (guard) guard->keep_alive();
  }
  if (!same || at != bytes.size())
    throw SystemError(fmt::format("{} does not read back as it was written: check the disk and run the same command again.", path));
}

std::string followed(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

std::vector<std::byte> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw file_error("read", path, errno);
  std::vector<std::byte> bytes(static_cast<std::size_t>(length_of(file.get(), path)));
  bytes.resize(read_at(file.get(), 0, bytes, path));
  return bytes;
}

void sync_folder_of(const std::string& path) {
  const std::string folder = folder_of(path);
  const Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() < 0) throw file_error("open", folder, errno);
  // Some network file systems cannot sync folders and say EINVAL: there the rename itself is as durable as it gets.
  if (::fsync(file.get()) != 0 && errno != EINVAL && errno != ENOTSUP) throw file_error("sync", folder, errno);
}

void remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) sync_folder_of(path);
  else if (errno != ENOENT) throw file_error("remove", path, errno);
}

std::string keep_aside(const std::string& path) {
  for (int i = 1;; ++i) {
    const std::string kept = fmt::format("{}.{}", path, i);
    // link() fails where the name is taken, so that nothing is overwritten even if others do the same.
    if (::link(path.c_str(), kept.c_str()) != 0) {
      if (errno == EEXIST) continue;
      if (errno != EPERM && errno != ENOTSUP && errno != EMLINK) throw file_error("rename", path, errno);
      if (::access(kept.c_str(), F_OK) == 0) continue;
      if (std::rename(path.c_str(), kept.c_str()) != 0) throw file_error("rename", path, errno);
    } else if (::unlink(path.c_str()) != 0) {
      throw file_error("rename", path, errno);
    }
    sync_folder_of(path);
    return kept;
  }
}

}  // namespace shoal::record
