// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/generate.h"

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <sstream>
#include <utility>

#include "tests/random_programs/generate_pools.h"
#include "tests/random_programs/generate_timers.h"

namespace gridlock::random_programs {
namespace {

constexpr std::size_t kMaxOperations = 8;  // of a thread

constexpr KindOfProgram kKinds[] = {
    {"locks", kLocks},
    {"rlocks", kLocks | kRLocks},
    {"gates", kLocks | kGate},
    {"tries", kLocks | kTries},
    {"scoped", kLocks | kScoped},
    {"readers", kLocks | kReaders},
    {"writers-first", kLocks | kReaders | kWritersFirst},
    {"upgrades", kLocks | kReaders | kUpgrades},
    {"binary-semaphores", kLocks | kBinary},
    {"permits", kLocks | kPermits},
    {"bounded-semaphores", kLocks | kBounded},
    {"signals", kLocks | kSignals},
    {"signals-only", kSignals},
    {"signals-for-a-time", kLocks | kSignals | kTimed},
    {"events", kLocks | kEvents},
    {"cleared-events", kLocks | kEvents | kClears},
    {"futures", kLocks | kFutures},
    {"conditions", kLocks | kConditions},
    {"tested-conditions", kLocks | kTested},
    {"barriers", kLocks | kBarriers},
    {"once", kLocks | kOnce},
    {"queues", kLocks | kQueues},
    {"full-queues", kLocks | kFullQueues},
    {"drains", kLocks | kQueues | kDrains},
    {"closes", kLocks | kQueues | kFullQueues | kCloses},
    {"starts", kLocks | kStarts},
    {"starts-and-signals", kLocks | kStarts | kSignals | kEvents},
    {"gates-and-signals", kLocks | kGate | kSignals | kEvents},
    {"readers-and-signals", kLocks | kReaders | kUpgrades | kSignals},
    {"mixes", 0},
    {"ipc-locks", kLocks | kTries | kIpcLocks},
    {"ipc-semaphores", kLocks | kIpcSemaphores},
    {"joinable-queues", kLocks | kJoinable},
    {"ipc", kLocks | kIpcLocks | kIpcSemaphores | kJoinable},
    {"executors", kPools},
    {"executors-and-locks", kLocks | kPools},
    {"executors-and-signals", kLocks | kPools | kSignals},
    {"maps", kPools | kMaps},
    {"maps-and-locks", kLocks | kPools | kMaps},
    {"maps-and-signals", kLocks | kPools | kMaps | kSignals},
    {"as-completed", kPools | kCompleted},
    {"as-completed-and-locks", kLocks | kPools | kCompleted},
    {"as-completed-and-signals", kLocks | kPools | kCompleted | kSignals},
    {"timers", kLocks | kTimers},
    {"timers-and-signals", kLocks | kTimers | kSignals | kEvents},
    {"timers-and-executors", kLocks | kTimers | kPools},
};
constexpr std::size_t kMixed = 29;  // that "mixes" are made of

std::size_t operations_in(const std::vector<Statement>& body) {
  std::size_t count = 0;
  for (const Statement& each : body)
    count += 1 + (each.tail.starts_with("unlock") ? 1 : 0) + operations_in(each.body);
  return count;
}

using Held = std::multiset<std::string>;

// "lock a", "try a {", "scoped a b {": what is named behind the first word.
std::vector<std::string> names_in(const std::string& head) {
  std::istringstream in{head};
  std::vector<std::string> names;
  for (std::string word; in >> word;) names.push_back(word);
  names.erase(names.begin());
  return names;
}

class Generator {
 public:
  Generator(std::uint32_t parts, unsigned seed) : parts_(parts), random_(seed) {
    if (parts_ == 0) parts_ = some_of_all();
    if (has(kCloses)) parts_ &= ~kDrains;  // a get of a closed queue may have nothing to be done
  }

  Tree make() {
    for (;;) {
      tree_ = {};
      fill();
      const bool fits = std::ranges::all_of(tree_.threads, [](const Tree::Thread& thread) {
        return operations_in(thread.body) <= kMaxOperations;
      });
      if (fits) return tree_;
    }
  }

