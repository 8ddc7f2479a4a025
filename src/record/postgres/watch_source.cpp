#include "record/postgres/watch_source.h"

namespace certwatch::postgres {
namespace {

const Statement read_watch_list{"read_watch_list", "SELECT fqdn FROM public.intent_current"};

}  // namespace

StoreResult<void> PostgresWatchSource::visit(const EntryVisitor& visitor) {
  if (auto begun = session_.begin("read the watch list"); !begun) return begun;
  return session_.stream(read_watch_list, [&visitor](const Answer& row) {
    visitor(row.is_null(0, 0) ? std::nullopt : std::optional(row.view(0, 0)));
  });
}

}  // namespace certwatch::postgres
