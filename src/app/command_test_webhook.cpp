#include <iomanip>
#include <iostream>

#include "app/adapters.h"
#include "app/commands.h"
#include "base/json_text.h"
#include "base/text.h"
#include "base/uuid.h"

namespace certwatch {
namespace {

// Looks like an alert to what parses it, and says that it is none.
Delivery test_delivery(const Clock& clock) {
  const std::string names = json::array({"certwatch-test.invalid"});
  Delivery delivery;
  delivery.attempt = 1;
  delivery.event_id = random_uuid();
  delivery.severity = Severity::info;
  delivery.importance = Importance::info;
  delivery.identity_facts =
      json::Object().add_bool("test", true).add_string("fingerprint_sha1", "").members();
  delivery.message_facts =
      json::Object()
          .add("matched_entries", names)
          .add("matched_sans", names)
          .add("all_sans", names)
          .add_integer("seen_at", static_cast<std::int64_t>(unix_seconds(clock.system_now())))
          .members();
  return delivery;
}

}  // namespace

ExitCode test_webhook(const Config& config) {
  if (!config.webhook) {
    std::cerr << "certwatch: WEBHOOK_URL is not set: there is nothing to test\n";
    return exit_configuration;
  }
  const MachineClock clock;
  const Delivery delivery = test_delivery(clock);
  const auto notifier = make_webhook(config, clock);
  const SteadyTime begun = clock.steady_now();
  const NotifyOutcome outcome = notifier->tell(delivery);
  const double took = Seconds(clock.steady_now() - begun).count();
  const auto* delivered = std::get_if<Delivered>(&outcome);
  std::cout << config.webhook->origin() << (delivered ? ": taken, status " : ": not taken: ")
            << (delivered ? std::to_string(delivered->status)
                          : printable(std::get<RetryLater>(outcome).why))
            << ", " << std::fixed << std::setprecision(1) << 1000 * took << " ms, id "
            << delivery.event_id << "\n";
  return delivered ? exit_fine : exit_failure;
}

}  // namespace certwatch
