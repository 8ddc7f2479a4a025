// How long a call waits for the database: its limit, cut short when the process is about to end.
#pragma once

#include <atomic>
#include <chrono>
#include <stop_token>

namespace certwatch::postgres {

using Deadline = std::chrono::steady_clock::time_point;

// The process is about to end: told by any thread, once.
class Haste {
 public:
  Haste();
  ~Haste();
  Haste(const Haste&) = delete;
  Haste& operator=(const Haste&) = delete;

  void raise();
  bool raised() const { return raised_; }
  // When it was raised. Means nothing before.
  Deadline since() const { return Deadline(Deadline::duration(since_)); }
  // Readable once raised, for poll().
  int descriptor() const { return descriptor_; }
  // Requested once raised, for those who wait otherwise.
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::atomic<bool> raised_{false};
  std::atomic<Deadline::rep> since_{0};
  int descriptor_;
};

// Of one call, from now; `haste` outlives it.
class Patience {
 public:
  static constexpr std::chrono::seconds limit_in_haste{1};

  Patience(std::chrono::seconds limit, const Haste& haste);

  Deadline end() const;
  bool in_haste() const { return haste_.raised(); }
  std::stop_token haste_token() const { return haste_.token(); }
  // Wakes a wait whose end has come nearer; -1: it cannot any more.
  int wake_descriptor() const { return haste_.raised() ? -1 : haste_.descriptor(); }

 private:
  const Haste& haste_;
  const bool began_in_haste_;
  const Deadline end_;
};

}  // namespace certwatch::postgres
