// An embedded database of a test's own, and a connection that the test holds itself.
#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace certwatch {

// A path of its own; whatever is there is removed at the end.
class SqliteFile {
 public:
  SqliteFile() {
    static std::atomic<int> last{0};
    // In memory where there is such a folder: syncing to a disk takes most of the time otherwise.
    const std::filesystem::path memory = "/dev/shm";
    folder_ =
        (access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path()) /
        ("certwatch-test-" + std::to_string(getpid()) + "-" + std::to_string(++last));
    std::filesystem::create_directories(folder_);
  }
  ~SqliteFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  SqliteFile(SqliteFile&&) = delete;

  std::string path() const { return (folder_ / "certwatch.db").string(); }
  std::string folder() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
};

// Whatever goes wrong throws.
class SqliteConsole {
 public:
  explicit SqliteConsole(const std::string& path) {
    if (sqlite3_open(path.c_str(), &raw_) != SQLITE_OK) throw std::runtime_error("open " + path);
    sqlite3_busy_timeout(raw_, 10'000);
  }
  ~SqliteConsole() { sqlite3_close(raw_); }
  SqliteConsole(SqliteConsole&&) = delete;

  using Row = std::vector<std::optional<std::string>>;
  // One statement.
  std::vector<Row> run(const std::string& sql, const Row& parameters = {}) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(raw_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
      throw_error(sql);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (!parameters[i]) continue;
      sqlite3_bind_text(statement, static_cast<int>(i + 1), parameters[i]->data(),
                        static_cast<int>(parameters[i]->size()), nullptr);
    }
    std::vector<Row> rows;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      Row row;
      for (int column = 0; column < sqlite3_column_count(statement); ++column) {
        const void* const text = sqlite3_column_text(statement, column);
        row.push_back(text == nullptr ? std::nullopt
                                      : std::optional<std::string>(static_cast<const char*>(text)));
      }
      rows.push_back(std::move(row));
    }
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE) throw_error(sql);
    return rows;
  }

 private:
  [[noreturn]] void throw_error(const std::string& sql) {
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(raw_));
  }

  sqlite3* raw_ = nullptr;
};

}  // namespace certwatch
