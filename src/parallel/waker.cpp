// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/waker.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "shoal/error.hpp"

namespace shoal::parallel {

Waker::Waker() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw SystemError(fmt::format("eventfd failed: {}", std::strerror(errno)), ExitCode::unsuitable);
}

Waker::~Waker() { close(fd_); }

// Sequentially consistent on purpose: either wake() sees `sleeping_`, or sleep() sees `pending_`.
void Waker::wake() noexcept {
  if (pending_.exchange(true)) return;
  if (!sleeping_.load()) return;
  const int saved = errno;  // may run in a signal handler
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
  errno = saved;
}

bool Waker::sleep(std::chrono::nanoseconds limit) noexcept {
  using std::chrono::seconds;
  bool readable = false;
  sleeping_.store(true);
  if (!pending_.load() && limit.count() > 0) {
    const auto whole = std::chrono::duration_cast<seconds>(limit);
    const timespec timeout{static_cast<time_t>(whole.count()), static_cast<long>((limit - whole).count())};
    pollfd entry{fd_, POLLIN, 0};
    readable = ppoll(&entry, 1, &timeout, nullptr) > 0;
  }
  sleeping_.store(false);
  const bool woken = pending_.exchange(false);
  if (woken || readable) {  // either alone is possible: wake() sets the flag first and writes only to a sleeper
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(fd_, &count, sizeof count);
  }
  return woken || readable;
}

std::chrono::nanoseconds PollBackoff::interval(Clock::time_point now) const {
  using namespace std::chrono_literals;
  const auto quiet = now - last_traffic_;
  if (quiet < 20us) return 0us;
  if (quiet < 200us) return 5us;
  if (quiet < 2ms) return 50us;
  if (quiet < 50ms) return 500us;
  return 5ms;
}

}  // namespace shoal::parallel
