#include "pipeline/watcher.h"

#include <algorithm>
#include <utility>

#include "base/json_text.h"

namespace certwatch {
namespace {

std::size_t weight(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += sizeof text + text.capacity();
  return bytes;
}

std::size_t weight(const CertificateFacts& facts) {
  return facts.sha1.capacity() + facts.sha256.capacity() + facts.tbs_sha256.capacity() +
         facts.spki_sha256.capacity() + facts.serial.capacity() + weight(facts.names);
}

std::size_t weight(const MessageFacts& facts) {
  std::size_t bytes = facts.all_sans_json.capacity() + facts.all_sans_storable_json.capacity();
  for (const auto* text :
       {&facts.update_type, &facts.cert_link, &facts.source_name, &facts.source_url,
        &facts.serial_number, &facts.issuer_o, &facts.issuer_cn, &facts.issuer_aggregated}) {
    if (*text) bytes += (*text)->capacity();
  }
  return bytes;
}

// Appends the names that hit something.
template <class Names>
void look_up(const WatchList& list, const Names& names, Hits& hits,
             std::vector<std::string_view>& found) {
  for (const std::string_view name : names) {
    if (list.find(name, hits)) found.push_back(name);
  }
}

void sort_and_drop_repeats(std::vector<std::string_view>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

std::vector<std::string> reported_names(std::vector<std::string_view> names) {
  sort_and_drop_repeats(names);
  std::vector<std::string> reported;
  NameRoom room;
  for (const std::string_view name : names) {
    if (room.take(name.size())) reported.emplace_back(name);
  }
  return reported;
}

}  // namespace

std::size_t weight(const Match& match) {
  const Sighting& sighting = match.sighting;
  return sizeof match + weight(sighting.claimed) + weight(sighting.message) +
         (sighting.computed ? weight(*sighting.computed) : 0) + weight(match.entries) +
         weight(match.sans);
}

void Watcher::take(Entry& entry) {
  shared_.last_certificate.came(entry.received_at());
  shared_.metrics.last_ct_event.Set(unix_seconds(entry.received_at()));
  const WatchList* list = watch_list_.get();
  if (list == nullptr) return;
  Hits hits;
  std::vector<std::string_view> found;
  look_up(*list, entry.names(), hits, found);
  if (found.empty()) return;

  shared_.metrics.matches.Increment();
  Match match;
  match.sans = reported_names(std::move(found));
  auto sighting = entry.read();
  if (!sighting) {
    shared_.metrics.count(DropReason::undecodable);
    return;
  }
  match.sighting = std::move(*sighting);
  if (match.sighting.computed) look_into_der(*list, match, hits);
  sort_and_drop_repeats(hits.entries);
  match.entries.assign(hits.entries.begin(), hits.entries.end());
  if (hits.left_out > 0) {
    log::warning("a certificate hits more entries than are listed",
                 {{"listed", match.entries.size()}, {"left_out", hits.left_out}});
  }
  hand_over(std::move(match));
}

// What the certificate itself is for is reported with what the message says. DER that is for none
// of it is not the DER of what the message tells of.
void Watcher::look_into_der(const WatchList& list, Match& match, Hits& hits) const {
  Sighting& sighting = match.sighting;
  std::vector<std::string_view> found;
  look_up(list, sighting.computed->names, hits, found);
  if (found.empty()) {
    sighting.computed.reset();
    sighting.der = DerState::unwatched;
    shared_.metrics.count(UndecodableReason::unwatched_der);
    return;
  }
  found.insert(found.end(), match.sans.begin(), match.sans.end());
  match.sans = reported_names(std::move(found));
}

void Watcher::hand_over(Match match) const {
  const std::size_t bytes = weight(match);
  if (shared_.queue.push(std::move(match), bytes)) return;
  shared_.metrics.count(DropReason::queue_full);
  if (const auto ruling = shared_.damper.rule("queue full"); ruling.pass) {
    log::error("match lost: the queue to the database is full",
               {{"capacity", shared_.queue.capacity()},
                {"fingerprint", match.sighting.facts().sha1},
                {"entries", json::array(match.entries)},
                {"more_lost", ruling.held_back}});
  }
}

}  // namespace certwatch
