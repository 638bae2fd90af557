// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/wire_log.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include "harness/tsan_abi/descriptors.h"
#include "harness/tsan_abi/log_file.h"
#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/symbols.h"
#include "harness/tsan_abi/weak_memory.h"
#include "harness/tsan_abi/wire_steps.h"

namespace gridlock::internal::controlled {
namespace {

std::string thread_id(u32 number) { return "T" + std::to_string(number + 1); }

struct ObjectName {
  const char* letter;
  const char* type;
  const char* operation;  ///< of who waits for it
};

// In the order of ObjectKind.
constexpr ObjectName kObjectNames[] = {
    {"M", "Lock", "lock"},         {"M", "SharedLock", "lock"}, {"C", "Condition", "wait"},
    {"S", "Semaphore", "acquire"}, {"B", "Barrier", "wait"},    {"O", "OnceFlag", "wait"},
    {"A", "Address", "wait"},      {"A", "Atomic", "wait"},     {"T", "Thread", "join"},
    {"M", "Lock", "lock"},         {"M", "Lock", "lock"},       {"A", "Address", "wait"},
    {"X", "Pipe", "wait"}};
static_assert(std::size(kObjectNames) == static_cast<std::size_t>(ObjectKind::kDescriptor) + 1);

const ObjectName& name_of(const NamedObject& object) { return kObjectNames[object.kind]; }
std::string object_id(const NamedObject& object) {
  return name_of(object).letter + std::to_string(object.number);
}

// As a member of its object; what is no descriptor has none here.
std::string descriptor_name(const NamedObject& object) {
  if (object.kind != static_cast<u8>(ObjectKind::kDescriptor)) return {};
  const auto kind = static_cast<DescriptorKind>(object.value & 3);
  const char* const what = kind == DescriptorKind::kPipe     ? "pipe of descriptor "
                           : kind == DescriptorKind::kSocket ? "socket, descriptor "
                                                             : "descriptor ";
  return std::string(",\"name\":\"") + what + std::to_string(object.value >> 2) + "\"";
}

bool is_lock(const NamedObject& object) {
  return object.number != 0 && (object.kind == static_cast<u8>(ObjectKind::kMutex) ||
                                object.kind == static_cast<u8>(ObjectKind::kReadWriteLock));
}

/// A failure's threads, objects and claim, as members of a record.
class Claim {
 public:
  /// `first_thread`: what the first one is called; `followed`: the way of the execution, nullptr: it is not known.
  Claim(const Facts& facts, const char* first_thread, const Followed* followed, LogFile& log)
      : facts_(facts), first_thread_(first_thread), followed_(followed), log_(log) {}

  std::string threads() {
    std::string list;
    for (u32 i = 0; i < facts_.thread_count; ++i) {
      list += (list.empty() ? "" : ",") + thread(facts_.threads[i]);
    }
    return member("threads", list);
  }

  std::string objects() {
    std::map<std::string, std::string> all;
    if (followed_ != nullptr) all = own_objects_of(*followed_);
    for (u32 i = 0; i < facts_.thread_count; ++i) {
      const NamedObject& object = facts_.threads[i].object;
      if (object.number != 0)
        all[object_id(object)] =
            std::string("\"type\":\"") + name_of(object).type + "\"" + descriptor_name(object);
    }
    std::string list;
    for (const auto& [id, members] : all)
      list += (list.empty() ? "" : ",") + ("{\"id\":\"" + id) + "\"," + members + "}";
    return member("objects", list);
  }

  std::string accesses() {
    std::string list;
    for (u32 i = 0; i < facts_.access_count; ++i) {
      const NamedAccess& access = facts_.accesses[i];
      const bool all = i == 0 && facts_.thread_count != 0;
      const std::string stack =
          all ? log_.frames(facts_.threads[0].frames, facts_.threads[0].frame_count)
              : log_.frames(&access.place, 1);
      list += (list.empty() ? "" : ",") + ("{\"thread\":\"" + thread_id(access.thread)) +
              "\",\"write\":" + ((access.kind & (kWrite | kFree)) != 0 ? "true" : "false") +
              ",\"atomic\":" + ((access.kind & kAtomic) != 0 ? "true" : "false") +
              ",\"size\":" + std::to_string(access.size) +
              ",\"address\":" + std::to_string(access.address) +
              (followed_ == nullptr || (access.kind & kUse) != 0
                   ? ""
                   : values_of_access(*followed_, facts_, i)) +
              member("stack", stack) + "}";
    }
    return member("accesses", list);
  }

