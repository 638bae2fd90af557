// SPDX-License-Identifier: Apache-2.0
//
// The table from situation to sentence, row by row: the facts of a finding on one side, what is said
// of them on the other. Rows that follow each other differ in one fact.
#include "reports/situation.h"

#include <gmock/gmock.h>
#include <gridlock/report.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock::internal::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kFile = "/src/a.cc";

Stack at(int line, std::string function = "work()") {
  Frame frame;
  frame.function = std::move(function);
  frame.file = kFile;
  frame.line = line;
  return {frame};
}

/// Names that go with ids: M1 m1, S1 slots ...; T1 is main.
Object object(std::string id, std::string type, std::string name) {
  Object result;
  result.id = std::move(id);
  result.type = std::move(type);
  result.name = std::move(name);
  return result;
}

std::vector<Object> all_objects() {
  return {object("M1", "Lock", "a"),           object("M2", "Lock", "b"),
          object("M3", "Lock", "c"),           object("M4", "SharedLock", "book"),
          object("M5", "RLock", "again"),      object("S1", "Semaphore", "slots"),
          object("S2", "Semaphore", "seats"),  object("C1", "Condition", "ready"),
          object("E1", "Event", "go"),         object("F1", "Future", "meal"),
          object("Q1", "Queue", "jobs"),       object("Q2", "Queue", "replies"),
          object("J1", "JoinableQueue", "orders"), object("B1", "Barrier", "hut"),
          object("O1", "OnceFlag", "init"),    object("O2", "OnceFlag", "log"),
          object("X1", "Pipe", "input"),       object("X2", "Program", "sort"),
          object("R1", "Rendezvous", "meet"),  object("K1", "IpcSemaphore", "cook slots"),
          object("K2", "IpcSemaphore", "cook result 2")};
}

ThreadInfo thread(const std::string& id, std::string state = "running") {
  ThreadInfo result;
  result.id = id;
  result.name = id == "T1" ? "main" : id == "T2" ? "ann" : id == "T3" ? "ben" : "cat";
  result.state = std::move(state);
  return result;
}

ThreadInfo waits(const std::string& id, std::string object, std::string operation, int line) {
  ThreadInfo result = thread(id, "blocked");
  result.wants = WantedObject{std::move(object), std::move(operation), false, at(line)};
  return result;
}

ThreadInfo with(ThreadInfo thread, std::string object, std::string mode = "exclusive", int line = 7,
                int count = 1) {
  thread.held.push_back({std::move(object), std::move(mode), count, at(line)});
  return thread;
}

LockOrderEdge edge(const std::string& from, const std::string& to, const std::string& thread,
                   std::string held_mode = "", std::string wanted_mode = "") {
  LockOrderEdge result;
  result.from = from;
  result.to = to;
  result.thread = thread;
  result.held_mode = std::move(held_mode);
  result.wanted_mode = std::move(wanted_mode);
  const bool is_signal = std::string_view("ECFQBT").find(from.front()) != std::string_view::npos;
  if (!is_signal && result.held_mode != "queued") result.held_stack = at(1);
  result.wanted_stack = at(2);
  return result;
}

LockOrderEdge releases(const std::string& from, const std::string& to, const std::string& thread) {
  LockOrderEdge result = edge(from, to, thread);
  result.held_stack.clear();
  return result;
}

Finding cycle(FindingKind kind, std::vector<LockOrderEdge> edges) {
  Finding finding;
  finding.kind = kind;
  for (const LockOrderEdge& one : edges) {
    finding.cycle.push_back(one.from);
    finding.threads.push_back(thread(one.thread));
  }
  finding.edges = std::move(edges);
  finding.objects = all_objects();
  return finding;
}

Finding foreseen(std::vector<LockOrderEdge> edges) {
  return cycle(FindingKind::kLockOrderCycle, std::move(edges));
}
Finding happened(std::vector<LockOrderEdge> edges) {
  return cycle(edges.size() == 1 ? FindingKind::kSelfDeadlock : FindingKind::kDeadlock,
               std::move(edges));
}
Finding handler() {
  Finding finding = happened({edge("M1", "M1", "T2")});
  finding.detail = "in a signal handler";
  return finding;
}

Finding stuck(std::vector<ThreadInfo> threads) {
  Finding finding;
  finding.kind = FindingKind::kStarvation;
  finding.threads = std::move(threads);
  finding.objects = all_objects();
  return finding;
}

Finding pool(std::vector<ThreadInfo> threads) {
  Finding finding = stuck(std::move(threads));
  finding.kind = FindingKind::kDeadlock;
  finding.detail = "no thread of the pool is left for the tasks in its queue";
  return finding;
}

Finding program(std::string object, std::string operation) {
  Finding finding = stuck({waits("T1", std::move(object), std::move(operation), 9)});
  finding.kind = FindingKind::kDeadlock;
  return finding;
}

Finding lost(std::string wait_function) {
  Finding finding = stuck({waits("T1", "T2", "join", 9), waits("T2", "C1", "wait", 4),
                           thread("T3", "ended")});
  finding.kind = FindingKind::kLostWakeup;
  Frame library;
  library.function = std::move(wait_function);
  library.file = "/usr/include/gridlock/condition.h";
  finding.threads[1].wants->stack.insert(finding.threads[1].wants->stack.begin(), library);
  finding.threads[1].recent = {{"unlock", "M1", true, {}}, {"wait", "C1", false, {}}};
  finding.acts = {{"notify", "C1", "T3", "", at(5)}};
  return finding;
}

Finding process_pool() {
  ThreadInfo boss = waits("P1.T1", "K2", "acquire", 8);
  boss.process = "P1";
  ThreadInfo worker = with(waits("P2.T1", "K2", "acquire", 9), "K1", "permit");
  worker.process = "P2";
  worker.name = "cook-1";
  return stuck({with(boss, "K1", "permit"), worker});
}