 private:
  bool has(Part part) const { return (parts_ & part) != 0; }
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool one_in(std::size_t count) { return below(count) == 0; }

  std::uint32_t some_of_all() {
    std::uint32_t parts = kLocks;
    for (int i = 0; i < 3; ++i) {
      const std::uint32_t more = kKinds[below(kMixed)].parts;
      parts |= more;
    }
    return parts;
  }

  // What can be held, each with the name that its declaration gives it.
  void declare() {
    ways_.clear();
    const std::size_t locks = has(kLocks) ? 2 + below(2) : 0;
    for (std::size_t i = 0; i < locks; ++i) ways_.emplace_back(1, static_cast<char>('a' + i));
    if (has(kRLocks)) declare_way("rlock", "r");
    if (has(kReaders)) declare_way(has(kWritersFirst) && !one_in(4) ? "first" : "shared", "m");
    if (has(kBinary)) declare_way("semaphore", "u", " 1");
    if (has(kPermits)) declare_way("semaphore", "p", " 2");
    if (has(kBounded)) declare_way("semaphore", "bounded", one_in(2) ? " 1" : " 2");
    if (has(kIpcLocks)) declare_way("lock", "i", " ipc");
    if (has(kIpcSemaphores)) declare_way("semaphore", "v", " 1 ipc");
  }
  void declare_way(const std::string& kind, const std::string& name, const std::string& more = "") {
    const bool first = kind == "first";
    tree_.declarations.push_back((first ? "shared" : kind) + " " + name +
                                 (first ? " writers_first" : more));
    ways_.push_back(name);
  }

  bool may_hold(const std::string& way, const Held& held) const {
    const std::size_t have = held.count(way) + held.count(way + ":r");
    return have == 0 || ((way == "r" || way == "p") && have < 2);
  }

  std::vector<Statement> block(const Held& held, std::size_t depth) {
    std::vector<Statement> body;
    for (std::size_t i = below(2) + (depth == 0 ? 1 : 0); i > 0; --i) {
      std::string way = ways_[below(ways_.size())];
      if (!may_hold(way, held)) continue;
      if (has(kScoped) && one_in(3) && held.empty()) {
        body.push_back({"scoped a b {", "}", {}});
        if (one_in(2)) body.back().body = block({"a", "b"}, depth + 1);
        continue;
      }
      const bool reads = way == "m" && !one_in(3);
      if (reads) way += ":r";
      Held inner = held;
      inner.insert(way);
      std::vector<Statement> inside;
      if (depth < 2) inside = block(inner, depth + 1);
      if (reads && has(kUpgrades) && one_in(2)) add_upgrade(inside);
      if (has(kTries) && one_in(3)) {
        body.push_back({(one_in(2) ? "try " : "timed ") + way + " {", "}", std::move(inside)});
      } else {
        body.push_back({"lock " + way, "unlock " + way, std::move(inside)});
      }
    }
    return body;
  }

  void add_upgrade(std::vector<Statement>& inside) {
    const char* const how = one_in(4) ? "try_upgrade m" : "upgrade m";
    const std::size_t at = below(inside.size() + 1);
    inside.insert(inside.begin() + static_cast<std::ptrdiff_t>(at), {how});
    if (how == std::string_view("upgrade m") && one_in(3)) inside.push_back({"downgrade m"});
  }

  // Somewhere in the thread where none of `free` is held; false if that is nowhere.
  bool put_in(std::size_t thread, const Statement& what, const Held& free = {}) {
    std::vector<std::pair<std::vector<Statement>*, std::size_t>> places;
    const std::function<void(std::vector<Statement>&, const Held&)> look =
        [&](std::vector<Statement>& body, const Held& held) {
          const bool is_free = std::ranges::none_of(
              free, [&](const std::string& each) { return held.contains(each); });
          for (std::size_t i = 0; is_free && i <= body.size(); ++i) places.emplace_back(&body, i);
          for (Statement& each : body) {
            if (each.tail.empty()) continue;
            Held inner = held;
            for (const std::string& name : names_in(each.head)) inner.insert(name);
            look(each.body, inner);
          }
        };
    look(tree_.threads[thread].body, {});
    if (places.empty()) return false;
    const auto [body, at] = places[below(places.size())];
    body->insert(body->begin() + static_cast<std::ptrdiff_t>(at), what);
    return true;
  }

