// SPDX-License-Identifier: Apache-2.0
//
// The standard's names for what Gridlock watches: a program that says gridlock::mutex where it said std::mutex is watched,
// and one that is compiled with -DGRIDLOCK_STD_PLAIN has the plain types of the standard, at no cost and with nothing
// of Gridlock linked.
//
//   #include <gridlock/std.h>
//
//   gridlock::mutex accounts;
//   gridlock::condition_variable changed;
//   gridlock::jthread clerk{[&](gridlock::stop_token stop) { ... }};
//   GRIDLOCK_NAME(accounts, "accounts");      // for the reports; name.h
//
//   std's name                                   what it is here
//   mutex, timed_mutex                           Lock
//   recursive_mutex, recursive_timed_mutex       RLock
//   shared_mutex, shared_timed_mutex             SharedLock
//   condition_variable, condition_variable_any   Condition
//   counting_semaphore, binary_semaphore         Semaphore; over max() is misuse-release-over-bound *
//   latch, barrier                               Latch, Barrier
//   thread, jthread                              Thread, JThread
//   future, shared_future, promise,              Future, SharedFuture, Promise, PackagedTask
//   packaged_task, async
//   once_flag, call_once                         OnceFlag
//   stop_source, stop_token, stop_callback       StopSource, StopToken, StopCallback
//   atomic, atomic_flag                          Atomic, AtomicFlag
//   lock_guard, unique_lock, scoped_lock,        std's own, which work on these, and with std's constants (defer_lock ...)
//   shared_lock, lock, try_lock, this_thread
//
//   * a finding; see lock.h for what happens after it.
//
// Each name behaves as the standard says: a thread that is destroyed while it is joinable calls std::terminate, a wait
// returns a std::cv_status or a std::future_status, errors are std::future_error and std::system_error. The header of
// the class on the right says what is watched. What is different:
//   - Not there: native_handle() of anything but a thread. A mutex is not trivially destructible.
//   - async without a policy starts a thread. One with launch::deferred runs in the first get() or wait(), whose thread
//     then does what it does.
//   - With the option on_deadlock=throw a wait that is noexcept in the standard may throw std::system_error.
//   - A stop_token is Gridlock's: std::stop_token does not convert.
//
// Memory ordering, cost, fairness, signal handlers and full tables: as the header of the class on the right says.
//
// Misuse:
//   std::condition_variable changed;             // with gridlock::mutex: does not compile. Take gridlock::condition_variable
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/name.h>

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>

#ifndef GRIDLOCK_STD_PLAIN
#include <gridlock/std_futures.h>
#include <gridlock/std_locks.h>
#include <gridlock/std_signals.h>
#include <gridlock/std_threads.h>
#endif

// NOLINTBEGIN(misc-unused-using-decls): they are what the header is for
namespace gridlock {

#ifdef GRIDLOCK_STD_PLAIN

using std::mutex;
using std::recursive_mutex;
using std::recursive_timed_mutex;
using std::shared_mutex;
using std::shared_timed_mutex;
using std::timed_mutex;

using std::condition_variable;
using std::condition_variable_any;
using std::notify_all_at_thread_exit;

using std::barrier;
using std::binary_semaphore;
using std::counting_semaphore;
using std::latch;

using std::jthread;
using std::thread;

using std::async;
using std::future;
using std::packaged_task;
using std::promise;
using std::shared_future;

using std::call_once;
using std::once_flag;

using std::stop_callback;
using std::stop_source;
using std::stop_token;

using std::atomic;
using std::atomic_flag;

#endif

using std::adopt_lock;
using std::adopt_lock_t;
using std::defer_lock;
using std::defer_lock_t;
using std::lock;
using std::lock_guard;
using std::scoped_lock;
using std::shared_lock;
using std::try_lock;
using std::try_to_lock;
using std::try_to_lock_t;
using std::unique_lock;

using std::cv_status;
using std::future_errc;
using std::future_error;
using std::future_status;
using std::launch;
using std::nostopstate;
using std::nostopstate_t;

namespace this_thread = std::this_thread;

}  // namespace gridlock
// NOLINTEND(misc-unused-using-decls)

#endif  // GRIDLOCK_CXX20
