#include "feed/certificate_template.h"

#include <algorithm>

#include "base/base64.h"
#include "base/digest.h"
#include "base/number.h"
#include "base/text.h"
#include "random.h"

namespace certwatch::bench {
namespace {

constexpr std::string_view beginning_of_leaf = "\"leaf_cert\":{\"all_domains\":[";
constexpr std::string_view end_of_leaf = ",\"seen\":";
constexpr std::size_t longest_name = 127;  // so that DER says its length in one octet

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '*';
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// AA:BB:..., as the server writes digests.
std::string with_colons(std::string_view digest) {
  const std::string digits = upper(to_hex(digest));
  std::string text;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    if (i > 0) text += ':';
    text.append(digits, i, 2);
  }
  return text;
}

void replace_all(std::string& text, std::size_t from, std::string_view old, std::string_view with) {
  for (std::size_t at = text.find(old, from); at != std::string::npos;
       at = text.find(old, at + with.size())) {
    text.replace(at, old.size(), with);
  }
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

// Letters for letters and digits for digits; equal labels become equal labels.
std::string other_label(std::string_view label, std::uint64_t seed) {
  Random random(seed ^ hash_of(label));
  std::string other(label);
  for (char& c : other) {
    if (c >= '0' && c <= '9') c = static_cast<char>('0' + random.below(10));
    if (c >= 'a' && c <= 'z') c = static_cast<char>('a' + random.below(26));
  }
  return other;
}

// Every label but the last.
std::string other_name(std::string_view name, std::uint64_t seed) {
  std::string other;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    other += other_label(name.substr(0, dot), seed) + '.';
    name.remove_prefix(dot + 1);
  }
  return other.append(name);
}

// A dNSName of subjectAltName, and a common name as UTF8String or PrintableString.
constexpr char name_tags[] = {'\x82', '\x0c', '\x13'};

std::string in_der(char tag, const std::string& name) {
  return std::string(1, tag) + static_cast<char>(name.size()) + name;
}

}  // namespace

std::optional<CertificateTemplate> CertificateTemplate::parse(std::string message) {
  CertificateTemplate made;
  made.message_ = std::move(message);
  if (!made.find_parts() || !made.read_names() || !made.read_der() || !made.der_holds_names()) {
    return std::nullopt;
  }
  return made;
}

bool CertificateTemplate::find_parts() {
  const std::size_t begin = message_.find(beginning_of_leaf);
  if (begin == std::string::npos) return false;
  leaf_.begin = begin + beginning_of_leaf.size();
  const std::size_t end = message_.find(end_of_leaf, leaf_.begin);
  if (end == std::string::npos) return false;
  leaf_.size = end - leaf_.begin;
  der_text_ = find_value("as_der", leaf_.begin);
  serial_text_ = find_value("serial_number", leaf_.begin);
  not_before_ = find_value("not_before", leaf_.begin);
  not_after_ = find_value("not_after", leaf_.begin);
  const Span log = find_value("url", end);
  const Span index = find_value("cert_index", 0);
  log_ = text(log);
  cert_index_ = parse_number<std::uint64_t>(text(index)).value_or(0);
  return der_text_.size > 0 && serial_text_.size > 0 && not_before_.size > 0 &&
         not_after_.size > 0 && log.size > 0 && cert_index_ > 0;
}

// The value of the first such key from there on: a text without its quotes, or a number.
CertificateTemplate::Span CertificateTemplate::find_value(std::string_view key,
                                                          std::size_t from) const {
  const std::string introduced = "\"" + std::string(key) + "\":";
  const std::size_t at = message_.find(introduced, from);
  if (at == std::string::npos) return {};
  std::size_t begin = at + introduced.size();
  if (message_[begin] == '"') ++begin;
  return {begin, message_.find_first_of("\",}", begin) - begin};
}

bool CertificateTemplate::read_names() {
  const std::size_t end = message_.find(']', leaf_.begin);
  std::size_t at = leaf_.begin;
  while (at < end && message_[at] == '"') {
    const std::size_t quote = message_.find('"', at + 1);
    names_.push_back(message_.substr(at + 1, quote - at - 1));
    at = quote + 2;
  }
  return !names_.empty() && std::all_of(names_.begin(), names_.end(), [](const std::string& name) {
    return name.size() <= longest_name && std::all_of(name.begin(), name.end(), is_name_character);
  });
}

