// SPDX-License-Identifier: Apache-2.0
// Messages between the ranks of a run. RAII and typed; each MPI call is checked, and a failure throws SystemError (exit
// code 70) with the name of the MPI function and MPI's own text.
//
// One rank is a Comm of size 1: Comm() needs no MPI and sends to itself work, so there is one code path for every size.
// Only the main thread of a rank may use a Comm (MPI_THREAD_FUNNELED).
//
// Between start and end a run uses send() and receive() alone: they never block, and they go on working when another rank
// has died. broadcast(), gather() and barrier() are collective and for start-up only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace shoal::parallel {

class Transport;  // what carries the bytes: MPI, or nothing for a single rank

// A message as received. The tag keeps apart what different layers send; at least 0, at most 32767.
struct Message {
  int source = 0;
  int tag = 0;
  std::vector<std::byte> bytes;
};

class Comm {
 public:
  Comm();  // a single rank, without MPI
  explicit Comm(std::unique_ptr<Transport> transport);
  ~Comm();
  Comm(Comm&&) noexcept;
  Comm& operator=(Comm&&) noexcept;

  int rank() const;
  int size() const;

  // Queues a message of at most 2 GiB - 1 bytes and returns at once; the buffer is kept until it has left. Messages
  // between two ranks arrive in the order in which they were sent. Throws std::out_of_range on a rank that is none.
  void send(int destination, int tag, std::vector<std::byte> bytes);

  // The next message from any rank, if one has arrived; never waits.
  std::optional<Message> receive();

  // Lets queued messages proceed and frees the buffers of those that have left. receive() does it too.
  void progress();

  // Messages queued for `destination`, or for all ranks (-1), that have not left yet.
  std::int64_t unsent(int destination = -1) const;

  // Waits, sleeping, until all queued messages to ranks not lost have left or `seconds` have passed; true if they have.
  bool flush(double seconds);

  // A rank believed lost: what is queued for it is forgotten and further sends to it are dropped, until it is
  // taken in again. After the first loss no collective is allowed and a Session does not finalise MPI.
  void mark_lost(int rank);
  void mark_alive(int rank);
  bool is_lost(int rank) const;
  bool any_was_lost() const;

  // Collective, start-up only. The bytes of `root` on every rank.
  std::vector<std::byte> broadcast_bytes(std::vector<std::byte> bytes, int root = 0);
  // Collective, start-up only. On rank 0 one entry per rank, elsewhere nothing.
  std::vector<std::vector<std::byte>> gather_bytes(std::span<const std::byte> bytes);
  // Collective, start-up only.
  void barrier();

  std::string broadcast(const std::string& text, int root = 0);
  std::vector<std::string> gather(const std::string& text);

  template <class T>
    requires std::is_trivially_copyable_v<T>
  T broadcast(T value, int root = 0);

  template <class T>
    requires std::is_trivially_copyable_v<T>
  std::vector<T> gather(const T& value);

 private:
  std::unique_ptr<Transport> transport_;
  std::vector<bool> lost_;
  bool any_was_lost_ = false;
};

// The bytes of a trivially copyable value, and back. from_bytes throws SystemError if the sizes differ.
template <class T>
  requires std::is_trivially_copyable_v<T>
std::vector<std::byte> to_bytes(const T& value) {
  std::vector<std::byte> bytes(sizeof(T));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}
std::vector<std::byte> to_bytes(std::string_view text);

void check_message_size(std::size_t expected, std::size_t actual);

template <class T>
  requires std::is_trivially_copyable_v<T>
T from_bytes(std::span<const std::byte> bytes) {
  check_message_size(sizeof(T), bytes.size());
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}
std::string text_from_bytes(std::span<const std::byte> bytes);

template <class T>
  requires std::is_trivially_copyable_v<T>
T Comm::broadcast(T value, int root) {
  return from_bytes<T>(broadcast_bytes(to_bytes(value), root));
}

template <class T>
  requires std::is_trivially_copyable_v<T>
std::vector<T> Comm::gather(const T& value) {
  const auto bytes = to_bytes(value);
  std::vector<T> values;
  for (const auto& entry : gather_bytes(bytes)) values.push_back(from_bytes<T>(entry));
  return values;
}

}  // namespace shoal::parallel