  /// Who waits for whom, if that is a circle: ids as they wait for each other.
  std::vector<u32> circle() const {
    for (u32 i = 0; i < facts_.thread_count; ++i) {
      std::vector<u32> way;
      u32 thread = facts_.threads[i].number;
      while (std::find(way.begin(), way.end(), thread) == way.end()) {
        way.push_back(thread);
        thread = waits_for(thread);
        if (thread == kNobody) break;
      }
      if (thread != kNobody) {
        way.erase(way.begin(), std::find(way.begin(), way.end(), thread));
        return way;
      }
    }
    return {};
  }

  const char* kind_of_deadlock() const {
    const std::size_t size = circle().size();
    if (size != 0) return size == 1 ? "self-deadlock" : "deadlock";
    for (u32 i = 0; i < facts_.thread_count; ++i) {
      if (facts_.threads[i].object.number != 0 && facts_.threads[i].object.lost != 0 &&
          facts_.threads[i].wait == Wait::kCondition) {
        return "lost-wakeup";
      }
    }
    return "starvation";
  }

  std::string cycle() const {
    std::string list;
    for (const u32 number : circle()) {
      const NamedThread* const thread = find(number);
      if (thread == nullptr) continue;
      const std::string id =
          thread->wait == Wait::kJoin ? thread_id(thread->joins) : object_id(thread->object);
      list += (list.empty() ? "" : ",") + ("\"" + id) + "\"";
    }
    return member("cycle", list);
  }

  /// Who waits, as an edge: what it holds that the one behind it waits for, and what it asks for.
  std::string edges() {
    const std::vector<u32> way = circle();
    std::string list;
    for (std::size_t i = 0; i < way.size(); ++i) {
      const NamedThread* const before = find(way[(i + way.size() - 1) % way.size()]);
      const NamedThread* const self = find(way[i]);
      if (before == nullptr || self == nullptr) return {};
      const bool joined = before->wait == Wait::kJoin;
      const std::string from = joined ? thread_id(before->joins) : object_id(before->object);
      const std::string to =
          self->wait == Wait::kJoin ? thread_id(self->joins) : object_id(self->object);
      list += (list.empty() ? "" : ",") + ("{\"from\":\"" + from) + "\",\"to\":\"" + to +
              "\",\"thread\":\"" + thread_id(self->number) + "\"" +
              (joined ? "" : member("held_stack", log_.frames(&before->object.site, 1))) +
              member("wanted_stack", log_.frames(self->frames, self->frame_count)) + "}";
    }
    return member("edges", list);
  }

 private:
  const NamedThread* find(u32 number) const {
    for (u32 i = 0; i < facts_.thread_count; ++i) {
      if (facts_.threads[i].number == number) return &facts_.threads[i];
    }
    return nullptr;
  }

  u32 waits_for(u32 number) const {
    const NamedThread* const thread = find(number);
    if (thread == nullptr || thread->wait == Wait::kNothing) return kNobody;
    if (thread->wait == Wait::kJoin) return thread->joins;
    return is_lock(thread->object) ? thread->object.owner : kNobody;
  }

  std::string thread(const NamedThread& thread) {
    const bool waits = thread.wait != Wait::kNothing && thread.wait != Wait::kSleep;
    const std::string stack = log_.frames(thread.frames, thread.frame_count);
    std::string text = "{\"id\":\"" + thread_id(thread.number) + "\",\"name\":\"" +
                       (thread.number == 0 ? first_thread_ : "") + "\",\"state\":\"" +
                       (waits                         ? "blocked"
                        : thread.wait == Wait::kSleep ? "asleep"
                                                      : "running") +
                       "\"" + held(thread.number);
    if (waits) {
      const bool joins = thread.wait == Wait::kJoin;
      if (joins || thread.object.number != 0) {
        text += ",\"wants\":{\"object\":\"" +
                (joins ? thread_id(thread.joins) : object_id(thread.object)) +
                "\",\"operation\":\"" +
                (joins                              ? "join"
                 : thread.wait == Wait::kReadLock   ? "lock_shared"
                 : thread.wait == Wait::kDescriptor ? (thread.writes ? "write" : "read")
                                                    : name_of(thread.object).operation) +
                "\",\"timed\":" + (thread.timed ? "true" : "false") + member("stack", stack) + "}";
      }
    } else {
      text += member("stack", stack);
    }
    return text + member("created", log_.frames(&thread.made_at, 1)) + "}";
  }

