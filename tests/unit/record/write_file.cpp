// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/write_file.hpp"

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "catch.hpp"
#include "folder.hpp"
#include "sample_tree.hpp"
#include "shoal/record/digest.hpp"
#include "shoal/record/image.hpp"
#include "shoal/record/journal.hpp"

using namespace shoal;
using namespace shoal::record;
namespace fs = std::filesystem;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string content_of(const std::string& path) {
  const auto bytes = read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A file system of 256 KiB of its own on a folder.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path) : path_(path) {
    fs::create_directory(path);
    mounted_ = ::mount("none", path.c_str(), "tmpfs", 0, "size=256k") == 0;
    if (!mounted_) WARN("skipped: mounting a small file system needs root (CAP_SYS_ADMIN)");
  }
  ~SmallDisk() {
    if (mounted_) ::umount(path_.c_str());
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  void make_read_only() const { REQUIRE(::mount("none", path_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=256k") == 0); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  bool mounted_ = false;
};

// Changes whenever the file is replaced; 0 if it is not there.
std::uint64_t inode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

// Numbers that do not compress.
Group large_tree(std::uint64_t n) {
  Group root = sealed_sample(3);
  std::vector<std::uint64_t> noise(n);
  std::uint64_t state = 1;
  for (auto& word : noise) word = state = state * 6364136223846793005U + 1442695040888963407U;
  root.group("results").add("noise", noise, {n}, {"sample"}, "1", "does not compress");
  return root;
}

}  // namespace

TEST_CASE("a file is replaced as a whole, through a symbolic link too") {
  const Folder folder;
  const std::string path = folder.file("a"), link = folder.file("link");
  write_atomically(path, bytes_of("one"));
  fs::create_symlink("a", link);
  write_atomically(link, bytes_of("two"));
  CHECK(content_of(path) == "two");
  CHECK(fs::is_symlink(link));
  CHECK_FALSE(fs::exists(path + ".part"));
}

TEST_CASE("a missing folder and a folder in the way are named with their remedy") {
  const Folder folder;
  CHECK(message_of([&] { write_atomically("/no/such/r.h5", bytes_of("x")); }) ==
        "cannot write /no/such/r.h5.part: no such file or folder. Make the folder first.");
  fs::create_directory(folder.file("r.h5"));
  CHECK_THAT(message_of([&] { write_atomically(folder.file("r.h5"), bytes_of("x")); }), Catch::EndsWith("it is a folder. Name a file."));
  CHECK_FALSE(fs::exists(folder.file("r.h5.part")));
}

TEST_CASE("errors of the machine have their exit codes") {
  CHECK(file_error("write", "f", ENOSPC).code() == ExitCode::io);
  CHECK(file_error("write", "f", EDQUOT).code() == ExitCode::io);
  CHECK(file_error("write", "f", EROFS).code() == ExitCode::io);
  CHECK(file_error("write", "f", EIO).code() == ExitCode::io);
  CHECK(file_error("write", "f", EACCES).code() == ExitCode::permission);
  CHECK(file_error("write", "f", EPERM).code() == ExitCode::permission);
  CHECK(file_error("read", "f", ENOENT).code() == ExitCode::input_missing);
  CHECK(std::string(file_error("write", "f", EDQUOT).what()) ==
        "cannot write f: the disk quota is used up. Free some space and run the same command again: nothing finished is lost.");
  CHECK(std::string(file_error("write", "f", EPIPE).what()) ==
        "cannot write f: Broken pipe. Remove the cause and run the same command again: nothing finished is lost.");
}

TEST_CASE("a full disk leaves the previous result, and writing goes on once there is space") {
  const Folder folder;
  const SmallDisk disk(folder.file("disk"));
  if (!disk.mounted()) return;
  const std::string path = disk.file("r.h5");
  write_result(path, sealed_sample(10));
  const auto before = read_file(path);
  try {
    write_result(path, large_tree(100000));
    FAIL("800 kB went onto a disk of 256 KiB");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::io);
    CHECK(error.what() == "cannot write " + path + ".part: no space left on the device. Free some space and run the same command again: "
                                                   "nothing finished is lost.");
  }
  CHECK(read_file(path) == before);
  CHECK_FALSE(fs::exists(path + ".part"));
  write_result(path, sealed_sample(20));
  CHECK(read_result(path).find_dataset("results/trials/loss")->shape[0] == 20);
}

TEST_CASE("a journal on a full disk keeps every record before, and goes on once there is space") {
  const Folder folder;
  const SmallDisk disk(folder.file("disk"));
  if (!disk.mounted()) return;
  const std::string filler = disk.file("filler"), path = disk.file("r.h5.journal");
  Journal journal = Journal::create(path, {.run_id = "x", .science_digest = "y"});
  const std::vector<std::byte> record(5000, std::byte{1});
  std::ofstream(filler) << std::string(100000, 'f');
  std::int64_t n_written = 0;
  const std::string message = message_of([&] {
    for (;; ++n_written) journal.append(RecordKind::results, record);
  });
  CHECK(message == "cannot write " + path + ": no space left on the device. Free some space and run the same command again: nothing finished is lost.");
  CHECK(n_written > 10);
  CHECK(scan_journal(path).n_records == n_written);
  fs::remove(filler);
  journal.append(RecordKind::results, record);
  journal.sync();
  const JournalScan scan = scan_journal(path);
  CHECK(scan.n_records == n_written + 1);
  CHECK(scan.note.empty());
}

TEST_CASE("a read-only file system is named, and what is there stays") {
  const Folder folder;
  const SmallDisk disk(folder.file("disk"));
  if (!disk.mounted()) return;
  const std::string path = disk.file("r.h5");
  write_result(path, sealed_sample(10));
  disk.make_read_only();
  CHECK(message_of([&] { write_result(path, sealed_sample(20)); }) ==
        "cannot write " + path + ".part: the file system is read-only. Name a result elsewhere with -o, or make it writable and run the same "
                                 "command again.");
  CHECK(read_result(path).find_dataset("results/trials/loss")->shape[0] == 10);
}

TEST_CASE("a folder without permission is named") {
  const Folder folder;
  fs::create_directory(folder.file("closed"));
  ::chmod(folder.path().c_str(), 0755);
  ::chmod(folder.file("closed").c_str(), 0555);
  const std::string path = folder.file("closed") + "/r.h5";
  const pid_t child = ::fork();  // root may write anywhere: ask as nobody
  if (child == 0) {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) ::_exit(2);
    const std::string message = message_of([&] { write_atomically(path, bytes_of("x")); });
    ::_exit(message == "cannot write " + path + ".part: permission denied. Name a result elsewhere with -o, or change the permissions." ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("kept files get the first free number") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  write_atomically(path, bytes_of("first"));
  CHECK(keep_aside(path) == path + ".1");
  write_atomically(path, bytes_of("second"));
  CHECK(keep_aside(path) == path + ".2");
  CHECK(content_of(path + ".1") == "first");
  CHECK_FALSE(fs::exists(path));
  remove_file(path);  // no error
}

TEST_CASE("a process killed at any moment of its snapshots leaves a readable result") {
  const Folder folder;
  const std::string path = folder.file("r.h5");
  std::uint64_t longest = 0;
  for (int kill_number = 0; kill_number < 20; ++kill_number) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (std::uint64_t n = 1;; ++n) write_tree(path, sealed_sample(n, "partial"));
    }
    // Not before the child has written something new, however busy the machine is.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(300);
    const std::uint64_t before = inode_of(path);
    while (inode_of(path) == before && std::chrono::steady_clock::now() < patience) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::microseconds(1700 * kill_number));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const Group read = read_result(path);  // verifies the digest
    longest = std::max(longest, read.find_dataset("results/trials/loss")->shape[0]);
  }
  CHECK(longest > 0);
}
