// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <vector>

#include "catch.hpp"
#include "folder.hpp"
#include "shoal/error.hpp"
#include "shoal/record/crc32c.hpp"
#include "shoal/record/sha256.hpp"

using namespace shoal::record;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace

TEST_CASE("SHA-256 gives the known answers of FIPS 180-4") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(std::string(1000000, 'a'))) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 does not depend on the pieces, and an object can be used again") {
  Sha256 hash;
  CHECK(hash.update("a").update("").update("bc").finish() == sha256("abc"));
  CHECK(hash.update("abc").finish() == sha256("abc"));
}

TEST_CASE("SHA-256 of a file is that of its content, and a missing file is named") {
  const Folder folder;
  const std::string text(3000000, 'x');
  std::ofstream(folder.file("data")) << text;
  CHECK(sha256_file(folder.file("data")) == sha256(text));
  CHECK(message_of([&] { sha256_file("/no/such/file"); }) == "cannot read /no/such/file: no such file or folder. Check the name.");
  CHECK_THROWS_AS(sha256_file("/no/such/file"), shoal::Error);
}

TEST_CASE("CRC-32C gives the known answers of RFC 3720") {
  CHECK(crc32c(bytes_of("123456789")) == 0xE3069283U);
  CHECK(crc32c(bytes_of(std::string(32, '\0'))) == 0x8A9136AAU);
  CHECK(crc32c(bytes_of(std::string(32, '\xff'))) == 0x62A8AB43U);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("the fast CRC-32C equals the definition for all lengths and any split") {
  std::string text;
  for (int i = 0; i < 70; ++i) {
    REQUIRE(crc32c(bytes_of(text)) == crc32c_reference(bytes_of(text)));
    const auto bytes = bytes_of(text);
    const std::size_t cut = text.size() / 3;
    REQUIRE(crc32c(bytes.subspan(cut), crc32c(bytes.first(cut))) == crc32c(bytes));
    text += static_cast<char>(i * 37 + 11);
  }
}
