// The body of a webhook request. Keys and meaning: README, "Webhook payload".
#pragma once

#include <string>

#include "model/delivery.h"

namespace certwatch {

// One JSON object: the event and its verdict, then the facts as the row has them. The same for
// every attempt of one event.
std::string webhook_body(const Delivery& delivery);

}  // namespace certwatch
