// SPDX-License-Identifier: Apache-2.0
#include "tests/analysis/traces/program.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace gridlock::traces {
namespace {

const std::map<std::string, Kind, std::less<>> kKinds = {
    {"lock", Kind::kLock},           {"rlock", Kind::kRLock}, {"shared", Kind::kShared},
    {"semaphore", Kind::kSemaphore}, {"event", Kind::kEvent}, {"future", Kind::kFuture},
    {"condition", Kind::kCondition}, {"queue", Kind::kQueue}, {"barrier", Kind::kBarrier},
    {"once", Kind::kOnce},           {"flag", Kind::kFlag},   {"pool", Kind::kPool},
};

// Verbs that are one operation on one object.
struct Simple {
  Verb verb;
  Patience patience = Patience::kForEver;
  u32 number = 0;
};
const std::map<std::string, Simple, std::less<>> kSimple = {
    {"upgrade", {Verb::kUpgrade}},
    {"try_upgrade", {Verb::kTryUpgrade}},
    {"downgrade", {Verb::kDowngrade}},
    {"acquire", {Verb::kLock}},
    {"acquire_for", {Verb::kLock, Patience::kTimed}},
    {"try_acquire", {Verb::kLock, Patience::kNone}},
    {"release", {Verb::kRelease}},
    {"set", {Verb::kSet}},
    {"clear", {Verb::kClear}},
    {"put", {Verb::kPut}},
    {"get", {Verb::kGet}},
    {"get_for", {Verb::kGet, Patience::kTimed}},
    {"try_get", {Verb::kGet, Patience::kNone}},
    {"task_done", {Verb::kTaskDone}},
    {"drain", {Verb::kDrain}},
    {"close", {Verb::kClose}},
    {"arrive", {Verb::kArrive}},
    {"notify", {Verb::kNotify}},
    {"notify_one", {Verb::kNotify, Patience::kForEver, 1}},
    {"start", {Verb::kStart}},
    {"join", {Verb::kJoin}},
    {"drop", {Verb::kDrop}},
    {"submit", {Verb::kSubmit}},
    {"shutdown", {Verb::kShutDown}},
    {"cancel", {Verb::kShutDown, Patience::kForEver, 1}},
    {"make", {Verb::kMake}},
    {"raise", {Verb::kRaise}},
    {"until", {Verb::kUntil}},
};

std::vector<std::string> words_of(std::string_view text) {
  std::string spaced;
  for (const char each : text) {
    const bool alone = each == ',' || each == '{' || each == '}';
    spaced += alone ? std::string{' ', each, ' '} : std::string{each};
  }
  std::istringstream in{spaced};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

class Parser {
 public:
  explicit Parser(Program& program) : program_(program) {}

  void declare(std::string_view section) {
    const std::vector<std::string> words = words_of(section);
    if (words.size() < 2) fail("a declaration needs a kind and a name");
    const auto kind = kKinds.find(words[0]);
    if (kind == kKinds.end()) fail("no such kind: " + words[0]);
    Declared& object = program_.objects[find(words[1])];
    object.kind = kind->second;
    for (std::size_t i = 2; i < words.size(); ++i) {
      if (words[i] == "writers_first") {
        object.writers_first = true;
      } else if (words[i] == "ipc") {
        object.ipc = true;
      } else {
        const bool second = object.kind == Kind::kPool && i > 2;
        (second ? object.capacity : object.number) = static_cast<u32>(std::stoul(words[i]));
      }
    }
  }

  /// "task k w", the name of a task's section.
  void name_task(std::string_view section) {
    const std::vector<std::string> words = words_of(section);
    if (words.size() != 3) fail("a task needs a name and a pool");
    const u32 pool = find(words[2]);
    if (program_.objects[pool].kind != Kind::kPool) fail("no such pool: " + words[2]);
    program_.tasks.push_back({.object = find(words[1]), .pool = pool, .ops = {}});
    program_.objects[program_.tasks.back().object].kind = Kind::kTask;
  }

  void operations(std::string_view body, std::vector<Op>& ops) {
    words_ = words_of(body);
    at_ = 0;
    ops_ = &ops;
    block();
    if (at_ != words_.size()) fail("one brace too many");
  }

  u32 find(std::string_view name) {
    for (u32 i = 1; i < program_.objects.size(); ++i) {
      if (program_.objects[i].name == name) return i;
    }
    program_.objects.push_back({.name = std::string(name)});
    return static_cast<u32>(program_.objects.size() - 1);
  }

 private:
  struct Way {
    u32 object;
    Mode mode;
  };

  [[noreturn]] void fail(const std::string& why) const {
    std::string rest;
    for (std::size_t i = at_; i < words_.size() && i < at_ + 5; ++i) rest += " " + words_[i];
    throw std::invalid_argument("trace: " + why + " before:" + rest);
  }

  bool next_is(std::string_view word) const { return at_ < words_.size() && words_[at_] == word; }
  bool arguments_go_on() const {
    return at_ < words_.size() && !next_is(",") && !next_is("{") && !next_is("}");
  }
  std::string word() {
    if (!arguments_go_on()) fail("a word is missing");
    return words_[at_++];
  }
  Way way() {
    std::string name = word();
    const bool reads = name.ends_with(":r");
    if (reads) name.resize(name.size() - 2);
    return {find(name), reads ? Mode::kShared : Mode::kExclusive};
  }
  std::vector<Way> ways() {
    std::vector<Way> all;
    while (arguments_go_on()) all.push_back(way());
    return all;
  }

  std::size_t emit(const Op& op) {
    ops_->push_back(op);
    return ops_->size() - 1;
  }
  void emit_lock(Way way) { emit({.verb = Verb::kLock, .object = way.object, .mode = way.mode}); }
  void emit_unlock(Way way) {
    const bool permit = program_.objects[way.object].kind == Kind::kSemaphore;
    emit({.verb = permit ? Verb::kRelease : Verb::kUnlock, .object = way.object, .mode = way.mode});
  }
  void leads_here(std::size_t op) { (*ops_)[op].jump = ops_->size(); }

  void block() {
    while (at_ < words_.size() && !next_is("}")) {
      statement();
      if (next_is(",")) ++at_;
    }
  }
  void braces() {
    if (!next_is("{")) return;
    ++at_;
    block();
    if (!next_is("}")) fail("a brace is missing");
    ++at_;
  }

  void nested(const std::vector<Way>& all, bool meets) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      emit_lock(all[i]);
      if (meets && i == 0) emit({.verb = Verb::kMeet});
    }
    for (std::size_t i = all.size(); i > 0; --i) emit_unlock(all[i - 1]);
  }

