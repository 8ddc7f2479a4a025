// What httplib's client reads and writes through: one of net's connections, with everything bounded
// that the library leaves unbounded.
//
// The library waits per read, so a receiver that dribbles holds it for as long as it likes; it
// collects a line without end, and a status line of some 50 KB overflows the stack of its regular
// expression. Here every wait ends at one deadline, lines and head and body have limits, and a stop
// ends it all.
#pragma once

#include <array>
#include <cstddef>
#include <httplib.h>
#include <string>

#include "net/byte_stream.h"
#include "net/stoppable_wait.h"

namespace certwatch {

// Hard limits in bytes. A line is at most what the library would take of a field.
inline constexpr std::size_t longest_head_line = 8192;
inline constexpr std::size_t longest_head = std::size_t{64} * 1024;
inline constexpr std::size_t longest_body = std::size_t{64} * 1024;

class LimitedStream final : public httplib::Stream {
 public:
  LimitedStream(ByteStream& connection, StoppableWait& wait, SteadyTime deadline)
      : connection_(connection), wait_(wait), deadline_(deadline) {}

  // The head is whole: from now on the body's limits hold, and it is given one second.
  void begin_body();
  // The request has been sent; what is written from now on is dropped.
  void stop_writing() { drops_writes_ = true; }

  // What ended it, for a person, without the peer's words; empty where nothing did.
  const std::string& trouble() const { return trouble_; }
  // Nothing has ended it, and nothing is left over.
  bool is_reusable() const { return trouble_.empty() && taken_ == filled_; }

  ssize_t read(char* out, std::size_t size) override;
  ssize_t write(const char* bytes, std::size_t size) override;

  // The library asks before it reads and writes; here read() and write() wait.
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return connection_.descriptor(); }

 private:
  bool fill();
  bool wait_for(short events, const char* when_late);
  bool passes_limits(std::string_view bytes);

  ByteStream& connection_;
  StoppableWait& wait_;
  SteadyTime deadline_;
  std::string trouble_;
  bool drops_writes_ = false;
  bool is_in_body_ = false;
  std::size_t seen_ = 0;  // of the head, or of the body
  std::size_t line_ = 0;
  std::array<char, 16384> room_{};
  std::size_t filled_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace certwatch