  std::size_t any_thread() { return below(tree_.threads.size()); }
  std::size_t other_than(std::size_t thread) {
    return (thread + 1 + below(tree_.threads.size() - 1)) % tree_.threads.size();
  }

  // `gives` in one thread for `takes` in another.
  void pair(const std::string& gives, const std::string& takes) {
    const std::size_t giver = any_thread();
    put_in(giver, {gives});
    put_in(other_than(giver), {takes});
  }

  void add_semaphores() {
    tree_.declarations.emplace_back("semaphore s 0");
    for (std::size_t i = 1 + below(2); i > 0; --i)
      pair("release s", has(kTimed) && one_in(2) ? "acquire_for s" : "acquire s");
    if (one_in(4)) put_in(any_thread(), {"release s"});
  }

  void add_events() {
    tree_.declarations.emplace_back("event e");
    pair("set e", has(kTimed) && one_in(2) ? "wait_for e" : "wait e");
    if (one_in(3)) put_in(any_thread(), {"wait e"});
    if (one_in(4)) put_in(any_thread(), {"set e"});
    if (has(kClears)) put_in(any_thread(), {"clear e"});
    if (!one_in(4)) return;
    tree_.declarations.emplace_back("event f");
    pair("set f", "wait f");
  }

  void add_futures() {
    tree_.declarations.emplace_back("future v");
    pair("set v", "wait v");
    if (one_in(2)) put_in(any_thread(), {"wait v"});
  }

  void add_conditions(bool tested) {
    tree_.declarations.emplace_back("condition n");
    const std::string lock = has(kRLocks) && one_in(2) ? "r" : "a";
    const Statement wait{
        "lock " + lock, "unlock " + lock, {{"wait n " + lock + (tested ? " until x" : "")}}};
    const std::string notify = one_in(2) ? "notify n" : "notify_one n";
    Statement gives{"lock " + lock, "unlock " + lock, {}};
    if (tested) gives.body.push_back({"raise x"});
    gives.body.push_back({notify});
    const std::size_t giver = any_thread();
    if (!put_in(giver, gives, {lock}) && tested) put_in(giver, {"raise x"});
    put_in(other_than(giver), wait, {lock});
    if (one_in(4)) put_in(other_than(giver), wait, {lock});
    if (one_in(4)) put_in(any_thread(), {notify});
  }

  void add_barriers() {
    const std::size_t parties = 2 + below(tree_.threads.size() - 1);
    tree_.declarations.push_back("barrier h " + std::to_string(parties));
    const std::size_t rounds = one_in(4) ? 2 : 1;
    for (std::size_t i = 0; i < parties * rounds; ++i) put_in(i % parties, {"arrive h"});
  }

  void add_once() {
    tree_.declarations.emplace_back("once o");
    const std::size_t first = any_thread();
    for (const std::size_t thread : {first, other_than(first)}) {
      Statement once{one_in(8) ? "once_fails o {" : "once o {", "}", {}};
      if (one_in(2)) {
        const std::string& way = ways_[below(ways_.size())];
        once.body.push_back({"lock " + way, "unlock " + way});
        put_in(thread, once, {way, way + ":r"});
      } else {
        put_in(thread, once);
      }
    }
  }

  void add_queues(bool full) {
    const std::string q = full ? "k" : "q";
    tree_.declarations.push_back("queue " + q + (full ? " 1" : ""));
    for (std::size_t i = 1 + below(2); i > 0; --i) {
      const std::size_t giver = any_thread();
      const std::size_t taker = other_than(giver);
      put_in(giver, {"put " + q});
      if (has(kTimed) && one_in(2)) {
        put_in(taker, {"get_for " + q});
      } else if (has(kDrains)) {
        put_in(taker, {"get " + q, "task_done " + q});
      } else {
        put_in(taker, {"get " + q});
      }
    }
    if (full && one_in(2)) put_in(any_thread(), {"put " + q});
    if (has(kDrains)) put_in(any_thread(), {"drain " + q});
    if (has(kCloses)) put_in(any_thread(), {"close " + q});
    if (has(kCloses) && one_in(2)) put_in(any_thread(), {"get " + q});
  }

