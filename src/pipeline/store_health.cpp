#include "pipeline/store_health.h"

namespace certwatch {

void StoreHealth::answered() {
  bool is_news = false;
  {
    const std::lock_guard lock(mutex_);
    if (!unrecorded_.empty()) return;
    last_success_ = clock_.steady_now();
    is_news = !up_;
    if (is_news) since_ = *last_success_;
    up_ = true;
    why_.clear();
    // Under the lock, so that the gauge never shows less than the last word.
    metrics_.store_up.Set(1);
  }
  if (is_news && damper_.rule("answers").pass) log::info("the database answers");
}

void StoreHealth::failed(const char* doing, const StoreError& error) {
  if (error.kind == StoreError::Kind::refused) {
    answered();  // what it refuses says nothing about the rest
  } else {
    const std::lock_guard lock(mutex_);
    if (up_) since_ = clock_.steady_now();
    up_ = false;
    why_ = error.message;
    metrics_.store_up.Set(0);
  }
  metrics_.store_errors.Increment();
  if (const auto ruling = damper_.rule(doing); ruling.pass) {
    log::error("the database has failed, and certwatch tries again",
               {{"doing", doing}, {"why", error.message}, {"more_like_it", ruling.held_back}});
  }
}

void StoreHealth::recorded(const char* doing) {
  {
    const std::lock_guard lock(mutex_);
    unrecorded_.erase(doing);
  }
  answered();
}

void StoreHealth::failed_to_record(const char* doing, const StoreError& error) {
  {
    const std::lock_guard lock(mutex_);
    if (error.kind == StoreError::Kind::refused) {
      unrecorded_.erase(doing);
    } else {
      unrecorded_.insert(doing);
    }
  }
  failed(doing, error);
}

StoreHealth::State StoreHealth::state() const {
  const std::lock_guard lock(mutex_);
  return {up_, since_, last_success_, why_};
}

}  // namespace certwatch
