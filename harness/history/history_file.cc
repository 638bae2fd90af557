// SPDX-License-Identifier: Apache-2.0
#include "harness/history/history_file.h"

#include "harness/history/database.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gridlock::internal {
namespace {

constexpr std::int64_t kApplication = 0x67724C6B;  // "grLk", which file(1) could know us by
constexpr std::int64_t kSchema = 1;

constexpr const char* kTables = R"(
CREATE TABLE runs(
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, started TEXT NOT NULL, command TEXT NOT NULL,
  tool_version TEXT NOT NULL) STRICT;
CREATE TABLE subjects(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE findings(
  number INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, title TEXT NOT NULL,
  names TEXT NOT NULL, place TEXT NOT NULL) STRICT;
CREATE TABLE ran(
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, subject INTEGER NOT NULL REFERENCES subjects,
  ended INTEGER NOT NULL, PRIMARY KEY(run, subject)) STRICT, WITHOUT ROWID;
CREATE TABLE seen(
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, subject INTEGER NOT NULL REFERENCES subjects,
  finding INTEGER NOT NULL REFERENCES findings, times INTEGER NOT NULL, standing INTEGER NOT NULL,
  PRIMARY KEY(run, subject, finding)) STRICT, WITHOUT ROWID;
PRAGMA application_id = 1735543915;
PRAGMA user_version = 1;
)";
static_assert(kApplication == 1735543915 && kSchema == 1);

enum class Kind : unsigned char { kEmpty, kOurs };

// Throws unless it is empty, or a history that this version understands.
Kind check_kind(Database& database) {
  const bool is_empty = database.number("SELECT count(*) FROM sqlite_schema") == 0;
  const std::int64_t application = database.number("PRAGMA application_id");
  const std::int64_t version = database.number("PRAGMA user_version");
  if (is_empty && application == 0 && version == 0) return Kind::kEmpty;
  if (application != kApplication) database.fail("is the database of another program");
  if (version > kSchema) {
    database.fail("was written by a newer gridlock (version " + std::to_string(version) +
                  " of the file; this one knows " + std::to_string(kSchema) + ")");
  }
  if (version < 1) database.fail("is damaged: it has no version");
  return Kind::kOurs;
}

/// Their numbers in the file, for the indices in memory.
class Writer {
 public:
  explicit Writer(Database& database)
      : database_(database),
        insert_run_(database,
                    "INSERT INTO runs(id, started, command, tool_version) VALUES(?, ?, ?, ?) ON "
                    "CONFLICT(id) DO UPDATE SET command = excluded.command RETURNING number"),
        insert_ran_(database, "INSERT OR REPLACE INTO ran(run, subject, ended) VALUES(?, ?, ?)"),
        insert_seen_(database,
                     "INSERT OR REPLACE INTO seen(run, subject, finding, times, standing) "
                     "VALUES(?, ?, ?, ?, ?)"),
        forget_ran_(database, "DELETE FROM ran WHERE run = ?"),
        forget_seen_(database, "DELETE FROM seen WHERE run = ?") {}

  std::size_t write(const RunRecords& records) {
    const std::int64_t before = count();
    const std::vector<std::int64_t> subjects = write_subjects(records);
    const std::vector<std::int64_t> findings = write_findings(records);
    for (const RunRecord& run : records.runs) write_run(run, subjects, findings);
    return static_cast<std::size_t>(count() - before);
  }

 private:
  std::int64_t count() { return database_.number("SELECT count(*) FROM runs"); }

  static std::int64_t number_of(Statement& statement) {
    std::int64_t number = 0;
    while (statement.next()) number = statement.number(0);
    return number;
  }

  std::vector<std::int64_t> write_subjects(const RunRecords& records) {
    Statement insert(database_,
                     "INSERT INTO subjects(name) VALUES(?) ON CONFLICT(name) DO UPDATE SET name = "
                     "excluded.name RETURNING number");
    std::vector<std::int64_t> numbers;
    for (const std::string& name : records.subjects) numbers.push_back(number_of(insert.add(name)));
    return numbers;
  }

  std::vector<std::int64_t> write_findings(const RunRecords& records) {
    Statement insert(
        database_,
        "INSERT INTO findings(fingerprint, kind, title, names, place) VALUES(?, ?, ?, ?, ?) ON "
        "CONFLICT(fingerprint) DO UPDATE SET kind = excluded.kind, names = excluded.names, title = "
        "excluded.title, place = excluded.place RETURNING number");
    std::vector<std::int64_t> numbers;
    for (const KnownFinding& one : records.findings) {
      insert.add(one.fingerprint).add(one.kind).add(one.title).add(one.names).add(one.place);
      numbers.push_back(number_of(insert));
    }
    return numbers;
  }

