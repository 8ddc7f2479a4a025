// A fixed number of threads that take tasks in their order.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace certwatch {

class WorkerPool {
 public:
  // Throws std::system_error where a thread is not to be had; those there are have then ended
  // (httplib's own pool would end the process).
  explicit WorkerPool(std::size_t threads) {
    threads_.reserve(threads);
    while (threads_.size() < threads) {
      threads_.emplace_back([this](std::stop_token stop) { work(stop); });
    }
  }

  // From any thread, until finish().
  void enqueue(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    arrived_.notify_one();
  }

  // Returns when every task has been done.
  void finish() {
    for (std::jthread& thread : threads_) thread.request_stop();
    threads_.clear();
  }

 private:
  void work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (arrived_.wait(lock, stop, [this] { return !tasks_.empty(); })) {
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::jthread> threads_;
};

}  // namespace certwatch
