// SPDX-License-Identifier: Apache-2.0
//
// What the Thread primitive tells the observer. Only this header of the runtime is included by an
// instrumented file, so it has no inline functions.
#pragma once

#include <gridlock/identity.h>

namespace gridlock::internal {

/// By the starting thread. `*number` becomes the new thread's. nullptr: no memory.
void* thread_will_begin(std::string_view name, bool daemon, CallSite where,
                        std::uint32_t* number) noexcept;
void thread_did_not_begin(void* state) noexcept;
/// By the starting thread: the new one runs.
void thread_runs(std::uint32_t number) noexcept;
/// By the new thread.
void thread_begins(void* state) noexcept;
/// By the same one: its body has returned, or was left.
void thread_is_over() noexcept;
/// After that, when none of what belongs to it runs any more but destructors of pthread keys, in
/// whichever order: what it holds now it holds forever, and a thread that waits for its end can go on. A
/// destructor that uses something of ours after it does so as a thread that was not seen to start. Does
/// nothing in a thread that is not over.
void thread_ends() noexcept;
/// By the joining thread, before and after. False: the join would close a deadlock, and this call
/// is the victim.
bool thread_will_join(std::uint32_t number) noexcept;
void thread_joined(std::uint32_t number) noexcept;
/// What the calling thread has to call at its end (thread.h).
struct EndCalls {
  void* last;     // of a list
  bool promised;  // somebody will call them
};
EndCalls& end_calls() noexcept;
/// With the option `hang` a join is slept through in slices of this many nanoseconds, and between
/// them it is looked whether it can still end; 0: in one. False: this call is the victim.
std::uint64_t join_slice() noexcept;
bool join_can_end(std::uint64_t since) noexcept;
/// Time of the steady clock.
std::uint64_t join_begins() noexcept;

}  // namespace gridlock::internal
