// SPDX-License-Identifier: Apache-2.0
// Comm over MPI: point-to-point messages with MPI_Isend and MPI_Improbe, start-up collectives in their non-blocking form
// so that waiting ranks sleep instead of spinning. Nothing here blocks, except MPI_Init_thread and MPI_Finalize.
#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "parallel/transport.hpp"
#include "shoal/error.hpp"

namespace shoal::parallel {

namespace {

// Throws SystemError with the function's name and MPI's text.
void check(int status, const char* function) {
  if (status == MPI_SUCCESS) return;
  std::string text(MPI_MAX_ERROR_STRING, '\0');
  int length = 0;
  if (MPI_Error_string(status, text.data(), &length) != MPI_SUCCESS) length = 0;
  text.resize(static_cast<std::size_t>(length));
  throw SystemError(fmt::format("{} failed: {}", function, text.empty() ? fmt::format("code {}", status) : text),
                    ExitCode::internal);
}

// A duplicate of the world, so that no foreign message can be mistaken for ours. Errors are returned, not fatal.
class World final : public Transport {
 public:
  World() {
    check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_dup(MPI_COMM_WORLD, &comm_), "MPI_Comm_dup");
    check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
  }
  // The duplicate is not freed: MPI_Comm_free is collective, and a rank may be gone. MPI_Finalize sees to it.

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void send(int destination, int tag, std::vector<std::byte> bytes) override {
    if (requests_.size() >= 64) progress();
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Isend(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, destination, tag, comm_, &request), "MPI_Isend");
    int done = 0;
    check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done) return;  // small messages have usually left by now
    requests_.push_back(request);
    waiting_.push_back({destination, std::move(bytes)});
  }

  std::optional<Message> receive() override {
    progress();
    if (auto message = take_arrived()) return message;
    for (;;) {
      int found = 0;
      MPI_Message handle = MPI_MESSAGE_NULL;
      MPI_Status status;
      check(MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm_, &found, &handle, &status), "MPI_Improbe");
      if (!found) return std::nullopt;
      Arriving next = begin_receive(handle, status);
      if (next.done && !is_arriving(next.message.source)) return std::move(next.message);
      arriving_.push_back(std::move(next));
    }
  }

  void progress() override {
    if (requests_.empty()) return;
    finished_.resize(requests_.size());
    int n_finished = 0;
    const int status = MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &n_finished, finished_.data(),
                                    MPI_STATUSES_IGNORE);
    // A message to a rank that died may fail to leave; the rank's silence is noticed elsewhere.
    if (status != MPI_ERR_IN_STATUS) check(status, "MPI_Testsome");
    if (n_finished == 0 || n_finished == MPI_UNDEFINED) return;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      if (requests_[i] == MPI_REQUEST_NULL) continue;
      if (kept != i) {
        requests_[kept] = requests_[i];
        waiting_[kept] = std::move(waiting_[i]);
      }
      ++kept;
    }
    requests_.resize(kept);
    waiting_.resize(kept);
  }

  std::int64_t unsent(int destination) const override {
    return std::count_if(waiting_.begin(), waiting_.end(), [destination](const Waiting& w) {
      return !w.forgotten && (destination < 0 || w.destination == destination);
    });
  }

  // The buffers stay: MPI may still read them. (Cancelling sends is deprecated and need not work.)
  void forget(int destination) override {
    for (Waiting& w : waiting_) {
      if (w.destination == destination) w.forgotten = true;
    }
  }

  std::vector<std::byte> broadcast(std::vector<std::byte> bytes, int root) override {
    std::uint64_t n_bytes = bytes.size();
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Ibcast(&n_bytes, 1, MPI_UINT64_T, root, comm_, &request), "MPI_Ibcast");
    wait(request, "MPI_Ibcast");
    bytes.resize(n_bytes);
    constexpr std::size_t kPiece = std::size_t{1} << 30;
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      const auto count = static_cast<int>(std::min(kPiece, bytes.size() - at));
      check(MPI_Ibcast(bytes.data() + at, count, MPI_BYTE, root, comm_, &request), "MPI_Ibcast");
      wait(request, "MPI_Ibcast");
    }
    return bytes;
  }

  std::vector<std::vector<std::byte>> gather(std::span<const std::byte> bytes) override {
    const auto n_ranks = static_cast<std::size_t>(rank_ == 0 ? size_ : 0);
    const int own_count = static_cast<int>(bytes.size());
    std::vector<int> counts(n_ranks);
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Igather(&own_count, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, comm_, &request), "MPI_Igather");
    wait(request, "MPI_Igather");
    std::vector<int> offsets(n_ranks);
    std::int64_t total = 0;
    for (std::size_t i = 0; i < n_ranks; ++i) {
      offsets[i] = static_cast<int>(total);
      total += counts[i];
    }
    if (total > INT32_MAX) throw SystemError("a start-up message is too large to be gathered", ExitCode::internal);
    std::vector<std::byte> all(static_cast<std::size_t>(total));
    check(MPI_Igatherv(bytes.data(), own_count, MPI_BYTE, all.data(), counts.data(), offsets.data(), MPI_BYTE, 0, comm_,
                       &request),
          "MPI_Igatherv");
    wait(request, "MPI_Igatherv");
    std::vector<std::vector<std::byte>> entries(n_ranks);
    for (std::size_t i = 0; i < n_ranks; ++i) {
      const auto first = all.begin() + offsets[i];
      entries[i].assign(first, first + counts[i]);
    }
    return entries;
  }

  void barrier() override {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Ibarrier(comm_, &request), "MPI_Ibarrier");
    wait(request, "MPI_Ibarrier");
  }

 private:
  struct Waiting {
    int destination = 0;
    std::vector<std::byte> bytes;
    bool forgotten = false;
  };

  // A message whose data are on their way: large ones need several looks, and their sender may die meanwhile.
  struct Arriving {
    Message message;
    MPI_Request request = MPI_REQUEST_NULL;
    bool done = false;
  };

  Arriving begin_receive(MPI_Message& handle, const MPI_Status& status) {
    int count = 0;
    check(MPI_Get_count(&status, MPI_BYTE, &count), "MPI_Get_count");
    Arriving next;
    next.message = {status.MPI_SOURCE, status.MPI_TAG, std::vector<std::byte>(static_cast<std::size_t>(count))};
    check(MPI_Imrecv(next.message.bytes.data(), count, MPI_BYTE, &handle, &next.request), "MPI_Imrecv");
    next.done = has_arrived(next);
    return next;
  }

  static bool has_arrived(Arriving& arriving) {
    int done = 0;
    check(MPI_Test(&arriving.request, &done, MPI_STATUS_IGNORE), "MPI_Imrecv");
    return done != 0;
  }

  bool is_arriving(int source) const {
    return std::any_of(arriving_.begin(), arriving_.end(),
                       [source](const Arriving& a) { return a.message.source == source; });
  }

  // The first message that is complete and has no incomplete one of the same rank before it.
  std::optional<Message> take_arrived() {
    std::vector<int> incomplete;
    for (auto it = arriving_.begin(); it != arriving_.end(); ++it) {
      const int source = it->message.source;
      if (!it->done) it->done = has_arrived(*it);
      const bool in_order = std::find(incomplete.begin(), incomplete.end(), source) == incomplete.end();
      if (it->done && in_order) {
        Message message = std::move(it->message);
        arriving_.erase(it);
        return message;
      }
      incomplete.push_back(source);
    }
    return std::nullopt;
  }

  static void wait(MPI_Request& request, const char* function) {
    auto pause = std::chrono::microseconds(0);
    for (;;) {
      int done = 0;
      check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), function);
      if (done) return;
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause + std::chrono::microseconds(1), std::chrono::microseconds(1000));
    }
  }

  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
  std::vector<MPI_Request> requests_;
  std::vector<Waiting> waiting_;  // the same index as requests_
  std::vector<int> finished_;
  std::deque<Arriving> arriving_;
};

}  // namespace

bool Mpi::available() { return true; }

void Mpi::start() {
  int is_running = 0;
  check(MPI_Initialized(&is_running), "MPI_Initialized");
  if (is_running) return;
  int provided = MPI_THREAD_SINGLE;  // some libraries and simulators answer SINGLE and work: not an error
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
}

std::unique_ptr<Transport> Mpi::world() { return std::make_unique<World>(); }

void Mpi::stop() { check(MPI_Finalize(), "MPI_Finalize"); }

std::string Mpi::version() {
  std::string text(MPI_MAX_LIBRARY_VERSION_STRING, '\0');
  int length = 0;
  check(MPI_Get_library_version(text.data(), &length), "MPI_Get_library_version");
  text.resize(static_cast<std::size_t>(length));
  return text.substr(0, text.find(','));
}

}  // namespace shoal::parallel
