// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/wire_steps.h"

#include <set>
#include <vector>

#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/shadow.h"

namespace gridlock::internal::controlled {
namespace {

constexpr std::size_t kMostTold = 96;
// Upper halves of what the trace calls a step (threads.cc).
constexpr u32 kCreate = 0x4001;
constexpr u32 kJoin = 0x4002;
constexpr u32 kDetach = 0x4003;

bool is_memory(const TakenStep& step) { return step.what >> 28 == 1; }
bool is_kind(const TakenStep& step, ObjectKind kind) { return step.kind == static_cast<u8>(kind); }
bool is_value(const TakenStep& step) {
  return is_memory(step) || is_kind(step, ObjectKind::kAtomic);
}

std::string thread_id(u32 number) { return "T" + std::to_string(number + 1); }

/// What is left in the ring, the oldest first.
std::vector<const TakenStep*> all_of(const Followed& followed) {
  std::vector<const TakenStep*> all;
  const u64 count = followed.taken_count;
  for (u64 i = count > kMostTaken ? count - kMostTaken : 0; i < count; ++i)
    all.push_back(&followed.taken[i % kMostTaken]);
  return all;
}

/// Which of the steps a reader has to know: those at objects that several threads use, and of memory only where one thread could
/// see what another one did after both were there. What a thread was given when it was made is none of that.
class Chooser {
 public:
  explicit Chooser(const std::vector<const TakenStep*>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) note(*all[i], i + 1);
  }

  bool matters(const TakenStep& step) const {
    if (is_value(step)) return met_.count(step.address) != 0;
    const u32 upper = step.what >> 16;
    if (upper == kCreate || upper == kJoin || step.waits || step.goes_on) return true;
    if (step.kind == kNoObject || is_kind(step, ObjectKind::kOnce) ||
        is_kind(step, ObjectKind::kThread) || is_kind(step, ObjectKind::kAnnotated)) {
      return false;
    }
    const auto users = users_.find({step.kind, step.object});
    return users != users_.end() && users->second.size() > 1;
  }

 private:
  struct Last {
    std::size_t use = 0;
    std::size_t change = 0;
  };

  void note(const TakenStep& step, std::size_t at) {
    if (step.what >> 16 == kCreate) made_[step.other] = at;
    if (step.kind != kNoObject) users_[{step.kind, step.object}].insert(step.thread);
    if (!is_value(step)) return;
    const auto made = made_.find(step.thread);
    const std::size_t begin = made == made_.end() ? 0 : made->second;
    auto& word = words_[step.address];
    for (const auto& [thread, last] : word) {
      if (thread != step.thread && (step.changes ? last.use : last.change) > begin)
        met_.insert(step.address);
    }
    Last& own = word[step.thread];
    own.use = at;
    if (step.changes) own.change = at;
  }

