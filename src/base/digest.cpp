#include "base/digest.h"

#include <new>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace certwatch {
namespace {

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  std::string out(static_cast<std::size_t>(EVP_MD_get_size(algorithm)), '\0');
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &length,
                 algorithm, nullptr) != 1) {
    throw std::bad_alloc();  // the only way a digest of memory can fail
  }
  return out;
}

}  // namespace

std::string sha1(std::string_view bytes) {
  return digest(EVP_sha1(), bytes);
}

std::string sha256(std::string_view bytes) {
  return digest(EVP_sha256(), bytes);
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::string out(32, '\0');
  unsigned int length = 0;
  if (HMAC(EVP_sha256(), key.empty() ? "" : key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(),
           reinterpret_cast<unsigned char*>(out.data()), &length) == nullptr) {
    throw std::bad_alloc();  // the only way an HMAC of memory can fail
  }
  return out;
}

Sha256OfParts& Sha256OfParts::add(std::string_view part) {
  input_ += std::to_string(part.size());
  input_ += ':';
  input_ += part;
  return *this;
}

}  // namespace certwatch
