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
  if (is_execution(type) && type != "Program") {
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
  const std::string how = type == "SharedLock" ? " for writing" : "";
  return {"asks for " + what + how, "get " + what + how, what + " was requested" + how};
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
  if (!is_lock(type)) {
    return {"has " + what + " to itself", what + " was taken", "takes " + what};
  }
  if (mode == "shared" || mode == "upgrade") {
    const std::string how =
        mode == "shared" ? " for reading" : " for reading, with the right to upgrade,";
    return {"holds " + what + how, what + " was acquired for reading",
            "acquires " + what + " for reading"};
  }
  const std::string how = type == "SharedLock" ? " for writing" : "";
  return {"holds " + what + how, what + " was acquired" + how, "acquires " + what + how};
}

// "sets ready (E1)"; empty for what is held rather than signalled.
std::string signal(std::string_view type, const std::string& what, bool held) {
  if (type == "Event") return "sets " + what;
  if (type == "Condition") return "notifies " + what;
  if (type == "Future") return "fulfils " + what;
  if (is_queue(type)) return "puts into " + what + ", or takes from it";
  if (type == "Barrier") return "reaches " + what;
  if (type == "Latch") return "counts " + what + " down";
  if (type == "Atomic") return "changes " + what;
  if (is_execution(type)) return "ends";
  if (type == "Pipe") return "goes on at the pipe " + what;
  if (!is_lock(type) && !is_semaphore(type) && type != "OnceFlag" && !held) {
    return "lets others go on at " + what;
  }
  if (is_semaphore(type) && !held) return "releases " + what;
  return {};
}

// One thing, held and asked for again.
std::string again(const LockOrderEdge& edge, const Possession& has, const std::string& what) {
  if (edge.held_mode.empty() && edge.wanted_mode == "shared") {
    return "holds " + what + " for writing and asks to read it";
  }
  if (edge.held_mode.empty()) return has.does + " and asks for it again";
  if (edge.wanted_mode == "shared") {
    return has.does + " and asks to read it again, which waits as soon as a writer does";
  }
  return "holds " + what + " for reading and asks to " +
         (edge.wanted_mode == "upgrade" ? "upgrade" : "write") +
         ", which waits until every other reader has left";
}

}  // namespace

bool is_signal(const LockOrderEdge& edge, const Names& names) {
  return !signal(names.type(edge.from), "it", !edge.held_stack.empty()).empty();
}

EdgeText edge_text(const LockOrderEdge& edge, const Names& names, bool one_class) {
  const std::string who = names.of(edge.thread);
  const std::string from = names.of(edge.from);
  const std::string to = names.of(edge.to);
  const Wish wants = wish(names.type(edge.to), to, edge.wanted_mode);
  EdgeText text;
  text.wanted = wants.past;
  text.wanted_note = who + " " + wants.does;
  text.waits = wants.does;

  text.signals = signal(names.type(edge.from), from, !edge.held_stack.empty());
  if (!text.signals.empty()) {
    text.heading = who + " must " + wants.must + " before it " + text.signals;
    return text;
  }
  if (edge.held_mode == "queued") {
    text.keeps = "waits to write " + from;
    text.heading = who + " holds nothing of " + from +
                   ", waits for its readers to leave, and makes new readers wait behind it";
    return text;
  }
  const Possession has = possession(names.type(edge.from), from, edge.held_mode);
  text.keeps = has.does;
  text.held = has.past;
  text.held_note = who + " " + has.note;
  if (edge.from != edge.to) {
    text.heading = who + " " + has.does + " and " + wants.does;
  } else if (one_class && edge.held_mode.empty() && is_semaphore(names.type(edge.from))) {
    text.heading = who + " holds some permits of " + from + " and waits for more";
  } else if (one_class && edge.held_mode.empty()) {
    text.heading = who + " holds one of " + from + " and asks for another";
  } else {
    text.heading = who + " " + again(edge, has, from);
  }
  return text;
}

}  // namespace gridlock::internal::reports
