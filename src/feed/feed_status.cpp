#include "feed/feed_status.h"

namespace certwatch {
namespace {

constexpr std::size_t longest_reason = 500;

// Makes a change and dates it where it made the feed well or stopped it being so.
template <class Change>
void change(FeedStatus& status, SteadyTime now, Change make) {
  const bool was_well = status.well();
  make();
  if (status.well() != was_well) status.since = now;
  if (status.well()) status.why.clear();
}

}  // namespace

std::size_t FeedStatusBoard::add(std::string name, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  FeedStatus& status = feeds_.emplace_back();
  status.name = std::move(name);
  status.since = now;
  status.why = "not connected yet";
  return feeds_.size() - 1;
}

void FeedStatusBoard::connected(std::size_t feed, SteadyTime now, const Shown& shown) {
  const std::lock_guard lock(mutex_);
  FeedStatus& status = feeds_[feed];
  change(status, now, [&] {
    status.connected = true;
    // It is well again when it brings something, not when it lets us in.
    if (status.stalled) status.why = "connected again, but no message has come yet";
  });
  shown(connections(status.name));
}

void FeedStatusBoard::disconnected(std::size_t feed, const std::string& why, SteadyTime now,
                                   const Shown& shown) {
  const std::lock_guard lock(mutex_);
  FeedStatus& status = feeds_[feed];
  change(status, now, [&] {
    status.connected = false;
    status.why = why.substr(0, longest_reason);
  });
  shown(connections(status.name));
}

void FeedStatusBoard::stalled(std::size_t feed, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  FeedStatus& status = feeds_[feed];
  change(status, now, [&] {
    status.stalled = true;
    status.why = "connected, but no message came";
  });
}

void FeedStatusBoard::heard_from(std::size_t feed, SteadyTime last_message) {
  const std::lock_guard lock(mutex_);
  FeedStatus& status = feeds_[feed];
  change(status, last_message, [&] {
    status.last_message = last_message;
    status.stalled = false;
  });
}

std::vector<FeedStatus> FeedStatusBoard::all() const {
  const std::lock_guard lock(mutex_);
  return feeds_;
}

FeedStatusBoard::Connections FeedStatusBoard::connections(const std::string& name) const {
  Connections connections;
  for (const FeedStatus& each : feeds_) {
    connections.any = connections.any || each.connected;
    connections.of_that_name = connections.of_that_name || (each.connected && each.name == name);
  }
  return connections;
}

}  // namespace certwatch
