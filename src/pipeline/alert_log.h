// What is logged and counted when something happens to an alert.
#pragma once

#include "metrics/metrics.h"
#include "model/alert.h"
#include "model/delivery.h"

namespace certwatch {

void note_verdict(const Verdict& verdict, Metrics& metrics);
// A suspicious alert turned out to be ours. Its verdict has been counted before.
void note_resolution(const Verdict& verdict, Metrics& metrics);
void note_given_up(const Delivery& delivery, const char* why, Metrics& metrics);

}  // namespace certwatch
