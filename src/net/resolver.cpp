#include "net/resolver.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <netdb.h>
#include <optional>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

namespace certwatch {
namespace {

constexpr std::size_t most_addresses = 16;
// For a lookup that nobody waits for any more to end by itself, and for a cancelled one to end.
constexpr long patience_ms = 100;
constexpr long cancelled_patience_ms = 400;

using Addresses = Result<std::vector<Address>>;

Addresses look_up(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  const int error_number = errno;
  if (error == EAI_SYSTEM) return failure("name service: " + system_error_text(error_number));
  if (error != 0) return failure(std::string("name service: ") + ::gai_strerror(error));
  std::vector<Address> addresses;
  for (const addrinfo* each = found; each != nullptr && addresses.size() < most_addresses;
       each = each->ai_next) {
    if (each->ai_addrlen > sizeof(sockaddr_storage)) continue;
    std::memcpy(&addresses.emplace_back().storage, each->ai_addr, each->ai_addrlen);
    addresses.back().length = each->ai_addrlen;
  }
  ::freeaddrinfo(found);
  if (addresses.empty()) return failure("name service: the name has no address");
  return addresses;
}

}  // namespace

// Shared by the thread that looks up and the one that waits, so that neither can outlive it.
struct Resolver::Lookup {
  std::string host;
  std::uint16_t port = 0;
  Descriptor done;  // an eventfd, raised when `answer` is there
  Addresses answer;
};

// Not std::thread: getaddrinfo() cannot be asked to stop, and a join() without a bound would let a
// dead name server hold up the end of the process. It waits at cancellation points, so that the
// thread can be cancelled; what getaddrinfo() leaks then is a socket and some hundred bytes.
class Resolver::LookupThread {
 public:
  static std::unique_ptr<LookupThread> start(std::shared_ptr<Lookup> lookup) {
    auto started = std::unique_ptr<LookupThread>(new LookupThread(std::move(lookup)));
    auto argument = std::make_unique<std::shared_ptr<Lookup>>(started->lookup_);
    if (::pthread_create(&started->thread_, nullptr, &run, argument.get()) != 0) return nullptr;
    static_cast<void>(argument.release());  // run() owns it
    started->is_running_ = true;
    return started;
  }

  LookupThread(const LookupThread&) = delete;
  LookupThread& operator=(const LookupThread&) = delete;

  ~LookupThread() {
    if (!is_running_ || has_ended_within(patience_ms)) return;
    ::pthread_cancel(thread_);
    // Where even that does not end it (a name service module that holds a lock), it is left to the
    // end of the process, which must not wait; it owns all that it touches.
    has_ended_within(cancelled_patience_ms);
  }

  Lookup& lookup() { return *lookup_; }

  // After `done` has been raised.
  void join() {
    ::pthread_join(thread_, nullptr);
    is_running_ = false;
  }

 private:
  explicit LookupThread(std::shared_ptr<Lookup> lookup) : lookup_(std::move(lookup)) {}

  // Joined, then.
  bool has_ended_within(long milliseconds) {
    timespec until{};
    ::clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += milliseconds * 1'000'000;
    until.tv_sec += until.tv_nsec / 1'000'000'000;
    until.tv_nsec %= 1'000'000'000;
    return ::pthread_timedjoin_np(thread_, nullptr, &until) == 0;
  }

  static void* run(void* argument) {
    const std::unique_ptr<std::shared_ptr<Lookup>> owned(
        static_cast<std::shared_ptr<Lookup>*>(argument));
    Lookup& lookup = **owned;
    lookup.answer = look_up(lookup.host, lookup.port, 0);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(lookup.done.number(), &one, sizeof one);
    return nullptr;
  }

  std::shared_ptr<Lookup> lookup_;
  pthread_t thread_{};
  bool is_running_ = false;
};

Resolver::Resolver(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

Resolver::~Resolver() = default;

Addresses Resolver::resolve(StoppableWait& wait, SteadyTime deadline) {
  if (auto literal = look_up(host_, port_, AI_NUMERICHOST)) return literal;
  if (!under_way_) {
    auto lookup = std::make_shared<Lookup>();
    lookup->host = host_;
    lookup->port = port_;
    lookup->done = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!lookup->done.is_open()) return failure("eventfd: " + system_error_text(errno));
    under_way_ = LookupThread::start(std::move(lookup));
    if (!under_way_) return failure("no thread could be started for the name service");
  }
  switch (wait.wait(under_way_->lookup().done.number(), POLLIN, deadline)) {
    case StoppableWait::Outcome::stopped:
      return failure("stopped");
    case StoppableWait::Outcome::timed_out:
      return failure("name service: no answer in time");
    case StoppableWait::Outcome::ready:
      break;
  }
  under_way_->join();
  Addresses answer = std::move(under_way_->lookup().answer);
  under_way_.reset();
  return answer;
}

}  // namespace certwatch