Finding misuse(FindingKind kind, std::vector<Act> acts, std::vector<ThreadInfo> threads = {}) {
  Finding finding;
  finding.kind = kind;
  finding.detail = acts.empty() ? "" : acts.front().operation;
  finding.acts = std::move(acts);
  finding.threads = std::move(threads);
  if (finding.threads.empty()) finding.threads = {thread("T2"), thread("T3")};
  finding.objects = all_objects();
  return finding;
}

Finding place(FindingKind kind, std::string type, std::vector<ThreadInfo> threads) {
  Finding finding = misuse(kind, {}, std::move(threads));
  if (!type.empty()) finding.locations = {{std::move(type), "", 0, 0, at(3)}};
  return finding;
}

Finding statement(std::string detail, ThreadInfo who) {
  Finding finding = misuse(FindingKind::kAssertionFailed, {}, {std::move(who)});
  finding.detail = std::move(detail);
  finding.threads[0].stack = at(9);
  return finding;
}

ThreadInfo ended(ThreadInfo thread) {
  thread.state = "ended";
  return thread;
}

/// What the lines of kFile say; at() names them.
Report source() {
  Report report;
  report.sources[kFile] =
      "std::lock_guard hold_from{from.lock};\n"
      "std::lock_guard hold_to{to.lock};\n"
      "detach, fork\n"
      "condition.wait(hold);\n"
      "condition.notify_one();\n"
      "\n"
      "mine->lock.lock();\n";
  return report;
}

struct Row {
  Situation situation;
  Finding finding;
  std::string claim;
  std::string fix;
};
void PrintTo(const Row& row, std::ostream* out) { *out << info(row.situation).name; }

using enum Situation;
using Kind = FindingKind;

