// Every environment variable there is: README's table, `certwatch --help` and the reader of the
// configuration agree with this one (a test compares them).
#pragma once

#include <array>

namespace certwatch {

struct Variable {
  const char* name;
  // As in README; "" where unset.
  const char* by_default;
  const char* meaning;
  // NAME_FILE may give a path whose content is the value.
  bool may_be_file = false;
};

inline constexpr std::array variables{
    Variable{"POSTGRES_DSN", "", "libpq connection string or URI", true},
    Variable{"SQLITE_PATH", "", "embedded database file, instead of POSTGRES_DSN"},
    Variable{"CERTSTREAM_URL", "ws://localhost:8080/full-stream",
             "ws:// or wss://; several, separated by commas"},
    Variable{"CERTSTREAM_DEFLATE", "false", "offer permessage-deflate"},
    Variable{"FEED_STALL_S", "60", "a feed without a message for so long is reconnected"},
    Variable{"API_HOST", "127.0.0.1", "address of the HTTP pages"},
    Variable{"API_PORT", "8765", "port of the HTTP pages"},
    Variable{"WEBHOOK_URL", "", "http:// or https://; unset: alerts are recorded, not sent", true},
    Variable{"WEBHOOK_TIMEOUT_S", "10", "one whole attempt"},
    Variable{"WEBHOOK_SECRET", "", "signs requests (Standard Webhooks)", true},
    Variable{"WEBHOOK_AUTHORIZATION", "", "Authorization header of requests", true},
    Variable{"WEBHOOK_REDELIVERY_INTERVAL_S", "60",
             "between attempts after the fourth; 0: no fourth attempt"},
    Variable{"WEBHOOK_REDELIVERY_MAX_AGE_S", "ALERT_RETENTION_S",
             "older undelivered alerts are given up"},
    Variable{"SUSPICIOUS_GRACE_S", "10", "how long an unknown certificate may still turn out ours"},
    Variable{"RESOLVE_WINDOW_S", "86400",
             "how long a suspicious alert may still be resolved; 0: never"},
    Variable{"WATCH_REFRESH_INTERVAL_S", "60", "between reads of the watch list"},
    Variable{"CLEANUP_INTERVAL_S", "3600", "between alert clean-ups"},
    Variable{"ALERT_RETENTION_S", "2592000", "older alerts are deleted"},
    Variable{"LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING, ERROR, CRITICAL or NOTSET"},
    Variable{"LOG_FORMAT", "text", "text or json"},
    Variable{"LOG_PREFIX", "", "stands in front of every line of the log"},
};

}  // namespace certwatch
