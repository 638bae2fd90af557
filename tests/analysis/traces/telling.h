// SPDX-License-Identifier: Apache-2.0
//
// Tells a Prediction of the operations of a trace, as harness/runtime does of a program's: with a
// cache of what was asked before, with what a thread holds, and nothing else.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/analysis/prediction.h"
#include "harness/analysis/publication.h"

namespace gridlock::traces {

using internal::Mode;
using internal::NodeId;
using internal::SegmentId;
using internal::Signal;
using internal::ThreadNode;
using internal::u32;

/// What a thread holds, as harness/runtime/registry/threads.h has it.
struct Held {
  NodeId object;
  u32 index;  ///< of the object in its program
  Mode mode = Mode::kExclusive;
  u32 count = 1;
  bool permit = false;
  bool lock_like = false;  ///< a permit of a semaphore that may be a lock
  bool flag = false;       ///< a once flag, whose body it runs
  bool across = false;     ///< it was held across a signal
};

/// A thread as the runtime knows it.
struct Known {
  ThreadNode thread_node;
  std::vector<Held> held;
  u32 operations = 0;
};

class Telling {
 public:
  Telling();
  ~Telling();
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;

  NodeId add_object(const std::string& name);
  void made(NodeId object, const Known& by);

  void appears(Known& thread);
  void starts(Known& parent, Known& child);
  void ends(Known& thread);
  void asks_to_join(Known& thread, u32 number, NodeId node);
  void joined(Known& thread, const Known& other);

  /// `readers_wait`: behind waiting writers.
  void asks(Known& thread, NodeId object, Mode mode, bool readers_wait);
  /// A lock was found free by std::lock, which would have waited for it had it not been; `outside` of
  /// the things held were held before the call.
  void finds_free(Known& thread, NodeId object, u32 outside);
  /// The thread has it now (`entry`), or is about to release it.
  void got(Known& thread, Held& entry);
  void releases(Known& thread, Held& entry);
  void asks_for_permit(Known& thread, NodeId object, u32 permits);
  void releases_permit(NodeId object, u32 permits, bool own);
  bool is_no_lock(NodeId object) const { return prediction_.is_no_lock(object); }

  void signals(Known& thread, const Signal& signal);
  void awaits(Known& thread, const Signal& signal);
  void received(Known& thread, const Signal& signal);
  void clears(Known& thread, const Signal& signal);
  /// A condition's wait begins: before its lock `without` is released.
  void will_sleep(Known& thread, const Signal& signal, NodeId without, bool no_timeout);
  void finds_true(Known& thread, const Signal& signal, NodeId lock, bool no_timeout);
  void ends_waits(Known& thread, const Signal& signal);
  void received_end(Known& thread, const Signal& signal);

  void arrives(Known& thread, NodeId object, u32 parties);
  void departs(Known& thread, NodeId object);
  void once_body_begins(Known& thread, NodeId flag);
  void once_body_ended(Known& thread, NodeId flag);
  void passes_once(Known& thread, NodeId flag);

  /// The cycles that were found, each as the names of its objects, ascending: "a b".
  const std::vector<std::string>& cycles() const { return cycles_; }
  /// Those judged safe, as "gate g", "one thread", "ordered", "ordered through e"; each once,
  /// ascending, with ", " between.
  std::string safe();

 private:
  internal::PendingRequest request(const Known& thread, NodeId without = 0, u32 most = ~0u);
  void hold_across(Known& thread, SegmentId before);
  bool seen(const Known& thread, NodeId object, u32 how, bool remember);
  std::string names_of(const internal::CycleStep* steps, u32 length) const;

  internal::Prediction prediction_;
  internal::Publications publications_;
  std::vector<std::string> names_{""};
  std::vector<std::string> cycles_;
  std::vector<internal::HeldLock> held_locks_;
  std::set<std::vector<u32>> seen_;
};

}  // namespace gridlock::traces
