#include "record/sqlite/database.h"

#include <algorithm>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/json_text.h"
#include "record/sqlite/schema.h"

namespace certwatch::sqlite {
namespace {

using namespace std::chrono_literals;

constexpr auto writer_limit = 5s;
constexpr auto writer_limit_in_haste = 1s;

StoreError::Kind kind_of(int code, std::string_view message) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      return StoreError::Kind::refused;
    case SQLITE_ERROR:
      return message.starts_with("no such") ? StoreError::Kind::missing_table
                                            : StoreError::Kind::refused;
    default:
      return StoreError::Kind::unavailable;
  }
}

bool is_there(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

// SQLite would make the file readable for everybody. What it puts beside it gets the same
// permissions. Where this cannot be done, SQLite says why.
void make_private(const std::string& path) {
  const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made >= 0) ::close(made);
}

// Whatever may mean something in a URI is written as a number.
std::string uri_of(const std::string& path) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string uri = path.starts_with('/') ? "file://" : "file:";
  for (const char c : path) {
    if (c != '%' && c != '?' && c != '#') {
      uri += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    uri += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return uri;
}

}  // namespace

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool Query::next() {
  if (statement_ == nullptr || database_.failed()) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail(code);
  return false;
}

void Query::run() {
  while (next()) {
  }
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string_view Query::view(int column) const {
  const void* const bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<std::string> Query::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

std::int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<std::int64_t> Query::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

double Query::real(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::optional<SystemTime> Query::time(int column) const {
  if (is_null(column)) return std::nullopt;
  return SystemTime(std::chrono::round<std::chrono::microseconds>(Seconds(real(column))));
}

// A NUL would end the text for most who read it.
void Query::bind(int index, std::string_view value) {
  const bool has_nul = value.find('\0') != std::string_view::npos;
  const std::string clean = has_nul ? json::storable_text(value) : std::string();
  const std::string_view bound = has_nul ? std::string_view(clean) : value;
  const int code =
      sqlite3_bind_text64(statement_, index, bound.data() == nullptr ? "" : bound.data(),
                          bound.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) database_.fail(code);
}

void Query::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_, index, value);
}

void Query::bind(int index, double value) {
  sqlite3_bind_double(statement_, index, value);
}

void Query::bind(int index, std::nullopt_t) {
  sqlite3_bind_null(statement_, index);
}

Database::~Database() {
  close();
}

void Database::close() {
  for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
  statements_.clear();
  sqlite3_close(raw_);
  raw_ = nullptr;
}

StoreResult<void> Database::result() const {
  if (failure_) return tl::unexpected(*failure_);
  return {};
}

SystemTime Database::now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

void Database::fail(int code) {
  if (failure_) return;
  // The last error of the connection is this one: it belongs to one thread.
  const std::string message = raw_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(raw_);
  failure_ = StoreError{kind_of(code, message), operation_ + ": " + message};
  const int primary = code & 0xff;
  is_broken_ = primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ||
               primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY;
  if (is_broken_) failure_->message += " (" + path_ + ")";
}

void Database::fail_with_path(const std::string& message) {
  is_broken_ = true;
  failure_ =
      StoreError{StoreError::Kind::unavailable, operation_ + ": " + message + " (" + path_ + ")"};
}

void Database::begin(const char* operation) {
  operation_ = operation;
  failure_.reset();
  waiting_since_ = std::chrono::steady_clock::now();
  if (raw_ != nullptr && !is_broken_ && has_moved()) {
    fail_with_path("the file was moved, replaced or deleted: it will be opened anew");
    return;
  }
  if (raw_ != nullptr && !is_broken_ && !is_open_for_one_call_) return;
  close();
  is_broken_ = false;
  access_ == Access::write ? open_to_write() : open_to_read();
  if (failed()) close();
}

void Database::open_to_write() {
  make_private(path_);
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (const int code = sqlite3_open_v2(path_.c_str(), &raw_, flags, nullptr); code != SQLITE_OK) {
    fail(code);
    return;
  }
  sqlite3_busy_handler(raw_, wait_for_writer, this);
  // SQLite opens for reading what it may not write.
  if (sqlite3_db_readonly(raw_, "main") == 1) {
    fail_with_path("the file must not be written to");
    return;
  }
  set_up();
}

// SQLite puts two files beside the one it opens, even where it only reads. Where they are missing,
// nobody uses the database. Then it is opened as a file that does not change, and nothing is put
// beside it.
void Database::open_to_read() {
  if (!is_there(path_)) {
    fail_with_path("there is no such file");
    return;
  }
  is_open_for_one_call_ = !is_there(path_ + "-wal");
  const std::string uri = uri_of(path_) + (is_open_for_one_call_ ? "?immutable=1" : "");
  const int flags =
      SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (const int code = sqlite3_open_v2(uri.c_str(), &raw_, flags, nullptr); code != SQLITE_OK) {
    fail(code);
    return;
  }
  sqlite3_busy_handler(raw_, wait_for_writer, this);
  check_version();
}

bool Database::has_moved() {
  int moved = 0;
  sqlite3_file_control(raw_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

std::int64_t Database::version() {
  std::int64_t version = 0;
  for (Query found = query("PRAGMA user_version"); found.next();) version = found.integer(0);
  return version;
}

void Database::check_version() {
  const std::int64_t found = version();
  if (failed() || found == schema_version) return;
  if (found == 0) {
    fail_with_path("the file is no database of certwatch");
  } else if (found > schema_version) {
    fail_with_path("the file was made by a newer certwatch");
  } else {
    fail_with_path(
        "the file was made by an older certwatch: start the service on it, which brings it up to "
        "date");
  }
}

void Database::set_up() {
  const auto execute = [this](const char* sql) {
    if (failed()) return;
    if (const int code = sqlite3_exec(raw_, sql, nullptr, nullptr, nullptr); code != SQLITE_OK) {
      fail(code);
    }
  };
  // FULL: what has been committed survives a crash of the machine, too.
  execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  std::int64_t found = version();
  if (failed() || found == schema_version) return;
  if (found > schema_version) {
    check_version();
    return;
  }
  Transaction transaction(*this);
  // Another process may have done it meanwhile.
  found = version();
  if (found == schema_version) return;
  if (found > 0) execute(put_aside);
  execute(schema);
  if (found > 0) execute(take_over);
  execute(("PRAGMA user_version = " + std::to_string(schema_version)).c_str());
  transaction.commit();
}

sqlite3_stmt* Database::prepare(const char* sql) {
  if (failed()) return nullptr;
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(raw_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) {
    fail(code);
    return nullptr;
  }
  statements_.emplace(sql, statement);
  return statement;
}

// Called by SQLite while another connection holds the lock; not 0: try again.
int Database::wait_for_writer(void* database, int tries) {
  const auto& self = *static_cast<const Database*>(database);
  const auto waited = std::chrono::steady_clock::now() - self.waiting_since_;
  if (waited > (self.hurried_ ? writer_limit_in_haste : writer_limit)) return 0;
  sqlite3_sleep(std::min(1 << std::min(tries, 5), 20));
  return 1;
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.run("BEGIN IMMEDIATE");
  is_open_ = !database_.failed();
}

Transaction::~Transaction() {
  if (is_open_) sqlite3_exec(database_.raw_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  if (!is_open_ || database_.failed()) return;
  database_.run("COMMIT");
  is_open_ = database_.failed();
}

}  // namespace certwatch::sqlite