  void write_run(const RunRecord& run, const std::vector<std::int64_t>& subjects,
                 const std::vector<std::int64_t>& findings) {
    insert_run_.add(run.id).add(run.started).add(run.command).add(run.tool_version);
    const std::int64_t number = number_of(insert_run_);
    forget_ran_.add(number).run();
    forget_seen_.add(number).run();
    for (const RanSubject& ran : run.ran)
      insert_ran_.add(number).add(subjects.at(ran.subject)).add(std::int64_t{ran.ended}).run();
    for (const SeenFinding& seen : run.seen) {
      insert_seen_.add(number)
          .add(subjects.at(seen.subject))
          .add(findings.at(seen.finding))
          .add(static_cast<std::int64_t>(seen.times))
          .add(std::int64_t{static_cast<unsigned char>(seen.standing)})
          .run();
    }
  }

  Database& database_;
  Statement insert_run_;
  Statement insert_ran_;
  Statement insert_seen_;
  Statement forget_ran_;
  Statement forget_seen_;
};

/// Numbers in the file to indices in memory. A row that refers to nothing is damage.
class Reader {
 public:
  explicit Reader(Database& database) : database_(database) {}

  RunRecords read() {
    read_names();
    read_runs();
    read_ran();
    read_seen();
    return std::move(records_);
  }

 private:
  using Numbers = std::map<std::int64_t, std::size_t>;

  std::size_t at(const Numbers& numbers, std::int64_t number) const {
    const auto found = numbers.find(number);
    if (found == numbers.end()) database_.fail("is damaged: it refers to what is not there");
    return found->second;
  }

  void read_names() {
    Statement subjects(database_, "SELECT number, name FROM subjects");
    while (subjects.next()) {
      subjects_.emplace(subjects.number(0), records_.subjects.size());
      records_.subjects.push_back(subjects.text(1));
    }
    Statement findings(database_,
                       "SELECT number, fingerprint, kind, title, names, place FROM findings");
    while (findings.next()) {
      findings_.emplace(findings.number(0), records_.findings.size());
      records_.findings.push_back({.fingerprint = findings.text(1),
                                   .kind = findings.text(2),
                                   .title = findings.text(3),
                                   .names = findings.text(4),
                                   .place = findings.text(5)});
    }
  }

  void read_runs() {
    Statement runs(database_,
                   "SELECT number, id, started, command, tool_version FROM runs ORDER BY number");
    while (runs.next()) {
      runs_.emplace(runs.number(0), records_.runs.size());
      records_.runs.push_back({.id = runs.text(1),
                               .started = runs.text(2),
                               .command = runs.text(3),
                               .tool_version = runs.text(4),
                               .ran = {},
                               .seen = {}});
    }
  }

  void read_ran() {
    Statement ran(database_, "SELECT run, subject, ended FROM ran");
    while (ran.next()) {
      records_.runs[at(runs_, ran.number(0))].ran.push_back(
          {.subject = at(subjects_, ran.number(1)), .ended = ran.number(2) != 0});
    }
  }

  void read_seen() {
    Statement seen(database_, "SELECT run, subject, finding, times, standing FROM seen");
    while (seen.next()) {
      const std::int64_t standing = seen.number(4);
      if (standing < 0 || standing > static_cast<int>(Standing::kSuppressed))
        database_.fail("is damaged: a finding has no standing");
      records_.runs[at(runs_, seen.number(0))].seen.push_back(
          {.subject = at(subjects_, seen.number(1)),
           .finding = at(findings_, seen.number(2)),
           .times = static_cast<std::uint64_t>(seen.number(3)),
           .standing = static_cast<Standing>(standing)});
    }
  }

  Database& database_;
  Numbers subjects_;
  Numbers findings_;
  Numbers runs_;
  RunRecords records_;
};

}  // namespace

HistoryFile::HistoryFile(std::unique_ptr<Database> database) : database_(std::move(database)) {}
HistoryFile::HistoryFile(HistoryFile&&) noexcept = default;
HistoryFile& HistoryFile::operator=(HistoryFile&&) noexcept = default;
HistoryFile::~HistoryFile() = default;

HistoryFile HistoryFile::to_read(const std::string& file) {
  HistoryFile history(std::make_unique<Database>(file, Database::Access::kRead));
  check_kind(*history.database_);
  return history;
}

// The tables are made under the lock, so that of two who come first one makes them.
HistoryFile HistoryFile::to_add(const std::string& file) {
  HistoryFile history(std::make_unique<Database>(file, Database::Access::kWrite));
  Transaction all(*history.database_, "BEGIN IMMEDIATE");
  if (check_kind(*history.database_) == Kind::kEmpty) history.database_->run(kTables);
  all.commit();
  return history;
}

std::size_t HistoryFile::add(const RunRecords& records) {
  Transaction all(*database_, "BEGIN IMMEDIATE");
  check_kind(*database_);
  const std::size_t added = Writer(*database_).write(records);
  all.commit();
  return added;
}

RunRecords HistoryFile::read() {
  Transaction one_moment(*database_, "BEGIN");
  if (check_kind(*database_) == Kind::kEmpty) return {};
  RunRecords records = Reader(*database_).read();
  one_moment.commit();
  return records;
}

}  // namespace gridlock::internal
