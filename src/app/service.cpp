#include "app/service.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ostream>
#include <stdexcept>
#include <system_error>

#include "app/adapters.h"
#include "app/exit_deadline.h"
#include "app/signals.h"
#include "base/backoff.h"
#include "base/pause.h"
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
      alert_store_(open_alert_store(config)),
      delivery_queue_(open_delivery_queue(config)),
      alert_archive_(open_alert_archive(config)),
      watch_source_(open_watch_source(config)) {
  metrics_.match_queue_capacity.Set(static_cast<double>(queue_.capacity()));
  // There from the start: a dashboard tells "not connected yet" from "no such feed".
  for (const Url& url : config_.feeds) metrics_.for_feed(url.host_and_port());
}

Service::~Service() = default;

// A thread that dies ends the process: a dead thread must not leave a healthy-looking service.
std::jthread Service::start(std::string name, Task task) {
  return start_once(std::move(name),
                    [task = std::move(task)](std::stop_token stop, LifeSign& life) {
                      task(stop, life);
                      if (!stop.stop_requested()) throw std::runtime_error("it ended by itself");
                    });
}

// For what has its end in itself.
std::jthread Service::start_once(std::string name, Task task) {
  LifeSign& life = life_signs_.add(std::move(name));
  const auto run = [this, task = std::move(task), &life](std::stop_token stop) {
    try {
      task(stop, life);
      life.end({});
    } catch (const std::exception& error) {
      life.end(error.what());
      log::critical("a thread has died, the service ends",
                    {{"thread", life.name()}, {"why", error.what()}});
      ending_.decide(exit_failure);
    }
  };
  try {
    return std::jthread(run);
  } catch (const std::system_error& error) {
    throw std::runtime_error("no thread to be had for " + life.name() + ": " + error.what());
  }
}

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
  log::info("certwatch starts", {{"version", version},
                                 {"revision", revision},
                                 {"feeds", config_.feeds.size()},
                                 {"webhook", config_.webhook ? config_.webhook->origin()
                                                             : "none: alerts are only recorded"}});
  const ExitDeadline deadline(
      {ending_, clock_, [this] { return spill_.last_written(); }, [this] { tell_of_cut_off(); }});
  const std::jthread signals([this](std::stop_token stop) { await_signals(stop); });
  if (const ExitCode code = start_pages(); code != exit_fine) return code;
  schema_thread_ = start_once("schema check", [this](std::stop_token stop, LifeSign& life) {
    wait_for_schema(stop, life);
  });
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
    log::critical("the service ends: it could not be asked to", {{"why", error.what()}});
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
  if (pages_->stop(patience)) return code;
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
  log::critical("the end takes too long and is cut off", {{"unrecorded_matches", queue_.size()}});
  log_.finish(patience);
}

ExitCode Service::start_pages() {
  HttpServerOptions options;
  options.host = config_.api_host;
  options.port = config_.api_port;
  options.on_failure = [this] { ending_.decide(exit_failure); };
  auto server = HttpServer::start(options,
                                  {{"/healthz", [this] { return health(); }},
                                   {"/readyz", [this] { return readiness(); }},
                                   {"/metrics", [this] { return metrics_text(); }}},
                                  life_signs_.add("http"));
  if (!server) {
    log::critical("the pages cannot be served", {{"why", server.error().message}});
    return exit_failure;
  }
  pages_ = std::move(*server);
  log::info("pages are served", {{"host", config_.api_host}, {"port", config_.api_port}});
  return exit_fine;
}

// Waits for a database that does not answer; one that answers and lacks something ends the start.
void Service::wait_for_schema(std::stop_token stop, LifeSign& life) {
  Backoff backoff(schema_backoff, 1);
  while (!stop.stop_requested()) {
    life.show();
    const auto checked = alert_store_->check_schema();
    if (checked) {
      store_health_.answered();
      start_store_threads();
      return;
    }
    if (checked.error().kind == StoreError::Kind::missing_table) {
      std::string why = checked.error().message;
      if (!config_.sqlite_path.empty()) {
        why += ": put a back-up of the file back, or begin with a new one";
      }
      log::critical("the database is not prepared", {{"why", why}});
      ending_.decide(exit_schema);
      return;
    }
    store_health_.failed("waiting for the database", checked.error());
    pause(backoff.next(), stop);
  }
}

