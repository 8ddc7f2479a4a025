#include "net/message_inflater.h"

#include <algorithm>
#include <boost/beast/zlib/inflate_stream.hpp>

namespace certwatch {
namespace {

namespace zlib = boost::beast::zlib;

constexpr std::size_t usual_capacity = std::size_t{64} * 1024;
constexpr std::size_t longest_kept_capacity = std::size_t{1024} * 1024;
// What the sender cut off the end of each message.
constexpr std::string_view cut_off_end("\x00\x00\xff\xff", 4);

}  // namespace

struct MessageInflater::Stream {
  zlib::inflate_stream inflate;
};

MessageInflater::MessageInflater(std::size_t longest_message)
    : longest_message_(longest_message),
      stream_(std::make_unique<Stream>()),
      buffer_(usual_capacity) {}

MessageInflater::~MessageInflater() = default;

MessageInflater::Inflated MessageInflater::inflate(std::string_view compressed) {
  if (buffer_.capacity() > longest_kept_capacity) buffer_.resize(usual_capacity, 0);
  stream_->inflate.reset();
  std::size_t size = 0;
  bool has_ended = false;
  for (const std::string_view input : {compressed, cut_off_end}) {
    zlib::z_params step{};
    step.next_in = input.data();
    step.avail_in = input.size();
    while (!has_ended) {
      // One byte over the limit tells a message that is too long from one that just fits.
      if (size > longest_message_) return {Kind::too_large, nullptr, size};
      if (size == buffer_.capacity()) {
        buffer_.resize(std::min(buffer_.capacity() * 2, longest_message_ + 1), size);
      }
      step.next_out = buffer_.bytes() + size;
      step.avail_out = buffer_.capacity() - size;
      const std::size_t room = step.avail_out;
      boost::beast::error_code error;
      stream_->inflate.write(step, zlib::Flush::sync, error);
      size += room - step.avail_out;
      if (error == zlib::error::end_of_stream) has_ended = true;
      // need_buffers: no progress was possible, for want of input.
      if (error == zlib::error::need_buffers) break;
      if (error && !has_ended) return {Kind::broken, nullptr, 0};
      if (step.avail_in == 0 && step.avail_out > 0) break;
    }
  }
  if (size > longest_message_) return {Kind::too_large, nullptr, size};
  return {Kind::message, buffer_.bytes(), size};
}

}  // namespace certwatch
