// SPDX-License-Identifier: Apache-2.0
#include "run/blob_files.hpp"

#include "shoal/measure/in_state.hpp"

namespace shoal::run {

void BlobFiles::put(tasks::TaskId id, tasks::ByteView blob) {
  memory_.put(id, blob);
  const measure::InState writing(measure::ThreadState::io);
  files_.put({id.stream, id.task}, blob);
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (now - last_sync_ < std::chrono::seconds(1)) return;
    last_sync_ = now;
  }
  files_.sync();
}

std::optional<tasks::Bytes> BlobFiles::get(tasks::TaskId id) {
  if (auto blob = memory_.get(id)) return blob;
  const measure::InState reading(measure::ThreadState::io);
  return files_.get({id.stream, id.task});
}

}  // namespace shoal::run