// clang-format off: a table
std::vector<Row> cycles() {
  return {
      {kLocksCrossed, foreseen({edge("M1", "M2", "T2"), edge("M2", "M1", "T3")}),
       "ann (T2) and ben (T3) take a (M1) and b (M2) in opposite orders; this run did not hang, another can.",
       "Take a (M1) before b (M2) everywhere, or both at once: `std::scoped_lock hold{from.lock, to.lock};`."},
      {kLocksCrossed, happened({edge("M1", "M2", "T2"), edge("M2", "M1", "T3")}),
       "ann (T2) and ben (T3) took a (M1) and b (M2) in opposite orders: each holds one of them and waits for the other.",
       "Take a (M1) before b (M2) everywhere, or both at once: `std::scoped_lock hold{from.lock, to.lock};`."},
      {kLocksCrossed, foreseen({edge("M4", "M2", "T2", "shared"), edge("M2", "M4", "T3", "", "shared")}),
       "ann (T2) and ben (T3) take book (M4) and b (M2) in opposite orders; this run did not hang, another can.",
       "Take book (M4) before b (M2) everywhere."},
      {kReadersBehindWriter, happened({edge("M4", "M1", "T2", "shared"), edge("M1", "M4", "T3", "", "shared"), edge("M4", "M4", "T4", "queued")}),
       "cat (T4) waits until the readers of book (M4) leave, and ben (T3) waits to read it behind that writer: the readers inside wait for ben (T3) in turn.",
       "Take book (M4) and a (M1) in one order everywhere, for reading too: a writer that waits makes new readers wait. Or let readers go first: `Prefer::kReaders`."},
      {kLocksInARing, foreseen({edge("M1", "M2", "T2"), edge("M2", "M3", "T3"), edge("M3", "M1", "T4")}),
       "ann (T2), ben (T3) and cat (T4) take a (M1), b (M2) and c (M3) in different orders; this run did not hang, another can.",
       "Take them in one order everywhere, for example in that of this list, or take what one thread needs at once: `std::scoped_lock hold{from.lock, to.lock};`."},
      {kLocksOfOneClass, foreseen({edge("M1", "M1", "T2"), edge("M1", "M1", "T3")}),
       "ann (T2) and ben (T3) each hold one lock of the class of a (M1) and ask for another of the same class, in no order; this run did not hang, another can.",
       "Give the locks of the class an order, by number or by address, and take the lower one first, or take both at once: `std::scoped_lock hold{from.lock, to.lock};`."},
      {kPermitsPiecemeal, foreseen({edge("S1", "S1", "T2"), edge("S1", "S1", "T3")}),
       "ann (T2) and ben (T3) each hold some of the permits of slots (S1) and ask for more; when all of them do so at once, none gets it; this run did not hang, another can.",
       "Let a thread acquire all the permits that it needs at once, under one lock; or release before asking for more; or make more permits than the threads can hold without being done."},
      {kPermitAndLock, foreseen({edge("S1", "M1", "T2"), edge("M1", "S1", "T3")}),
       "ann (T2) and ben (T3) take slots (S1) and a (M1) in opposite orders; this run did not hang, another can.",
       "Take slots (S1) before a (M1) everywhere. (std::scoped_lock cannot take a permit.)"},
      {kPermitUnderLock, foreseen({releases("S1", "M1", "T2"), edge("M1", "S1", "T3")}),
       "ben (T3) asks for a permit of slots (S1) while it holds a (M1), which ann (T2) needs before it releases slots (S1); this run did not hang, another can.",
       "Release a (M1) before acquiring slots (S1), or let ann (T2) release a permit before it asks for a (M1)."},
      {kLockAgain, happened({edge("M1", "M1", "T2")}),
       "a.cc:2: ann (T2) holds a (M1), acquired at a.cc:1, and waits for it again.",
       "Split the function: an outer one that locks a (M1), an inner one that expects it held, or make a (M1) a gridlock::RLock."},
      {kLockAgain, happened({edge("M5", "M5", "T2")}),
       "a.cc:2: ann (T2) holds again (M5), acquired at a.cc:1, and waits for it again.",
       "Split the function: an outer one that locks again (M5), an inner one that expects it held."},
      {kLockInHandler, handler(),
       "a.cc:2: A signal handler asks for a (M1), which the code that it interrupted holds, acquired at a.cc:1.",
       "Take no lock in a signal handler: set a flag of type std::atomic or sig_atomic_t there, or write to a pipe, and do the work in a thread."},
      {kPermitAgain, happened({edge("S1", "S1", "T2")}),
       "a.cc:2: ann (T2) holds every permit of slots (S1) that is left and waits for one more.",
       "Release the permit of slots (S1) before acquiring it again: a semaphore does not know who holds it and is not recursive."},
      {kOnceAgain, happened({edge("O1", "O1", "T2")}),
       "a.cc:2: ann (T2) calls init (O1) inside the function that init (O1) runs, and waits for itself to finish it.",
       "Do not use init (O1) inside its own function: move what both need into a function of its own and call that."},
      {kJoinSelf, happened({edge("T2", "T2", "T2")}),
       "a.cc:2: ann (T2) joins itself, and waits for its own end.",
       "Let another thread join it, or let it return."},
      {kJoinRing, happened({edge("T2", "T3", "T3"), edge("T3", "T2", "T2")}),
       "ben (T3) and ann (T2) join each other, so none of them can end.",
       "Let one thread that none of them waits for join all of them."},
      {kReadAgain, foreseen({edge("M4", "M4", "T2", "shared", "shared")}),
       "a.cc:2: ann (T2) reads under book (M4) and asks to read it again: with a writer between the two it waits for itself; this run did not hang, another can.",
       "Lock book (M4) for reading once, in the outer function, and let the inner one expect it held; or let readers go first: `Prefer::kReaders`."},
      {kReadAgain, happened({edge("M4", "M4", "T2", "shared", "shared"), edge("M4", "M4", "T3", "queued")}),
       "ann (T2) reads under book (M4) and asks to read it again, behind ben (T3), which waits for ann (T2) to leave.",
       "Lock book (M4) for reading once, in the outer function, and let the inner one expect it held; or let readers go first: `Prefer::kReaders`."},
      {kUpgradeTwice, happened({edge("M4", "M4", "T2", "shared", "upgrade"), edge("M4", "M4", "T3", "shared", "upgrade")}),
       "ann (T2) and ben (T3) read under book (M4) and upgrade: each waits for the other to stop reading.",
       "Use `try_upgrade()`; where it fails, unlock, lock for writing and look again. Or lock book (M4) for writing from the start."},
      {kWriteUnderRead, happened({edge("M4", "M4", "T2", "shared")}),
       "a.cc:2: ann (T2) holds book (M4) for reading and asks to write it, and waits for itself to stop reading.",
       "Stop reading before you ask to write, or lock book (M4) for writing from the start; `upgrade()` is the way to keep it in between."},
      {kWriteUnderRead, happened({edge("M4", "M4", "T2", "shared"), edge("M4", "M4", "T3", "shared")}),
       "ann (T2) and ben (T3) hold book (M4) for reading and ask to write it, and wait for each other to stop reading.",
       "Stop reading before you ask to write, or lock book (M4) for writing from the start; `upgrade()` is the way to keep it in between."},
      {kReadUnderWrite, happened({edge("M4", "M4", "T2", "", "shared")}),
       "a.cc:2: ann (T2) holds book (M4) for writing and asks to read it, and waits for itself.",
       "A writer may read: do not lock book (M4) again. Where only reading is left to do, use `downgrade()`."},
      {kOnceCrossed, happened({edge("O1", "O2", "T2"), edge("O2", "O1", "T3")}),
       "ann (T2) and ben (T3) run init (O1) and log (O2), and each waits inside its function until the other has run.",
       "Let only one of the two functions call the other flag: initialise what init (O1) needs before `call_once` of log (O2), not inside it."},
      {kOnceAndLock, foreseen({edge("M1", "O1", "T2"), edge("O1", "M1", "T3")}),
       "ben (T3) runs init (O1) and asks for a (M1); ann (T2) holds a (M1) and calls init (O1); this run did not hang, another can.",
       "Call init (O1) before locking a (M1), or do not lock a (M1) inside its function."},
      {kJoinUnderLock, happened({edge("M1", "T3", "T2"), edge("T3", "M1", "T3")}),
       "ann (T2) joins ben (T3) while it holds a (M1), which ben (T3) needs before it ends.",
       "Release a (M1) before the join."},
      {kJoinUnderLock, happened({edge("M1", "T3", "T2"), edge("T3", "M2", "T3"), edge("M2", "M1", "T4")}),
       "ann (T2) joins ben (T3) while it holds a (M1), which ben (T3) needs before it ends, since it waits for cat (T4).",
       "Release a (M1) before the join."},
      {kEventUnderLock, foreseen({edge("M1", "E1", "T2"), edge("E1", "M1", "T3")}),
       "ann (T2) waits for go (E1) while it holds a (M1), which ben (T3) needs before it sets go (E1); this run did not hang, another can.",
       "Release a (M1) before waiting for go (E1), or let ben (T3) set go (E1) before it asks for a (M1)."},
      {kConditionUnderLock, foreseen({edge("M1", "C1", "T2"), edge("C1", "M1", "T3")}),
       "ann (T2) waits for a notification of ready (C1) while it holds a (M1), which ben (T3) needs before it notifies ready (C1); this run did not hang, another can.",
       "A wait releases only the lock that it is given: release a (M1), too, before waiting for ready (C1), or let ben (T3) notify before it asks for a (M1)."},
      {kFutureUnderLock, foreseen({edge("O1", "F1", "T2"), edge("F1", "O1", "T3")}),
       "ann (T2) waits for the value of meal (F1) while it runs init (O1), which ben (T3) needs before it fulfils meal (F1); this run did not hang, another can.",
       "Release init (O1) before asking meal (F1) for its value, or let ben (T3) set the value without init (O1)."},
      {kQueueUnderLock, foreseen({edge("M1", "Q1", "T2"), edge("Q1", "M1", "T3")}),
       "ann (T2) waits at jobs (Q1) while it holds a (M1), which ben (T3) needs before it puts into jobs (Q1), or takes from it; this run did not hang, another can.",
       "Release a (M1) before waiting at jobs (Q1), or let ben (T3) use jobs (Q1) before it asks for a (M1)."},
      {kBarrierUnderLock, foreseen({edge("M1", "B1", "T2"), edge("B1", "M1", "T3")}),
       "ann (T2) waits at hut (B1) while it holds a (M1), which ben (T3) needs before it reaches hut (B1); this run did not hang, another can.",
       "Release a (M1) before waiting at hut (B1): the others cannot arrive without it."},
      {kSignalUnderLock, foreseen({edge("M1", "R1", "T2"), releases("R1", "M1", "T3")}),
       "ann (T2) waits for meet (R1) while it holds a (M1), which ben (T3) needs before it lets others go on at meet (R1); this run did not hang, another can.",
       "Release a (M1) before waiting, or let ben (T3) do what is waited for before it asks for a (M1)."},
      {kSignalsCrossed, foreseen({edge("E1", "F1", "T2"), edge("F1", "E1", "T3")}),
       "ann (T2) and ben (T3) each wait for a signal that the other gives only after its own wait; this run did not hang, another can.",
       "Let one of them signal before it waits."},
      {kPoolTask, pool({waits("T2", "F1", "get", 9), waits("T3", "F1", "get", 9)}),
       "ann (T2) and ben (T3) are all the workers of a pool, and wait for tasks that only a worker of that pool could run.",
       "Let no task wait for a task of its own pool: submit both from outside and wait there, or let the first task submit the second as its continuation."},
      {kPoolRoom, pool({waits("T2", "Q1", "put", 9)}),
       "ann (T2) is all the workers of a pool, and waits for room in a queue that only a worker of that pool empties.",
       "Let no task put into the queue of its own pool without a timeout: use `try_put`, or make the queue unbounded."},
      {kPipesFull, program("X1", "write"),
       "a.cc:9: Two programs write to each other through pipes that are full; each waits for the other to read, and neither reads while it writes.",
       "Read what the other program writes while writing to it: with communicate(), or in a thread of its own."},
      {kProgramWaits, program("X2", "wait"),
       "a.cc:9: main (T1) waits for the end of sort (X2), and that program waits at a pipe for this one.",
       "Close the input of the program when there is no more, and read its output before waiting for its end: with communicate()."},
      {kAgainstOrder, cycle(Kind::kDeclaredOrder, {edge("M1", "M2", "T2")}),
       "a.cc:2: ann (T2) asks for b (M2) while it holds a (M1), but b (M2) was declared to come before a (M1).",
       "Take b (M2) before a (M1) here, or correct the declaration."},
  };
}

