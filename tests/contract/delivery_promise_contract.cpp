// Somebody is always told: three destinations, one of them dead, and couriers that are killed at
// any moment. Whatever a courier has in memory is lost then; what is on record is not.
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <tuple>

#include "contract/desk.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

// What a receiver is sent; it is the same in every attempt.
using Body = std::tuple<DeliveryKind, Severity, std::optional<KnownBy>, std::optional<Reason>,
                        std::optional<std::string>, std::string, std::string>;

Body body_of(const Delivery& delivery) {
  return {delivery.kind,     delivery.severity,       delivery.known_by,     delivery.reason,
          delivery.resolves, delivery.identity_facts, delivery.message_facts};
}

struct Received {
  std::map<std::string, Body> events;
  std::vector<std::string> in_order;  // by their first arrival
};

class Play {
 public:
  explicit Play(unsigned seed) : random_(seed), store_(make_store()) { restart(); }

  void run() {
    for (int step = 0; step < 150; ++step) {
      if (chance(3)) put_alert();
      if (chance(8)) resolve_one();
      run_courier(names[pick(names.size())]);
      if (chance(4)) store_->pass_time(Seconds{static_cast<double>(pick(30))});
      if (chance(10)) restart();
    }
    // Nobody is killed any longer.
    kills_ = false;
    for (int step = 0; step < 20; ++step) {
      for (const std::string& name : names) run_courier(name);
      store_->pass_time(Seconds{20});
    }
  }

  void check() {
    for (const std::string name : {"webhook", "slack"}) {
      INFO(name);
      const Received& received = received_[name];
      for (const std::string& event : events_) CHECK(received.events.contains(event));
      CHECK(received.events.size() == events_.size());
      std::set<std::string> before;
      for (const std::string& event : received.in_order) {
        const auto& resolved = std::get<4>(received.events.at(event));
        CHECK((!resolved || before.contains(*resolved)));
        before.insert(event);
      }
    }
    CHECK(received_["mail"].events.empty());
    CHECK(is_body_the_same_);
    CHECK(repeats_ > 0);
    for (const StoredDelivery& one : store_->deliveries()) {
      CHECK(one.is_delivered == (one.destination != "mail"));
    }
  }

 private:
  inline static const std::vector<std::string> names{"webhook", "slack", "mail"};

  bool chance(unsigned one_in) { return pick(one_in) == 0; }
  std::size_t pick(std::size_t count) { return random_() % count; }

  // Every session is gone, as after kill -9, and another process begins.
  void restart() {
    desk_.reset();
    desk_ = std::make_unique<Desk>(*store_);
    std::vector<Destination> all;
    for (const std::string& name : names) all.push_back({name, Importance::info});
    desk_->announce(all);
  }

  void put_alert() {
    const std::string name = std::to_string(events_.size());
    const IssuanceRow row = as_suspicious(issuance(name));
    desk_->put(row, content(name));
    events_.push_back(row.event_id);
    unresolved_.push_back(row.event_id);
  }

  void resolve_one() {
    if (unresolved_.empty()) return;
    const auto at = unresolved_.begin() + static_cast<std::ptrdiff_t>(pick(unresolved_.size()));
    events_.push_back(desk_->resolve(*at));
    unresolved_.erase(at);
  }

  // May end by a kill after each step: nothing it has in hand is put back.
  void run_courier(const std::string& destination) {
    const auto claimed = must(desk_->deliveries->claim(destination, 1 + pick(4), Seconds{15}));
    for (const Delivery& delivery : claimed) {
      if (is_killed()) return;
      const bool taken = destination != "mail";
      if (taken) receive(destination, delivery);
      if (is_killed()) return;
      if (taken) {
        desk_->settle(delivery, Settlement::Kind::delivered);
      } else {
        desk_->settle(delivery, Settlement::Kind::retry_after, Seconds{4}, "dead");
      }
    }
  }

  bool is_killed() {
    if (!kills_ || !chance(6)) return false;
    restart();
    return true;
  }

  void receive(const std::string& destination, const Delivery& delivery) {
    Received& received = received_[destination];
    const auto [found, is_new] = received.events.try_emplace(delivery.event_id, body_of(delivery));
    if (is_new) {
      received.in_order.push_back(delivery.event_id);
      return;
    }
    ++repeats_;
    is_body_the_same_ = is_body_the_same_ && found->second == body_of(delivery);
  }

  std::mt19937 random_;
  std::unique_ptr<StoreUnderTest> store_;
  std::unique_ptr<Desk> desk_;
  bool kills_ = true;
  std::vector<std::string> events_;
  std::vector<std::string> unresolved_;
  std::map<std::string, Received> received_;
  bool is_body_the_same_ = true;
  int repeats_ = 0;
};

TEST_CASE("killed at any moment, one destination dead: the others are told everything") {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    Play play(seed);
    play.run();
    play.check();
  }
}

}  // namespace
}  // namespace certwatch::contract