  std::map<ThreadNumber, std::size_t> made_;
  std::map<std::pair<u8, u32>, std::set<ThreadNumber>> users_;
  std::map<uptr, std::map<ThreadNumber, Last>> words_;
  std::set<uptr> met_;
};

const char* operation_of(const TakenStep& step) {
  const bool tries = step.role == StepRole::kPlain;
  const bool gives = step.role == StepRole::kRelease;
  switch (step.what >> 16) {
    case kCreate:
      return "create";
    case kJoin:
      return "join";
    case kDetach:
      return "detach";
    default:
      break;
  }
  if (is_memory(step)) return step.changes ? "write" : "read";
  if (step.kind == kNoObject) return step.waits || step.goes_on ? "wait" : "step";
  switch (static_cast<ObjectKind>(step.kind)) {
    case ObjectKind::kMutex:
      return gives ? "unlock" : tries ? "try_lock" : "lock";
    case ObjectKind::kReadWriteLock:
      if (gives) return step.changes ? "unlock" : "unlock_shared";
      if (tries) return step.changes ? "try_lock" : "try_lock_shared";
      return step.changes ? "lock" : "lock_shared";
    case ObjectKind::kCondition:
      return gives ? "wait" : "notify";
    case ObjectKind::kSemaphore:
      return gives ? "release" : tries ? "try_acquire" : "acquire";
    case ObjectKind::kAtomic:
      return step.looks ? "update" : step.changes ? "store" : "load";
    case ObjectKind::kFutex:
      return step.waits || step.goes_on ? "wait" : "futex";
    case ObjectKind::kOnce:
      return "call_once";
    case ObjectKind::kDescriptor:
    case ObjectKind::kPrimitive:
      return step.operation != nullptr ? step.operation : "use";
    default:
      return "wait";
  }
}

/// "M3" of "Lock accounts (M3)": the id that the observer gave to one of Gridlock's own.
std::string own_id(const char* name) {
  std::string id = name;
  if (const std::size_t open = id.rfind('('); open != std::string::npos) id.erase(0, open + 1);
  if (const std::size_t blank = id.rfind(' '); blank != std::string::npos) id.erase(0, blank + 1);
  while (!id.empty() && id.back() == ')') id.pop_back();
  return id;
}

/// A number of so many bytes, with its sign.
i64 as_number(u64 value, u32 size) {
  switch (size) {
    case 1:
      return static_cast<std::int8_t>(value);
    case 2:
      return static_cast<std::int16_t>(value);
    case 4:
      return static_cast<std::int32_t>(value);
    default:
      return static_cast<i64>(value);
  }
}

std::string value(const char* name, bool is_known, u64 bits, bool is_address, u32 size) {
  if (!is_known) return {};
  if (is_address) return std::string(",\"") + name + "\":{\"number\":0,\"address\":true}";
  return std::string(",\"") + name + "\":{\"number\":" + std::to_string(as_number(bits, size)) +
         "}";
}

std::string before_of(const TakenStep& step) {
  return value("before", step.has_before, step.before, step.before_is_address, step.size);
}
std::string after_of(const TakenStep& step) {
  return value("after", step.has_after && step.changes, step.after, step.after_is_address,
               step.size);
}

class Words {
 public:
  /// An id for what the step was done to.
  std::string id(const TakenStep& step) {
    constexpr const char* kLetters[] = {"M", "M", "C", "S", "B", "O", "A",
                                        "A", "T", "M", "M", "A", "X"};
    const u32 upper = step.what >> 16;
    if (upper == kCreate || upper == kJoin || upper == kDetach) return thread_id(step.other);
    if (is_memory(step)) {
      const auto [at, is_new] = numbers_.emplace(step.address, numbers_.size() + 1);
      return "V" + std::to_string(at->second);
    }
    if (step.kind == kNoObject) return {};
    if (step.name[0] != 0) return own_id(step.name);
    return kLetters[step.kind] + std::to_string(step.object);
  }

