#include "pipeline/alert_log.h"

#include "base/log.h"

namespace certwatch {

void note_verdict(const Verdict& verdict, Metrics& metrics) {
  metrics.count(verdict.severity);
  log::event(verdict.severity == Severity::suspicious ? log::Level::warning : log::Level::info,
             "verdict",
             {{"alert", verdict.row},
              {"severity", word(verdict.severity)},
              {"known_by", verdict.known_by ? word(*verdict.known_by) : "-"},
              {"reason", verdict.reason ? word(*verdict.reason) : "-"},
              {"id", verdict.event_id},
              {"matched", verdict.matched}});
}

void note_resolution(const Verdict& verdict, Metrics& metrics) {
  metrics.resolved.Increment();
  log::info("suspicious alert resolved: the certificate is in the inventory now",
            {{"alert", verdict.row},
             {"known_by", verdict.known_by ? word(*verdict.known_by) : "-"},
             {"id", verdict.event_id},
             {"matched", verdict.matched}});
}

void note_given_up(const Delivery& delivery, const char* why, Metrics& metrics) {
  metrics.deliveries_abandoned.Increment();
  log::error("delivery given up", {{"why", why},
                                   {"alert", delivery.alert},
                                   {"destination", delivery.destination},
                                   {"id", delivery.event_id},
                                   {"attempts", delivery.attempt},
                                   {"matched", delivery.matched}});
}

}  // namespace certwatch
