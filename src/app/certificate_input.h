// Certificates out of files that a person names: PEM, DER, or certstream JSON, a message a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/sighting.h"

namespace certwatch {

// Soft limit: a longer file is refused.
inline constexpr std::size_t longest_input = 64U << 20;

// The content; "-" is standard input.
Result<std::string> read_input(const std::string& file);

// The DER certificates of a PEM or DER file, at least one.
Result<std::vector<std::string>> der_certificates(std::string_view content);

// All that is computed from a certificate; no message claims anything about it.
Result<Sighting> sighting_of(const std::string& der);

// Of any of the three forms. Messages that are no certificates are left out.
Result<std::vector<Sighting>> sightings(const std::string& content);

}  // namespace certwatch