std::vector<Row> stuck_waits() {
  const ThreadInfo main = waits("T1", "T2", "join", 8);
  return {
      {kPermitKept, stuck({main, waits("T2", "S1", "acquire", 9), ended(with(thread("T3"), "S1", "permit", 7, 3))}),
       "a.cc:9: ann (T2) waits for a permit of slots (S1); ben (T3) ended with 3 permits of it, acquired at a.cc:7.",
       "Release slots (S1) on every path of ben (T3), early returns and exceptions included."},
      {kPermitHeldByWaiter, stuck({main, waits("T2", "S1", "acquire", 9), with(waits("T3", "E1", "wait", 9), "S1", "permit")}),
       "a.cc:9: ann (T2) waits for a permit of slots (S1); ben (T3), which has 1 permit of it, waits as well and cannot release.",
       "Let ben (T3) release slots (S1) before it waits."},
      {kPermitsPiecemeal, stuck({main, with(waits("T2", "S1", "acquire", 9), "S1", "permit"), with(waits("T3", "S1", "acquire", 9), "S1", "permit")}),
       "a.cc:9: ann (T2) and ben (T3) each hold some of the permits of slots (S1) and wait for more.",
       "Let a thread acquire all the permits that it needs at once, under one lock; or release before asking for more; or make more permits than the threads can hold without being done."},
      {kPermitAgain, stuck({main, with(waits("T2", "S1", "acquire", 9), "S1", "permit")}),
       "a.cc:9: ann (T2) holds every permit of slots (S1) that is left and waits for one more.",
       "Release the permit of slots (S1) before acquiring it again: a semaphore does not know who holds it and is not recursive."},
      {kPermitNone, stuck({main, waits("T2", "S1", "acquire", 9)}),
       "a.cc:9: ann (T2) waits for a permit of slots (S1), and no thread is left that could release one.",
       "Release slots (S1) as often as it is acquired, before the thread that does so ends."},
      {kProcessPoolTask, process_pool(),
       "a.cc:9: cook-1 (P2.T1) works for the pool `cook` and waits for a task of the same pool; no worker is left for it.",
       "Let no task wait for a task of its own pool: submit both from outside and wait there."},
      {kItemMissing, stuck({main, waits("T2", "Q1", "get", 9), waits("T3", "Q1", "get", 9)}),
       "a.cc:9: ann (T2) and ben (T3) wait for an item of jobs (Q1), and no thread is left that could put one.",
       "Put one end marker for each consumer, or call `close()` when the last item was put."},
      {kItemMissing, stuck({main, waits("T2", "J1", "get", 9)}),
       "a.cc:9: ann (T2) waits for an item of orders (J1), and no thread is left that could put one.",
       "Put one end marker for each consumer."},
      {kRoomMissing, stuck({main, waits("T2", "Q1", "put", 9), waits("T3", "Q1", "put", 9)}),
       "a.cc:9: ann (T2) and ben (T3) wait for room in jobs (Q1), and no thread is left that could take an item.",
       "Let a consumer take from jobs (Q1) until the last producer has put its last item, or make room for all of them."},
      {kRoomBothWays, stuck({main, waits("T2", "Q1", "put", 9), waits("T3", "Q2", "put", 9)}),
       "a.cc:9: ann (T2) and ben (T3) wait for room in jobs (Q1) and replies (Q2): each fills the queue that the other one empties only afterwards.",
       "Take from one queue while you put into the other: in a thread of its own, or with `try_put`."},
      {kTaskNotDone, stuck({waits("T1", "J1", "join", 9)}),
       "a.cc:9: main (T1) waits until every item of orders (J1) is done, and no thread is left that could call `task_done()`.",
       "Call `task_done()` once for each item taken, also where handling it fails."},
      {kEventNeverSet, stuck({main, waits("T2", "E1", "wait", 9)}),
       "a.cc:9: ann (T2) waits for go (E1), and no thread is left that could set it.",
       "Set go (E1) on every path of the thread that has to, exceptions included."},
      {kEventUnderLock, stuck({main, with(waits("T2", "E1", "wait", 9), "M1"), waits("T3", "M1", "lock", 6)}),
       "a.cc:9: ann (T2) waits for go (E1) to be set while it holds a (M1), which ben (T3) needs before it can go on.",
       "Release a (M1) before waiting for go (E1), or let ben (T3) set go (E1) before it asks for a (M1)."},
      {kValueNeverSet, stuck({main, waits("T2", "F1", "get", 9)}),
       "a.cc:9: ann (T2) waits for the value of meal (F1), and no thread is left that could set it.",
       "Set a value or an exception on every path of the thread that has the promise."},
      {kBarrierShort, stuck({main, waits("T2", "B1", "arrive", 9), waits("T3", "B1", "arrive", 9)}),
       "a.cc:9: ann (T2) and ben (T3) wait at hut (B1) for more threads than are left to arrive.",
       "Make hut (B1) for as many threads as arrive at it; a thread that leaves early has to call `abort()`."},
      {kNobodyLeft, stuck({main, waits("T2", "R1", "meet", 9)}),
       "a.cc:9: ann (T2) waits for meet (R1), and nobody lets it go on any more.",
       "Let a thread that is still there do what is waited for, on every path."},
      {kNobodyNotifies, stuck({main, waits("T2", "C1", "wait", 9)}),
       "a.cc:9: ann (T2) waits for a notification of ready (C1), and no thread is left that could give one.",
       "Notify ready (C1) after each change of what the waiting threads test, and with `notify_all` where several of them wait."},
      {kNotifiedTooEarly, lost("void gridlock::Condition::wait<std::unique_lock<gridlock::Lock>>(std::unique_lock<gridlock::Lock>&)"),
       "a.cc:4: ben (T3) notified ready (C1) at a.cc:5 when no thread waited for it; ann (T2) waits for a notification that no thread is left to give.",
       "Keep what is waited for in a variable, change it under the lock, and wait with a test that reads it: `condition.wait(hold, [&] { return ready; });`."},
      {kNotifiedBetween, lost("void gridlock::Condition::wait<std::unique_lock<gridlock::Lock>, main::$_0>(std::unique_lock<gridlock::Lock>&, main::$_0)"),
       "a.cc:4: ben (T3) notified ready (C1) at a.cc:5 between the test of ann (T2) and the wait; no thread is left to notify again.",
       "Change what the test reads while holding the lock of the wait, a (M1): then the change cannot fall between the test and the wait."},
      {kLockOfEnded, stuck({main, waits("T2", "M1", "lock", 9), ended(with(thread("T3"), "M1"))}),
       "a.cc:9: ann (T2) waits for a (M1); ben (T3) ended and still holds it, acquired at a.cc:7.",
       "Release a (M1) on every path of ben (T3), with a guard rather than by hand."},
      {kLockLost, stuck({main, waits("T2", "M1", "lock", 9)}),
       "a.cc:9: ann (T2) waits for a (M1), and no thread is left that could release it.",
       "Release a (M1) on every path, with a guard rather than by hand."},
  };
}

