// SPDX-License-Identifier: Apache-2.0
//
// A situation as a few words. Sections stand between bars; a section with a colon is a thread, the
// others say what the objects are. What is not declared is a lock. The last thread is the main thread:
// unless somebody starts and joins the others by hand, it starts them first and joins them at its end.
//
//   semaphore s 0 | t1: meet, touch a, release s | t2: lock a, meet, acquire s, unlock a
//
//   declarations   lock, rlock, shared [writers_first], semaphore PERMITS, event, future, condition,
//                  queue [CAPACITY], barrier PARTIES, once, pool WORKERS [CAPACITY]
//                  A lock, a semaphore or a queue that is "ipc" is one across processes.
//   a:r            in the place of a lock: for reading
//   task k w: ...  in the place of a thread's name: what task k does, of pool w. The main thread makes the
//                  pools first of all and shuts them down last
//   timer t: ...   what timer t calls. It is started by hand, once, and destroyed by the main thread when all
//                  threads are joined, unless somebody has dropped it before
//
//   lock a b       both, in this order        unlock b a
//   take a b c     one inside the other, and back; touch a: of one
//   nest a b       the same, with a meeting when it has the first
//   try a {..}     what stands in braces, and unlock a, if it is free; timed a {..}: likewise after a
//                  time
//   scoped a b {..}  std::scoped_lock
//   upgrade m, try_upgrade m, downgrade m
//   acquire s, acquire_for s, try_acquire s, release s
//   set e, clear e, wait e, wait_for e        also of futures
//   put q, get q, get_for q, try_get q, task_done q, drain q (its join), close q
//   arrive b
//   wait c m, wait_for c m, notify c          with "until x": while x is not raised
//   notify_one c   the first in line (tests/random_programs alone: the machine here wakes all)
//   once o {..}, once_fails o {..}            what stands in braces is the body
//   start t, join t
//   cancel t, drop t          of a timer; drop is its destructor
//   submit k       once for each task; of a pool that is shut down it is refused
//   wait k, wait_for k        for a task's future, if the task was submitted by then
//   map k l        of one pool: submits both, and waits for both; nobody else can wait for them
//   completed k l {..}        as_completed of those that were submitted by now, what stands in braces after each;
//                  once in a program
//   shutdown w     its tasks are run; cancel w: those in its queue are not
//   make p         a new object in the place of p, by this thread
//   raise x, until x   memory that nobody sees
//   meet           in the run that hangs: until everybody who can is here
//   yield          where the order is fixed: the others go as far as they can
//   hang {..}, calm {..}   in the run that hangs only, or in the others
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/analysis/lock_order_types.h"

namespace gridlock::traces {

using internal::Mode;
using internal::u32;

enum class Kind {
  kLock,
  kRLock,
  kShared,
  kSemaphore,
  kEvent,
  kFuture,
  kCondition,
  kQueue,
  kBarrier,
  kOnce,
  kFlag,
  kThread,
  kPool,
  kTask,
  kCompleted,  // of an as_completed: what tells it of the next future
};

enum class Verb {
  kLock,  // `other` != 0: a condition's lock again, as often as it was held
  kTry,   // goes to `jump` if it failed
  kUnlock,
  kScoped,
  kUnscoped,
  kUpgrade,
  kTryUpgrade,
  kDowngrade,
  kRelease,
  kSet,
  kClear,
  kWait,
  kPut,
  kGet,
  kTaskDone,
  kDrain,
  kClose,
  kArrive,
  kSleep,  // of a condition: lets go of lock `other`
  kNotify,
  kOnce,     // goes to `jump` if the body is done
  kOnceEnd,  // number 0: it failed
  kStart,    // a thread, or the workers of a pool
  kJoin,
  kSubmit,
  kShutDown,      // number 1: what is in the queue is cancelled
  kTake,          // of a worker: the next task, or its end
  kDelay,         // of a timer: goes to `jump` when it is cancelled, and on when its time is over
  kCancel,        // of a timer
  kDrop,          // likewise: cancels, joins
  kCompleted,     // the next one of `objects`; goes to `jump` if there is none
  kCompletedEnd,  // back to `jump`
  kTaskOver,      // and then the worker takes the next one, at once
  kMake,
  kRaise,
  kUntil,
  kMeet,
  kYield,
  // These take no time:
  kMap,  // of `objects`: stands before their submits and waits, and goes to `jump` where it is played
  kIfHang,    // goes to `jump` unless it hangs
  kIfCalm,    // goes to `jump` if it hangs
  kIfRaised,  // goes to `jump` if flag `object` is raised; the test of a wait for condition `other`
              // under lock `number`
  kGoTo,
};

/// How it is run: one thread after the other, to the moment where they block each other, or freely.
enum class Run { kLucky, kHang, kFree };

/// Of what can wait: without limit, for a time, or not at all.
enum class Patience { kForEver, kTimed, kNone };

struct Op {
  Verb verb;
  u32 object = 0;
  Mode mode = Mode::kExclusive;
  Patience patience = Patience::kForEver;
  u32 other = 0;
  u32 number = 0;
  std::size_t jump = 0;
  std::vector<u32> objects = {};  // of a scoped_lock
  bool goes_on = false;           // the next one is begun at once
  bool tested = false;            // of a condition: in a loop around a test
};

struct Declared {
  Kind kind = Kind::kLock;
  std::string name;
  u32 number = 0;
  u32 capacity = 0;  // of a pool's queue
  bool writers_first = false;
  bool ipc = false;
};

struct ThreadText {
  u32 object;
  std::vector<Op> ops;
  bool started_by_hand = false;
  bool joined_by_hand = false;
  u32 pool = 0;  // of a worker
  bool is_timer = false;
};

struct TaskText {
  u32 object;
  u32 pool;
  std::vector<Op> ops;
};

struct Program {
  std::vector<Declared> objects;  // 0: none
  std::vector<ThreadText> threads;
  std::vector<TaskText> tasks;
};

/// Throws std::invalid_argument with the place of what it does not understand.
Program parse(std::string_view text);

/// Puts the workers of each pool before the main thread. What a worker does is to take, and then one of its
/// pool's tasks: its operations are those of all of them, one after the other. Returns the pools.
std::vector<u32> add_workers(Program& program);

/// The main thread starts and joins whom nobody else does, makes the pools and drops the timers; then its own turn
/// comes last.
void add_starts_and_joins(Program& program, const std::vector<u32>& pools);

}  // namespace gridlock::traces
