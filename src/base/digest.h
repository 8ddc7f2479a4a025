// SHA-1, SHA-256 (FIPS 180-4) and HMAC (RFC 2104), by OpenSSL's libcrypto.
#pragma once

#include <string>
#include <string_view>

namespace certwatch {

// 20 bytes. certstream and the inventory name certificates by SHA-1. To pass for a certificate of
// the inventory takes a second preimage; a collision is not enough.
std::string sha1(std::string_view bytes);
// 32 bytes.
std::string sha256(std::string_view bytes);
// HMAC with SHA-256: 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view message);

// 32 bytes over several pieces, each preceded by its length, so that no two lists of pieces give
// the same input.
class Sha256OfParts {
 public:
  Sha256OfParts& add(std::string_view part);
  std::string digest() const { return sha256(input_); }

 private:
  std::string input_;
};

}  // namespace certwatch