bool CertificateTemplate::read_der() {
  auto der = from_base64(text(der_text_));
  if (!der) return false;
  der_ = std::move(*der);
  // The serial's content, as the message prints it, is the second element of the TBSCertificate.
  for (std::size_t at = 4; at < 24; ++at) {
    const std::size_t size = static_cast<unsigned char>(der_[at + 1]);
    if (der_[at] != 2 || size < 8 || size > 20) continue;
    std::string printed = upper(to_hex(std::string_view(der_).substr(at + 2, size)));
    if (printed.substr(0, 2) == "00") printed.erase(0, 2);
    if (printed != text(serial_text_)) continue;
    serial_size_ = printed.size() / 2;
    serial_at_ = at + 2 + size - serial_size_;
    return true;
  }
  return false;
}

bool CertificateTemplate::der_holds_names() const {
  return std::all_of(names_.begin(), names_.end(), [this](const std::string& name) {
    return std::any_of(std::begin(name_tags), std::end(name_tags),
                       [&](char tag) { return der_.find(in_der(tag, name)) != std::string::npos; });
  });
}

bool CertificateTemplate::can_lie_below(std::string_view domain) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& name) { return name.size() >= domain.size() + 2; });
}

CertificateTemplate::Renamings CertificateTemplate::rename(std::uint64_t seed,
                                                           std::string_view domain) const {
  Renamings renamings;
  for (const std::string& name : names_) renamings.emplace_back(name, other_name(name, seed));
  if (domain.empty()) return renamings;
  auto& longest = std::max_element(renamings.begin(), renamings.end(), [](auto& a, auto& b) {
                    return a.first.size() < b.first.size();
                  })->second;
  const std::size_t kept = longest.size() - domain.size() - 1;
  if (longest[kept - 1] == '.') longest[kept - 1] = 'x';
  longest.replace(kept, std::string::npos, "." + std::string(domain));
  return renamings;
}

std::string CertificateTemplate::new_der(std::uint64_t seed, const Renamings& renamings) const {
  std::string der = der_;
  for (const auto& [old, with] : renamings) {
    for (const char tag : name_tags) replace_all(der, 0, in_der(tag, old), in_der(tag, with));
  }
  Random random(seed);
  // The first octet stays: it decides whether the number needs a leading zero.
  for (std::size_t i = 1; i < serial_size_; ++i) {
    der[serial_at_ + i] = static_cast<char>(random.next());
  }
  return der;
}

MadeMessage CertificateTemplate::make(std::uint64_t seed, std::uint64_t cert_index,
                                      std::string_view domain) const {
  const Renamings renamings = rename(seed, domain);
  const std::string der = new_der(seed, renamings);
  MadeMessage made;
  made.text = message_;
  made.log = log_;
  made.cert_index = cert_index;
  made.fingerprint = to_hex(sha1(der));
  made.serial = upper(to_hex(std::string_view(der).substr(serial_at_, serial_size_)));
  made.not_before = text(not_before_);
  made.not_after = text(not_after_);

  // Runs of name characters that are one of the names, in the leaf only and not in its base64.
  const auto rename_between = [&](std::size_t from, std::size_t to) {
    for (std::size_t at = from; at < to;) {
      std::size_t end = at;
      while (end < to && is_name_character(made.text[end])) ++end;
      const std::string_view run(made.text.data() + at, end - at);
      for (const auto& [old, with] : renamings) {
        if (run != old) continue;
        made.text.replace(at, old.size(), with);
        break;
      }
      at = end + 1;
    }
  };
  rename_between(leaf_.begin, der_text_.begin);
  rename_between(der_text_.begin + der_text_.size, leaf_.begin + leaf_.size);
  for (const auto& renaming : renamings) made.names.push_back(renaming.second);

  made.text.replace(der_text_.begin, der_text_.size, to_base64(der));
  made.text.replace(serial_text_.begin, serial_text_.size, made.serial);
  replace_all(made.text, leaf_.begin, with_colons(sha1(der_)), with_colons(sha1(der)));
  replace_all(made.text, leaf_.begin, with_colons(sha256(der_)), with_colons(sha256(der)));

  // In cert_index and in cert_link.
  replace_all(made.text, 0, std::to_string(cert_index_), std::to_string(cert_index));
  return made;
}

}  // namespace certwatch::bench
