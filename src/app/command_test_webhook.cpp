#include <chrono>
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
std::string test_body(const std::string& id) {
  return json::Object()
      .add_string("id", id)
      .add_string("severity", "info")
      .add("known_by", "null")
      .add("reason", "null")
      .add_bool("test", true)
      .add_string("fingerprint_sha1", "")
      .add("matched_entries", json::array({"certwatch-test.invalid"}))
      .add("matched_sans", json::array({"certwatch-test.invalid"}))
      .add("all_sans", json::array({"certwatch-test.invalid"}))
      .add_integer("seen_at", std::chrono::duration_cast<std::chrono::seconds>(
                                  MachineClock().system_now().time_since_epoch())
                                  .count())
      .text();
}

}  // namespace

ExitCode test_webhook(const Config& config) {
  if (!config.webhook) {
    std::cerr << "certwatch: WEBHOOK_URL is not set: there is nothing to test\n";
    return exit_configuration;
  }
  const MachineClock clock;
  const std::string id = random_uuid();
  const auto notifier = make_notifier(config, clock);
  if (!notifier) {
    std::cerr << "certwatch: " << notifier.error().message << "\n";
    return exit_configuration;
  }
  const SteadyTime begun = clock.steady_now();
  const NotifyOutcome outcome = (*notifier)->post(id, test_body(id));
  const double took = Seconds(clock.steady_now() - begun).count();
  const auto* delivered = std::get_if<Delivered>(&outcome);
  std::cout << config.webhook->origin() << (delivered ? ": taken, status " : ": not taken: ")
            << (delivered ? std::to_string(delivered->status)
                          : printable(std::get<RetryLater>(outcome).why))
            << ", " << std::fixed << std::setprecision(1) << 1000 * took << " ms, id " << id
            << "\n";
  return delivered ? exit_fine : exit_failure;
}

}  // namespace certwatch
