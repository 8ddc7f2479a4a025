// Where the names of a watch list lie. Private to match.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace certwatch {

// Names one after another in chunks that never move, each with eight bytes of its own for the
// list's links. A position is a name's address; 0 is none. Room for 4 GiB.
class NameArena {
 public:
  using Position = std::uint32_t;

  // 0 when there is no room left. `text` is at most 65535 bytes.
  Position add(std::string_view text);

  std::string_view text(Position at) const {
    return {record(at) + sizeof(Header), header(at).length};
  }
  // The next name that has the same parent; 0 for the last.
  Position sibling(Position at) const { return header(at).sibling; }
  void set_sibling(Position at, Position sibling);

  // Watched as it stands, not only as another form of an entry.
  bool is_entry(Position at) const { return (header(at).flags & entry_flag) != 0; }
  void set_entry(Position at) { set_flag(at, entry_flag); }
  // A form of other entries.
  bool is_form(Position at) const { return (header(at).flags & form_flag) != 0; }
  void set_form(Position at) { set_flag(at, form_flag); }

  // Gives back what the last chunk has not used; no add() after it.
  void trim();
  std::size_t memory_bytes() const;

 private:
  struct Header {
    Position sibling = 0;
    std::uint16_t length = 0;
    std::uint16_t flags = 0;
  };
  static constexpr std::uint16_t entry_flag = 1;
  static constexpr std::uint16_t form_flag = 2;
  // Large enough for the allocator to give it back to the system when a list goes.
  static constexpr std::size_t chunk_bits = 18;
  static constexpr std::size_t chunk_bytes = std::size_t{1} << chunk_bits;
  static constexpr std::size_t most_chunks = std::size_t{1} << (32 - chunk_bits);

  char* record(Position at) const {
    return chunks_[at >> chunk_bits].get() + (at & (chunk_bytes - 1));
  }
  Header header(Position at) const;
  void set_header(Position at, Header header);
  void set_flag(Position at, std::uint16_t flag);

  std::vector<std::unique_ptr<char[]>> chunks_;
  std::size_t used_ = chunk_bytes;  // of the last chunk
  std::size_t last_chunk_bytes_ = 0;
};

inline NameArena::Header NameArena::header(Position at) const {
  Header header;
  __builtin_memcpy(&header, record(at), sizeof header);
  return header;
}

}  // namespace certwatch
