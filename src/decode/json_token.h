// Single values of a JSON text (RFC 8259), as they stand in it. Private to decode.
//
// A token is what simdjson hands out: the text of one scalar with the white space behind it, or
// only the bracket that opens an array or object. Nothing of it has been checked but that a string
// is closed and its bytes are UTF-8. Strings are unescaped here and not by simdjson, which refuses
// lone surrogates: a name that holds one must still be noticed.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace certwatch {

// What stands between the quotes, still escaped; nothing where the token is no string.
std::optional<std::string_view> string_inside(std::string_view token);

// Writes what `inside` means (base/json_text.h says how lone surrogates and NUL come) to `out`,
// which has room for as many bytes as `inside` has. The end of it, or null where a backslash is
// followed by what is no escape.
char* unescape(std::string_view inside, char* out);

// Does `inside` mean `text`, however it is escaped? `text` is at most 64 bytes.
bool means(std::string_view inside, std::string_view text);

// The number without white space; nothing where the token is none.
std::optional<std::string_view> number_token(std::string_view token);

// The token without white space if it is true, false, null or a number; nothing otherwise.
std::optional<std::string_view> plain_token(std::string_view token);

// Where the strings of one message that hold escapes are unescaped to; the others stay where they
// are. Grows to the longest message and no further.
class StringRoom {
 public:
  // Forgets all strings and gets ready for those of a message of this many bytes, each of which is
  // asked for at most once.
  void begin(std::size_t message_bytes);

  // What a string token means, or nothing if it is no string or not well-formed. Valid until
  // begin() or until the message goes.
  std::optional<std::string_view> text(std::string_view token);

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t wanted_ = 0;
  std::size_t used_ = 0;
};

// Buffers up to this size are kept for the next message; larger ones are given back, so that one
// huge message does not cost its memory for ever.
inline constexpr std::size_t most_kept_bytes = std::size_t{1} << 20;

// The size of a buffer for so many bytes. It is rounded up, so that a message that is a little
// longer than the last one does not need a new buffer. A buffer that is given back is not rounded
// up.
std::size_t buffer_size(std::size_t bytes);

}  // namespace certwatch
