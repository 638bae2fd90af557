// SPDX-License-Identifier: Apache-2.0
//
// From something that was noticed to a line in the log. Each function has written it when it
// returns.
#pragma once

#include "harness/analysis/lock_order_graph.h"
#include "harness/runtime/finding_line.h"
#include "harness/runtime/threads.h"

namespace gridlock::internal {

/// An operation that its object does not allow. Once for each kind, object and calling place. `lock`:
/// what had to be held for it, 0 if nothing had.
void report_misuse(Kind kind, ThreadState* state, Op op, ObjectId object, u32 owner_slot_word,
                   ObjectId lock = 0) noexcept;
void report_exit_holding(ThreadState* state, ObjectId object) noexcept;
/// Called with graph_mutex() held.
void report_cycle(const CycleStep* steps, u32 length) noexcept;
/// threads[i] waits for something that threads[i + 1] (the last: threads[0]) holds. One thread:
/// self-deadlock.
void report_deadlock(ThreadState* const* threads, u32 count) noexcept;
/// threads[0] waits for what one of several others would do, the threads of a pool, and all of them
/// need it to go on, directly or by each other; these are all of them.
void report_pool_deadlock(ThreadState* const* threads, u32 count) noexcept;
/// All of these wait for something that none of them, and nobody else, can release. A lost wake-up
/// if one of them waits for a notification that was given before; the thread that gave it is then
/// written with the place as its stack. `detail`: kNotProved, or nullptr.
void report_starvation(ThreadState* const* threads, u32 count,
                       const char* detail = nullptr) noexcept;
/// It was found by the option `hang`: other threads run that could, although they never did.
inline constexpr const char* kNotProved =
    "not proved: others run, and did nothing about it in the time of the option hang";
/// A table is full. Once for each option.
void report_capacity(const char* option) noexcept;

/// What the options say: exit_code_of_the_stuck() at once, or SIGABRT. The other processes of the
/// family end, too.
[[noreturn]] void end_process_after_deadlock() noexcept;

}  // namespace gridlock::internal