std::vector<Row> misuses() {
  const Act unlock{"unlock", "M1", "T2", "", at(9)};
  return {
      {kUnlockFree, misuse(Kind::kMisuseUnlockFree, {unlock, {"unlock", "M1", "T2", "", at(8)}}),
       "a.cc:9: ann (T2) unlocks a (M1), which nobody holds; it was already released at a.cc:8.",
       "Unlock once for each lock; a guard cannot get this wrong."},
      {kUnlockFree, misuse(Kind::kMisuseUnlockFree, {unlock, {"unlock", "M1", "T3", "", at(8)}}),
       "a.cc:9: ann (T2) unlocks a (M1), which nobody holds; it was already released by ben (T3) at a.cc:8.",
       "Unlock once for each lock; a guard cannot get this wrong."},
      {kUnlockFree, misuse(Kind::kMisuseUnlockFree, {unlock}),
       "a.cc:9: ann (T2) unlocks a (M1), which nobody holds.",
       "Unlock once for each lock; a guard cannot get this wrong."},
      {kNotReading, misuse(Kind::kMisuseUnlockFree, {{"unlock_shared", "M4", "T2", "", at(9)}}),
       "a.cc:9: ann (T2) unlocks book (M4) for reading, which it does not hold for reading.",
       "Call `lock_shared()` first, and once for each `unlock_shared()`; SharedGuard cannot get this wrong."},
      {kNotReading, misuse(Kind::kMisuseUnlockNotOwner, {{"upgrade", "M4", "T2", "", at(9)}}),
       "a.cc:9: ann (T2) upgrades book (M4), which it does not hold for reading.",
       "Call `lock_shared()` first, and once for each `unlock_shared()`; SharedGuard cannot get this wrong."},
      {kUnlockOthers, misuse(Kind::kMisuseUnlockNotOwner, {unlock}, {thread("T2"), with(thread("T3"), "M1")}),
       "a.cc:9: ann (T2) unlocks a (M1), which ben (T3) holds, acquired at a.cc:7.",
       "Let the thread that locked a (M1) unlock it. To wake another thread use a Semaphore, which no thread owns."},
      {kUnlockAfterFailedTry, misuse(Kind::kMisuseUnlockNotOwner, {unlock, {"try_lock", "M1", "T2", "", at(8)}}, {thread("T2"), with(thread("T3"), "M1")}),
       "a.cc:9: ann (T2) unlocks a (M1), which ben (T3) holds, acquired at a.cc:7; its own attempt at a.cc:8 had failed.",
       "Test the result of the attempt, and unlock a (M1) only where it was true; TimedGuard does both."},
      {kReleaseOverBound, misuse(Kind::kMisuseReleaseOverBound, {{"release", "S1", "T2", "", at(9)}, {"release", "S1", "T2", "", at(8)}}),
       "a.cc:9: ann (T2) releases a permit of slots (S1) over its bound; one was already released at a.cc:8.",
       "Release once for each permit acquired. If permits are meant to be added, use a Semaphore: it has no bound."},
      {kTaskDoneTooOften, misuse(Kind::kMisuseReleaseOverBound, {{"task_done", "Q1", "T2", "", at(9)}, {"task_done", "Q1", "T3", "", at(8)}}),
       "a.cc:9: ann (T2) calls `task_done()` of jobs (Q1), of which every item is done already; it was called by ben (T3) at a.cc:8.",
       "Call `task_done()` once for each item taken."},
      {kDestroyOwnLock, misuse(Kind::kMisuseDestroyHeld, {{"destroy", "M1", "T2", "", at(9)}}, {with(thread("T2"), "M1")}),
       "a.cc:9: ann (T2) destroys a (M1), which it holds itself, acquired at a.cc:7.",
       "Unlock a (M1) before it is destroyed: let the guard end before the object that the lock is part of."},
      {kDestroyHeld, misuse(Kind::kMisuseDestroyHeld, {{"destroy", "M1", "T2", "", at(9)}}, {thread("T2"), with(thread("T3"), "M1")}),
       "a.cc:9: ann (T2) destroys a (M1), which ben (T3) holds, acquired at a.cc:7.",
       "Let a (M1) outlive ben (T3): join it first. In a class, declare the lock before the threads that use it."},
      {kDestroyWaitedFor, misuse(Kind::kMisuseDestroyHeld, {{"destroy", "C1", "T2", "", at(9)}}, {thread("T2"), waits("T3", "C1", "wait", 8)}),
       "a.cc:9: ann (T2) destroys ready (C1), for which ben (T3) still waits.",
       "Let ready (C1) outlive ben (T3): end the wait and join first."},
      {kDestroyInUse, misuse(Kind::kMisuseDestroyHeld, {{"destroy", "C1", "T2", "", at(9)}}, {thread("T2")}),
       "a.cc:9: ann (T2) destroys ready (C1) while another thread uses it.",
       "Let ready (C1) outlive its users: join the threads first."},
      {kUseAfterDestroy, misuse(Kind::kMisuseUseAfterDestroy, {{"lock", "M1", "T2", "", at(9)}, {"destroy", "M1", "T3", "", at(8)}}),
       "a.cc:9: ann (T2) locks a (M1), which was already destroyed by ben (T3) at a.cc:8.",
       "Let a (M1) outlive its users: join the threads first, or share the ownership (std::shared_ptr) of what it is part of."},
      {kUseAfterDestroy, misuse(Kind::kMisuseUseAfterDestroy, {{"destroy", "M1", "T2", "", at(9)}}),
       "a.cc:9: ann (T2) destroys a (M1), which was already destroyed.",
       "Let a (M1) outlive its users: join the threads first, or share the ownership (std::shared_ptr) of what it is part of."},
      {kExitHolding, misuse(Kind::kMisuseThreadExitHolding, {{"end", "M1", "T2", "", {}}}, {ended(with(thread("T2"), "M1"))}),
       "ann (T2) ended and still holds a (M1), acquired at a.cc:7; nobody can ever lock it again.",
       "Hold a (M1) with a guard: `std::lock_guard hold{mine->lock};`, so that every path out of the thread releases it."},
      {kWaitUnlocked, misuse(Kind::kMisuseWaitUnlocked, {{"wait", "C1", "T2", "M1", at(9)}}),
       "a.cc:9: ann (T2) waits for a notification of ready (C1) without holding the lock, a (M1): one that comes between the test and the wait is lost.",
       "Hold the lock from the test until the wait returns: make the std::unique_lock without std::defer_lock, and do not unlock it before."},
      {kExitRunning, place(Kind::kMisuseExitRunning, "detach", {thread("T2")}),
       "The process ended while ann (T2), which was detached at a.cc:3, still ran.",
       "Keep ann (T2) and join it, or declare it a daemon if its work may be lost: `ThreadOptions{.daemon = true}`."},
      {kDestroyRunning, misuse(Kind::kMisuseDestroyRunning, {{"destroy", "T3", "T2", "", at(9)}}),
       "a.cc:9: ann (T2) destroys the thread object of ben (T3) while its run() is being executed.",
       "Call `join()` in the destructor of the class that has run(), or before the object is destroyed."},
      {kForkHeld, place(Kind::kMisuseForkHeld, "fork", {thread("T1"), ended(with(thread("T2"), "M1"))}),
       "main (T1), in a forked child, asks for a (M1), which ann (T2) held at the fork, at a.cc:3; that thread does not exist in the child.",
       "Fork before threads are started, or call nothing that takes a (M1) between fork and exec."},
      {kOwnerDied, place(Kind::kOwnerDied, "", {ended(with(thread("T2"), "M1")), thread("T1")}),
       "ann (T2) ended while it held a (M1), acquired at a.cc:7; main (T1) got the lock as it was left.",
       "Release a (M1) before the process can end; where it can be killed, ask `abandoned()` after the lock and put right what a (M1) protects."},
      {kNotHeld, misuse(Kind::kLockAssertion, {{"assert_held", "M1", "T2", "", at(9)}}, {with(thread("T2"), "M2")}),
       "a.cc:9: ann (T2) has to hold a (M1) here (assert_held), and holds b (M2).",
       "Lock a (M1) before the call."},
      {kHeldAgainstAssertion, misuse(Kind::kLockAssertion, {{"assert_not_held", "M1", "T2", "", at(9)}}, {with(thread("T2"), "M1")}),
       "a.cc:9: ann (T2) must not hold a (M1) here (assert_not_held), and holds it, acquired at a.cc:7.",
       "Release a (M1) before the call."},
      {kHoldsSomeLock, misuse(Kind::kLockAssertion, {{"assert_no_locks_held", "M1", "T2", "", at(9)}}, {with(thread("T2"), "M1")}),
       "a.cc:9: ann (T2) must hold no lock here (assert_no_locks_held), and holds a (M1).",
       "Release a (M1) before the call."},
      {kUntrue, statement("it adds up", thread("T2")),
       "a.cc:9: ann (T2) found this untrue, holding no lock: it adds up",
       "If other threads change this data, hold one lock from the test to what relies on it. A forked process has a copy of its own: what both see lives in a Shared<T>."},
      {kUntrueUnderLock, statement("it adds up", with(thread("T2"), "M1")),
       "a.cc:9: ann (T2) found this untrue while it held a (M1): it adds up",
       "a (M1) was held here, so look for what was changed without it, or tested before it was acquired: a test and what relies on it belong under one hold of the lock."},
      {kTableFull, [] { Finding full; full.kind = Kind::kCapacity; full.detail = "max_objects"; return full; }(),
       "The table that `max_objects` sizes is full: what comes after is no longer analysed, or its constructor throws.",
       "Raise it (`GRIDLOCK_OPTIONS=max_objects=NUMBER`), or test a smaller run."},
  };
}
// clang-format on

