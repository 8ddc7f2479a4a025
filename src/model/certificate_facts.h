// What is known about one certificate.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace certwatch {

// All facts of one object have one source: they are computed from DER (x509/facts.h), or a feed
// claims them. An empty text means "not known". Hexadecimal is lower case.
struct CertificateFacts {
  std::string sha1;         // of the whole DER, 40 digits
  std::string sha256;       // of the whole DER, 64 digits
  std::string tbs_sha256;   // x509/certificate.h; only ever computed
  std::string spki_sha256;  // of the SubjectPublicKeyInfo; only ever computed
  std::string serial;       // as it stands (classify/serial.h makes it comparable)
  // Unix seconds.
  std::optional<std::int64_t> not_before;
  std::optional<std::int64_t> not_after;
  std::vector<std::string> names;  // as they stand, in order, within the limits of NameRoom
  bool is_precertificate = false;
};

// Hard limits of one list of names, beyond what any real certificate has. What finds no room is
// left out.
inline constexpr std::size_t most_names = 100'000;
inline constexpr std::size_t most_name_bytes = 4U << 20;

class NameRoom {
 public:
  bool has_room_for(std::size_t bytes) const {
    return names_ < most_names && bytes <= most_name_bytes - bytes_;
  }
  // Takes room for one more name. False: there is none.
  bool take(std::size_t bytes) {
    if (!has_room_for(bytes)) return false;
    ++names_;
    bytes_ += bytes;
    return true;
  }

 private:
  std::size_t names_ = 0;
  std::size_t bytes_ = 0;
};

// A fact that a message claims and its DER denies. The words stand in the payload
// (`claims_differ`) and in certwatch_claims_differ_total.
enum class ClaimedFact { fingerprint, serial, validity, names };
inline constexpr std::array claimed_fact_words{"fingerprint", "serial", "validity", "names"};
constexpr const char* word(ClaimedFact fact) {
  return claimed_fact_words[static_cast<std::size_t>(fact)];
}

}  // namespace certwatch