  std::string held(u32 number) {
    std::map<std::string, uptr> all;
    for (u32 i = 0; i < facts_.thread_count; ++i) {
      const NamedObject& object = facts_.threads[i].object;
      if (is_lock(object) && object.owner == number) all[object_id(object)] = object.site;
    }
    std::string list;
    for (const auto& [id, site] : all) {
      list += (list.empty() ? "" : ",") + ("{\"object\":\"" + id) +
              "\",\"mode\":\"exclusive\",\"count\":1" + member("stack", log_.frames(&site, 1)) +
              "}";
    }
    return member("held", list);
  }

  const Facts& facts_;
  const char* first_thread_;
  const Followed* followed_;
  LogFile& log_;
};

/// "two increments" of "  T1: two increments, at {0x4711}\n...": the failure's own words, without thread, place and callers.
std::string first_line(const std::string& text) {
  std::string line = with_places(text.substr(0, text.find('\n')));
  line.erase(0, line.find_first_not_of(' '));
  return line;
}

// What the test itself says may have several lines.
std::string words_of(const Told& told) {
  if (told.failure != Failure::kCheck) return first_line(told.text);
  const std::size_t begin = told.text.find(": ");
  // Behind it stand the callers, a line each.
  const std::size_t lines = told.text.find("\n     at [");
  const std::size_t end = told.text.rfind(", at ", lines);
  if (begin == std::string::npos || end == std::string::npos || end < begin + 2) {
    return first_line(told.text);
  }
  std::string words = told.text.substr(begin + 2, end - begin - 2);
  std::replace(words.begin(), words.end(), '\n', ' ');
  return words;
}

/// "{0x4711}" as "FILE:LINE", where that is known.
std::string short_place(const std::string& place) {
  std::string whole = with_places(place);
  const std::size_t open = whole.rfind(" (");
  if (open == std::string::npos || whole.back() != ')') return whole;
  const std::string file = whole.substr(open + 2, whole.size() - open - 3);
  return file.substr(file.rfind('/') + 1);  // none: all of it
}

// The lines of describe_stale_reads(): what a failure has to do with a weak memory.
std::string with_stale_reads(const Told& told, std::string words) {
  const std::string& text = told.text;
  for (std::size_t at = text.find(kOlderStore); at != std::string::npos;
       at = text.find(kOlderStore, at + 1)) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::size_t from =
        text.find_first_not_of(' ', text.rfind('\n', at) + 1);  // none: the first line
    words += words.empty() ? "" : "; ";
    for (std::size_t open = 0; (open = text.find('{', from)) < end;
         from = text.find('}', open) + 1) {
      words += text.substr(from, open - from);
      words += short_place(text.substr(open, text.find('}', open) + 1 - open));
    }
    words += text.substr(from, end - from);
  }
  return words;
}

std::string path_of(const Told& told, LogFile& log) {
  if (!told.has_path) return {};
  const Followed& followed = *told.shared.followed;
  std::string list;
  const u64 all = followed.switch_count;
  for (u64 i = all > kNamedSwitches ? all - kNamedSwitches : 0; i < all; ++i) {
    const Switch& one = followed.switches[i % kNamedSwitches];
    const std::string stack = log.frames(one.frames, one.frame_count);
    list += (list.empty() ? "" : ",") +
            (one.waits ? std::string("{\"operation\":\"stops\"")
                       : std::string("{\"operation\":\"pauses\"")) +
            ",\"thread\":\"" + thread_id(one.from) + "\"" + member("stack", stack) + "}";
  }
  return ",\"switches\":" + std::to_string(all) + member("path", list) + way_of(followed, log);
}

std::string execution_of(const Told& told, LogFile& log) {
  return ",\"execution\":{\"replay\":" + json(told.result.replay) +
         ",\"number\":" + std::to_string(told.result.execution) +
         ",\"seed\":" + std::to_string(told.options.seed) +
         ",\"steps\":" + std::to_string(told.result.steps) + path_of(told, log) + "}";
}

// Of an execution that did not fail, but in which the observer found this.
std::string execution_of(const Told& told, const ExploreFinding& finding) {
  Schedule schedule;
  if (read_replay(finding.replay.c_str(), schedule) != nullptr) return {};
  return ",\"execution\":{\"replay\":" + json(finding.replay) +
         ",\"number\":" + std::to_string(finding.execution) +
         ",\"seed\":" + std::to_string(told.options.seed) +
         ",\"steps\":" + std::to_string(schedule.steps) + "}";
}

// The observer's own records, each with its execution. True: the failure is one of them.
bool write_noticed(const Told& told, LogFile& log) {
  bool has_failure = false;
  for (const ExploreFinding& finding : told.result.findings) {
    const std::size_t at = finding.record.find("\"kind\":\"");
    if (at == std::string::npos || finding.refuted) continue;
    const bool is_failure = told.failure != Failure::kNone && finding.replay == told.result.replay;
    std::string members = finding.record.substr(at, finding.record.size() - at - 1);
    log.name_modules(members);
    members += is_failure ? execution_of(told, log) : execution_of(told, finding);
    log.record("finding", members);
    has_failure = has_failure || is_failure;
  }
  return has_failure;
}

/// "SIGSEGV, memory 0x0" of "T2 gets SIGSEGV, memory 0x0".
std::string reason_of(const Told& told) {
  const std::string line = first_line(told.text);
  const std::size_t signal = line.find("SIG");
  if (told.failure == Failure::kCrash && signal != std::string::npos) return line.substr(signal);
  return told.result.kind + ": " + line;
}

void write_failure(const Told& told, LogFile& log) {
  Claim claim(*told.shared.facts, told.is_program ? "main" : "the test",
              told.has_path ? told.shared.followed : nullptr, log);
  const auto finding = [&](const char* kind, const std::string& detail, const std::string& rest) {
    // What it names comes first: modules have to stand before.
    const std::string all = (detail.empty() ? "" : ",\"detail\":" + json(detail)) + rest +
                            claim.threads() + claim.objects() + execution_of(told, log);
    log.record("finding", std::string("\"kind\":\"") + kind + "\"" + all);
  };
  switch (told.failure) {
    case Failure::kDeadlock:
      finding(claim.kind_of_deadlock(), with_stale_reads(told, ""), claim.cycle() + claim.edges());
      return;
    case Failure::kDataRace:
      finding("data-race", with_stale_reads(told, ""), claim.accesses());
      return;
    case Failure::kCheck:
    case Failure::kAssertion:
      finding("assertion-failed", with_stale_reads(told, words_of(told)), "");
      return;
    case Failure::kMisuse: {
      const bool waits = told.text.find(" waits for ") != std::string::npos;
      const bool free = told.text.find("nobody holds") != std::string::npos;
      finding(waits  ? "misuse-wait-unlocked"
              : free ? "misuse-unlock-free"
                     : "misuse-unlock-not-owner",
              with_stale_reads(told, first_line(told.text)), "");
      return;
    }
    default:
      log.record("dump", "\"reason\":" + json(with_stale_reads(told, reason_of(told))) +
                             claim.threads() + claim.objects());
  }
}

std::string traces_of(const DistinctTraces& traces) {
  std::string list;
  for (u32 i = 0; i < traces.kept(); ++i) {
    list += (i == 0 ? "" : ",") + std::to_string(traces.kept(i));
  }
  return member("traces", list);
}

}  // namespace

