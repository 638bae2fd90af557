// SPDX-License-Identifier: Apache-2.0
//
// SQLite with errors as HistoryError, and nothing that has to be closed by hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace gridlock::internal {

class Database {
 public:
  enum class Access : unsigned char { kRead, kWrite };

  /// kWrite makes the file if there is none. Throws HistoryError.
  Database(std::string file, Access access);

  /// One or several statements without values.
  void run(const char* sql);
  /// If SQLite has not done so itself; what is in the way is done when the file is closed.
  void roll_back() noexcept;
  /// The only value of a statement: "PRAGMA user_version".
  std::int64_t number(const char* sql);
  /// Of a file that is not empty.
  [[noreturn]] void fail(std::string_view what) const;
  /// What SQLite said last, in words about this file.
  [[noreturn]] void fail() const;

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  void open(int flags);
  /// Whoever wrote it was killed: the next who may write takes back what was not finished.
  bool needs_repair();

  std::string file_;  // as the user named it
  Access access_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A statement that is run any number of times, each time with other values.
class Statement {
 public:
  Statement(Database& database, const char* sql);

  /// The next value, from the first on.
  Statement& add(std::string_view text);
  Statement& add(std::int64_t number);
  /// Whether there is a row. When there is none any more, values can be given anew.
  bool next();
  /// Runs it to its end.
  void run();
  std::string text(int column) const;
  std::int64_t number(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  void check(int code);

  Database& database_;
  int values_ = 0;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// Everything until commit(), or nothing.
class Transaction {
 public:
  /// `begin`: "BEGIN", "BEGIN IMMEDIATE"
  Transaction(Database& database, const char* begin) : database_(database) { database_.run(begin); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool is_open_ = true;
};

}  // namespace gridlock::internal
