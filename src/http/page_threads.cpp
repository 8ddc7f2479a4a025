#include "http/page_threads.h"

#include <utility>

namespace certwatch {

PageThreads::PageThreads(std::size_t threads, Answer answer, std::function<void()> on_answered)
    : answer_(std::move(answer)), on_answered_(std::move(on_answered)) {
  threads_.reserve(threads);
  while (threads_.size() < threads) {
    threads_.emplace_back([this](const std::stop_token& stop) {
      try {
        run(stop);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        died_of_ = std::current_exception();
      }
      on_answered_();
    });
  }
}

void PageThreads::ask(Id id, std::string request) {
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back({id, std::move(request)});
  }
  arrived_.notify_one();
}

void PageThreads::forget(Id id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(asked_, [id](const Asked& asked) { return asked.id == id; });
}

std::vector<PageThreads::Answered> PageThreads::take() {
  const std::lock_guard lock(mutex_);
  if (died_of_) std::rethrow_exception(died_of_);
  return std::exchange(answered_, {});
}

void PageThreads::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (arrived_.wait(lock, stop, [this] { return !asked_.empty(); })) {
    const Asked asked = std::move(asked_.front());
    asked_.pop_front();
    lock.unlock();
    std::string answer = answer_(asked.request);
    lock.lock();
    answered_.push_back({asked.id, std::move(answer)});
    lock.unlock();
    on_answered_();
    lock.lock();
  }
}

}  // namespace certwatch
