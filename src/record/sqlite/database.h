// A connection to the embedded database.
//
// A call is one function of a port: begin() says its name, for messages. After the first failure of
// a call, to open the file among them, nothing more is executed in it; what it was is asked for at
// the end. So the steps of a call are written one after the other, and checked once.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "record/access.h"
#include "record/store_error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace certwatch::sqlite {

class Database;

// One execution of a statement. Columns count from 0; a null reads as empty, 0 or false where no
// optional is asked for.
class Query {
 public:
  Query(Database& database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  ~Query();
  Query(Query&& other) noexcept
      : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // A row is there. False at the end, and after a failure.
  bool next();
  // Executes what returns no rows.
  void run();

  bool is_null(int column) const;
  // Valid until the next row.
  std::string_view view(int column) const;
  std::string text(int column) const { return std::string(view(column)); }
  std::optional<std::string> optional_text(int column) const;
  std::int64_t integer(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;
  double real(int column) const;
  bool boolean(int column) const { return integer(column) != 0; }
  // Of Unix seconds, to the microsecond.
  std::optional<SystemTime> time(int column) const;

 private:
  friend class Database;
  void bind(int index, std::string_view value);
  void bind(int index, std::int64_t value);
  void bind(int index, double value);
  void bind(int index, std::nullopt_t);
  template <class Duration>
  void bind(int index, std::chrono::time_point<std::chrono::system_clock, Duration> value) {
    bind(index, Seconds(value.time_since_epoch()).count());
  }
  void bind(int index, bool value) { bind(index, std::int64_t{value}); }
  void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
  void bind(int index, const char* value) { bind(index, std::string_view(value)); }
  template <class Value>
  void bind(int index, const std::optional<Value>& value) {
    value ? bind(index, *value) : bind(index, std::nullopt);
  }

  Database& database_;
  sqlite3_stmt* statement_;  // null: nothing is executed
};

class Database {
 public:
  // To write: what is missing is made, for its owner alone. A file that may only be read is
  // trouble, even where a call only looks: else it would seem well from one look to the next write.
  explicit Database(std::string path, Access access = Access::write)
      : path_(std::move(path)), access_(access) {}
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Starts a call: open, with its tables. Fails once where the file at the path is not the one that
  // was opened: what is written to a file that was moved or deleted would be lost.
  void begin(const char* operation);

  // `sql` outlives this: it is prepared once and kept by its address. Not to be nested with itself.
  template <class... Values>
  Query query(const char* sql, const Values&... values) {
    Query made(*this, prepare(sql));
    if (made.statement_ != nullptr) {
      int index = 0;
      (made.bind(++index, values), ...);
    }
    return made;
  }
  // Executes what returns no rows.
  template <class... Values>
  void run(const char* sql, const Values&... values) {
    Query made = query(sql, values...);
    made.run();
  }

  bool failed() const { return failure_.has_value(); }
  // The result of the call: a failure if there was one, else `value`.
  template <class Value>
  StoreResult<Value> result(Value value) const {
    if (failure_) return tl::unexpected(*failure_);
    return value;
  }
  StoreResult<void> result() const;

  // Of this machine, to the microsecond: the database has no clock of its own.
  static SystemTime now();

  // From any thread: calls wait for other writers for 1 s at most from now on.
  void hurry() { hurried_ = true; }

 private:
  friend class Query;
  friend class Transaction;
  void open_to_write();
  void open_to_read();
  std::int64_t version();
  void check_version();
  bool has_moved();
  void set_up();
  sqlite3_stmt* prepare(const char* sql);
  void fail(int code);
  void fail_with_path(const std::string& message);
  void close();
  static int wait_for_writer(void* database, int tries);

  const std::string path_;
  const Access access_;
  sqlite3* raw_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  std::string operation_;
  std::optional<StoreError> failure_;
  // The next call opens it anew.
  bool is_broken_ = false;
  // It was opened as a file that does not change, because nobody else had it open. That holds for
  // one call.
  bool is_open_for_one_call_ = false;
  std::atomic<bool> hurried_{false};
  std::chrono::steady_clock::time_point waiting_since_;
};

// A write transaction: no other writer comes between. Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Rolls back instead where anything failed.
  void commit();

 private:
  Database& database_;
  bool is_open_ = false;
};

}  // namespace certwatch::sqlite
