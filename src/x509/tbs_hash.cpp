#include "base/digest.h"
#include "x509/certificate.h"
#include "x509/certificate_frame.h"

namespace certwatch {
namespace {

// RFC 6962 section 3.1 and 3.3: what a log takes out before it signs.
bool is_cut_out(const Extension& extension) {
  return extension.oid == oid::poison || extension.oid == oid::sct_list;
}

std::string wrapped(unsigned char tag, std::string_view content) {
  std::string out = der::header(tag, content.size());
  out += content;
  return out;
}

}  // namespace

Result<std::string> tbs_sha256(std::string_view der) {
  const auto frame = read_frame(der);
  if (!frame) return tl::unexpected(frame.error());

  constexpr unsigned char extensions_tag = 0xA3;
  std::string kept;
  kept.reserve(frame->extensions.size());
  bool is_anything_cut = false;
  ExtensionReader extensions(frame->extensions);
  while (const auto extension = extensions.next()) {
    if (is_cut_out(*extension)) {
      is_anything_cut = true;
    } else {
      kept += extension->whole;
    }
  }
  const bool is_block_empty = frame->has_extensions && kept.empty();
  if (!is_anything_cut && !is_block_empty) return sha256(frame->tbs);

  std::string content(frame->before_extensions);
  if (!kept.empty()) content += wrapped(extensions_tag, wrapped(der::sequence, kept));
  content += frame->behind_extensions;
  return sha256(wrapped(der::sequence, content));
}

}  // namespace certwatch
