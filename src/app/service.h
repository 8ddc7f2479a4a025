// The wiring: every part, connected, started in order and ended in order.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/ending.h"
#include "app/spill.h"
#include "app/stores.h"
#include "base/clock.h"
#include "base/life_sign.h"
#include "feed/feed_status.h"
#include "feed/log_positions.h"
#include "http/pages.h"
#include "http/server.h"
#include "metrics/metrics.h"
#include "metrics/process_metrics.h"
#include "pipeline/courier.h"
#include "pipeline/current_watch_list.h"
#include "pipeline/janitor.h"
#include "pipeline/judge.h"
#include "pipeline/refresher.h"
#include "pipeline/store_health.h"
#include "pipeline/watch_board.h"
#include "pipeline/watcher.h"

namespace certwatch {

// Start: pages first (so that /healthz answers while the database is waited for), then the store's
// schema, then everything that needs it, and the feeds once the first watch list is in force.
// End: feeds, then what records and delivers, then the pages.
// What SIGHUP does: read the watch list at once, or end as SIGTERM does.
enum class OnHangup { refresh, end };

class Service {
 public:
  // `log` is what the log goes through, and lives longer.
  Service(const Config& config, LineWriter& log, OnHangup on_hangup);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Until it is asked to end by a signal, or until something is broken for good. Ends the process
  // instead of returning where a thread is stuck: pages that are still made, a log that nobody
  // reads.
  ExitCode run();

 private:
  using Task = std::function<void(std::stop_token, LifeSign&)>;
  std::jthread start(std::string name, Task task);
  std::jthread start_once(std::string name, Task task);
  ExitCode live();
  void await_signals(std::stop_token stop);
  void answer(int signal);
  bool finish_log();
  void tell_of_cut_off();
  ExitCode start_pages();
  void wait_for_schema(std::stop_token stop, LifeSign& life);
  void start_store_threads();
  void start_feeds();
  void end_everything();
  ExitCode end_pages(ExitCode code);
  void hurry_stores();

  SystemTime wall_time(SteadyTime time) const;
  std::optional<Seconds> age(std::optional<SteadyTime> time) const;
  Page health() const;
  Page readiness() const;
  Page metrics_text();

  const Config config_;
  LineWriter& log_;
  const OnHangup on_hangup_;
  MachineClock clock_;
  LifeSigns life_signs_{clock_};
  Metrics metrics_;
  Ending ending_;
  SteadyTime decided_at_;
  SpillBuffer spill_{log_, ending_, clock_};
  StoreHealth store_health_;
  log::Damper damper_{clock_};
  CurrentWatchList watch_list_;
  WatchBoard watch_board_;
  Nudge refresh_at_once_;
  MatchQueue queue_{match_queue_bounds};
  LogPositions positions_;
  LastCertificate last_certificate_;
  FeedStatusBoard feed_board_;
  ProcessMetrics process_metrics_;
  std::unique_ptr<HttpServer> pages_;

  std::unique_ptr<AlertStore> alert_store_;
  std::unique_ptr<DeliveryQueue> delivery_queue_;
  std::unique_ptr<AlertArchive> alert_archive_;
  std::unique_ptr<WatchSource> watch_source_;

  std::unique_ptr<Courier> courier_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
  std::size_t spilled_ = 0;

  // Last, so that they end before what they use.
  std::jthread schema_thread_;
  std::vector<std::jthread> feed_threads_;
  std::jthread judge_thread_;
  std::jthread courier_thread_;
  std::jthread janitor_thread_;
  std::jthread refresher_thread_;
};

}  // namespace certwatch
