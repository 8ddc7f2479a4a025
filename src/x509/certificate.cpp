#include "x509/certificate.h"

#include "base/text.h"
#include "model/certificate_facts.h"
#include "x509/asn1_text.h"
#include "x509/asn1_time.h"
#include "x509/certificate_frame.h"

namespace certwatch {
namespace {

// The first attribute of a Name with this type that is a text.
std::optional<std::string> first_attribute(std::string_view name, std::string_view type) {
  der::Reader relative_names(name);
  while (const auto relative_name = relative_names.next()) {
    der::Reader attributes(relative_name->content);
    while (const auto attribute = attributes.next()) {
      der::Reader parts(attribute->content);
      const auto attribute_type = parts.next(der::object_identifier);
      const auto value = parts.next();
      if (!attribute_type || attribute_type->content != type || !value) continue;
      if (auto text = directory_text(*value)) return text;
    }
  }
  return std::nullopt;
}

void read_alternative_names(std::string_view value, Certificate& certificate, NameRoom& room) {
  constexpr unsigned char dns_name = 0x82;
  const auto list = der::Reader(value).next(der::sequence);
  if (!list) return;
  der::Reader names(list->content);
  while (const auto name = names.next()) {
    if (name->tag != dns_name) continue;
    if (room.take(name->content.size())) {
      certificate.dns_names.emplace_back(name->content);
    } else {
      ++certificate.names_left_out;
    }
  }
}

bool names_key_purpose(std::string_view value, std::string_view purpose) {
  const auto list = der::Reader(value).next(der::sequence);
  if (!list) return false;
  der::Reader purposes(list->content);
  while (const auto each = purposes.next()) {
    if (each->tag == der::object_identifier && each->content == purpose) return true;
  }
  return false;
}

void read_extension(const Extension& extension, Certificate& certificate, NameRoom& room) {
  if (extension.oid == oid::poison) {
    certificate.has_poison = certificate.has_poison || extension.is_critical;
  } else if (extension.oid == oid::subject_alt_name) {
    read_alternative_names(extension.value, certificate, room);
  } else if (extension.oid == oid::extended_key_usage) {
    certificate.signs_precertificates =
        certificate.signs_precertificates ||
        names_key_purpose(extension.value, oid::precertificate_signing);
  }
}

void read_validity(std::string_view validity, Certificate& certificate) {
  der::Reader times(validity);
  if (const auto first = times.next()) certificate.not_before = unix_time(*first);
  if (const auto second = times.next()) certificate.not_after = unix_time(*second);
}

std::string upper_hex(std::string_view bytes) {
  std::string text = to_hex(bytes);
  for (char& c : text) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

}  // namespace

Result<Certificate> read_certificate(std::string_view der) {
  const auto frame = read_frame(der);
  if (!frame) return tl::unexpected(frame.error());

  Certificate certificate;
  certificate.tbs = frame->tbs;
  certificate.spki = frame->spki;
  certificate.issuer = frame->issuer;
  certificate.subject = frame->subject;
  if (frame->serial.size() <= longest_serial) certificate.serial = upper_hex(frame->serial);
  read_validity(frame->validity, certificate);
  certificate.issuer_o = first_attribute(frame->issuer, oid::organization);
  certificate.issuer_cn = first_attribute(frame->issuer, oid::common_name);
  certificate.subject_cn = first_attribute(frame->subject, oid::common_name);
  NameRoom room;
  ExtensionReader extensions(frame->extensions);
  while (const auto extension = extensions.next()) read_extension(*extension, certificate, room);
  return certificate;
}

}  // namespace certwatch