  // Their items go around, and each is done by whoever took it.
  void add_joinable() {
    tree_.declarations.push_back("queue j " + std::to_string(1 + below(2)) + " ipc");
    for (std::size_t i = 1 + below(2); i > 0; --i) {
      const std::size_t giver = any_thread();
      put_in(giver, {"put j"});
      const bool timed = one_in(4);  // there may be nothing to be done then
      put_in(other_than(giver),
             {timed ? "get_for j" : "get j", timed || one_in(4) ? "" : "task_done j"});
    }
    if (one_in(2)) put_in(any_thread(), {"drain j"});
  }

  void add_ipc_signals() {
    tree_.declarations.emplace_back("semaphore w 0 ipc");
    pair("release w", one_in(4) ? "acquire_for w" : "acquire w");
  }

  // The main thread starts and joins some of the others itself.
  void add_starts() {
    std::vector<Statement>& body = tree_.threads.back().body;
    for (std::size_t i = 0; i + 1 < tree_.threads.size(); ++i) {
      if (one_in(3)) continue;
      const std::string& name = tree_.threads[i].name;
      const std::size_t at = below(body.size() + 1);
      body.insert(body.begin() + static_cast<std::ptrdiff_t>(at), {"start " + name});
      const std::size_t behind = at + 1 + below(body.size() - at);
      const Statement join{"join " + name};
      if (behind < body.size() && body[behind].tail.starts_with("unlock")) {
        body[behind].body.push_back(join);
      } else {
        body.insert(body.begin() + static_cast<std::ptrdiff_t>(behind), join);
      }
    }
  }

  void fill() {
    declare();
    const std::size_t threads = one_in(6) ? 4 : 2 + below(2);
    for (std::size_t i = 1; i <= threads; ++i) {
      tree_.threads.push_back({i < threads ? "t" + std::to_string(i) : "main", {}});
      if (ways_.empty()) continue;
      tree_.threads.back().body = block({}, 0);
      if (!has(kGate) || one_in(3)) continue;
      std::vector<Statement>& body = tree_.threads.back().body;
      body = {{"lock g", "unlock g", std::move(body)}};
    }
    if (has(kTimers)) add_timers(tree_, random_, [&] { return block({}, 0); });
    if (has(kPools))
      add_pools(tree_, random_,
                [&] { return ways_.empty() ? std::vector<Statement>{} : block({}, 1); },
                {.alone = ways_.empty(), .maps = has(kMaps), .completed = has(kCompleted)});
    if (has(kSignals)) add_semaphores();
    if (has(kSignals) && !has(kLocks)) add_semaphores_again();
    if (has(kEvents)) add_events();
    if (has(kFutures)) add_futures();
    if (has(kConditions)) add_conditions(false);
    if (has(kTested) && !has(kConditions)) add_conditions(true);
    if (has(kBarriers)) add_barriers();
    if (has(kOnce)) add_once();
    if (has(kQueues)) add_queues(false);
    if (has(kFullQueues)) add_queues(true);
    if (has(kJoinable)) add_joinable();
    if (has(kIpcSemaphores) && one_in(2)) add_ipc_signals();
    if (has(kStarts)) add_starts();
  }
  void add_semaphores_again() {
    tree_.declarations.emplace_back("semaphore z 0");
    pair("release z", "acquire z");
  }

  std::uint32_t parts_;
  std::mt19937 random_;
  Tree tree_;
  std::vector<std::string> ways_;
};

}  // namespace

std::span<const KindOfProgram> kinds_of_programs() { return kKinds; }

const KindOfProgram* kind_of_program(std::string_view name) {
  const auto* const found = std::ranges::find(kKinds, name, &KindOfProgram::name);
  return found == std::end(kKinds) ? nullptr : found;
}

Tree generate(const KindOfProgram& kind, unsigned seed) {
  unsigned mixed = seed;
  for (const char each : std::string_view(kind.name))
    mixed = mixed * 1'000'003U + static_cast<unsigned char>(each);
  return Generator(kind.parts, mixed).make();
}

}  // namespace gridlock::random_programs
