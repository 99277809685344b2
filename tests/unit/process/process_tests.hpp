// SPDX-License-Identifier: Apache-2.0
// What the tests of programs share.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "catch.hpp"
#include "shoal/process/command.hpp"

namespace shoal::process {

inline Command shell(const std::string& line) {
  Command command;
  command.arguments = {line};
  command.shell = true;
  return command;
}

inline Command python(const std::string& program) {
  Command command;
  command.arguments = {"/usr/bin/python3", "-c", program};
  return command;
}

// A folder that is gone at the end.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "shoal_process_XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + '/' + name; }

 private:
  std::string path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Living processes with this variable.
inline int count_marked(const std::string& variable) {
  int n = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos) continue;
    n += read_file(entry.path() / "environ").find(variable) != std::string::npos;
  }
  return n;
}

// A value for SHOAL_TEST_MARK that no other run of these tests has.
inline std::string unique_mark(const std::string& name) { return name + '-' + std::to_string(getpid()); }

// Waits until `n` processes are marked; the number at the end.
inline int wait_for_marked(const std::string& variable, int n, double seconds = 200) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  int found = count_marked(variable);
  while (found != n && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    found = count_marked(variable);
  }
  return found;
}

}  // namespace shoal::process
