// Every environment variable there is, and which commands read it: README's table, every `--help`
// and the reader of the configuration agree with this one (tests compare them).
#pragma once

#include <array>

namespace certwatch {

// Who reads a variable. A command shows in its --help what it reads, and what it does not read
// cannot be a mistake to it.
enum Readers : unsigned {
  for_nobody = 0,
  for_serve = 1U << 0,   // and watch, check-config
  for_alerts = 1U << 1,  // and everything else about a database
  for_check = 1U << 2,
  for_test_webhook = 1U << 3,
  for_healthcheck = 1U << 4,
};

struct Variable {
  const char* name;
  // As in README; "" where unset.
  const char* by_default;
  const char* meaning;
  unsigned readers = for_serve;
  // NAME_FILE may give a path whose content is the value.
  bool may_be_file = false;
};

inline constexpr unsigned for_a_database = for_serve | for_alerts | for_check;
inline constexpr unsigned for_the_pages = for_serve | for_healthcheck;
inline constexpr unsigned for_the_webhook = for_serve | for_test_webhook;

inline constexpr std::array variables{
    Variable{"POSTGRES_DSN", "", "libpq connection string or URI", for_a_database, true},
    Variable{"SQLITE_PATH", "", "embedded database file, instead of POSTGRES_DSN", for_a_database},
    Variable{"CERTSTREAM_URL", "ws://localhost:8080/full-stream",
             "ws:// or wss://; several, separated by commas"},
    Variable{"CERTSTREAM_DEFLATE", "false", "offer permessage-deflate"},
    Variable{"FEED_STALL_S", "60", "a feed without a message for so long is reconnected"},
    Variable{"API_HOST", "127.0.0.1", "address of the HTTP pages", for_the_pages},
    Variable{"API_PORT", "8765", "port of the HTTP pages", for_the_pages},
    Variable{"WEBHOOK_URL", "", "http:// or https://; unset: alerts are recorded, not sent",
             for_the_webhook, true},
    Variable{"WEBHOOK_TIMEOUT_S", "10", "one whole attempt", for_the_webhook},
    Variable{"WEBHOOK_SECRET", "", "signs requests (Standard Webhooks)", for_the_webhook, true},
    Variable{"WEBHOOK_AUTHORIZATION", "", "Authorization header of requests", for_the_webhook,
             true},
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
