// SPDX-License-Identifier: Apache-2.0
//
// What any room of the runtime tells of. Each function has written it to the log when it returns. They
// are declared here, below all rooms, and defined in findings/ (the end of the process: end_process.cc),
// so that nobody includes the writer of findings to say that something is wrong.
#pragma once

#include "harness/runtime/core/kinds.h"
#include "harness/runtime/core/object_types.h"
#include "harness/trace/record.h"

namespace gridlock::internal {

struct CycleStep;
struct ThreadState;
struct WaitFor;

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

/// As the options say: exit_code_of_the_stuck() at once, or SIGABRT. The other processes of the
/// tree end, too.
[[noreturn]] void end_process_after_deadlock() noexcept;
/// Does not return while end_process_after_deadlock() runs in another thread. That kills other
/// processes first: a thread that heard of it and went on would say so, and end this process in a
/// way of its own. So it is called behind whatever the end of another process may have answered.
void stay_if_process_ends() noexcept;

/// This process is a fork, and the lock that is about to be waited for is held by a thread that
/// exists only in the parent: reports it and says true.
bool report_if_lost_in_fork(ThreadState* state, const WaitFor& what, u32 word) noexcept;
/// All threads, with the reason "hang": those that wait or sleep come first, with where. By a thread
/// that waits; writes to the log and to stderr.
void dump_hang() noexcept;

}  // namespace gridlock::internal
