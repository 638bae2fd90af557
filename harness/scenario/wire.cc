// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/wire.h"

#include "harness/platform/utf8.h"
#include "harness/scenario/json_codec.h"
#include "harness/scenario/json_size.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/log_records.h"
#include "harness/scenario/text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace gridlock::internal {
namespace {

using Json = nlohmann::ordered_json;

// One line of a log as what it is; throws std::runtime_error with the reason if it is no JSON. `is_repaired`
// is set where strings of it are not as the runtime writes them.
Json parse_line(std::string_view line, bool& is_repaired) {
  if (line.size() > kLongestLine) {
    throw std::runtime_error("longer than " + std::to_string(kLongestLine >> 20U) + " MiB");
  }
  require_readable_json(line);
  Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!record.is_discarded()) return record;
  const std::string repaired = repaired_json(line);
  if (repaired != line) record = Json::parse(repaired, nullptr, /*allow_exceptions=*/false);
  if (record.is_discarded()) throw std::runtime_error("not a JSON value");
  is_repaired = true;
  return record;
}

// Nobody reads a message of megabytes.
std::string shortened(std::string text) {
  if (text.size() <= kLongestMessage) return text;
  text.resize(without_cut_character(text.data(), kLongestMessage));
  return text + "...";
}

class WireReader {
 public:
  // One line of the log; throws std::exception with the reason if the line is no record.
  void read(std::string_view line) {
    const JsonSize size = size_of_json(line);
    if (objects_ + size.objects > kMaxJsonObjects || values_ + size.values > kMaxJsonValues) {
      ++unread_;
      return;
    }
    const Json record = parse_line(line, is_repaired_);
    objects_ += size.objects;
    values_ += size.values;
    if (record.is_object() && !record.contains("record"))
      throw std::runtime_error("no member \"record\" that says what it is");
    const auto head = read_record<RecordHead>(record);
    ++log_.records;
    if (head.record == "start") {
      read_start(record, head.pid);
    } else if (head.record == "finding") {
      keep(log_.findings, record, kMaxFindings);
    } else if (head.record == "infeasible-cycle" || head.record == "safe-cycle") {  // its old name
      keep(log_.infeasible_cycles, record, kMaxRecords);
    } else if (head.record == "contention") {
      keep(log_.contention, record, kMaxRecords);
    } else if (head.record == "order") {
      keep(log_.learned_order, record, kMaxRecords);
    } else if (head.record == "explored") {
      log_.exploration = read_record<Exploration>(record);
    } else if (head.record == "module") {
      keep(log_.modules, record, kMaxRecords);
    } else if (head.record == "process") {
      read_process(record);
    } else if (head.record == "process-end") {
      read_process_end(record);
    } else if (head.record == "dump") {
      read_dump(record, is_first(head.pid));
    } else if (head.record == "left-out") {
      read_left_out(record);
    } else if (head.record == "end") {
      read_end(record, head.pid);
    }
  }

  WireLog take() {
    finish_processes();
    return std::move(log_);
  }

  /// A line had to be repaired since this was asked last.
  bool take_repaired() { return std::exchange(is_repaired_, false); }
  /// What could not be found where the program ran, as its runtime said.
  const std::set<std::string>& off() const { return off_; }
  /// Records that there was no room for.
  std::size_t unread() const { return unread_; }

 private:
  template <typename T>
  void keep(std::vector<T>& list, const Json& record, std::size_t most) {
    if (list.size() < most) {
      list.push_back(read_record<T>(record));
    } else {
      ++unread_;
    }
  }

  void read_left_out(const Json& record) {
    constexpr std::size_t kMaxKinds = 100;
    const auto left_out = read_record<LeftOutRecord>(record);
    if (log_.left_out.size() < kMaxKinds) log_.left_out[left_out.kind] += left_out.count;
  }

  void read_start(const Json& record, std::uint64_t pid) {
    const std::uint64_t version = read_record<LogVersion>(record).version;
    if (version != LogVersion::kThis) {
      throw std::runtime_error("written in version " + std::to_string(version) +
                               " of the log's format; this program reads version " +
                               std::to_string(LogVersion::kThis));
    }
    auto start = read_record<StartRecord>(record);
    log_.started = true;
    log_.tsan = log_.tsan || start.tsan;
    if (pid != 0 && log_.pids.size() < kMaxRecords && !std::ranges::count(log_.pids, pid))
      log_.pids.push_back(pid);
    for (std::string& what : start.off) {
      if (off_.size() < kMaxOff) off_.insert(shortened(std::move(what)));
    }
    if (log_.processes++ != 0) return;
    log_.first_pid = pid;
    log_.program = std::move(start.program);
    log_.arguments = std::move(start.arguments);
  }

  void read_dump(const Json& record, bool of_first) {
    if (log_.dump && (has_dump_of_first_ || !of_first)) return;
    log_.dump = read_record<ProcessDump>(record);
    has_dump_of_first_ = of_first;
  }

