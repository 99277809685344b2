// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "shoal/process/outcome.hpp"
#include "shoal/utf8.hpp"

namespace shoal::process {

std::string_view name_of(State state) {
  switch (state) {
    case State::ok: return "ok";
    case State::exit_code: return "exit_code";
    case State::signal: return "signal";
    case State::timeout: return "timeout";
    case State::out_of_memory: return "out_of_memory";
    case State::missing_program: return "missing_program";
    case State::stopped: return "stopped";
    case State::garbage: return "garbage";
    case State::error: return "error";
  }
  return "unknown";
}

void CapturedText::append(std::string_view text) {
  bytes_ += static_cast<std::int64_t>(text.size());
  const std::size_t to_head = std::min(text.size(), half_ - head_.size());
  head_ += text.substr(0, to_head);
  text.remove_prefix(to_head);
  if (text.size() >= half_) {
    tail_ = text.substr(text.size() - half_);
    return;
  }
  tail_ += text;
  if (tail_.size() > 2 * half_) tail_.erase(0, tail_.size() - half_);
}

void CapturedText::clear() {
  bytes_ = 0;
  head_.clear();
  tail_.clear();
}

std::string_view CapturedText::tail() const {
  return std::string_view(tail_).substr(tail_.size() - std::min(tail_.size(), half_));
}

std::int64_t CapturedText::dropped_bytes() const {
  return bytes_ - static_cast<std::int64_t>(head_.size() + tail().size());
}

std::string CapturedText::text() const {
  const std::int64_t dropped = dropped_bytes();
  if (dropped == 0) return valid_utf8(head_ + std::string(tail()));
  return fmt::format("{}\n... {} bytes left out ...\n{}", valid_utf8(head_), dropped, valid_utf8(tail()));
}

std::string CapturedText::end(std::size_t length) const {
  std::string kept(tail());
  if (dropped_bytes() == 0) kept = head_ + kept;
  return valid_utf8(std::string_view(kept).substr(kept.size() - std::min(kept.size(), length)));
}

}  // namespace shoal::process
