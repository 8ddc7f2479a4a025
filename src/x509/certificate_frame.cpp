#include "x509/certificate_frame.h"

namespace certwatch {
namespace {

constexpr unsigned char version_tag = 0xA0;
constexpr unsigned char extensions_tag = 0xA3;

// The list inside the [3] block. False where it is no list of well-formed elements.
bool read_extensions(std::string_view block, CertificateFrame& frame) {
  der::Reader reader(block);
  const auto list = reader.next(der::sequence);
  if (!list || !reader.at_end()) return false;
  frame.has_extensions = true;
  frame.extensions = list->content;
  ExtensionReader each(list->content);
  while (each.next()) {
  }
  return !each.is_malformed();
}

// What follows the public key: unique identifiers, which nobody uses, and the extensions. A second
// extensions block is refused: which of them holds, other readers would decide otherwise.
bool read_optional_parts(der::Reader& reader, std::string_view content, CertificateFrame& frame) {
  frame.before_extensions = content;
  while (!reader.at_end()) {
    const std::size_t offset = content.size() - reader.rest().size();
    const auto part = reader.next();
    if (!part) return false;
    if (part->tag != extensions_tag) continue;
    if (frame.has_extensions || !read_extensions(part->content, frame)) return false;
    frame.before_extensions = content.substr(0, offset);
    frame.behind_extensions = reader.rest();
  }
  return true;
}

bool read_tbs(std::string_view content, CertificateFrame& frame) {
  der::Reader reader(content);
  reader.next(version_tag);
  const auto serial = reader.next(der::integer);
  const auto algorithm = reader.next(der::sequence);
  const auto issuer = reader.next(der::sequence);
  const auto validity = reader.next(der::sequence);
  const auto subject = reader.next(der::sequence);
  const auto spki = reader.next(der::sequence);
  if (!serial || !algorithm || !issuer || !validity || !subject || !spki) return false;
  frame.serial = serial->content;
  frame.issuer = issuer->content;
  frame.validity = validity->content;
  frame.subject = subject->content;
  frame.spki = spki->whole;
  return read_optional_parts(reader, content, frame);
}

}  // namespace

Result<CertificateFrame> read_frame(std::string_view der) {
  der::Reader outer(der);
  const auto certificate = outer.next(der::sequence);
  if (!certificate || !outer.at_end()) return failure("not one DER SEQUENCE");
  der::Reader inner(certificate->content);
  const auto tbs = inner.next(der::sequence);
  const auto algorithm = inner.next(der::sequence);
  const auto signature = inner.next(der::bit_string);
  if (!tbs || !algorithm || !signature || !inner.at_end()) return failure("not a Certificate");
  CertificateFrame frame;
  frame.tbs = tbs->whole;
  if (!read_tbs(tbs->content, frame)) return failure("not a TBSCertificate");
  return frame;
}

std::optional<Extension> ExtensionReader::next() {
  if (is_malformed_ || reader_.at_end()) return std::nullopt;
  const auto element = reader_.next();
  is_malformed_ = !element;
  if (!element) return std::nullopt;
  Extension extension;
  extension.whole = element->whole;
  if (element->tag != der::sequence) return extension;

  der::Reader parts(element->content);
  if (const auto name = parts.next(der::object_identifier)) extension.oid = name->content;
  if (const auto critical = parts.next(der::boolean)) {
    extension.is_critical = critical->content.find_first_not_of('\0') != std::string_view::npos;
  }
  if (const auto value = parts.next(der::octet_string)) extension.value = value->content;
  while (!parts.at_end() && !is_malformed_) is_malformed_ = !parts.next();
  if (is_malformed_) return std::nullopt;
  return extension;
}

}  // namespace certwatch
