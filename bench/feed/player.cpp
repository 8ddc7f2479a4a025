#include "feed/player.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ctime>

#include "feed/server_frames.h"

namespace certwatch::bench {
namespace {

constexpr std::size_t write_size = std::size_t{256} * 1024;
constexpr std::chrono::seconds patience_for_end{120};

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void sleep_until(double monotonic) {
  timespec until{};
  until.tv_sec = static_cast<time_t>(monotonic);
  until.tv_nsec = static_cast<long>((monotonic - std::floor(monotonic)) * 1e9);
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
  }
}

// Spreads `percent` evenly over the positions.
bool is_hit(std::size_t position, double percent) {
  const auto hits_before = [&](std::size_t messages) {
    return std::floor(static_cast<double>(messages) * percent / 100 + 1e-9);
  };
  return hits_before(position + 1) > hits_before(position);
}

// Adds to the pieces of one write; what lies behind the last piece in memory makes that longer.
void add_piece(std::vector<iovec>& pieces, const char* bytes, std::size_t size) {
  if (!pieces.empty()) {
    iovec& last = pieces.back();
    if (static_cast<const char*>(last.iov_base) + last.iov_len == bytes) {
      last.iov_len += size;
      return;
    }
  }
  pieces.push_back({const_cast<char*>(bytes), size});
}

}  // namespace

Player::Player(const std::vector<std::string>& corpus, const Options& options)
    : options_(options), mix_(corpus, options.mix) {
  std::size_t bytes = 0;
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < options_.distinct; ++i) {
    const MadeMessage made = mix_.next(false);
    bytes += made.text.size();
    const std::string one = frames(made.text);
    framed_.push_back(framed(made, one));
    begins.push_back(ring_.size());
    ring_ += one;
    next_index_.try_emplace(made.log, made.cert_index);
  }
  for (std::size_t i = 0; i < framed_.size(); ++i) framed_[i].bytes = ring_.data() + begins[i];
  mean_size_ = static_cast<double>(bytes) / static_cast<double>(options_.distinct);
}

Player::Framed Player::framed(const MadeMessage& made, std::string_view frames) const {
  Framed framed{nullptr, frames.size(), made.log, 0, {}};
  if (options_.with_deflate) return framed;  // cannot be changed any more
  // cert_index and cert_link come first of all.
  const std::string_view beginning = frames.substr(0, 512);
  const std::string index = std::to_string(made.cert_index);
  framed.digits = index.size();
  for (std::size_t at = beginning.find(index); at != std::string_view::npos;
       at = beginning.find(index, at + 1)) {
    framed.index_at.push_back(at);
  }
  return framed;
}

// Gives it the next index of its log; modulo what has so many digits.
void Player::number(const Framed& framed) {
  if (framed.index_at.empty()) return;
  std::array<char, 20> digits;
  std::uint64_t index = next_index_.find(framed.log)->second++;
  for (std::size_t i = framed.digits; i > 0; --i) {
    digits[i - 1] = static_cast<char>('0' + index % 10);
    index /= 10;
  }
  for (const std::size_t at : framed.index_at) {
    std::memcpy(framed.bytes + at, digits.data(), framed.digits);
  }
}

const Player::Framed& Player::next_in_ring() {
  const Framed& framed = framed_[next_framed_];
  next_framed_ = (next_framed_ + 1) % framed_.size();
  number(framed);
  return framed;
}

const Player::Framed& Player::next_hit(Played& played) {
  played_hits_.push_back(std::move(hits_.front()));
  hits_.pop_front();
  PreparedHit& hit = played_hits_.back();
  hit.framed.bytes = hit.frames.data();
  number(hit.framed);
  played.hits.push_back({hit.fingerprint, 0});
  return hit.framed;
}

double Player::mean_size_on_wire() const {
  return static_cast<double>(ring_.size()) / static_cast<double>(framed_.size());
}

std::string Player::frames(const std::string& message) const {
  return options_.with_deflate ? deflated_server_frames(message) : server_frames(message);
}

std::vector<MadeMessage> Player::prepare(std::size_t hits) {
  std::vector<MadeMessage> all_made;
  while (hits_.size() < hits) {
    MadeMessage made = mix_.next(true);
    std::string one = frames(made.text);
    Framed framed_one = framed(made, one);
    hits_.push_back({made.fingerprint, std::move(one), std::move(framed_one)});
    made.text.clear();
    all_made.push_back(std::move(made));
  }
  return all_made;
}

Played Player::play(Peer& peer, const Playing& playing) {
  std::size_t hits = 0;
  for (std::size_t i = 0; i < playing.count; ++i) hits += is_hit(i, playing.hits_percent) ? 1U : 0U;
  prepare(hits);
  played_hits_.clear();

  Played played;
  played.hits.reserve(hits);
  played.begun_at = seconds_of(CLOCK_REALTIME);
  const double begin = seconds_of(CLOCK_MONOTONIC);
  const bool sent =
      playing.rate > 0 ? play_paced(peer, playing, played) : play_fast(peer, playing, played);
  if (!sent) return played;
  played.complete = playing.ends ? peer.end_and_wait(patience_for_end)
                                 : peer.send_ping() && peer.wait_for_pong(patience_for_end);
  played.seconds = seconds_of(CLOCK_MONOTONIC) - begin;
  return played;
}

bool Player::play_fast(Peer& peer, const Playing& playing, Played& played) {
  std::vector<iovec> pieces;
  std::size_t in_hand = 0;
  std::size_t hits_in_hand = 0;
  for (std::size_t i = 0; i < playing.count; ++i) {
    const bool hits = is_hit(i, playing.hits_percent);
    const Framed& framed = hits ? next_hit(played) : next_in_ring();
    add_piece(pieces, framed.bytes, framed.size);
    in_hand += framed.size;
    hits_in_hand += hits ? 1U : 0U;
    if (in_hand < write_size && i + 1 < playing.count) continue;
    const double now = seconds_of(CLOCK_REALTIME);
    for (; hits_in_hand > 0; --hits_in_hand) {
      played.hits[played.hits.size() - hits_in_hand].sent_at = now;
    }
    if (!peer.answer_pings() || !peer.send(pieces)) return false;
    played.messages = i + 1;
    played.bytes += in_hand;
    pieces.clear();
    in_hand = 0;
  }
  return true;
}

// Each message at its time, each frame in a write of its own, as the server does it.
bool Player::play_paced(Peer& peer, const Playing& playing, Played& played) {
  const double begin = seconds_of(CLOCK_MONOTONIC);
  for (std::size_t i = 0; i < playing.count; ++i) {
    const bool hits = is_hit(i, playing.hits_percent);
    const Framed& framed = hits ? next_hit(played) : next_in_ring();
    std::string_view frames(framed.bytes, framed.size);
    sleep_until(begin + static_cast<double>(i) / playing.rate);
    if (hits) played.hits.back().sent_at = seconds_of(CLOCK_REALTIME);
    if (!peer.answer_pings()) return false;
    played.bytes += frames.size();
    while (!frames.empty()) {
      const std::size_t size = first_frame_size(frames);
      if (!peer.send(frames.substr(0, size))) return false;
      frames.remove_prefix(size);
    }
    played.messages = i + 1;
  }
  return true;
}

}  // namespace certwatch::bench
