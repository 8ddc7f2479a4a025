#include "app/service.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include "app/exit_deadline.h"
#include "app/signals.h"
#include "base/backoff.h"
#include "base/pause.h"
#include "pipeline/janitor.h"
#include "pipeline/recorder.h"
#include "pipeline/refresher.h"
#include "version.h"

namespace certwatch {
namespace {

constexpr BackoffLimits schema_backoff{std::chrono::milliseconds(250),
                                       std::chrono::milliseconds(5000)};

}  // namespace

Service::Service(const Config& config, LineWriter& log, OnHangup on_hangup)
    : config_(config),
      log_(log),
      on_hangup_(on_hangup),
      metrics_(version, revision),
      store_health_(metrics_, clock_),
      watch_board_(config.watch_refresh_interval, clock_.steady_now()),
      pages_({config_.feeds, clock_, life_signs_, store_health_, watch_board_, feed_board_,
              last_certificate_, queue_, positions_, metrics_, damper_}),
      destinations_(configured_destinations(config)),
      recorder_store_(open_ledger_store(config)),
      arbiter_store_(open_ledger_store(config)),
      janitor_store_(open_delivery_store(config)),
      alert_archive_(open_alert_archive(config)),
      watch_source_(open_watch_source(config)) {
  for (std::size_t i = 0; i < destinations_.size(); ++i) {
    courier_stores_.push_back(open_delivery_store(config));
  }
  metrics_.match_queue_capacity.Set(static_cast<double>(queue_.capacity()));
  // There from the start: a dashboard tells "not connected yet" from "no such feed".
  for (const Url& url : config_.feeds) metrics_.for_feed(url.host_and_port());
}

Service::~Service() = default;

ExitCode Service::run() {
  ExitCode code = exit_failure;
  try {
    code = live();
  } catch (const std::system_error& error) {
    log::critical("the service ends: no thread to be had", {{"why", error.what()}});
  } catch (const std::exception& error) {
    log::critical("the service ends", {{"why", error.what()}});
  }
  if (!finish_log()) std::_Exit(code);
  return code;
}

ExitCode Service::live() {
  log::info("certwatch starts",
            {{"version", version},
             {"revision", revision},
             {"feeds", config_.feeds.size()},
             {"webhook", config_.webhook ? config_.webhook->origin()
                                         : "none: alerts are recorded and not sent"}});
  const ExitDeadline deadline(
      {ending_, clock_, [this] { return spill_.last_written(); }, [this] { tell_of_cut_off(); }});
  const std::jthread signals([this](std::stop_token stop) { await_signals(stop); });
  if (const ExitCode code = start_pages(); code != exit_fine) return code;
  LifeSign& life = life_signs_.add("schema check");
  schema_thread_ = threads_.start_once(
      life, [this, &life](std::stop_token stop) { wait_for_store(stop, life); });
  const ExitCode code = *ending_.wait();
  decided_at_ = clock_.steady_now();
  end_everything();
  log::info("certwatch has ended", {{"unrecorded", spilled_}});
  return end_pages(code == exit_fine && spilled_ > 0 ? exit_failure : code);
}

void Service::await_signals(std::stop_token stop) {
  try {
    wait_for_signals(stop, [this](int signal) { answer(signal); });
  } catch (const std::exception& error) {
    log::critical("the service ends: it could not wait for signals", {{"why", error.what()}});
    ending_.decide(exit_failure);
  }
}

void Service::answer(int signal) {
  if (signal == SIGHUP && on_hangup_ == OnHangup::refresh) {
    log::info("asked to read the watch list at once", {{"signal", signal_name(signal)}});
    refresh_at_once_.give();
  } else {
    log::info("asked to end", {{"signal", signal_name(signal)}});
    ending_.decide(exit_fine);
  }
}

// Everything that matters has ended. A page maker that is stuck must not keep the process: the
// server can only wait for it.
ExitCode Service::end_pages(ExitCode code) {
  constexpr Seconds patience{1};
  if (page_server_->stop(patience)) return code;
  finish_log();
  std::_Exit(code);
}

// Whoever reads it may be slow, or gone: false. The rest of the 5 s is theirs, and not all of it.
bool Service::finish_log() {
  constexpr Seconds least{0.2};
  constexpr Seconds most{2};
  const Seconds taken =
      ending_.is_decided() ? Seconds(clock_.steady_now() - decided_at_) : Seconds{0};
  return log_.finish(std::clamp(longest_end - taken, least, most));
}

// By the thread that cuts off: the others are stuck.
void Service::tell_of_cut_off() {
  constexpr Seconds patience{0.2};
  log::critical("the end takes too long: the process ends now",
                {{"unrecorded_matches", queue_.size()}});
  log_.finish(patience);
}

ExitCode Service::start_pages() {
  HttpServerOptions options;
  options.host = config_.api_host;
  options.port = config_.api_port;
  options.on_failure = [this] { ending_.decide(exit_failure); };
  auto server = HttpServer::start(options, pages_.makers(), life_signs_.add("http"));
  if (!server) {
    log::critical("the pages cannot be served", {{"why", server.error().message}});
    return exit_failure;
  }
  page_server_ = std::move(*server);
  log::info("pages are served", {{"host", config_.api_host}, {"port", config_.api_port}});
  return exit_fine;
}

// Waits for a database that does not answer; one that answers and lacks something ends the start.
void Service::wait_for_store(std::stop_token stop, LifeSign& life) {
  Backoff backoff(schema_backoff, 1);
  while (!stop.stop_requested()) {
    life.show();
    const auto checked = recorder_store_->check_schema();
    if (!checked && checked.error().kind == StoreError::Kind::missing_table) {
      std::string why = checked.error().message;
      if (!config_.sqlite_path.empty()) {
        why += ": put a back-up of the file back, or begin with a new one";
      }
      log::critical("the database is not prepared", {{"why", why}});
      return ending_.decide(exit_schema);
    }
    if (!checked) store_health_.failed("waiting for the database", checked.error());
    // Before any verdict falls: it is told at the destinations that are in force then.
    if (checked && announce(destinations_, *janitor_store_, store_health_)) {
      store_health_.answered();
      return start_store_threads();
    }
    pause(backoff.next(), stop);
  }
}

void Service::start_store_threads() {
  start_couriers();
  start_arbiter();
  start_recorder();
  start_janitor();
  start_refresher();
}

void Service::start_couriers() {
  for (std::size_t i = 0; i < destinations_.size(); ++i) {
    const std::string& name = destinations_[i].name;
    LifeSign& life = life_signs_.add("courier " + name);
    couriers_.push_back(std::make_unique<Courier>(
        Courier::Options{name, {config_.redelivery_interval}, config_.webhook_timeout},
        Courier::Parts{*courier_stores_[i], make_notifiers(name, config_, clock_),
                       metrics_.webhook_attempts(), metrics_, store_health_, clock_, life_signs_,
                       life}));
    courier_threads_.push_back(threads_.start(
        life, [&courier = *couriers_.back()](std::stop_token stop) { courier.run(stop); }));
  }
}

void Service::wake_couriers() {
  for (const auto& courier : couriers_) courier->wake();
}

void Service::start_arbiter() {
  LifeSign& life = life_signs_.add("arbiter");
  arbiter_ = std::make_unique<Arbiter>(
      Arbiter::Options{config_.grace, destinations_, config_.resolve_window},
      Arbiter::Parts{*arbiter_store_, metrics_, store_health_, clock_, life,
                     [this] { wake_couriers(); }});
  arbiter_thread_ = threads_.start(life, [this](std::stop_token stop) { arbiter_->run(stop); });
}

void Service::start_recorder() {
  LifeSign& life = life_signs_.add("recorder");
  recorder_thread_ = threads_.start(life, [this, &life](std::stop_token stop) {
    Recorder recorder(
        {config_.grace, destinations_},
        {*recorder_store_, queue_, metrics_, store_health_, damper_, clock_, life,
         [this] { wake_couriers(); }, [this](SteadyTime time) { arbiter_->expect(time); },
         [this](std::string line) { spill_.put(std::move(line)); }});
    spilled_ = recorder.run(stop);
  });
}

void Service::start_janitor() {
  LifeSign& life = life_signs_.add("janitor");
  janitor_thread_ = threads_.start(life, [this, &life](std::stop_token stop) {
    Janitor({config_.cleanup_interval, config_.alert_retention, config_.redelivery_max_age,
             destinations_},
            {*alert_archive_, *janitor_store_, positions_, metrics_, store_health_, damper_, clock_,
             life})
        .run(stop);
  });
}

void Service::start_refresher() {
  LifeSign& life = life_signs_.add("refresher");
  refresher_thread_ = threads_.start(life, [this, &life](std::stop_token stop) {
    Refresher(config_.watch_refresh_interval,
              {*watch_source_, watch_list_, watch_board_, metrics_, store_health_, clock_, life,
               [this] { start_feeds(); }, refresh_at_once_})
        .run(stop);
  });
}

// Called by the refresher's thread, once.
void Service::start_feeds() {
  for (const Url& url : config_.feeds) {
    watchers_.push_back(std::make_unique<Watcher>(
        Watcher::Shared{watch_list_, queue_, metrics_, damper_, last_certificate_}));
    LifeSign& life = life_signs_.add("feed " + url.host_and_port());
    feed_threads_.push_back(threads_.start(
        life, [this, &url, &life, &watcher = *watchers_.back()](std::stop_token stop) {
          make_feed(url, config_, {metrics_, feed_board_, positions_, clock_, life})
              ->run(stop, watcher);
        }));
  }
}

// Feeds first, so that nothing new comes in; then what records, judges and tells, all at once, each
// with its own farewell.
void Service::end_everything() {
  hurry_stores();
  // Whoever starts other threads ends before they do.
  schema_thread_ = {};
  refresher_thread_ = {};
  for (std::jthread& thread : feed_threads_) thread.request_stop();
  feed_threads_.clear();
  for (std::jthread& thread : courier_threads_) thread.request_stop();
  for (std::jthread* thread : {&recorder_thread_, &arbiter_thread_, &janitor_thread_}) {
    thread->request_stop();
  }
  recorder_thread_ = {};
  arbiter_thread_ = {};
  courier_threads_.clear();
  janitor_thread_ = {};
}

// From now on a store waits for its database for a moment only.
void Service::hurry_stores() {
  recorder_store_->hurry();
  arbiter_store_->hurry();
  for (const auto& store : courier_stores_) store->hurry();
  janitor_store_->hurry();
  alert_archive_->hurry();
  watch_source_->hurry();
}

}  // namespace certwatch
