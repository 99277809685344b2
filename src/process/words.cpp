// SPDX-License-Identifier: Apache-2.0
#include "process/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace shoal::process {

namespace {

// The last line of standard error, if there is one.
std::string last_words(const CapturedText& err) {
  std::string end = err.end(400);
  while (!end.empty() && static_cast<unsigned char>(end.back()) <= ' ') end.pop_back();
  if (const std::size_t line = end.rfind('\n'); line != std::string::npos) end.erase(0, line + 1);
  std::replace_if(end.begin(), end.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return end.empty() ? "" : "; its last words: " + end;
}

std::string what_happened(State state, int exit_code, int signal, const Limits& limits) {
  switch (state) {
    case State::exit_code: return fmt::format("exit code {}", exit_code);
    case State::signal: return fmt::format("killed by signal {} ({})", signal, strsignal(signal));
    case State::timeout: return fmt::format("not finished within {} s", limits.wall_seconds);
    case State::out_of_memory:
      return fmt::format("more than {:.6g} MB of memory", static_cast<double>(limits.memory_bytes) / 1e6);
    case State::stopped: return "stopped on request";
    default: return std::string(name_of(state));
  }
}

}  // namespace

std::string words_for(State state, int exit_code, int signal, const Limits& limits, const CapturedText& err) {
  if (state == State::ok) return "";
  return what_happened(state, exit_code, signal, limits) + last_words(err);
}

}  // namespace shoal::process
