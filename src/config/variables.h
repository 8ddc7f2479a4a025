// Every environment variable, and which commands read it. README's table and the manual agree with
// this one (tests compare them); `--help` and the reader of the configuration are made from it.
#pragma once

#include <array>

namespace certwatch {

// Who reads a variable. A command shows the variables that it reads in its --help. A variable that
// a command does not read cannot be a mistake to it.
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
    Variable{"POSTGRES_DSN", "", "the PostgreSQL database: a libpq connection string or URI",
             for_a_database, true},
    Variable{"SQLITE_PATH", "", "the file of an embedded database, instead of PostgreSQL",
             for_a_database},
    Variable{"CERTSTREAM_URL", "ws://localhost:8080/full-stream",
             "the feeds: ws:// or wss:// URLs, separated by commas"},
    Variable{"CERTSTREAM_DEFLATE", "false", "whether to ask the feeds for compression"},
    Variable{"FEED_STALL_S", "60", "seconds without a message until a feed is connected anew"},
    Variable{"API_HOST", "127.0.0.1", "the address of the HTTP pages", for_the_pages},
    Variable{"API_PORT", "8765", "the port of the HTTP pages", for_the_pages},
    Variable{"WEBHOOK_URL", "",
             "where alerts are sent (http:// or https://); without it nothing is sent",
             for_the_webhook, true},
    Variable{"WEBHOOK_TIMEOUT_S", "10", "seconds that one attempt may take", for_the_webhook},
    Variable{"WEBHOOK_SECRET", "", "the key that signs requests (Standard Webhooks)",
             for_the_webhook, true},
    Variable{"WEBHOOK_AUTHORIZATION", "", "the Authorization header of requests", for_the_webhook,
             true},
    Variable{"WEBHOOK_REDELIVERY_INTERVAL_S", "60",
             "seconds between attempts after the fourth; with 0 there are only three attempts"},
    Variable{"WEBHOOK_REDELIVERY_MAX_AGE_S", "ALERT_RETENTION_S / 2",
             "seconds from the verdict until a failing delivery is given up"},
    Variable{"SUSPICIOUS_GRACE_S", "10",
             "seconds that an unknown certificate has to turn up in the inventory"},
    Variable{"RESOLVE_WINDOW_S", "86400",
             "seconds in which a suspicious alert can still be resolved; 0 means never"},
    Variable{"WATCH_REFRESH_INTERVAL_S", "60", "seconds between reads of the watch list"},
    Variable{"CLEANUP_INTERVAL_S", "3600", "seconds between clean-ups of old alerts"},
    Variable{"ALERT_RETENTION_S", "2592000", "seconds until an alert is deleted"},
    Variable{"LOG_LEVEL", "INFO",
             "the least level that is logged: DEBUG, INFO, WARNING, ERROR, CRITICAL or NOTSET"},
    Variable{"LOG_FORMAT", "text", "text or json"},
    Variable{"LOG_PREFIX", "", "a text in front of every line of the log"},
};

}  // namespace certwatch
