#include "net/handshake.h"

#include <array>

#include "base/base64.h"
#include "net/control_frame.h"
#include "net/upgrade.h"

namespace certwatch {
namespace {

constexpr std::size_t nonce_size = 16;

tl::unexpected<Error> failed(const std::string& why) {
  return failure("websocket handshake: " + why);
}

class Handshake {
 public:
  Handshake(ByteStream& stream, StoppableWait& wait, SteadyTime deadline)
      : stream_(stream), wait_(wait), deadline_(deadline) {}

  Result<void> send(std::string_view request) {
    while (!request.empty()) {
      const Transfer transfer = stream_.send(request);
      request.remove_prefix(transfer.bytes);
      if (auto going = go_on(transfer); !going) return going;
    }
    return {};
  }

  // Appends at least a byte.
  Result<void> receive(std::string& received) {
    std::array<char, 4096> piece;
    for (;;) {
      const Transfer transfer = stream_.receive(piece);
      received.append(piece.data(), transfer.bytes);
      const auto going = go_on(transfer);
      if (!going || transfer.bytes > 0) return going;
    }
  }

 private:
  // Waits where the stream has to.
  Result<void> go_on(const Transfer& transfer) {
    switch (transfer.kind) {
      case Transfer::Kind::moved:
        // A peer that dribbles must not be waited for longer than one that is silent.
        if (wait_.clock().steady_now() < deadline_) return {};
        return failed("no answer in time");
      case Transfer::Kind::ended:
        return failed("the peer ended the connection");
      case Transfer::Kind::failed:
        return failed(transfer.why);
      case Transfer::Kind::must_wait:
        break;
    }
    switch (wait_.wait(stream_.descriptor(), transfer.events, deadline_)) {
      case StoppableWait::Outcome::stopped:
        return failed("stopped");
      case StoppableWait::Outcome::timed_out:
        return failed("no answer in time");
      case StoppableWait::Outcome::ready:
        break;
    }
    return {};
  }

  ByteStream& stream_;
  StoppableWait& wait_;
  const SteadyTime deadline_;
};

}  // namespace

Result<Opened> shake_hands(ByteStream& stream, const Url& url, bool offers_deflate,
                           StoppableWait& wait, SteadyTime deadline) {
  Handshake handshake(stream, wait, deadline);
  const std::string key = to_base64(random_bytes(nonce_size));
  const auto sent = handshake.send(upgrade_request(url, key, offers_deflate));
  if (!sent) return tl::unexpected(sent.error());
  std::string received;
  for (;;) {
    const auto more = handshake.receive(received);
    if (!more) return tl::unexpected(more.error());
    const auto answer = read_upgrade_answer(received, key, offers_deflate);
    if (!answer) return tl::unexpected(answer.error());
    if (*answer) return Opened{(*answer)->deflate, received.substr((*answer)->answer_size)};
  }
}

}  // namespace certwatch
