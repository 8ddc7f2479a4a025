// Plays messages to a client: as fast as they are taken, or so many a second.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "feed/message_mix.h"
#include "feed/peer.h"

namespace certwatch::bench {

struct Playing {
  std::size_t count = 0;
  double hits_percent = 0;
  double rate = 0;  // messages a second; 0: as fast as they are taken
  // The peer is a bare receiver, which answers nothing: the end is told by closing.
  bool ends = false;
};

struct Hit {
  std::string fingerprint;
  double sent_at = 0;  // Unix time, before the first byte of the write that it was part of
};

struct Played {
  bool complete = false;
  double begun_at = 0;  // Unix time
  double seconds = 0;   // from before the first byte until the peer had read the last one
  std::size_t messages = 0;
  std::uint64_t bytes = 0;
  std::vector<Hit> hits;
};

class Player {
 public:
  struct Options {
    std::size_t distinct = 2000;
    bool with_deflate = false;
    MixOptions mix;
  };
  Player(const std::vector<std::string>& corpus, const Options& options);

  double mean_size() const { return mean_size_; }
  double mean_size_on_wire() const;

  // Makes ready the next hits, so that nothing is made while messages are played; returns those
  // that are new.
  std::vector<MadeMessage> prepare(std::size_t hits);
  Played play(Peer& peer, const Playing& playing);

 private:
  // A message in its frames, and where its cert_index stands in them.
  struct Framed {
    char* bytes = nullptr;
    std::size_t size = 0;
    std::string log;
    std::size_t digits = 0;
    std::vector<std::size_t> index_at;
  };
  struct PreparedHit {
    std::string fingerprint;
    std::string frames;
    Framed framed;
  };
  std::string frames(const std::string& message) const;
  Framed framed(const MadeMessage& made, std::string_view frames) const;
  const Framed& next_in_ring();
  const Framed& next_hit(Played& played);
  void number(const Framed& framed);
  bool play_fast(Peer& peer, const Playing& playing, Played& played);
  bool play_paced(Peer& peer, const Playing& playing, Played& played);

  const Options options_;
  MessageMix mix_;
  std::string ring_;  // the frames of all messages that hit nothing, one behind the other
  std::vector<Framed> framed_;
  std::size_t next_framed_ = 0;
  std::deque<PreparedHit> hits_;
  std::deque<PreparedHit> played_hits_;
  // What a log counts its entries with, so that each follows the one before it however often the
  // ring is played.
  std::map<std::string, std::uint64_t> next_index_;
  double mean_size_ = 0;
};

}  // namespace certwatch::bench
