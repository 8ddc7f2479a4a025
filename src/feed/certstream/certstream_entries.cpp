#include "feed/certstream/certstream_entries.h"

#include <utility>

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

// Where a log cannot be followed its missed entries are not counted: that is a blindness to tell.
// Null where all is well.
const char* complaint_about(Arrival arrival) {
  switch (arrival) {
    case Arrival::implausible:
      return "the index is far from the last one of its log: it is not followed";
    case Arrival::restarted:
      return "a log goes on at another index: nothing is counted as missed";
    case Arrival::not_followed:
      return "a log is not followed: there are too many logs, or its name is too long";
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

// Lies where its message lies, until that is read.
class CertstreamEntries::Certificate final : public Entry {
 public:
  Certificate(CertstreamEntries& entries, const Message& message, const Skimmed& skimmed)
      : entries_(entries), message_(message), names_(skimmed.names) {}

  std::span<const std::string_view> names() const override { return names_; }
  SystemTime received_at() const override { return message_.received_at; }
  Result<Sighting> read() override { return entries_.read(message_); }

 private:
  CertstreamEntries& entries_;
  const Message& message_;
  const std::span<const std::string_view> names_;
};

void CertstreamEntries::take(const Message& message, EntrySink& sink) {
  const auto skimmed = decoder_.skim(message);
  if (!skimmed) {
    report(skimmed.error(), message);
    return;
  }
  metrics_.messages[static_cast<std::size_t>(skimmed->type)]->Increment();
  if (skimmed->type != MessageType::certificate_update) return;
  if (skimmed->cert_index && !skimmed->source_url.empty()) follow(*skimmed, message);
  Certificate entry(*this, message, *skimmed);
  sink.take(entry);
}

void CertstreamEntries::follow(const Skimmed& skimmed, const Message& message) {
  const Arrival arrival =
      positions_.seen(skimmed.source_url, *skimmed.cert_index, message.received_steady);
  const char* const what = complaint_about(arrival);
  if (what == nullptr) return;
  if (const auto ruling = damper_.rule(what); ruling.pass) {
    log::warning(what, {{"log", skimmed.source_url},
                        {"index", *skimmed.cert_index},
                        {"more_like_it", ruling.held_back}});
  }
}

Result<Sighting> CertstreamEntries::read(const Message& message) {
  auto decoded = decoder_.read(message);
  if (!decoded) {
    report(decoded.error(), message);
    return failure("the message cannot be decoded");
  }
  if (decoded->cuts > 0) note_cuts(decoded->cuts, message);
  if (decoded->sighting.der == DerState::unreadable) {
    metrics_.count(UndecodableReason::unreadable_der);
  }
  return std::move(decoded->sighting);
}

void CertstreamEntries::report(Undecodable reason, const Message& message) {
  const UndecodableReason label = reason_of(reason);
  metrics_.count(label);
  const char* const name = undecodable_labels[static_cast<std::size_t>(label)];
  if (const auto ruling = damper_.rule(name); ruling.pass) {
    const std::string_view bytes(message.bytes, message.size);
    log::warning("message not understood", {{"why", name},
                                            {"bytes", message.size},
                                            {"begins", bytes.substr(0, sample_size)},
                                            {"more_like_it", ruling.held_back}});
  }
}

void CertstreamEntries::note_cuts(std::size_t cuts, const Message& message) {
  metrics_.count(UndecodableReason::cut);
  if (const auto ruling = damper_.rule("cut"); ruling.pass) {
    log::warning("a matching message was too long to be kept whole",
                 {{"bytes", message.size}, {"cuts", cuts}, {"more_like_it", ruling.held_back}});
  }
}

}  // namespace certwatch
