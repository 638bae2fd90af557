// SPDX-License-Identifier: Apache-2.0
//
// Baton: of all the threads that use it one runs at a time, the one that has it (the idea of an
// interpreter's global lock: CPython's, whose hand-over is followed here; Beazley, "Understanding
// the Python GIL", 2010).
//
//   gridlock::Baton baton{"interpreter"};
//   {
//     gridlock::Baton::Hold hold{baton};
//     for (...) {
//       step();                                  // nobody else is in a step meanwhile
//       baton.checkpoint();                      // now and then somebody else gets his turn
//     }
//     gridlock::Baton::Pause pause{baton};       // others run while this one waits
//     read_from_disk();
//   }
//
//   operation    this thread has it             another one has it             nobody has it
//   acquire      self-deadlock *                waits; deadlock * if that      has it
//                                               can never end
//   release      given back                     misuse-unlock-not-owner *      misuse-unlock-free *
//   checkpoint   if its turn is over and        misuse-unlock-not-owner *      misuse-unlock-free *
//                somebody waits: gives it back,
//                and takes it again once
//                somebody else has had it
//
//   * a finding; see lock.h for what happens after it. To the analyses it is a lock like any other:
//     to wait for something while having the baton is an order, and may be half of a cycle.
//
// What it protects: between two checkpoints no other holder does anything, so there is no data race
// between holders, and what is done between two checkpoints is done as a whole.
// What it does not protect: anything longer than that. A value that is read before a checkpoint and
// written after it loses what another thread wrote between the two, without any data race; that
// is why programs under a global lock need locks of their own. Nor does it help with threads that do
// not take it.
//
// A turn ends at every `every`-th checkpoint of the holder, or at the first after `interval`, if
// that is not zero. A thread that makes no checkpoint keeps the baton.
//
// Memory ordering: a release happens before the acquire that takes it over. Cost: a lock; a
// checkpoint that does not hand over is a count (or a look at the clock).
//
// Fairness: any waiter may be next; but a thread that gives it back at a checkpoint does not get it
// again before one of them had it. Not for signal handlers. Full tables: as for lock.h.
//
// Misuse:
//   gridlock::Baton::Hold hold{baton};
//   read_from_disk();                      // without a Pause: all others stand still meanwhile
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/lock.h>
#include <gridlock/thread_safety.h>

namespace gridlock {

/// How a Baton is made.
struct BatonOptions {
  std::string_view name = "baton";       ///< in the reports; copied, at most 255 bytes kept
  std::uint32_t every = 100;             ///< checkpoints to a turn, at least 1
  std::chrono::nanoseconds interval{0};  ///< not 0: length of a turn instead
};

/// A lock for threads that run one at a time and hand over at checkpoints. Not to be copied or moved.
class GRIDLOCK_CAPABILITY("baton") Baton {
 public:
  /// Nobody has it at first. `where` is the place that reports show as its making.
  explicit Baton(BatonOptions options = {}, CallSite where = CallSite::current()) noexcept
      : baton_(options.name, where),
        every_(options.every == 0 ? 1 : options.every),
        interval_(options.interval) {}
  /// The same with this name and turns of 100 checkpoints.
  explicit Baton(std::string_view name, CallSite where = CallSite::current()) noexcept
      : Baton(BatonOptions{.name = name}, where) {}
  Baton(const Baton&) = delete;
  Baton& operator=(const Baton&) = delete;

  /// Waits until nobody has the baton, and has it then. Throws std::system_error only with
  /// `on_deadlock=throw`; the calling thread is without the baton then.
  void acquire(CallSite where = CallSite::current()) GRIDLOCK_ACQUIRE();
  /// Gives the baton back; happens before the acquire() that takes it over. A thread that does not have it makes
  /// the finding misuse-unlock-not-owner or misuse-unlock-free, and changes nothing.
  void release() noexcept GRIDLOCK_RELEASE();
  /// Hands the baton over if the holder's turn is over and somebody waits: returns when it has been somebody
  /// else's and is the caller's again. Else it counts, or looks at the clock. Throws as acquire() does; the caller
  /// is then without the baton.
  void checkpoint(CallSite where = CallSite::current()) GRIDLOCK_REQUIRES(this);

  /// Has it for a scope.
  class [[nodiscard]] GRIDLOCK_SCOPED_CAPABILITY Hold {
   public:
    /// Acquires the baton; throws as acquire() does.
    explicit Hold(Baton& baton, CallSite where = CallSite::current()) GRIDLOCK_ACQUIRE(baton)
        : baton_(baton) {
      baton_.acquire(where);
    }
    ~Hold() GRIDLOCK_RELEASE() { baton_.release(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    Baton& baton_;
  };
  /// Is without it for a scope, around something that waits. The destructor acquires it again; where that
  /// would throw (`on_deadlock=throw`), the program ends by std::terminate.
  class [[nodiscard]] GRIDLOCK_SCOPED_CAPABILITY Pause {
   public:
    /// Releases the baton, which the calling thread must have.
    explicit Pause(Baton& baton, CallSite where = CallSite::current()) GRIDLOCK_RELEASE(baton)
        : baton_(baton), where_(where) {
      baton_.release();
    }
    ~Pause() GRIDLOCK_RELEASE() { baton_.acquire(where_); }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    Baton& baton_;
    CallSite where_;
  };

 private:
  bool turn_is_over();

  Lock baton_;
  std::uint32_t every_;
  std::chrono::nanoseconds interval_;
  std::atomic<std::uint32_t> holder_{0};  // number of the thread
  std::atomic<std::uint32_t> waiting_{0};
  std::atomic<std::uint32_t> turns_{0};  // how often it was taken
  // Only the holder touches these.
  std::uint32_t checkpoints_ = 0;
  std::chrono::steady_clock::time_point since_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
