// SPDX-License-Identifier: Apache-2.0
#include "harness/history/database.h"

#include "harness/history/history_file.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

namespace gridlock::internal {
namespace {

constexpr int kPatienceMs = 10'000;        // for another process that writes
constexpr int kLongestValue = 64U << 20U;  // bytes; a name that somebody made up

const char* words_of(int code) {
  switch (code & 0xFF) {
    case SQLITE_NOTADB:
      return "is no database";
    case SQLITE_CORRUPT:
      return "is damaged";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "is being written by another process for too long";
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "cannot be written";
    case SQLITE_FULL:
      return "cannot be written: the disk is full";
    case SQLITE_CANTOPEN:
      return "cannot be opened";
    case SQLITE_TOOBIG:
      return "has a value that is too long";
    default:
      return nullptr;
  }
}

// SQLite waits forever for who writes into a FIFO, and says nothing of a directory.
std::string unfit(const std::string& file, Database::Access access) {
  struct stat status{};
  if (stat(file.c_str(), &status) != 0) {
    if (errno != ENOENT) return std::string("cannot be opened: ") + std::strerror(errno);
    if (access == Database::Access::kRead) return "cannot be read: No such file or directory";
    const std::string folder = std::filesystem::path(std::filesystem::absolute(file)).parent_path();
    if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
    return std::string("cannot be made: ") + std::strerror(errno);
  }
  if (S_ISDIR(status.st_mode)) return "is a directory";
  if (!S_ISREG(status.st_mode)) return "is no regular file";
  if (::access(file.c_str(), R_OK) != 0)
    return std::string("cannot be read: ") + std::strerror(errno);
  if (access == Database::Access::kWrite && ::access(file.c_str(), W_OK) != 0)
    return std::string("cannot be written: ") + std::strerror(errno);
  return {};
}

}  // namespace

void Database::Close::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

Database::Database(std::string file, Access access) : file_(std::move(file)), access_(access) {
  if (file_.empty()) fail("the name is empty");
  if (const std::string why = unfit(file_, access); !why.empty()) fail(why);
  if (access == Access::kWrite) {
    open(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    run("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL");
    return;
  }
  open(SQLITE_OPEN_READONLY);
  if (!needs_repair()) return;
  open(SQLITE_OPEN_READWRITE);
  if (needs_repair())
    fail(
        "was left unfinished by a process that was killed, and may not be repaired here: it cannot "
        "be written");
}

void Database::open(int flags) {
  // An absolute path is none of SQLite's special names.
  const std::string path = std::filesystem::absolute(file_).string();
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail();
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kPatienceMs);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kLongestValue);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  // The file may come from anywhere: what is in its schema does nothing but be there.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
}

bool Database::needs_repair() {
  const int code =
      sqlite3_exec(handle_.get(), "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return false;
  if (code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY ||
      (code & 0xFF) == SQLITE_CANTOPEN) {
    return true;
  }
  fail();
}

void Database::run(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

void Database::roll_back() noexcept {
  sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

std::int64_t Database::number(const char* sql) {
  Statement statement(*this, sql);
  return statement.next() ? statement.number(0) : 0;
}

void Database::fail(std::string_view what) const {
  throw HistoryError("history: '" + file_ + "' " + std::string(what));
}

void Database::fail() const {
  const int code = sqlite3_extended_errcode(handle_.get());
  if (const char* const words = words_of(code)) {
    if (code == SQLITE_CANTOPEN && access_ == Access::kWrite)
      fail(std::string("cannot be made: ") + std::strerror(sqlite3_system_errno(handle_.get())));
    fail(words);
  }
  fail(std::string("cannot be used: ") + sqlite3_errmsg(handle_.get()));
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

Statement::Statement(Database& database, const char* sql) : database_(database) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v2(database.handle_.get(), sql, -1, &handle, nullptr);
  handle_.reset(handle);
  if (code == SQLITE_ERROR) database_.fail("is damaged: a table is not as it should be");
  check(code);
}

void Statement::check(int code) {
  if (code != SQLITE_OK) database_.fail();
}

Statement& Statement::add(std::string_view text) {
  constexpr auto kLongest = static_cast<std::size_t>(std::numeric_limits<int>::max());
  if (text.size() > kLongest) database_.fail("cannot keep a text of this length");
  // An empty view may point nowhere, which SQLite takes for no value.
  const char* const bytes = text.empty() ? "" : text.data();
  check(sqlite3_bind_text(handle_.get(), ++values_, bytes, static_cast<int>(text.size()),
                          SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::add(std::int64_t number) {
  check(sqlite3_bind_int64(handle_.get(), ++values_, number));
  return *this;
}

bool Statement::next() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail();
  sqlite3_reset(handle_.get());
  values_ = 0;
  return false;
}

void Statement::run() {
  while (next()) {
  }
}

std::string Statement::text(int column) const {
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

Transaction::~Transaction() {
  if (is_open_) database_.roll_back();
}

void Transaction::commit() {
  database_.run("COMMIT");
  is_open_ = false;
}

}  // namespace gridlock::internal
