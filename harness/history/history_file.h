// SPDX-License-Identifier: Apache-2.0
//
// One SQLite file that runs are kept in. A run is in it whole or not at all, whoever is killed when; several processes may
// add runs at the same time; who reads writes nothing.
#pragma once

#include <gridlock/history.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

namespace gridlock::internal {

/// One line that says what is wrong with which file.
class HistoryError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Database;

class HistoryFile {
 public:
  /// For reading only; the file has to be there.
  static HistoryFile to_read(const std::string& file);
  /// Makes the file if there is none. Says already now that it cannot be written.
  static HistoryFile to_add(const std::string& file);

  HistoryFile(HistoryFile&&) noexcept;
  HistoryFile& operator=(HistoryFile&&) noexcept;
  ~HistoryFile();

  /// All of them or, if it throws, none. One whose id is known takes the place of what is there. Returns how many were
  /// not known before.
  std::size_t add(const RunRecords& records);
  /// Every run, as it was at one moment.
  RunRecords read();

 private:
  explicit HistoryFile(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace gridlock::internal
