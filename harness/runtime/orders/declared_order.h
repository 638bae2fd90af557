// SPDX-License-Identifier: Apache-2.0
//
// The order that the program declared between its locks, and requests held against it.
#pragma once

#include "harness/platform/futex.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

/// What the program said with declare_order().
struct DeclaredPair {
  ObjectId earlier;
  ObjectId later;
  CallSite where;
};

/// `object` is asked for with `held` held, against these pairs, which lead from `object` to `held`. Once
/// for each two objects and place. (Defined in findings/.)
void report_declared_order(ThreadState* state, ObjectId object, const Held& held,
                           const DeclaredPair* pairs, u32 count) noexcept;

extern std::atomic<u32> g_declared_pairs;

/// False: contradicts what was declared before; nothing changed, and `why` says so in words.
bool declare_before(Core& earlier, ObjectType earlier_type, Core& later, ObjectType later_type,
                    CallSite where, char* why, u32 why_size) noexcept;

/// Forgets what was declared of the objects for which gone(object) is true.
void forget_declared(bool (*gone)(ObjectId object) noexcept) noexcept;

/// The thread asks for `object`: reports what it holds that was declared to come after it.
void report_against_declared(ThreadState* state, ObjectId object) noexcept;
GRIDLOCK_INLINE void check_declared_order(ThreadState* state, ObjectId object) noexcept {
  if (GRIDLOCK_UNLIKELY(g_declared_pairs.load(std::memory_order_acquire) != 0))
    report_against_declared(state, object);
}

}  // namespace gridlock::internal
