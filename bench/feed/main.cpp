// bench_feed: a certstream server that plays prepared messages when told to.
//
//   bench_feed [--port N] [--distinct N] [--mean-size BYTES] [--watched DOMAIN] [--deflate]
//              [--tls CERTIFICATE KEY] [--greet]
//
// One client at a time. Takes commands on standard input, one a line, until it ends:
//
//   play COUNT HITS_PERCENT RATE stay|end FILE   RATE 0: as fast as they are taken; "end" closes
//                                                behind the last one; FILE gets a line for each hit
//                                                (fingerprint, Unix time), "-": nowhere
//   prepare COUNT FILE                           makes the next hits; FILE gets their rows for
//                                                COPY public.certs
//
// and says what happens on standard output as JSON, one object a line. --greet: every client gets
// one message at once, and when it has read that is said.
#include <array>
#include <csignal>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

#include "base/number.h"
#include "corpus.h"
#include "feed/player.h"

namespace certwatch::bench {
namespace {

struct Options {
  std::uint16_t port = 0;
  Player::Options player;
  std::optional<TlsFiles> tls;
  bool greets = false;
};

[[noreturn]] void refuse(const std::string& why) {
  std::cerr << "bench_feed: " << why << "\n";
  std::exit(2);
}

Options read_options(int argc, char** argv) {
  Options options;
  int at = 1;
  const auto value = [&]() -> std::string {
    if (at + 1 >= argc) refuse(std::string(argv[at]) + " needs a value");
    return argv[++at];
  };
  const auto number = [&] {
    const std::string given = value();
    const auto parsed = parse_number<std::size_t>(given);
    if (!parsed) refuse(given + " is no number");
    return *parsed;
  };
  for (; at < argc; ++at) {
    const std::string option = argv[at];
    if (option == "--port") {
      options.port = static_cast<std::uint16_t>(number());
    } else if (option == "--distinct") {
      options.player.distinct = number();
    } else if (option == "--mean-size") {
      options.player.mix.mean_size = number();
    } else if (option == "--watched") {
      options.player.mix.watched_domain = value();
    } else if (option == "--deflate") {
      options.player.with_deflate = true;
    } else if (option == "--greet") {
      options.greets = true;
    } else if (option == "--tls") {
      const std::string certificate = value();
      options.tls = TlsFiles{certificate, value()};
    } else {
      refuse("unknown option " + option);
    }
  }
  return options;
}

// On 127.0.0.1; `port` 0 takes any, and is set to it.
Descriptor listen_on(std::uint16_t& port) {
  Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(listener.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (::bind(listener.number(), generic, size) != 0 || ::listen(listener.number(), 16) != 0 ||
      ::getsockname(listener.number(), generic, &size) != 0) {
    refuse("cannot listen on port " + std::to_string(port));
  }
  port = ntohs(address.sin_port);
  return listener;
}

class Feed {
 public:
  explicit Feed(const Options& options)
      : options_(options),
        player_(corpus("full"), options.player),
        port_(options.port),
        listener_(listen_on(port_)) {}

  void run() {
    std::cout << std::fixed << std::setprecision(6) << "{\"event\":\"listening\",\"port\":" << port_
              << ",\"mean_size\":" << player_.mean_size()
              << ",\"mean_size_on_wire\":" << player_.mean_size_on_wire() << "}" << std::endl;
    while (true) {
      pollfd waiting[] = {{STDIN_FILENO, POLLIN, 0},
                          {peer_ ? peer_->descriptor() : listener_.number(), POLLIN, 0}};
      if (::poll(waiting, 2, -1) < 0) continue;
      if (waiting[1].revents != 0) serve();
      if (waiting[0].revents != 0 && !take_commands()) return;
    }
  }

 private:
  void serve() {
    if (peer_) {
      if (!peer_->answer_pings()) lose_peer();
      return;
    }
    peer_ = Peer::accept(listener_.number(), options_.tls, options_.player.with_deflate);
    if (!peer_) return;
    std::cout << "{\"event\":\"connected\"}" << std::endl;
    if (options_.greets) play("greeted", {1, 0, 0, false}, "-");
  }

  // False at the end of standard input. Not by std::cin: what that has buffered, poll() cannot see.
  bool take_commands() {
    std::array<char, 4096> bytes;
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count <= 0) return false;
    commands_.append(bytes.data(), static_cast<std::size_t>(count));
    for (std::size_t end = commands_.find('\n'); end != std::string::npos;
         end = commands_.find('\n')) {
      obey(commands_.substr(0, end));
      commands_.erase(0, end + 1);
    }
    return true;
  }

  void lose_peer() {
    peer_.reset();
    std::cout << "{\"event\":\"disconnected\"}" << std::endl;
  }

  void obey(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "play") {
      Playing playing;
      std::string ending;
      std::string file;
      words >> playing.count >> playing.hits_percent >> playing.rate >> ending >> file;
      if (!words) refuse("cannot read: " + line);
      playing.ends = ending == "end";
      play("played", playing, file);
    } else if (command == "prepare") {
      std::size_t count = 0;
      std::string file;
      words >> count >> file;
      if (!words) refuse("cannot read: " + line);
      prepare(count, file);
    } else {
      refuse("unknown command: " + line);
    }
  }

  void play(const char* event, const Playing& playing, const std::string& file) {
    if (!peer_) {
      std::cout << "{\"event\":\"" << event << "\",\"complete\":false}" << std::endl;
      return;
    }
    const Played played = player_.play(*peer_, playing);
    if (file != "-") {
      std::ofstream hits(file);
      hits << std::fixed << std::setprecision(6);
      for (const Hit& hit : played.hits) hits << hit.fingerprint << "\t" << hit.sent_at << "\n";
    }
    std::cout << "{\"event\":\"" << event
              << "\",\"complete\":" << (played.complete ? "true" : "false")
              << ",\"begun_at\":" << played.begun_at << ",\"seconds\":" << played.seconds
              << ",\"messages\":" << played.messages << ",\"bytes\":" << played.bytes
              << ",\"hits\":" << played.hits.size() << "}" << std::endl;
    if (playing.ends || !played.complete) lose_peer();
  }

  void prepare(std::size_t count, const std::string& file) {
    std::ofstream rows(file);
    for (const MadeMessage& hit : player_.prepare(count)) {
      rows << hit.fingerprint << "\t" << hit.serial << "\t[";
      for (const std::string& name : hit.names) {
        rows << (&name == hit.names.data() ? "" : ", ") << '"' << name << '"';
      }
      rows << "]\t" << hit.not_before << "\t" << hit.not_after << "\tbench\t0\n";
    }
    rows.close();
    std::cout << "{\"event\":\"prepared\",\"hits\":" << count << "}" << std::endl;
  }

  const Options options_;
  Player player_;
  std::uint16_t port_;
  const Descriptor listener_;
  std::unique_ptr<Peer> peer_;
  std::string commands_;
};

}  // namespace
}  // namespace certwatch::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  certwatch::bench::Feed(certwatch::bench::read_options(argc, argv)).run();
  return 0;
}
