// SPDX-License-Identifier: Apache-2.0
// Little-endian bytes out and in. Reading never runs past the end: it throws SystemError instead.
#pragma once

#include <bit>
#include <cstring>
#include <string>
#include <type_traits>

#include "shoal/error.hpp"
#include "shoal/tasks/job.hpp"
#include "shoal/tasks/order.hpp"

namespace shoal::tasks {

static_assert(std::endian::native == std::endian::little, "messages and records are little-endian");

class Writer {
 public:
  template <class T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    const std::size_t at = out_.size();
    out_.resize(at + sizeof(T));
    std::memcpy(out_.data() + at, &value, sizeof(T));
  }
  void bytes(ByteView data) {
    number<std::uint64_t>(data.size());
    out_.insert(out_.end(), data.begin(), data.end());
  }
  void order(const Order& o) {
    number(static_cast<std::uint8_t>(o.kind));
    number(o.n_tasks);
    number(o.cyclic);
  }
  void reserve(std::size_t n) { out_.reserve(out_.size() + n); }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

class Reader {
 public:
  Reader(ByteView data, const char* what) : data_(data), what_(what) {}

  template <class T>
  T number() {
    static_assert(std::is_arithmetic_v<T>);
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  bool flag() {
    const auto value = number<std::uint8_t>();
    if (value > 1) fail("a flag is neither 0 nor 1");
    return value == 1;
  }
  // A length that cannot be more than what is left, each element taking at least `element` bytes.
  std::size_t length(std::size_t element) {
    const auto n = number<std::uint64_t>();
    if (n > data_.size() / element) fail("a length exceeds the end");
    return static_cast<std::size_t>(n);
  }
  Bytes bytes() {
    const ByteView view = take(length(1));
    return {view.begin(), view.end()};
  }
  std::string text() {
    const ByteView view = take(length(1));
    return {reinterpret_cast<const char*>(view.data()), view.size()};
  }
  Order order() {
    const auto kind = number<std::uint8_t>();
    if (kind > static_cast<std::uint8_t>(OrderKind::longest)) fail("unknown task order");
    Order o{static_cast<OrderKind>(kind), 0, 1};
    o.n_tasks = number<std::int64_t>();
    o.cyclic = number<std::int64_t>();
    if (o.n_tasks < 0 || o.cyclic < 1) fail("impossible task order");
    return o;
  }
  void end() const {
    if (!data_.empty()) fail("bytes left over at the end");
  }
  [[noreturn]] void fail(const std::string& why) const {
    throw SystemError(std::string(what_) + ": " + why, ExitCode::other_input);
  }

 private:
  ByteView take(std::size_t n) {
    if (n > data_.size()) fail("it is cut short");
    const ByteView view = data_.first(n);
    data_ = data_.subspan(n);
    return view;
  }

  ByteView data_;
  const char* what_;
};

}  // namespace shoal::tasks