std::vector<Row> all_rows() {
  std::vector<Row> rows = cycles();
  for (Row& row : stuck_waits()) rows.push_back(std::move(row));
  for (Row& row : misuses()) rows.push_back(std::move(row));
  return rows;
}

class Table : public ::testing::TestWithParam<Row> {};

TEST_P(Table, SaysWhatHappenedAndWhatToDoInTheUsersNames) {
  const Row& row = GetParam();
  const Report report = source();
  EXPECT_EQ(info(case_of(row.finding).situation).name, info(row.situation).name);
  EXPECT_EQ(meaning_text(row.finding, &report), row.claim);
  EXPECT_EQ(fix_text(row.finding, &report), row.fix);
}

TEST_P(Table, SaysTheSameWhicheverThreadIsWrittenFirst) {
  const Row& row = GetParam();
  Finding turned = row.finding;
  std::ranges::reverse(turned.threads);
  const Report report = source();
  EXPECT_EQ(meaning_text(in_reading_order(turned), &report),
            meaning_text(in_reading_order(row.finding), &report));
}

TEST_P(Table, HasNoHoleWhereAFactIsMissing) {
  Finding poor = GetParam().finding;
  for (LockOrderEdge& edge : poor.edges) edge.wanted_stack.clear();
  for (ThreadInfo& thread : poor.threads) {
    thread.stack.clear();
    if (thread.wants) thread.wants->stack.clear();
    for (HeldObject& held : thread.held) held.stack.clear();
  }
  for (Act& act : poor.acts) act.stack.clear();
  poor.objects.clear();
  poor.locations.clear();
  for (const std::string& text : {meaning_text(poor), fix_text(poor)}) {
    EXPECT_THAT(text, Not(HasSubstr("((")));
    EXPECT_THAT(text, Not(HasSubstr("))")));
    EXPECT_THAT(text, Not(HasSubstr(" at .")));
    for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
      EXPECT_FALSE(std::islower(static_cast<unsigned char>(text[open + 1]))) << text;
    }
  }
}

