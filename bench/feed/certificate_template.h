// A real message of certstream-server-go, out of which any number of others can be made: of the
// same length, with another serial and other names, and with everything that follows from them (the
// DER, its digests, every field that repeats a name) made to agree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace certwatch::bench {

struct MadeMessage {
  std::string text;
  std::string log;
  std::uint64_t cert_index = 0;
  // As the inventory would hold it.
  std::string fingerprint;  // lower-case hexadecimal
  std::string serial;       // as in the message
  std::vector<std::string> names;
  std::string not_before;
  std::string not_after;
};

class CertificateTemplate {
 public:
  // Nothing where the message is not of the full stream, or is one that cannot be varied.
  static std::optional<CertificateTemplate> parse(std::string message);

  std::size_t size() const { return message_.size(); }
  // The log it was seen in, and its number there.
  const std::string& log() const { return log_; }
  std::uint64_t cert_index() const { return cert_index_; }
  // Whether one of its names is long enough to be put below `domain`.
  bool can_lie_below(std::string_view domain) const;

  // The same seed makes the same message. One name is put below `domain` if that is not empty.
  // `cert_index` has as many digits as the template's.
  MadeMessage make(std::uint64_t seed, std::uint64_t cert_index, std::string_view domain) const;

 private:
  struct Span {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  using Renamings = std::vector<std::pair<std::string, std::string>>;

  CertificateTemplate() = default;
  std::string_view text(Span span) const {
    return std::string_view(message_).substr(span.begin, span.size);
  }
  bool find_parts();
  Span find_value(std::string_view key, std::size_t from) const;
  bool read_names();
  bool read_der();
  bool der_holds_names() const;
  Renamings rename(std::uint64_t seed, std::string_view domain) const;
  std::string new_der(std::uint64_t seed, const Renamings& renamings) const;

  std::string message_;
  std::string log_;
  std::uint64_t cert_index_ = 0;
  Span leaf_;
  Span der_text_;
  Span serial_text_;
  Span not_before_;
  Span not_after_;
  std::vector<std::string> names_;
  std::string der_;
  std::size_t serial_at_ = 0;
  std::size_t serial_size_ = 0;
};

}  // namespace certwatch::bench