 private:
  std::map<uptr, std::size_t> numbers_;
};

std::string text_of(const TakenStep& step, Words& words, LogFile& log) {
  const std::string id = words.id(step);
  std::string text = "{\"number\":" + std::to_string(step.number) + ",\"operation\":\"" +
                     operation_of(step) + "\",\"thread\":\"" + thread_id(step.thread) + "\"";
  if (!id.empty()) text += ",\"object\":" + json(id);
  if (step.size != 0) text += ",\"size\":" + std::to_string(step.size);
  text += before_of(step) + (step.waits ? std::string() : after_of(step));
  text += std::string(",\"granted\":") + (step.is_granted ? "true" : "false");
  if (step.waits) text += ",\"waits\":true";
  if (step.goes_on) text += ",\"goes_on\":true";
  std::string held;
  std::string shared;
  for (u32 i = 0; i < step.held_count; ++i) {
    const char letter = static_cast<char>(step.held[i] >> 24 & 0x7f);
    const std::string one =
        std::string("\"") + letter + std::to_string(step.held[i] & kHeldNumber) + "\"";
    std::string& list = (step.held[i] & kHeldShared) != 0 ? shared : held;
    list += (list.empty() ? "" : ",") + one;
  }
  text += member("held", held) + member("held_shared", shared);
  const std::string stack = step.frame_count != 0 ? log.frames(step.frames, step.frame_count)
                                                  : log.frames(&step.place, 1);
  return text + member("stack", stack) + "}";
}

/// Nothing that the one before it does not say.
bool is_again(const TakenStep& step, const TakenStep& before) {
  return !step.changes && is_value(step) && step.thread == before.thread &&
         step.what == before.what && step.address == before.address &&
         step.before == before.before && step.place == before.place;
}

/// It did not get the lock, which is said again by the wait that follows.
bool is_said_by(const TakenStep& wait, const TakenStep& before) {
  return wait.waits && before.is_lock && !before.is_granted && wait.thread == before.thread;
}

/// Those that a reader is told of.
std::vector<const TakenStep*> told_of(const Followed& followed) {
  const std::vector<const TakenStep*> all = all_of(followed);
  const Chooser chooser(all);
  std::vector<const TakenStep*> told;
  for (const TakenStep* const step : all) {
    if (!told.empty() && is_said_by(*step, *told.back())) told.pop_back();
    if (chooser.matters(*step) && (told.empty() || !is_again(*step, *told.back())))
      told.push_back(step);
  }
  if (told.size() > kMostTold) told.erase(told.begin(), told.end() - kMostTold);
  return told;
}

/// The type and the name of "Lock accounts (M3)", as members; "Lock M3" has none.
std::string own_members(const std::string& text) {
  const std::size_t blank = text.find(' ');
  const std::size_t open = text.rfind(" (");
  std::string members = "\"type\":" + json(text.substr(0, blank));
  if (open != std::string::npos && open > blank)
    members += ",\"name\":" + json(text.substr(blank + 1, open - blank - 1));
  return members;
}

}  // namespace

std::map<std::string, std::string> own_objects_of(const Followed& followed) {
  std::map<std::string, std::string> objects;
  for (const TakenStep* const step : told_of(followed)) {
    if (step->name[0] != 0) objects[own_id(step->name)] = own_members(step->name);
  }
  return objects;
}

std::string way_of(const Followed& followed, LogFile& log) {
  Words words;
  std::string list;
  for (const TakenStep* const step : told_of(followed))
    list += (list.empty() ? "" : ",") + text_of(*step, words, log);
  return member("way", list);
}

std::string values_of_access(const Followed& followed, const Facts& facts, u32 side) {
  const auto is_at = [](const TakenStep& step, const NamedAccess& access) {
    const bool is_its_kind = is_memory(step) || is_kind(step, ObjectKind::kAtomic);
    if (!is_its_kind || step.size == 0 || step.thread != access.thread) return false;
    if (step.place != 0) return step.place == access.place;
    if (is_memory(step))
      return (step.what & 0xffff) == site_of(access.place) &&
             step.changes == ((access.kind & kWrite) != 0);
    return step.changes == ((access.kind & kWrite) != 0);
  };
  const std::vector<const TakenStep*> all = all_of(followed);
  const NamedAccess& last = facts.accesses[0];
  // Where the execution ended; the other one is what was done to the same bytes.
  if (all.empty() || !is_at(*all.back(), last)) return {};
  const TakenStep& end = *all.back();
  if (side == 0) return before_of(end);
  for (auto it = all.rbegin() + 1; it != all.rend(); ++it) {
    const TakenStep& step = **it;
    const bool meets =
        step.address < end.address + end.size && end.address < step.address + step.size;
    if (meets && is_at(step, facts.accesses[side])) return before_of(step) + after_of(step);
  }
  return {};
}

}  // namespace gridlock::internal::controlled
