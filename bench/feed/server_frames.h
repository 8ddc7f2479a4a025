// Messages as certstream-server-go puts them on the wire (measured on its captures): it writes into
// a buffer of 4096 bytes, 14 of them for the head of a frame, and what is more than twice that goes
// out as one frame, with an empty one behind it to end the message.
#pragma once

#include <string>
#include <string_view>

namespace certwatch::bench {

// All frames of one text message.
std::string server_frames(std::string_view message);
// The same with permessage-deflate, without context takeover, at the level that server uses.
std::string deflated_server_frames(std::string_view message);

// How many bytes of `frames` its first frame has.
std::size_t first_frame_size(std::string_view frames);

}  // namespace certwatch::bench
