// SPDX-License-Identifier: Apache-2.0
//
// Memory that is as weak as the memory orders of the program allow: which of the stores that an execution has made to an
// atomic object a load may read. The model is that of CDSChecker (Norris, Demsky, "CDSchecker: checking concurrent data
// structures written with C/C++ atomics", OOPSLA 2013) and C11Tester (Luo, Demsky, "C11Tester: a race detector for C/C++
// atomics", ASPLOS 2021), with one restriction that makes it small: stores are modified, and seq_cst operations ordered, in
// the order in which the execution makes them. What is left to choose is the store that a load reads. It may be any but those
//
//   coherence    older than one that happens before the load, or that was read by a load that happens before it
//   seq_cst      of a seq_cst load: older than one that is seq_cst, that a seq_cst load has read, or that a thread had made
//                or read before what happens before some seq_cst fence
//   fences       of a load behind a seq_cst fence: the same, of what was before that fence in the order of seq_cst
//   atomicity    of a read-modify-write: all but the newest
//
// as [intro.races] and [atomics.order] of C++20 have them. So each outcome is one that C++20 allows. Those it also allows but
// which need a load that reads a later store, or a modification order that is not the order of the steps, do not happen.
//
// An object remembers its kStores newest stores. What an execution did not store as an atomic operation of that size (a
// constructor, memcpy, code that is not instrumented, the kernel) is seen by everybody as soon as it is in memory.
#pragma once

#include "harness/tsan_abi/objects.h"

namespace gridlock::internal::controlled {

/// So many stores of an object can be read.
inline constexpr u32 kStores = 16;
/// A thread that has read the same older store so often in a row reads another one, or loops that wait would not end.
inline constexpr u32 kStaleLooks = 4;

struct Store {
  u64 value;
  uptr place;            ///< in the code; 0: it was no atomic operation
  u32 ordered;           ///< when a seq_cst operation first stored or read it; 0: none has
  u32 serial;            ///< among those of the object, from 1
  ThreadNumber thread;   ///< that stored it
  VectorClock released;  ///< what is known to a load that acquires it
  VectorClock
      seen;  ///< for each thread, the step at which it first stored or read it; 0: it has not
};

/// An atomic object: its newest stores, and how often threads have read the same older one.
struct Location {
  u32 size;
  u32 first;  ///< the oldest one of `stores`, which go round
  u32 count;
  u32 serial;  ///< of the newest one
  VectorClock stale;
  VectorClock looks;
  Store stores[kStores];

  GRIDLOCK_INLINE Store& at(u32 age) noexcept {
    return stores[(first + count - 1 - age) % kStores];
  }
};

/// What a load reads.
struct Reading {
  u64 value;
  const VectorClock* released;
  bool is_newest;
};

/// The execution that begins has stored nothing.
void begin_weak_memory() noexcept;
/// What is known of an atomic object whose value in memory is `value`; nullptr: only that one can be read, because there is
/// no room.
Location* location_at(const SyncObject& object, u32 size, u64 value) noexcept;
/// One of the stores that the thread that runs may read, chosen. `unlike`: an older one has to have another value, because
/// the operation fails only by that.
Reading read_store(Location* location, const SyncObject& object, u64 newest, int order, uptr place,
                   const u64* unlike = nullptr) noexcept;
/// The thread that runs has stored the value at its step `step`; the object's clock says what that released.
void add_store(Location* location, const SyncObject& object, u64 value, u32 step, int order,
               uptr place) noexcept;
/// The kernel has looked at this word for the thread that runs.
void saw_newest(const u32* word) noexcept;
/// A seq_cst fence of the thread that runs, which has acquired and not yet released.
void order_fence() noexcept;
/// In each line of describe_stale_reads().
inline constexpr char kOlderStore[] = " an older store: read ";
/// Each load of the execution that read an older store, a line each.
void describe_stale_reads(Text& text) noexcept;

}  // namespace gridlock::internal::controlled
