// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/bytes.hpp"

namespace shoal::workloads::tune {

void ByteWriter::raw(const void* data, std::size_t size) {
  const std::size_t before = bytes_.size();
  bytes_.resize(before + size);
  if (size > 0) std::memcpy(bytes_.data() + before, data, size);
}

void ByteReader::raw(void* data, std::size_t size) {
  if (size > bytes_.size()) throw std::invalid_argument("truncated bytes of a tune task");
  if (size > 0) std::memcpy(data, bytes_.data(), size);
  bytes_ = bytes_.subspan(size);
}

}  // namespace shoal::workloads::tune
