// SPDX-License-Identifier: Apache-2.0
//
// The words for one edge. An edge between locks reads "holds A and asks for B". Where the start is
// something that one thread signals and another waits for, nothing is held: the thread of the edge
// is the one that has to signal, and what it wants stands in its way.
#include "reports/object_types.h"
#include "reports/wording.h"

namespace gridlock::internal::reports {
namespace {

// What a thread does to get `id`, in both forms that a sentence needs.
struct Wish {
  std::string does;  ///< "asks for journal (M2)"
  std::string must;  ///< "get journal (M2)"
  std::string past;  ///< "journal (M2) was requested"
};

Wish wish(std::string_view type, const std::string& what, std::string_view mode) {
  if (is_semaphore(type)) {
    return {"asks for a permit of " + what, "get a permit of " + what,
            "a permit of " + what + " was requested"};
  }
  if (type == "Thread" || type == "Process" || type == "Timer") {
    return {"joins " + what, "join " + what, what + " was joined"};
  }
  if (type == "Program") {
    return {"waits for the end of " + what, "wait for the end of " + what,
            "waiting for the end of " + what};
  }
  if (type == "Pipe") {
    return {"waits at the pipe " + what, "get on at the pipe " + what,
            "waiting at the pipe " + what};
  }
  if (type == "Executor") {
    return {"waits for a worker of " + what, "get a worker of " + what,
            "waiting for a worker of " + what};
  }
  if (type == "Event") {
    return {"waits for " + what, "wait for " + what, "waiting for " + what + " to be set"};
  }
  if (type == "Condition") {
    return {"waits for a notification of " + what, "wait for a notification of " + what,
            "waiting for a notification of " + what};
  }
  if (type == "Future") {
    return {"waits for the value of " + what, "wait for the value of " + what,
            "waiting for the value of " + what};
  }
  if (is_queue(type) || type == "Barrier") {
    return {"waits at " + what, "wait at " + what, "waiting at " + what};
  }
  if (type == "OnceFlag") {
    return {"waits until " + what + " has run", "wait until " + what + " has run",
            what + " was called"};
  }
  if (!is_lock(type)) return {"waits for " + what, "wait for " + what, "waiting for " + what};
  if (mode == "shared") {
    return {"asks for " + what + " for reading", "get " + what + " for reading",
            what + " was requested for reading"};
  }
  if (mode == "upgrade") {
    return {"asks to upgrade " + what + " to writing", "upgrade " + what + " to writing",
            "the upgrade of " + what + " was requested"};
  }
  return {"asks for " + what, "get " + what, what + " was requested"};
}

struct Possession {
  std::string does;  ///< "holds accounts (M1)"
  std::string past;  ///< "accounts (M1) was acquired"
  std::string note;  ///< "acquires accounts (M1)"
};

Possession possession(std::string_view type, const std::string& what, std::string_view mode) {
  if (is_semaphore(type)) {
    return {"holds a permit of " + what, "a permit of " + what + " was acquired",
            "acquires a permit of " + what};
  }
  if (type == "OnceFlag") return {"runs " + what, what + " was begun", "begins " + what};
  if (type == "Executor") {
    return {"is a worker of " + what, "a worker of " + what + " began",
            "begins as a worker of " + what};
  }
  if (!is_lock(type)) {
    return {"has " + what + " to itself", what + " was taken", "takes " + what};
  }
  if (mode == "shared" || mode == "upgrade") {
    const std::string how =
        mode == "shared" ? " for reading" : " for reading, with the right to upgrade,";
    return {"holds " + what + how, what + " was acquired for reading",
            "acquires " + what + " for reading"};
  }
  return {"holds " + what, what + " was acquired", "acquires " + what};
}

// "sets ready (E1)"; empty for what is held rather than signalled.
std::string signal(std::string_view type, const std::string& what, bool held) {
  if (type == "Event") return "sets " + what;
  if (type == "Condition") return "notifies " + what;
  if (type == "Future") return "fulfils " + what;
  if (is_queue(type)) return "puts into " + what + ", or takes from it";
  if (type == "Barrier") return "reaches " + what;
  if (is_execution(type)) return "ends";
  if (type == "Pipe") return "goes on at the pipe " + what;
  if (type == "Executor" && !held) return "is free to work for " + what;
  if (!is_lock(type) && !is_semaphore(type) && type != "OnceFlag" && !held) {
    return "lets others go on at " + what;
  }
  if (is_semaphore(type) && !held) return "releases " + what;
  return {};
}

// One thing, held and asked for again.
std::string again(const LockOrderEdge& edge, const Possession& has, const std::string& what) {
  if (edge.held_mode.empty()) return has.does + " and asks for it again";
  if (edge.wanted_mode == "shared") {
    return has.does + " and asks to read it again, which waits as soon as a writer does";
  }
  return "holds " + what + " for reading and asks to write, which all readers have to leave for";
}

enum class Shape { kLocks, kSignal, kReader, kPipes, kProgram };

// What kind of cycle a finding is about, if it is about one.
Shape shape_of(const Finding& finding) {
  if (finding.kind != FindingKind::kLockOrderCycle && finding.kind != FindingKind::kDeadlock) {
    return Shape::kLocks;
  }
  const Names names(finding);
  bool pipes = false;
  bool program = false;
  for (const ThreadInfo& thread : finding.threads) {
    if (!thread.wants) continue;
    const std::string_view type = names.type(thread.wants->object);
    pipes = pipes || (type == "Pipe" && thread.wants->operation == "write");
    program = program || type == "Pipe" || type == "Program";
  }
  bool signals = false;
  bool reader_again = false;
  for (const LockOrderEdge& edge : finding.edges) {
    pipes = pipes || names.type(edge.from) == "Pipe" || names.type(edge.to) == "Pipe";
    signals = signals || is_signal(edge, names);
    reader_again = reader_again || (edge.from == edge.to && !edge.held_mode.empty());
  }
  if (pipes) return Shape::kPipes;
  if (program) return Shape::kProgram;
  return signals ? Shape::kSignal : reader_again ? Shape::kReader : Shape::kLocks;
}

}  // namespace

bool is_signal(const LockOrderEdge& edge, const Names& names) {
  return !signal(names.type(edge.from), "it", !edge.held_stack.empty()).empty();
}

std::string_view meaning_text(const Finding& finding) {
  const bool possible = finding.kind == FindingKind::kLockOrderCycle;
  switch (shape_of(finding)) {
    case Shape::kSignal:
      return possible
                 ? "A thread waits for a signal that another can give only after it got what the "
                   "first one holds; this run did not hang, another can."
                 : "A thread waits for a signal that another can give only after it got what the "
                   "first one holds.";
    case Shape::kReader:
      return possible
                 ? "A reader asks again for the lock that it reads under, and can have to wait for "
                   "itself; this run did not hang, another can."
                 : "A reader asks again for the lock that it reads under, and waits for itself.";
    case Shape::kPipes:
      return "Two programs write to each other through pipes that are full; each waits for the "
             "other to read, and neither reads while it writes.";
    case Shape::kProgram:
      return "A thread waits for another program, and that one waits at a pipe for this one.";
    case Shape::kLocks:
      break;
  }
  return info(finding.kind).meaning;
}

std::string_view fix_text(const Finding& finding) {
  switch (shape_of(finding)) {
    case Shape::kSignal:
      return "Wait without holding what the signalling thread needs, or signal before asking for "
             "it.";
    case Shape::kReader:
      return "Release the lock before asking for it again, or ask for the stronger mode at once.";
    case Shape::kPipes:
      return "Read what the other program writes while writing to it: with communicate(), or in a "
             "thread of its own.";
    case Shape::kProgram:
      return "Close the input of the program when there is no more, and read its output before "
             "waiting for its end: with communicate().";
    case Shape::kLocks:
      break;
  }
  return info(finding.kind).fix;
}

EdgeText edge_text(const LockOrderEdge& edge, const Names& names, bool one_class) {
  const std::string who = names.of(edge.thread);
  const std::string from = names.of(edge.from);
  const std::string to = names.of(edge.to);
  const Wish wants = wish(names.type(edge.to), to, edge.wanted_mode);
  EdgeText text;
  text.wanted = wants.past;
  text.wanted_note = who + " " + wants.does;

  const std::string signals = signal(names.type(edge.from), from, !edge.held_stack.empty());
  if (!signals.empty()) {
    text.heading = who + " must " + wants.must + " before it " + signals;
    return text;
  }
  const Possession has = possession(names.type(edge.from), from, edge.held_mode);
  text.held = has.past;
  text.held_note = who + " " + has.note;
  if (edge.from != edge.to) {
    text.heading = who + " " + has.does + " and " + wants.does;
  } else if (one_class && edge.held_mode.empty()) {
    text.heading = who + " holds one of " + from + " and asks for another";
  } else {
    text.heading = who + " " + again(edge, has, from);
  }
  return text;
}

}  // namespace gridlock::internal::reports
