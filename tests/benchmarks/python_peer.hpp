// SPDX-License-Identifier: Apache-2.0
// A peer in Python: a script of this folder that answers each line with one line. It is run by SHOAL_PEER_PYTHON, such as that of
// a virtual environment with the packages it wants; else by the system's Python.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

class PythonPeer {
 public:
  explicit PythonPeer(const std::string& script) {
    std::signal(SIGPIPE, SIG_IGN);  // a peer that has gone is an answer, too
    const std::string path = SHOAL_SOURCE_DIR "/tests/benchmarks/" + script;
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) std::abort();
    child_ = fork();
    if (child_ == 0) {
      dup2(to[0], 0), dup2(from[1], 1);
      close(to[1]), close(from[0]);
      const char* python = std::getenv("SHOAL_PEER_PYTHON");
      if (!python) python = "/usr/bin/python3";
      execl(python, python, path.c_str(), nullptr);
      _exit(127);
    }
    close(to[0]), close(from[1]);
    to_ = fdopen(to[1], "w"), from_ = fdopen(from[0], "r");
  }
  ~PythonPeer() {
    fclose(to_), fclose(from_);
    waitpid(child_, nullptr, 0);
  }
  PythonPeer(const PythonPeer&) = delete;
  PythonPeer& operator=(const PythonPeer&) = delete;

  // The answer to a line; nothing if the peer has gone, such as for want of a package.
  std::optional<std::string> ask(const std::string& line) {
    std::fputs((line + "\n").c_str(), to_);
    std::fflush(to_);
    char* answer = nullptr;
    std::size_t capacity = 0;
    const ssize_t length = getline(&answer, &capacity, from_);
    std::optional<std::string> text;
    if (length > 0) text.emplace(answer, static_cast<std::size_t>(length));
    std::free(answer);
    return text;
  }

 private:
  pid_t child_ = 0;
  FILE* to_ = nullptr;
  FILE* from_ = nullptr;
};