std::string name_of(const ::testing::TestParamInfo<Row>& tested) {
  std::string name(info(tested.param.situation).name);
  for (char& c : name) c = c == '-' ? '_' : c;
  return name + "_" + std::to_string(tested.index);
}

INSTANTIATE_TEST_SUITE_P(Situations, Table, ::testing::ValuesIn(all_rows()), name_of);

TEST(SituationTable, HasARowHereForEachSituation) {
  std::set<std::string_view> tested;
  for (const Row& row : all_rows()) tested.insert(info(row.situation).name);
  for (const SituationInfo& row : situations()) {
    if (row.situation == kOther) continue;
    EXPECT_TRUE(tested.contains(row.name)) << row.name;
  }
}

TEST(SituationTable, SpeaksOfRLockOnlyWhereOneWouldHelp) {
  for (const Row& row : all_rows()) {
    if (row.fix.find("RLock") == std::string::npos) continue;
    EXPECT_EQ(row.situation, kLockAgain);
    EXPECT_EQ(row.finding.edges.at(0).from, "M1");  // a Lock
  }
}

TEST(SituationTable, SpeaksOfScopedLockOnlyWhereLocksAreTaken) {
  for (const Row& row : all_rows()) {
    if (row.fix.find("scoped_lock hold") == std::string::npos) continue;
    for (const LockOrderEdge& edge : row.finding.edges) EXPECT_EQ(edge.from.front(), 'M');
  }
}

TEST(SituationTable, LeavesTheLineOutWhereTheLocksAreTakenInDifferentFunctions) {
  Finding apart = foreseen({edge("M1", "M2", "T2"), edge("M2", "M1", "T3")});
  for (LockOrderEdge& one : apart.edges) one.wanted_stack = at(2, "helper()");
  const Report report = source();
  EXPECT_EQ(fix_text(apart, &report), "Take a (M1) before b (M2) everywhere.");
}

TEST(ReadingOrder, IsCauseVictimBystanderAndMainsJoinLast) {
  const Finding finding = in_reading_order(
      stuck({waits("T1", "T4", "join", 8), waits("T4", "T2", "join", 8),
             waits("T2", "S1", "acquire", 9), ended(with(thread("T3"), "S1", "permit"))}));
  std::vector<std::string> ids;
  for (const ThreadInfo& one : finding.threads) ids.push_back(one.id);
  EXPECT_THAT(ids, ::testing::ElementsAre("T3", "T2", "T4", "T1"));
}

