// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/sha256.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

#include "record/descriptor.hpp"
#include "shoal/record/write_file.hpp"

namespace shoal::record {
namespace {

void require(int ok) {
  if (ok != 1) throw std::runtime_error("OpenSSL could not compute SHA-256");
}

// Looked up once: a look-up costs more than the hash of a short text.
const EVP_MD* algorithm() {
  static const EVP_MD* const md = EVP_sha256();
  return md;
}

}  // namespace

struct Sha256::Impl {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~Impl() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  if (!impl_->context) throw std::bad_alloc();
  require(EVP_DigestInit_ex(impl_->context, algorithm(), nullptr));
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size()));
  return *this;
}

Sha256& Sha256::update(std::string_view text) { return update(std::as_bytes(std::span(text))); }

Sha256Value Sha256::finish() {
  Sha256Value value;
  require(EVP_DigestFinal_ex(impl_->context, reinterpret_cast<unsigned char*>(value.data()), nullptr));
  require(EVP_DigestInit_ex(impl_->context, nullptr, nullptr));
  return value;
}

Sha256Value sha256(std::span<const std::byte> bytes) { return Sha256().update(bytes).finish(); }
Sha256Value sha256(std::string_view text) { return Sha256().update(text).finish(); }

Sha256Value sha256_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw file_error("read", path, errno);
  Sha256 hash;
  std::vector<std::byte> buffer(std::size_t{1} << 20);
  for (;;) {
    const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw file_error("read", path, errno);
    if (n == 0) return hash.finish();
    hash.update(std::span(buffer).first(static_cast<std::size_t>(n)));
  }
}

std::string to_hex(const Sha256Value& value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : value) {
    text += digits[std::to_integer<std::size_t>(byte >> 4)];
    text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

}  // namespace shoal::record