  void trying(Patience patience) {
    const Way which = way();
    const std::size_t op = emit(
        {.verb = Verb::kTry, .object = which.object, .mode = which.mode, .patience = patience});
    braces();
    emit_unlock(which);
    leads_here(op);
  }

  void scoped() {
    Op op{.verb = Verb::kScoped};
    for (const Way each : ways()) op.objects.push_back(each.object);
    emit(op);
    braces();
    op.verb = Verb::kUnscoped;
    emit(op);
  }

  // Of an event or a future; of a condition: test, sleep, take the lock again, and test again.
  void wait(Patience patience) {
    const u32 object = find(word());
    if (program_.objects[object].kind != Kind::kCondition) {
      emit({.verb = Verb::kWait, .object = object, .patience = patience});
      return;
    }
    const u32 lock = find(word());
    std::optional<std::size_t> test;
    if (next_is("until")) {
      ++at_;
      test = emit({.verb = Verb::kIfRaised,
                   .object = find(word()),
                   .patience = patience,
                   .other = object,
                   .number = lock});
      program_.objects[ops_->back().object].kind = Kind::kFlag;
    }
    emit({.verb = Verb::kSleep,
          .object = object,
          .patience = patience,
          .other = lock,
          .tested = test.has_value()});
    emit({.verb = Verb::kLock, .object = lock, .other = object});
    if (!test) return;
    // A wait for a time is over after it.
    if (patience == Patience::kForEver) emit({.verb = Verb::kGoTo, .jump = *test});
    leads_here(*test);
  }

  void once(bool succeeds) {
    const u32 flag = find(word());
    const std::size_t op = emit({.verb = Verb::kOnce, .object = flag});
    braces();
    emit({.verb = Verb::kOnceEnd, .object = flag, .number = succeeds ? 1U : 0U});
    leads_here(op);
  }

  std::vector<u32> tasks() {
    std::vector<u32> all;
    while (arguments_go_on()) {
      all.push_back(find(word()));
      if (program_.objects[all.back()].kind != Kind::kTask)
        fail("no such task: " + program_.objects[all.back()].name);
    }
    return all;
  }

  void map() {
    const std::size_t op = emit({.verb = Verb::kMap, .objects = tasks()});
    const std::vector<u32> all = (*ops_)[op].objects;
    for (const u32 each : all) emit({.verb = Verb::kSubmit, .object = each, .goes_on = true});
    for (const u32 each : all) emit({.verb = Verb::kWait, .object = each, .goes_on = true});
    ops_->back().goes_on = false;
    leads_here(op);
  }

  void completed() {
    const u32 object = find("as completed");  // as the library calls it
    program_.objects[object].kind = Kind::kCompleted;
    const std::size_t op = emit({.verb = Verb::kCompleted, .object = object, .objects = tasks()});
    braces();
    emit({.verb = Verb::kCompletedEnd, .object = object, .jump = op, .goes_on = true});
    leads_here(op);
  }

  void only(Verb when) {
    const std::size_t op = emit({.verb = when});
    braces();
    leads_here(op);
  }