  void add(const WatchingCost& cost) {
    WatchingCost& sum = log_.watching ? *log_.watching : log_.watching.emplace();
    for (const auto member :
         {&WatchingCost::records, &WatchingCost::objects, &WatchingCost::edges,
          &WatchingCost::contexts, &WatchingCost::misses, &WatchingCost::graph_visits,
          &WatchingCost::graph_ns, &WatchingCost::graph_bytes}) {
      const std::uint64_t room = ~std::uint64_t{0} - sum.*member;
      sum.*member += std::min(room, cost.*member);
    }
  }

  void read_end(const Json& record, std::uint64_t pid) {
    const auto end = read_record<EndRecord>(record);
    log_.infeasible_cycles_dropped += end.infeasible_cycles_dropped;
    add(end.watching);
    // Without a pid it could be anybody's: then all must have ended before the first surely has.
    ++ends_;
    left_by_exit_.insert(pid);
    if (pid != 0 ? is_first(pid) : ends_ >= log_.processes) log_.ended = true;
  }

  // Both records of a process may come in any order, and the second one alone: the parent of a
  // process that was killed before it could begin writes only its end.
  void read_process(const Json& record) {
    auto process = read_record<ProcessInfo>(record);
    ProcessInfo& known = known_process(process.id);
    process.state = std::move(known.state);
    process.exit_code = known.exit_code;
    process.signal = known.signal;
    known = std::move(process);
  }

  void read_process_end(const Json& record) {
    const auto end = read_record<ProcessInfo>(record);
    ProcessInfo& known = known_process(end.id);
    if (known.pid == 0) known.pid = end.pid;
    known.state = end.signal != 0 ? "killed" : "ended";
    known.exit_code = end.exit_code;
    known.signal = end.signal;
  }

  ProcessInfo& known_process(const std::string& id) {
    const auto found = std::ranges::find(log_.process_tree, id, &ProcessInfo::id);
    if (found != log_.process_tree.end()) return *found;
    if (log_.process_tree.size() >= kMaxRecords) throw std::runtime_error("too many processes");
    log_.process_tree.emplace_back().id = id;
    return log_.process_tree.back();
  }

  // A process that left through exit is known to have ended also when nobody reaped it.
  void finish_processes() {
    for (ProcessInfo& process : log_.process_tree) {
      if (!process.state.empty()) continue;
      process.state = left_by_exit_.contains(process.pid) ? "ended" : "running";
    }
    // "P10" after "P9".
    std::ranges::sort(log_.process_tree, [](const ProcessInfo& a, const ProcessInfo& b) {
      return std::tuple(a.id.size(), std::string_view(a.id)) <
             std::tuple(b.id.size(), std::string_view(b.id));
    });
  }

  bool is_first(std::uint64_t pid) const {
    return pid == 0 || log_.first_pid == 0 || pid == log_.first_pid;
  }

  WireLog log_;
  std::size_t ends_ = 0;
  std::set<std::uint64_t> left_by_exit_;  // pids
  bool has_dump_of_first_ = false;
  bool is_repaired_ = false;
  static constexpr std::size_t kMaxOff = 20;
  std::set<std::string> off_;
  std::size_t unread_ = 0;
  std::size_t objects_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

bool is_record(std::string_view line) {
  try {
    bool is_repaired = false;
    const Json record = parse_line(line, is_repaired);
    return record.is_object() && record.contains("record");
  } catch (const std::runtime_error&) {
    return false;
  }
}

WireLog read_wire(std::string_view text, std::string_view name,
                  std::span<const std::size_t> lines) {
  WireReader reader;
  std::string errors;
  std::size_t number = 0;
  std::size_t read = 0;
  std::size_t damaged = 0;
  std::size_t repaired = 0;
  std::vector<std::string> notes;
  const std::string log_name(name);
  while (!text.empty() && damaged < kMaxDamaged) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;  // cut
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    number = read < lines.size() ? lines[read] : read + 1;
    ++read;
    if (line.empty()) continue;
    try {
      reader.read(line);
    } catch (const std::exception& error) {
      if (++damaged > 1) continue;
      errors.append(name).append(":").append(std::to_string(number));
      errors.append(": ").append(shortened(error.what()));
    }
    if (reader.take_repaired() && ++repaired == 1) {
      notes.push_back(log_name + ":" + std::to_string(number) +
                      R"(: text that is not UTF-8, shown with \xff for a byte)");
    }
  }
  if (repaired > 1) notes.back() += ", as in " + std::to_string(repaired - 1) + " more lines";
  for (const std::string& what : reader.off())
    notes.push_back(log_name + ": not looked for: " + what);
  if (reader.unread() > 0) {
    notes.push_back(log_name + ": " + std::to_string(reader.unread()) +
                    " more records are left out: a report takes " + std::to_string(kMaxFindings) +
                    " findings of a log");
  }
  if (damaged == kMaxDamaged)
    notes.push_back(log_name + ": too many damaged lines; the rest is not read");
  if (damaged > 1) errors += " (and " + std::to_string(damaged - 1) + " more damaged lines)";
  WireLog log = reader.take();
  log.error = std::move(errors);
  log.notes = std::move(notes);
  return log;
}

}  // namespace gridlock::internal