TEST(ReadingOrder, BeginsACycleWithItsFirstThreadWhoeverClosedIt) {
  const Finding one =
      in_reading_order(happened({edge("M2", "M1", "T3"), edge("M1", "M2", "T2")}));
  EXPECT_EQ(one.edges[0].thread, "T2");
  EXPECT_THAT(one.cycle, ::testing::ElementsAre("M1", "M2"));
  const Finding ten = in_reading_order(happened({edge("M2", "M1", "T10"), edge("M1", "M2", "T9")}));
  EXPECT_EQ(ten.edges[0].thread, "T9");
}

TEST(ReadingOrder, LeavesOutWhereAThreadOfATestHappensToMeetAnother) {
  Finding finding = misuse(Kind::kMisuseDestroyRunning, {{"destroy", "T3", "T2", "", at(9)}},
                           {thread("T2"), waits("T3", "R1", "meet", 8)});
  EXPECT_FALSE(in_reading_order(finding).threads[1].wants.has_value());
  EXPECT_EQ(in_reading_order(finding).threads[1].state, "running");
  finding.threads[1].wants->object = "M1";
  EXPECT_TRUE(in_reading_order(finding).threads[1].wants.has_value());
  finding.threads[1].wants->object = "R1";
  finding.kind = Kind::kStarvation;
  EXPECT_TRUE(in_reading_order(finding).threads[1].wants.has_value());
}

TEST(Title, LeavesOutADetailThatSaysNothingMore) {
  Finding finding;
  finding.kind = Kind::kDataRace;
  finding.detail = "data-race";
  EXPECT_EQ(title_text(finding), "Data race");
  finding.kind = Kind::kMisuseUnlockFree;
  finding.detail = "unlock";
  EXPECT_EQ(title_text(finding), "Unlock of a free lock");
  finding.kind = Kind::kTsanReport;
  finding.detail = "heap-use-after-free";
  EXPECT_EQ(title_text(finding), "ThreadSanitizer report: heap-use-after-free");
}

TEST(Acts, OfADestructorStandWhereItWasRun) {
  Stack stack = at(12, "Account::~Account()");
  stack.push_back(at(38).front());
  const Act act{"destroy", "M1", "T2", "", stack};
  EXPECT_EQ(act_place(act), "a.cc:38");
  EXPECT_EQ(act_place({"lock", "M1", "T2", "", stack}), "a.cc:12");
}

TEST(Records, SayNotGrantedOnlyOfWhatWasAskedForInVain) {
  ThreadInfo one = waits("T2", "M2", "lock", 9);
  one.recent = {{"lock", "M1", true, {}},
                {"try_lock", "M3", false, {}},
                {"unlock", "M3", false, {}},
                {"lock", "M2", false, {}}};
  const Names names({one}, {});
  EXPECT_EQ(record_text(one, 0, names), "lock M1");
  EXPECT_EQ(record_text(one, 1, names), "try_lock M3, not granted");
  EXPECT_EQ(record_text(one, 2, names), "unlock M3, refused");
  EXPECT_EQ(record_text(one, 3, names), "lock M2, waits");
}

TEST(Records, OfAThreadThatWasOnlyStartedAreNoHistory) {
  ThreadInfo one = thread("T2");
  one.recent = {{"start", "T2", true, {}}};
  EXPECT_FALSE(has_history(one));
  one.recent.push_back({"lock", "M1", true, {}});
  EXPECT_TRUE(has_history(one));
}

TEST(Records, StandAtTheUsersLineAndNeverInAHeader) {
  Frame header;
  header.function = "gridlock::Guard<gridlock::Lock>::Guard(gridlock::Lock&)";
  header.file = "/usr/include/gridlock/guard.h";
  header.line = 20;
  ThreadInfo one = with(waits("T2", "M2", "lock", 9), "M1");
  one.recent = {{"lock", "M3", true, {header}},
                {"unlock", "M3", true, {header}},
                {"lock", "M1", true, {header}},
                {"lock", "M2", false, {header}}};
  EXPECT_EQ(record_site(one, 0), nullptr);
  EXPECT_EQ(record_site(one, 1), nullptr);
  ASSERT_NE(record_site(one, 2), nullptr);
  EXPECT_EQ(record_site(one, 2)->line, 7);  // where it was acquired
  ASSERT_NE(record_site(one, 3), nullptr);
  EXPECT_EQ(record_site(one, 3)->line, 9);  // where it waits
}

TEST(SourceWords, AreTheExpressionThatIsLocked) {
  EXPECT_EQ(locked_expression("std::lock_guard hold_from{from.lock};"), "from.lock");
  EXPECT_EQ(locked_expression("const gridlock::Guard<gridlock::Lock> g(*mutex);"), "*mutex");
  EXPECT_EQ(locked_expression("std::unique_lock hold{forks[seat], std::defer_lock};"), "forks[seat]");
  EXPECT_EQ(locked_expression("account->lock.lock();"), "account->lock");
  EXPECT_EQ(locked_expression("mutex->lock();"), "*mutex");
  EXPECT_EQ(locked_expression("if (!table.left(seat).try_lock()) return;"), "table.left(seat)");
  EXPECT_EQ(locked_expression("work();"), "");
  EXPECT_EQ(locked_expression("}"), "");
  EXPECT_EQ(locked_expression("clock(now);"), "");
}

TEST(SourceWords, AddATestToAWaitThatHasNone) {
  EXPECT_EQ(wait_with_test("dinner.wait(hold);"), "dinner.wait(hold, [&] { return ready; });");
  EXPECT_EQ(wait_with_test("dinner.wait(hold, is_ready);"), "");
  EXPECT_EQ(wait_with_test("event.set();"), "");
}

}  // namespace
}  // namespace gridlock::internal::reports
