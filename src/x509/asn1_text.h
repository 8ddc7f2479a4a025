// Character strings of certificates (X.680 section 41) as UTF-8.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "x509/der_reader.h"

namespace certwatch {

// RFC 5280 allows 64 characters for the names read here. What is longer is cut.
inline constexpr std::size_t longest_directory_text = 4096;

// UTF8String, PrintableString, NumericString, IA5String, VisibleString, TeletexString (read as
// Latin-1, which is what issuers put there), BMPString and UniversalString; nothing for other
// types. What is ill-formed becomes U+FFFD; NUL is a character like any other.
std::optional<std::string> directory_text(const der::Element& element);

}  // namespace certwatch
