#include "net/frame_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace certwatch {
namespace {

// What one system call may bring: as much as this saves system calls, more does not (measured).
constexpr std::size_t longest_receive = std::size_t{64} * 1024;
// Room for two of those, so that a started message seldom has to be moved to the front.
constexpr std::size_t usual_capacity = 2 * longest_receive;
// After a huge message the buffer goes back to usual_capacity; up to here it is kept.
constexpr std::size_t longest_kept_capacity = std::size_t{1024} * 1024;

constexpr unsigned continuation = 0x0;
constexpr unsigned text = 0x1;
constexpr unsigned binary = 0x2;
constexpr unsigned first_control = 0x8;
constexpr unsigned ping_frame = 0x9;
constexpr unsigned pong_frame = 0xa;
constexpr std::uint64_t longest_control_payload = 125;

std::uint64_t big_endian(const unsigned char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

FrameReader::Kind control_kind(unsigned opcode) {
  if (opcode == ping_frame) return FrameReader::Kind::ping;
  return opcode == pong_frame ? FrameReader::Kind::pong : FrameReader::Kind::close;
}

}  // namespace

FrameReader::FrameReader(FrameReaderOptions options) : options_(options), buffer_(usual_capacity) {}

std::span<char> FrameReader::room() {
  if (message_size_ == 0) message_begin_ = cursor_;
  // Where all has been looked at, the next bytes can go right behind the message: the payload of
  // its next frame needs no move then.
  if (unread() == 0) cursor_ = end_ = message_begin_ + message_size_;
  if (message_size_ + unread() == 0) message_begin_ = cursor_ = end_ = 0;
  if (buffer_.capacity() - end_ < longest_receive) close_gap();
  fit_capacity();
  return {buffer_.bytes() + end_, std::min(buffer_.capacity() - end_, longest_receive)};
}

void FrameReader::received(std::size_t count) {
  end_ += count;
}

// Moves the message to the front of the buffer and what has not been looked at right behind it.
void FrameReader::close_gap() {
  char* const bytes = buffer_.bytes();
  std::memmove(bytes, bytes + message_begin_, message_size_);
  std::memmove(bytes + message_size_, bytes + cursor_, unread());
  end_ = message_size_ + unread();
  cursor_ = message_size_;
  message_begin_ = 0;
}

void FrameReader::fit_capacity() {
  if (buffer_.capacity() - end_ < longest_receive) {
    const std::size_t largest = options_.longest_message + usual_capacity;
    buffer_.resize(std::max(std::min(buffer_.capacity() * 2, largest), end_ + longest_receive),
                   end_);
  } else if (buffer_.capacity() > longest_kept_capacity && !in_message_ &&
             unread() < longest_receive) {
    close_gap();
    buffer_.resize(usual_capacity, end_);
  }
}

FrameReader::Event FrameReader::next() {
  if (why_ != nullptr) return broken();
  for (;;) {
    if (in_frame_) {
      take_payload();
      if (payload_left_ > 0) return {};
      in_frame_ = false;
      if (frame_is_final_) return finish_message();
    }
    Header header;
    if (!read_header(header)) return why_ != nullptr ? broken() : Event{};
    if (header.opcode < first_control) {
      if (!begin_data_frame(header)) return broken();
      continue;
    }
    if (unread() - header.size < header.length) return {};
    char* const payload = buffer_.bytes() + cursor_ + header.size;
    cursor_ += header.size + header.length;
    return {control_kind(header.opcode), payload, static_cast<std::size_t>(header.length), false,
            ""};
  }
}

bool FrameReader::refuse(const char* why) {
  why_ = why;
  return false;
}

bool FrameReader::read_header(Header& header) {
  if (unread() < 2) return false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(buffer_.bytes()) + cursor_;
  header.is_final = (bytes[0] & 0x80) != 0;
  header.is_compressed = (bytes[0] & 0x40) != 0;
  header.opcode = bytes[0] & 0x0f;
  const unsigned short_length = bytes[1] & 0x7f;
  const std::size_t extended = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  header.size = 2 + extended;
  header.length = short_length;

  // Told from the first two bytes, so that garbage is not waited on.
  if ((bytes[0] & 0x30) != 0) return refuse("a reserved bit is set");
  if ((bytes[1] & 0x80) != 0) return refuse("a frame is masked");
  if (header.opcode >= first_control && !is_control_frame(header)) return false;
  if (unread() < header.size) return false;

  if (extended == 0) return true;
  header.length = big_endian(bytes + 2, extended);
  const std::uint64_t shorter_form_ends_at = extended == 2 ? 125 : 0xffff;
  if (header.length <= shorter_form_ends_at || header.length >> 63 != 0) {
    return refuse("the length of a frame is malformed");
  }
  return true;
}

bool FrameReader::is_control_frame(const Header& header) {
  if (header.opcode > pong_frame) return refuse("a frame has an unknown opcode");
  if (!header.is_final || header.is_compressed || header.length > longest_control_payload) {
    return refuse("a control frame is malformed");
  }
  return true;
}

bool FrameReader::begin_data_frame(const Header& header) {
  if (header.opcode == continuation) {
    if (!in_message_) return refuse("a message begins with a continuation frame");
    if (header.is_compressed) return refuse("a continuation frame is marked as compressed");
  } else {
    if (header.opcode != text && header.opcode != binary) {
      return refuse("a frame has an unknown opcode");
    }
    if (in_message_) return refuse("a message begins inside another");
    if (header.is_compressed && !options_.deflate) {
      return refuse("a message is compressed though nobody asked for it");
    }
    is_compressed_ = header.is_compressed;
    is_dropping_ = false;
    dropped_size_ = 0;
    message_size_ = 0;
  }
  in_message_ = true;
  in_frame_ = true;
  frame_is_final_ = header.is_final;
  payload_left_ = header.length;
  cursor_ += header.size;
  if (message_size_ == 0) message_begin_ = cursor_;
  if (!is_dropping_ && header.length > options_.longest_message - message_size_) {
    is_dropping_ = true;
    dropped_size_ = message_size_;
    message_size_ = 0;
  }
  return true;
}

void FrameReader::take_payload() {
  const std::size_t count =
      static_cast<std::size_t>(std::min<std::uint64_t>(unread(), payload_left_));
  if (is_dropping_) {
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    dropped_size_ = dropped_size_ > most - count ? most : dropped_size_ + count;
  } else {
    const std::size_t target = message_begin_ + message_size_;
    if (target != cursor_) std::memmove(buffer_.bytes() + target, buffer_.bytes() + cursor_, count);
    message_size_ += count;
  }
  cursor_ += count;
  payload_left_ -= count;
}

FrameReader::Event FrameReader::finish_message() {
  in_message_ = false;
  if (is_dropping_) {
    return {Kind::too_large, nullptr, static_cast<std::size_t>(dropped_size_), is_compressed_, ""};
  }
  return {Kind::message, buffer_.bytes() + message_begin_, std::exchange(message_size_, 0),
          is_compressed_, ""};
}

}  // namespace certwatch