  void statement() {
    const std::string verb = word();
    if (verb == "lock") {
      for (const Way each : ways()) emit_lock(each);
    } else if (verb == "unlock") {
      for (const Way each : ways()) emit_unlock(each);
    } else if (verb == "take" || verb == "touch" || verb == "nest") {
      nested(ways(), verb == "nest");
    } else if (verb == "try" || verb == "timed") {
      trying(verb == "try" ? Patience::kNone : Patience::kTimed);
    } else if (verb == "scoped") {
      scoped();
    } else if (verb == "wait" || verb == "wait_for") {
      wait(verb == "wait" ? Patience::kForEver : Patience::kTimed);
    } else if (verb == "once" || verb == "once_fails") {
      once(verb == "once");
    } else if (verb == "map") {
      map();
    } else if (verb == "completed") {
      completed();
    } else if (verb == "hang" || verb == "calm") {
      only(verb == "hang" ? Verb::kIfHang : Verb::kIfCalm);
    } else if (verb == "meet" || verb == "yield") {
      emit({.verb = verb == "meet" ? Verb::kMeet : Verb::kYield});
    } else {
      const auto simple = kSimple.find(verb);
      if (simple == kSimple.end()) fail("no such operation: " + verb);
      const u32 object = find(word());
      const bool cancels = verb == "cancel" && program_.objects[object].kind == Kind::kThread;
      emit({.verb = cancels ? Verb::kCancel : simple->second.verb,
            .object = object,
            .patience = simple->second.patience,
            .number = simple->second.number});
      if (verb == "start" || verb == "join" || verb == "drop" || cancels) note_thread(object, verb);
      if (verb == "submit" && program_.objects[object].kind != Kind::kTask)
        fail("no such task: " + program_.objects[object].name);
      if (ops_->back().verb == Verb::kShutDown && program_.objects[object].kind != Kind::kPool)
        fail("no such pool: " + program_.objects[object].name);
      if (verb == "raise" || verb == "until") program_.objects[object].kind = Kind::kFlag;
    }
  }

  void note_thread(u32 object, std::string_view verb) {
    for (ThreadText& thread : program_.threads) {
      if (thread.object != object) continue;
      if (!thread.is_timer && (verb == "drop" || verb == "cancel")) break;
      if (verb == "start") thread.started_by_hand = true;
      if (verb == "drop" || (verb == "join" && !thread.is_timer)) thread.joined_by_hand = true;
      return;
    }
    fail("no such thread: " + program_.objects[object].name);
  }

  Program& program_;
  std::vector<std::string> words_;
  std::size_t at_ = 0;
  std::vector<Op>* ops_ = nullptr;
};

std::vector<std::string_view> sections_of(std::string_view text) {
  std::vector<std::string_view> sections;
  while (!text.empty()) {
    const std::size_t bar = std::min(text.find('|'), text.size());
    sections.push_back(text.substr(0, bar));
    text.remove_prefix(std::min(bar + 1, text.size()));
  }
  return sections;
}

// A colon that is not the one of "a:r".
std::size_t colon_of(std::string_view section) {
  const std::size_t colon = section.find(": ");
  return colon == std::string_view::npos && section.ends_with(":") ? section.size() - 1 : colon;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\n')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

}  // namespace

Program parse(std::string_view text) {
  Program program;
  program.objects.emplace_back();
  Parser parser{program};
  std::vector<std::pair<std::string_view, std::string_view>> threads;
  std::vector<std::string_view> tasks;
  for (const std::string_view raw : sections_of(text)) {
    const std::string_view section = trimmed(raw);
    const std::size_t colon = colon_of(section);
    if (colon == std::string_view::npos) {
      parser.declare(section);
    } else if (section.starts_with("task ")) {
      parser.name_task(section.substr(0, colon));
      tasks.push_back(section.substr(colon + 1));
    } else {
      threads.emplace_back(section.substr(0, colon), section.substr(colon + 1));
    }
  }
  if (threads.empty()) throw std::invalid_argument("trace: no threads");
  constexpr std::string_view kTimer = "timer ";
  for (auto& [name, body] : threads) {
    const bool is_timer = name.starts_with(kTimer);
    if (is_timer) name.remove_prefix(kTimer.size());
    const u32 object = parser.find(name);
    program.objects[object].kind = Kind::kThread;
    program.threads.push_back({.object = object, .ops = {}, .is_timer = is_timer});
    if (is_timer)
      program.threads.back().ops.push_back(
          {.verb = Verb::kDelay, .object = object, .patience = Patience::kTimed});
  }
  for (u32 i = 0; i < tasks.size(); ++i) parser.operations(tasks[i], program.tasks[i].ops);
  for (u32 i = 0; i < threads.size(); ++i)
    parser.operations(threads[i].second, program.threads[i].ops);
  for (ThreadText& thread : program.threads) {
    if (thread.is_timer) thread.ops.front().jump = thread.ops.size();
  }
  add_starts_and_joins(program, add_workers(program));
  return program;
}

}  // namespace gridlock::traces
