// Random UUIDs (RFC 9562, version 4): the `id` of an event.
#pragma once

#include <string>

namespace certwatch {

// "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx", lower case. From the operating system's generator, so two
// replicas never draw the same one.
std::string random_uuid();

}  // namespace certwatch
