// The wiring: every part, connected, started in order and ended in order.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/adapters.h"
#include "app/ending.h"
#include "app/service_pages.h"
#include "app/spill.h"
#include "app/stores.h"
#include "app/threads.h"
#include "base/clock.h"
#include "base/life_sign.h"
#include "base/nudge.h"
#include "feed/feed_status.h"
#include "feed/log_positions.h"
#include "http/server.h"
#include "metrics/metrics.h"
#include "pipeline/arbiter.h"
#include "pipeline/courier.h"
#include "pipeline/current_watch_list.h"
#include "pipeline/last_certificate.h"
#include "pipeline/store_health.h"
#include "pipeline/watch_board.h"
#include "pipeline/watcher.h"

namespace certwatch {

// What SIGHUP does: read the watch list at once, or end as SIGTERM does.
enum class OnHangup { refresh, end };

// Start: pages first (so that /healthz answers while the database is waited for), then the store's
// schema and the announcement of whom this process tells, then everything that needs the store, and
// the feeds once the first watch list is in force.
// End: the feeds; then recorder, arbiter, couriers and janitor; then the pages.
class Service {
 public:
  // `log` is what the log goes through, and lives longer.
  Service(const Config& config, LineWriter& log, OnHangup on_hangup);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Runs until a signal asks it to end, or until something is broken for good. If a thread is stuck
  // (a page is still being made, nobody reads the log), it ends the process instead of returning.
  ExitCode run();

 private:
  ExitCode live();
  void await_signals(std::stop_token stop);
  void answer(int signal);
  bool finish_log();
  void tell_of_cut_off();
  ExitCode start_pages();
  void wait_for_store(std::stop_token stop, LifeSign& life);
  void start_store_threads();
  void start_couriers();
  void start_arbiter();
  void start_recorder();
  void start_janitor();
  void start_refresher();
  void start_feeds();
  void wake_couriers();
  void end_everything();
  ExitCode end_pages(ExitCode code);
  void hurry_stores();

  const Config config_;
  LineWriter& log_;
  const OnHangup on_hangup_;
  MachineClock clock_;
  LifeSigns life_signs_{clock_};
  Metrics metrics_;
  Ending ending_;
  Threads threads_{ending_};
  SteadyTime decided_at_;
  Spill spill_{log_, ending_, clock_};
  StoreHealth store_health_;
  log::Damper damper_{clock_};
  CurrentWatchList watch_list_;
  WatchBoard watch_board_;
  Nudge refresh_at_once_;
  MatchQueue queue_{match_queue_bounds};
  LogPositions positions_;
  LastCertificate last_certificate_;
  FeedStatusBoard feed_board_;
  ServicePages pages_;
  std::unique_ptr<HttpServer> page_server_;

  const std::vector<Destination> destinations_;
  // Each belongs to one thread.
  std::unique_ptr<LedgerStore> recorder_store_;
  std::unique_ptr<LedgerStore> arbiter_store_;
  std::vector<std::unique_ptr<DeliveryStore>> courier_stores_;  // one for each destination
  std::unique_ptr<DeliveryStore> janitor_store_;
  std::unique_ptr<AlertArchive> alert_archive_;
  std::unique_ptr<WatchSource> watch_source_;

  std::vector<std::unique_ptr<Courier>> couriers_;
  std::unique_ptr<Arbiter> arbiter_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
  std::size_t spilled_ = 0;

  // Last, so that they end before what they use.
  std::jthread schema_thread_;
  std::vector<std::jthread> feed_threads_;
  std::jthread recorder_thread_;
  std::jthread arbiter_thread_;
  std::vector<std::jthread> courier_threads_;
  std::jthread janitor_thread_;
  std::jthread refresher_thread_;
};

}  // namespace certwatch
