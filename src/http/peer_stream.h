// What httplib's server reads and writes through: one connection, with everything bounded
// that the library leaves unbounded. It waits per read, so a peer that sends a byte a second holds
// it for hours, and it collects a line without end.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <httplib.h>
#include <memory>
#include <string>

#include "net/byte_stream.h"
#include "net/stoppable_wait.h"

namespace certwatch {

class PeerStream final : public httplib::Stream {
 public:
  struct Bounds {
    // For all that is read before the first write, and again for all that is written.
    std::chrono::milliseconds patience;
    std::size_t bytes;  // that may be read
  };
  PeerStream(std::unique_ptr<ByteStream> connection, StoppableWait& wait, Bounds bounds)
      : connection_(std::move(connection)),
        wait_(wait),
        bounds_(bounds),
        deadline_(wait.clock().steady_now() + bounds.patience) {}

  ssize_t read(char* out, std::size_t size) override;
  ssize_t write(const char* bytes, std::size_t size) override;

  // The library asks before it reads and writes; here read() and write() wait.
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  // Nobody here wants to know.
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return connection_->descriptor(); }

 private:
  bool fill();
  bool wait_for(short events);

  const std::unique_ptr<ByteStream> connection_;
  StoppableWait& wait_;
  const Bounds bounds_;
  SteadyTime deadline_;
  bool has_written_ = false;
  std::size_t seen_ = 0;
  std::array<char, 4096> room_{};
  std::size_t filled_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace certwatch
