#include "pipeline/watcher.h"

#include <algorithm>

#include "base/json_text.h"

namespace certwatch {
namespace {

// How much of a message that nobody understands is shown in the log.
constexpr std::size_t sample_size = 120;

UndecodableReason reason_of(Undecodable undecodable) {
  switch (undecodable) {
    case Undecodable::invalid_json:
      return UndecodableReason::invalid_json;
    case Undecodable::invalid_utf8:
      return UndecodableReason::invalid_utf8;
    case Undecodable::not_an_object:
      return UndecodableReason::not_an_object;
    case Undecodable::empty:
      return UndecodableReason::empty;
  }
  return UndecodableReason::invalid_json;
}

// What a match occupies while it waits, near enough to bound memory by.
std::size_t weight(const Match& match) {
  const Sighting& sighting = match.sighting;
  std::size_t bytes = sizeof(Match) + sighting.all_sans_json.size() +
                      sighting.all_sans_storable_json.size() + sighting.as_der_base64.size() +
                      sighting.issuer_der_base64.size();
  for (const auto* list : {&sighting.names, &match.entries, &match.sans}) {
    for (const std::string& text : *list) bytes += sizeof(std::string) + text.capacity();
  }
  return bytes;
}

void sort_and_drop_repeats(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

// Where a log cannot be followed its missed entries are not counted: that is a blindness to tell.
// Null where all is well.
const char* complaint_about(Arrival arrival) {
  switch (arrival) {
    case Arrival::implausible:
      return "index far from the last of its log, not followed";
    case Arrival::restarted:
      return "log followed from another index on, nothing counted";
    case Arrival::not_followed:
      return "log not followed: one too many, or its name too long";
    case Arrival::first:
    case Arrival::in_order:
    case Arrival::ahead:
    case Arrival::late:
    case Arrival::repeated:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

void Watcher::take(const Message& message) {
  const auto skimmed = decoder_.skim(message);
  if (!skimmed) {
    report(skimmed.error(), message);
    return;
  }
  shared_.metrics.messages[static_cast<std::size_t>(skimmed->type)]->Increment();
  if (skimmed->type == MessageType::certificate_update) look_at(message, *skimmed);
}

void Watcher::look_at(const Message& message, const Skimmed& skimmed) {
  shared_.last_certificate.came(message.received_at);
  shared_.metrics.last_ct_event.Set(unix_seconds(message.received_at));
  if (skimmed.cert_index && !skimmed.source_url.empty()) {
    follow(skimmed, message);
  }
  const WatchList* list = watch_list_.get();
  if (list == nullptr) return;
  const bool hit = std::any_of(skimmed.names.begin(), skimmed.names.end(),
                               [&](std::string_view name) { return list->hits(name); });
  if (hit) hand_over(message, *list);
}

void Watcher::follow(const Skimmed& skimmed, const Message& message) {
  const Arrival arrival =
      shared_.positions.seen(skimmed.source_url, *skimmed.cert_index, message.received_steady);
  const char* const what = complaint_about(arrival);
  if (what == nullptr) return;
  if (const auto ruling = shared_.damper.rule(what); ruling.pass) {
    log::warning(what, {{"log", skimmed.source_url},
                        {"index", *skimmed.cert_index},
                        {"more_like_it", ruling.held_back}});
  }
}

void Watcher::hand_over(const Message& message, const WatchList& list) {
  shared_.metrics.matches.Increment();
  auto sighting = decoder_.read(message);
  if (!sighting) {
    // Its names were read and hit: a loss, not only a message that cannot be understood.
    report(sighting.error(), message);
    shared_.metrics.count(DropReason::refused);
    return;
  }
  Match match{std::move(*sighting), {}, {}};
  Hits hits;
  for (const std::string& name : match.sighting.names) {
    if (!list.hits(name)) continue;
    list.find(name, hits);
    match.sans.push_back(name);
  }
  match.entries.assign(hits.entries.begin(), hits.entries.end());
  sort_and_drop_repeats(match.entries);
  sort_and_drop_repeats(match.sans);
  if (hits.left_out > 0) {
    log::warning("a certificate hits more entries than are listed",
                 {{"listed", match.entries.size()}, {"left_out", hits.left_out}});
  }
  const std::size_t bytes = weight(match);
  if (shared_.queue.push(std::move(match), bytes)) return;
  shared_.metrics.count(DropReason::queue_full);
  if (const auto ruling = shared_.damper.rule("queue full"); ruling.pass) {
    log::error("match lost: the queue to the database is full",
               {{"capacity", shared_.queue.capacity()},
                {"fingerprint", match.sighting.fingerprint_sha1},
                {"entries", json::array(match.entries)},
                {"more_lost", ruling.held_back}});
  }
}

void Watcher::report(Undecodable reason, const Message& message) {
  const UndecodableReason label = reason_of(reason);
  shared_.metrics.count(label);
  const char* const name = undecodable_labels[static_cast<std::size_t>(label)];
  if (const auto ruling = shared_.damper.rule(name); ruling.pass) {
    const std::string_view bytes(message.bytes, message.size);
    log::warning("message not understood", {{"why", name},
                                            {"bytes", message.size},
                                            {"begins", bytes.substr(0, sample_size)},
                                            {"more_like_it", ruling.held_back}});
  }
}

}  // namespace certwatch
