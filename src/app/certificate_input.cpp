#include "app/certificate_input.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include "base/base64.h"
#include "base/text.h"
#include "decode/certstream_json.h"
#include "x509/certificate.h"
#include "x509/facts.h"

namespace certwatch {
namespace {

constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view pem_end = "-----END CERTIFICATE-----";

std::string without_space(std::string_view text) {
  std::string kept;
  std::copy_if(text.begin(), text.end(), std::back_inserter(kept),
               [](char c) { return !is_ascii_space(c); });
  return kept;
}

Result<std::vector<std::string>> pem_certificates(std::string_view content) {
  std::vector<std::string> certificates;
  for (std::size_t at = content.find(pem_begin); at != std::string_view::npos;
       at = content.find(pem_begin, at)) {
    at += pem_begin.size();
    const std::size_t end = content.find(pem_end, at);
    if (end == std::string_view::npos) return failure("a PEM block has no end");
    auto der = from_base64(without_space(content.substr(at, end - at)));
    if (!der) return failure("a PEM block is not base64");
    certificates.push_back(std::move(*der));
    at = end;
  }
  if (certificates.empty()) return failure("no PEM block is a certificate");
  return certificates;
}

Result<std::vector<Sighting>> messages(const std::string& content) {
  CertstreamDecoder decoder;
  std::vector<Sighting> found;
  const MachineClock clock;
  std::string_view rest = content;
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string bytes(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t size = bytes.size();
    if (trim(bytes).empty()) continue;
    bytes.resize(size + message_padding);
    const Message message{bytes.data(), size, clock.system_now(), clock.steady_now()};
    const auto skimmed = decoder.skim(message);
    if (!skimmed) return failure("line " + std::to_string(line) + " is no certstream message");
    if (skimmed->type != MessageType::certificate_update) continue;
    auto decoded = decoder.read(message);
    if (!decoded) return failure("line " + std::to_string(line) + " is no certstream message");
    found.push_back(std::move(decoded->sighting));
  }
  if (found.empty()) return failure("no message is a certificate_update");
  return found;
}

// Several lines that are one message: pretty-printed JSON.
bool is_one_message(std::string_view content) {
  const std::size_t line = content.find('\n');
  return line != std::string_view::npos && trim(content.substr(0, line)).size() < 2;
}

}  // namespace

Result<std::string> read_input(const std::string& file) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) return failure(printable(file) + " cannot be read");
  }
  std::istream& input = file == "-" ? std::cin : opened;
  std::string content;
  char block[65536];
  while (input.read(block, sizeof block) || input.gcount() > 0) {
    content.append(block, static_cast<std::size_t>(input.gcount()));
    if (content.size() > longest_input) return failure(printable(file) + " is too large");
  }
  if (input.bad()) return failure(printable(file) + " cannot be read");
  return content;
}

Result<std::vector<std::string>> der_certificates(std::string_view content) {
  const bool may_be_der = content.starts_with('\x30');
  // DER may hold what looks like PEM, in a name of the issuer's choice.
  const bool is_der = may_be_der && read_certificate(content);
  if (!is_der && content.find(pem_begin) != std::string_view::npos) {
    return pem_certificates(content);
  }
  if (!may_be_der) return failure("neither PEM nor DER");
  return std::vector<std::string>{std::string(content)};
}

Result<Sighting> sighting_of(const std::string& der) {
  auto facts = facts_of(der, {});
  if (!facts) return tl::unexpected(facts.error());
  Sighting sighting;
  sighting.computed = std::move(*facts);
  sighting.der = DerState::read;
  return sighting;
}

Result<std::vector<Sighting>> sightings(const std::string& content) {
  const std::string_view text = trim(content);
  if (text.starts_with('{')) {
    if (!is_one_message(text)) return messages(content);
    std::string one_line(text);
    // Line ends stand between tokens only: within a JSON string they would be escaped.
    std::replace(one_line.begin(), one_line.end(), '\n', ' ');
    return messages(one_line);
  }
  const auto certificates = der_certificates(content);
  if (!certificates) return failure(certificates.error().message + ", nor certstream JSON");
  std::vector<Sighting> found;
  for (const std::string& der : *certificates) {
    auto sighting = sighting_of(der);
    if (!sighting) return tl::unexpected(sighting.error());
    found.push_back(std::move(*sighting));
  }
  return found;
}

}  // namespace certwatch
