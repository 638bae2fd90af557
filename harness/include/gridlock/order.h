// SPDX-License-Identifier: Apache-2.0
//
// Declared order: which of two locks comes first, said in the program and held against every
// request, in one thread and without a cycle.
//
//   gridlock::declare_order(accounts, journal, log);   // or accounts.before(journal).before(log)
//
//   a thread holds        and asks for accounts
//   nothing               fine
//   journal, or log       declared-order *  (transitive; however deep; at request time)
//   journal               by try_lock or a timed form: fine, it cannot wait forever
//
//   * a finding, once for each pair of locks and calling stack; the program goes on.
//
// A declaration holds from the moment it is made, also for nestings that were seen before. One that
// contradicts an earlier one (directly or through others), or puts a lock before itself, is refused
// with std::logic_error that names both locks, and changes nothing. At most 65536 pairs; more are a
// `capacity` finding. Thread-safe. Cost: nothing on the hot path; linear in the declared pairs when
// a nesting is seen for the first time.
//
// Fairness: nothing waits here. Not for signal handlers: to declare waits for a mutex of the runtime. Full tables: a
// lock beyond max_objects has no order.
//
// Misuse:
//   gridlock::declare_order(accounts, journal);
//   gridlock::declare_order(journal, accounts);   // std::logic_error: it contradicts the first
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/lock_ref.h>

namespace gridlock {

/// Declares that each of these locks is taken before the one behind it. Throws std::logic_error, which names both,
/// for the first pair that contradicts an earlier declaration; the pairs before it are declared. Thread-safe.
template <typename... Locks>
void declare_order(LockRef first, LockRef second, Locks&... rest) {
  LockRef last = first.before(second);
  ((last = last.before(LockRef(rest, second.where()))), ...);
}

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
