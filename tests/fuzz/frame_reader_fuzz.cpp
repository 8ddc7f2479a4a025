// Websocket frames from a hostile server. Whatever the bytes, and however they are cut into pieces,
// the same events come out, no message is over the limit, and what is handed out is memory that may
// be read.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "net/frame_reader.h"
#include "net/message_inflater.h"

namespace {

using certwatch::FrameReader;
using certwatch::MessageInflater;

constexpr std::size_t longest_message = 300;
constexpr std::size_t longest_inflated = 5000;

void require(bool holds) {
  if (!holds) std::abort();
}

std::size_t touched(const char* bytes, std::size_t size) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < size + certwatch::message_padding; ++i) {
    sum += static_cast<unsigned char>(bytes[i]);
  }
  return sum;
}

// A line an event.
std::string events(std::string_view bytes, std::size_t piece) {
  FrameReader reader({longest_message, true});
  MessageInflater inflater(longest_inflated);
  std::string all;
  for (;;) {
    const auto event = reader.next();
    if (event.kind == FrameReader::Kind::hungry) {
      if (bytes.empty()) return all;
      const auto room = reader.room();
      const std::size_t count = bytes.substr(0, piece).copy(room.data(), room.size());
      reader.received(count);
      bytes.remove_prefix(count);
      continue;
    }
    all += std::to_string(static_cast<int>(event.kind)) + ' ' + std::to_string(event.size) + ' ';
    if (event.kind == FrameReader::Kind::broken) return all + event.why;
    if (event.kind != FrameReader::Kind::too_large) all.append(event.bytes, event.size);
    if (event.kind == FrameReader::Kind::message) {
      require(event.size <= longest_message);
      touched(event.bytes, event.size);
      if (event.is_compressed) {
        const auto inflated = inflater.inflate({event.bytes, event.size});
        all += ' ' + std::to_string(static_cast<int>(inflated.kind));
        if (inflated.kind == MessageInflater::Kind::message) {
          require(inflated.size <= longest_inflated);
          touched(inflated.bytes, inflated.size);
          all.append(inflated.bytes, inflated.size);
        }
      }
    }
    all += '\n';
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = events(bytes, size + 1);
  require(events(bytes, 1) == whole);
  require(events(bytes, 7) == whole);
  return 0;
}
