// Base64 (RFC 4648 section 4), by OpenSSL's libcrypto.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace certwatch {

std::string to_base64(std::string_view bytes);

// The bytes, or nothing where the text is not well-formed: wrong length, wrong characters,
// misplaced padding. White space is not skipped.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace certwatch
