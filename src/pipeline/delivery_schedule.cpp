#include "pipeline/delivery_schedule.h"

#include <algorithm>

namespace certwatch {
namespace {

constexpr int attempts_without_redelivery = 3;

Seconds planned(int attempt, const DeliverySchedule& schedule, double jitter) {
  switch (attempt) {
    case 1:
      return Seconds{1};
    case 2:
      return Seconds{4};
    case 3:
      return Seconds{16};
    default:
      return schedule.interval * (1 + 0.1 * jitter);
  }
}

}  // namespace

std::optional<Seconds> next_attempt_in(int attempt, const DeliverySchedule& schedule,
                                       std::optional<Seconds> retry_after, double jitter) {
  if (attempt >= attempts_without_redelivery && schedule.interval <= Seconds{0})
    return std::nullopt;
  const Seconds asked =
      std::clamp(retry_after.value_or(Seconds{0}), Seconds{0}, longest_retry_after);
  return std::max(planned(attempt, schedule, jitter), asked);
}

}  // namespace certwatch