void write_log(const Told& told) {
  if (told.asked.log.empty()) return;
  LogFile log(told.asked.log);
  log.record("start",
             std::string("\"v\":1,\"tsan\":") + (told.options.data_races ? "true" : "false") +
                 ",\"program\":" + json(program_file()) + member("arguments", program_arguments()));
  const bool is_noticed = write_noticed(told, log);
  if (told.failure != Failure::kNone && !is_noticed) write_failure(told, log);
  const bool timed =
      told.options.seconds > 0 || told.options.strategy == ExploreStrategy::kExhaustive;
  const Share& share = told.asked.share;
  std::string text = "\"name\":" + json(told.options.name) + ",\"strategy\":\"" +
                     search_of(told.options) + "\",\"seed\":" + std::to_string(told.options.seed) +
                     ",\"asked\":" + std::to_string(timed ? 0 : told.options.executions) +
                     ",\"of\":" + std::to_string(share.of) +
                     ",\"shards\":[{\"shard\":" + std::to_string(share.index + 1) +
                     ",\"executions\":" + std::to_string(told.result.executions) +
                     ",\"whole\":true}]" + ",\"steps\":" + std::to_string(told.result.steps) +
                     ",\"seconds\":" + std::to_string(told.seconds);
  if (told.result.failed) {
    text += ",\"failure\":" + json(told.result.kind) + ",\"text\":" +
            json(told.failure == Failure::kNone ? told.result.message : words_of(told)) +
            ",\"replay\":" + json(told.result.replay);
  }
  if (!told.exhausted.empty()) text += ",\"exhausted\":" + json(told.exhausted);
  if (told.is_replay) {
    text += std::string(",\"replayed\":true") +
            (told.result.diverged
                 ? ",\"diverged\":" + json(told.result.message.substr(
                                          told.result.message.rfind("gridlock: the replay ") + 10))
                 : "");
  }
  log.record("explored", text + traces_of(told.traces));
  log.record("end", "\"records\":" + std::to_string(told.result.steps));
}

}  // namespace gridlock::internal::controlled
