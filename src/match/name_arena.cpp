#include "match/name_arena.h"

#include <cstring>

namespace certwatch {

NameArena::Position NameArena::add(std::string_view text) {
  const std::size_t needed = sizeof(Header) + text.size();
  if (used_ + needed > chunk_bytes) {
    if (chunks_.size() == most_chunks) return 0;
    chunks_.emplace_back(new char[chunk_bytes]);
    used_ = chunks_.size() == 1 ? 1 : 0;  // position 0 stays free: it means none
    last_chunk_bytes_ = chunk_bytes;
  }
  const auto at = static_cast<Position>(((chunks_.size() - 1) << chunk_bits) + used_);
  set_header(at, {0, static_cast<std::uint16_t>(text.size()), 0});
  std::memcpy(record(at) + sizeof(Header), text.data(), text.size());
  used_ += needed;
  return at;
}

void NameArena::set_sibling(Position at, Position sibling) {
  Header changed = header(at);
  changed.sibling = sibling;
  set_header(at, changed);
}

void NameArena::set_flag(Position at, std::uint16_t flag) {
  Header changed = header(at);
  changed.flags |= flag;
  set_header(at, changed);
}

void NameArena::set_header(Position at, Header header) {
  std::memcpy(record(at), &header, sizeof header);
}

void NameArena::trim() {
  chunks_.shrink_to_fit();
  if (chunks_.empty()) return;
  std::unique_ptr<char[]> fitting(new char[used_]);
  std::memcpy(fitting.get(), chunks_.back().get(), used_);
  chunks_.back() = std::move(fitting);
  last_chunk_bytes_ = used_;
}

std::size_t NameArena::memory_bytes() const {
  const std::size_t full = chunks_.empty() ? 0 : (chunks_.size() - 1) * chunk_bytes;
  return full + last_chunk_bytes_ + chunks_.capacity() * sizeof(chunks_[0]);
}

}  // namespace certwatch
