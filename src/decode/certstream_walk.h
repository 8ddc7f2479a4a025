// The way through a certstream message; the only place that knows simdjson. Private to decode.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "decode/certstream_json.h"
#include "model/message.h"

namespace certwatch {

// The tokens (json_token.h) of a message that something is made of, still in its bytes; empty where
// there is none. Where a key comes twice, the last holds.
struct CertstreamTokens {
  struct Leaf {
    std::string_view fingerprint, sha256, serial_number, not_before, not_after, as_der;
    std::string_view issuer_o, issuer_cn, issuer_aggregated;
  };
  struct Body {  // "data"
    std::string_view update_type, cert_link, cert_index, seen;
    std::string_view source_name, source_url;
    std::string_view issuer_der;  // chain[0].as_der
    Leaf leaf;
  };
  std::string_view message_type;
  Body body;
  // The elements of data.leaf_cert.all_domains.
  std::vector<std::string_view> all_domains;
};

class CertstreamWalk {
 public:
  enum class Extent {
    names,       // message_type, all_domains, source_url, cert_index
    everything,  // all of CertstreamTokens
  };

  CertstreamWalk();
  ~CertstreamWalk();

  // The tokens are valid until the next call, or until the message goes.
  Result<void, Undecodable> walk(const Message& message, Extent extent);
  CertstreamTokens& tokens() { return tokens_; }

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  CertstreamTokens tokens_;
};

}  // namespace certwatch