void Service::start_store_threads() {
  if (config_.webhook) {
    courier_ = std::make_unique<Courier>(
        Courier::Options{
            {config_.redelivery_interval}, config_.webhook_timeout, config_.redelivery_max_age},
        Courier::Parts{*delivery_queue_, make_notifiers(config_, clock_), metrics_, store_health_,
                       clock_, life_signs_});
    courier_thread_ = start(
        "courier", [this](std::stop_token stop, LifeSign& life) { courier_->run(stop, life); });
  }
  judge_thread_ = start("judge", [this](std::stop_token stop, LifeSign& life) {
    std::ostream lost_and_found(&spill_);
    Judge judge({{config_.grace, config_.webhook.has_value()}, config_.resolve_window},
                {*alert_store_, queue_, metrics_, store_health_, damper_, clock_, life,
                 [this] {
                   if (courier_) courier_->wake();
                 },
                 lost_and_found});
    spilled_ = judge.run(stop);
  });
  janitor_thread_ = start("janitor", [this](std::stop_token stop, LifeSign& life) {
    Janitor({config_.cleanup_interval, config_.alert_retention},
            {*alert_archive_, *delivery_queue_, positions_, metrics_, store_health_, damper_,
             clock_, life})
        .run(stop);
  });
  refresher_thread_ = start("refresher", [this](std::stop_token stop, LifeSign& life) {
    Refresher refresher(config_.watch_refresh_interval,
                        {*watch_source_, watch_list_, watch_board_, metrics_, store_health_, clock_,
                         life, [this] { start_feeds(); }, refresh_at_once_});
    refresher.run(stop);
  });
}

// Called by the refresher's thread, once.
void Service::start_feeds() {
  for (const Url& url : config_.feeds) {
    watchers_.push_back(std::make_unique<Watcher>(
        Watcher::Shared{watch_list_, queue_, positions_, metrics_, damper_, last_certificate_}));
    feed_threads_.push_back(
        start("feed " + url.host_and_port(),
              [this, &url, &watcher = *watchers_.back()](std::stop_token stop, LifeSign& life) {
                make_feed(url, config_, {metrics_, feed_board_, clock_, life})->run(stop, watcher);
              }));
  }
}

// Feeds first, so that nothing new comes in; then what records and delivers, all at once, each with
// its own farewell.
void Service::end_everything() {
  hurry_stores();
  // Whoever starts other threads ends before they do.
  schema_thread_ = {};
  refresher_thread_ = {};
  for (std::jthread& thread : feed_threads_) thread.request_stop();
  feed_threads_.clear();
  for (std::jthread* thread : {&judge_thread_, &courier_thread_, &janitor_thread_}) {
    thread->request_stop();
  }
  judge_thread_ = {};
  courier_thread_ = {};
  janitor_thread_ = {};
}

// From now on a store waits for its database for a moment only.
void Service::hurry_stores() {
  alert_store_->hurry();
  delivery_queue_->hurry();
  alert_archive_->hurry();
  watch_source_->hurry();
}

// When something that a steady clock timed happened, for people.
SystemTime Service::wall_time(SteadyTime time) const {
  return clock_.system_now() -
         std::chrono::duration_cast<SystemTime::duration>(clock_.steady_now() - time);
}

std::optional<Seconds> Service::age(std::optional<SteadyTime> time) const {
  if (!time) return std::nullopt;
  return clock_.steady_now() - *time;
}

Page Service::health() const {
  HealthFacts facts;
  facts.complaints = life_signs_.complaints();
  facts.watch_entries = watch_board_.state(clock_.steady_now()).entries;
  facts.last_ct_event = last_certificate_.time();
  return health_page(facts);
}

Page Service::readiness() const {
  ReadinessFacts facts;
  const StoreHealth::State store = store_health_.state();
  facts.database = {store.up, wall_time(store.since), age(store.last_success), store.why};
  const WatchBoard::State list = watch_board_.state(clock_.steady_now());
  facts.watch_list = {list.ok, wall_time(list.since), age(list.last_success), list.why};
  facts.watch_entries = list.entries;
  for (const FeedStatus& feed : feed_board_.all()) {
    facts.feeds.push_back({feed.name,
                           {feed.connected && !feed.stalled, wall_time(feed.since),
                            age(feed.last_message), feed.why}});
  }
  // Those that wait for the first watch list are not on the board yet.
  for (std::size_t i = facts.feeds.size(); i < config_.feeds.size(); ++i) {
    facts.feeds.push_back(
        {config_.feeds[i].host_and_port(), {false, {}, {}, "waits for the first watch list"}});
  }
  return readiness_page(facts);
}

Page Service::metrics_text() {
  count_missed_entries(positions_, metrics_, damper_, clock_.steady_now());
  metrics_.match_queue_depth.Set(static_cast<double>(queue_.size()));
  return metrics_page({&metrics_.registry(), &process_metrics_});
}

}  // namespace certwatch
