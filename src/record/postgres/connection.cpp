#include "record/postgres/connection.h"

#include <algorithm>
#include <cerrno>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "record/postgres/dsn.h"

namespace certwatch::postgres {
namespace {

using std::chrono::steady_clock;

void ignore_notice(void*, const PGresult*) {}

}  // namespace

Connection::~Connection() {
  close();
}

void Connection::close() {
  if (raw_ != nullptr) PQfinish(raw_);
  raw_ = nullptr;
}

std::string Connection::clean(std::string_view message) const {
  return without_password(message, dsn_);
}

tl::unexpected<StoreError> Connection::lost(std::string_view what) {
  std::string message(what);
  const std::string why = raw_ == nullptr ? "" : clean(PQerrorMessage(raw_));
  if (!why.empty()) message += ": " + why;
  close();
  return store_failure(StoreError::Kind::unavailable, std::move(message));
}

StoreResult<void> Connection::open(const Patience& patience) {
  close();
  auto keywords = connection_keywords(dsn_);
  if (!keywords) {
    return store_failure(StoreError::Kind::unavailable,
                         "connection string: " + keywords.error().message);
  }
  if (auto filled = addresses_.fill_in(*keywords, patience); !filled) {
    return store_failure(StoreError::Kind::unavailable,
                         "cannot connect: " + filled.error().message);
  }
  raw_ = start_connecting(*keywords);
  if (raw_ == nullptr) return lost("cannot connect: out of memory");
  PQsetNoticeReceiver(raw_, ignore_notice, nullptr);
  if (PQstatus(raw_) == CONNECTION_BAD) return lost("cannot connect");
  auto step = PGRES_POLLING_WRITING;
  while (step != PGRES_POLLING_OK) {
    const short events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (auto waited = wait_or_close(events, patience, "a connection"); !waited) return waited;
    step = PQconnectPoll(raw_);
    if (step == PGRES_POLLING_FAILED) return lost("cannot connect");
  }
  if (PQsetnonblocking(raw_, 1) != 0 || PQenterPipelineMode(raw_) != 1) {
    return lost("cannot set up the connection");
  }
  return {};
}

bool Connection::has_ended() {
  // The server's farewell comes before the end of the stream: read until there is nothing more.
  while (true) {
    pollfd socket{PQsocket(raw_), POLLIN, 0};
    if (socket.fd < 0) return true;
    if (poll(&socket, 1, 0) <= 0) return false;
    if (PQconsumeInput(raw_) != 1 || PQstatus(raw_) == CONNECTION_BAD) return true;
  }
}

bool Connection::wait(short events, const Patience& patience) const {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(patience.end() - steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd both[] = {{PQsocket(raw_), events, 0}, {patience.wake_descriptor(), POLLIN, 0}};
    const int ready = poll(both, 2, static_cast<int>(std::min<long>(left.count(), 60'000)));
    if (ready < 0 && errno != EINTR) return false;
    if (ready > 0 && both[0].revents != 0) return true;
  }
}

StoreResult<void> Connection::wait_or_close(short events, const Patience& patience,
                                            const char* for_what) {
  if (wait(events, patience)) return {};
  close();
  return store_failure(StoreError::Kind::unavailable,
                       std::string("waited in vain for ") + for_what);
}

StoreResult<pg_result*> Connection::next_result(const Patience& patience) {
  while (true) {
    const int unsent = PQflush(raw_);
    if (unsent < 0) return lost("connection lost");
    if (PQisBusy(raw_) == 0) {
      pg_result* const result = PQgetResult(raw_);
      if (result == nullptr && PQstatus(raw_) == CONNECTION_BAD) return lost("connection lost");
      return result;
    }
    const auto events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
    if (auto waited = wait_or_close(events, patience, "an answer"); !waited) {
      return tl::unexpected(waited.error());
    }
    if (PQconsumeInput(raw_) != 1) return lost("connection lost");
  }
}

}  // namespace certwatch::postgres
