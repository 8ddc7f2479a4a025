// A few threads that answer requests, so that a page that takes its time holds up no other.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace certwatch {

// For one thread that asks.
class PageThreads {
 public:
  using Answer = std::function<std::string(const std::string& request)>;
  using Id = std::uint64_t;
  struct Answered {
    Id id;
    std::string answer;
  };

  // `answer` runs on the threads, several times at once. `on_answered` runs there after each
  // answer, and must not throw. Throws std::system_error if there is no thread to be had; the
  // others have ended by then.
  PageThreads(std::size_t threads, Answer answer, std::function<void()> on_answered);

  void ask(Id id, std::string request);
  // Nobody waits for this answer any more. If it is being made already, take() returns it all the
  // same.
  void forget(Id id);
  // Those answered since the last call. Throws what `answer` threw: its thread is gone.
  std::vector<Answered> take();

 private:
  struct Asked {
    Id id;
    std::string request;
  };
  void run(const std::stop_token& stop);

  const Answer answer_;
  const std::function<void()> on_answered_;
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<Asked> asked_;
  std::vector<Answered> answered_;
  std::exception_ptr died_of_;
  // Last, so that they end before what they use.
  std::vector<std::jthread> threads_;
};

}  // namespace certwatch
