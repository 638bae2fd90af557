// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/reports/situation_rows.h"

namespace gridlock::internal::reports {
namespace {

constexpr const char* kFile = "/src/a.cc";

}  // namespace

Stack at(int line, std::string function) {
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
  return {object("M1", "Lock", "a"),
          object("M2", "Lock", "b"),
          object("M3", "Lock", "c"),
          object("M4", "SharedLock", "book"),
          object("M5", "RLock", "again"),
          object("S1", "Semaphore", "slots"),
          object("S2", "Semaphore", "seats"),
          object("C1", "Condition", "ready"),
          object("E1", "Event", "go"),
          object("F1", "Future", "meal"),
          object("Q1", "Queue", "jobs"),
          object("Q2", "Queue", "replies"),
          object("J1", "JoinableQueue", "orders"),
          object("B1", "Barrier", "hut"),
          object("B2", "Latch", "loaded"),
          object("A1", "Address", "0x4010"),
          object("O1", "OnceFlag", "init"),
          object("O2", "OnceFlag", "log"),
          object("X1", "Pipe", "input"),
          object("X2", "Program", "sort"),
          object("R1", "Rendezvous", "meet"),
          object("K1", "IpcSemaphore", "cook slots"),
          object("K2", "IpcSemaphore", "cook result 2")};
}

ThreadInfo thread(const std::string& id, std::string state) {
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

ThreadInfo with(ThreadInfo thread, std::string object, std::string mode, int line, int count) {
  thread.held.push_back({std::move(object), std::move(mode), count, at(line)});
  return thread;
}

LockOrderEdge edge(const std::string& from, const std::string& to, const std::string& thread,
                   std::string held_mode, std::string wanted_mode) {
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
  Finding finding =
      stuck({waits("T1", "T2", "join", 9), waits("T2", "C1", "wait", 4), thread("T3", "ended")});
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

Finding misuse(FindingKind kind, std::vector<Act> acts, std::vector<ThreadInfo> threads) {
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

ThreadInfo runs(ThreadInfo thread) {
  thread.state = "running";
  return thread;
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

void PrintTo(const Row& row, std::ostream* out) { *out << info(row.situation).name; }

}  // namespace gridlock::internal::reports
