#include "app/spill.h"

#include <string_view>
#include <utility>

namespace certwatch {

SpillBuffer::int_type SpillBuffer::overflow(int_type character) {
  if (traits_type::eq_int_type(character, traits_type::eof())) return 0;
  const char one = traits_type::to_char_type(character);
  xsputn(&one, 1);
  return character;
}

std::streamsize SpillBuffer::xsputn(const char* text, std::streamsize size) {
  std::string_view rest(text, static_cast<std::size_t>(size));
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    line_ += rest.substr(0, end + 1);
    rest.remove_prefix(end + 1);
    end_line();
  }
  line_ += rest;
  return size;
}

void SpillBuffer::end_line() {
  lines_.put(std::exchange(line_, {}));
  if (!ending_.is_decided()) return;
  // However long it takes: ExitDeadline watches.
  constexpr Seconds patience{1};
  while (!lines_.finish(patience)) {
  }
  last_written_ = clock_.steady_now().time_since_epoch().count();
}

}  // namespace certwatch
