// SPDX-License-Identifier: Apache-2.0
//
// What the runtime knows of each thread: what it holds, what it waits for, what it did last. A
// ThreadState belongs to its thread; the part called Wait is published for the others.
#pragma once

#include <gridlock/identity.h>

#include "harness/analysis/own_glances.h"
#include "harness/analysis/prediction.h"
#include "harness/platform/base.h"
#include "harness/platform/stacks.h"
#include "harness/runtime/registry/objects.h"
#include "harness/trace/record.h"

namespace gridlock::internal {

/// Threads at one time; a slot is used again.
inline constexpr u32 kMaxThreadSlots = 1u << 20;

/// Something a thread holds. The entry behind the last one is where the next acquisition is
/// prepared.
struct Held {
  ObjectId object;
  u32 amount;        ///< recursion depth or permits; kPermit, kHasSite and the others below
  const void* site;  ///< with kHasSite what a CallSite consists of, else nothing, or libc's lock
  u64 held_hash;     ///< of the thread, its segment and the locks up to this one
  uptr frames[kSiteFrames];
};

inline constexpr u32 kPermit = 0x80000000u;
inline constexpr u32 kHasSite = 0x40000000u;
inline constexpr u32 kSharedHold = 0x20000000u;  ///< held for reading
inline constexpr u32 kLockLike = 0x10000000u;    ///< a permit of a semaphore that may be a lock
inline constexpr u32 kAllAtOnce =
    0x08000000u;  ///< by std::lock, behind its first one (all_at_once.h)
/// Held across a signal (Prediction::holds_across). Of an entry that is prepared: comes after such a
/// hold of another thread.
inline constexpr u32 kAcross = 0x04000000u;
inline constexpr u32 kCount = 0x03ffffffu;
GRIDLOCK_INLINE bool is_permit(const Held& held) noexcept { return (held.amount & kPermit) != 0; }
GRIDLOCK_INLINE bool is_shared(const Held& held) noexcept {
  return (held.amount & kSharedHold) != 0;
}
GRIDLOCK_INLINE CallSite site_of(const Held& held) noexcept {
  return __builtin_bit_cast(CallSite, held.site);
}
GRIDLOCK_INLINE u32 frame_count(const Held& held) noexcept {
  u32 count = 0;
  while (count < g_site_frames && held.frames[count] != 0) ++count;
  return count;
}
GRIDLOCK_INLINE u32 count_of(const Held& held) noexcept { return held.amount & kCount; }
/// A permit of nothing: the entry was freed.
GRIDLOCK_INLINE bool is_hole(const Held& held) noexcept {
  return held.object == 0 && held.amount == kPermit;
}
GRIDLOCK_INLINE bool has_site(const Held& held) noexcept { return (held.amount & kHasSite) != 0; }
/// One store for both. g++ takes it for a store to something else unless it is told (may_alias).
using HeldHead [[gnu::may_alias]] = u64;
GRIDLOCK_INLINE void set_held(Held* held, ObjectId object, u32 amount) noexcept {
  *reinterpret_cast<HeldHead*>(held) = object | (u64{amount} << 32);
}
GRIDLOCK_INLINE u64 head_of(const Held& held) noexcept {
  return *reinterpret_cast<const HeldHead*>(&held);
}
static_assert(offsetof(Held, object) == 0 && offsetof(Held, amount) == 4,
              "little endian, side by side");

/// What a thread waits for, published to every other thread. `sequence` is odd while the thread
/// waits and changes with each wait; a waiting thread changes nothing else. It acquires only after
/// it has made the number even again, so a thread that is seen waiting has not got what it waits
/// for.
struct Wait {
  std::atomic<u32> sequence;
  ObjectType type;
  bool timed;
  Op op;
  ObjectId object;
  std::atomic<u32>* word;  ///< that it sleeps on; nullptr for a thread
  u32 expected;            ///< value of *word that keeps it waiting
  u32 target;              ///< WaitFor::target
  u32 notified;            ///< WaitFor::stack
  bool in_handler;         ///< the wait is inside a signal handler
  u32 stack_size;
  uptr stack[kStackLimit];
};

enum class ThreadPhase : u8 { kFree, kLive, kEnded };

struct alignas(64) ThreadState {
  // Read and written at every operation.
  u32 slot_word;  ///< slot + 1: what a lock's word holds while this thread owns it
  u32 held_capacity;
  Held* next_held;   ///< behind the newest entry: where the next acquisition is prepared
  Held* fast_limit;  ///< below it an acquisition may take the fast path; held where there is none
  uptr stack_top;
  Ring ring;
  u64* restartable;  ///< restartable_slot() of its thread; nullptr: there is none
  Held* held;  ///< the oldest entry; held[-1] is no entry, but has the held_hash of a thread that
               ///< holds nothing
  // Rarely touched.
  u64 looked_up;  ///< the way of nesting that lock() has asked no_order_news() of, in vain; 0: none
  u64 misses;     ///< ways of nesting that had to be looked up, by all threads that had the slot
  OwnGlances* glances;  ///< of these; nullptr until there were many
  u32 moved_up;         ///< entries that were freed below `held` (drop_low_held)
  u32 holes;            ///< entries that were freed between others (leave_hole)
  bool indexed;         ///< `index` knows where those entries are that are there
  KeyMap index;  ///< of very many entries: object -> place behind the first entry, moved_up counted
  mutable u32 summed;      ///< of so many entries the counts are added up,
  mutable u32 sum;         ///< as this (publication.cc)
  mutable u64 summed_as;   ///< while the newest of them has this held_hash
  u32 number;              ///< 3 in "T3"
  ObjectId object;         ///< of the thread itself
  ThreadNode thread_node;  ///< the thread as prediction knows it
  std::atomic<ThreadPhase> phase;
  bool in_runtime;     ///< inside a slow path: an operation from a signal handler is not analysed
  bool started_by_us;  ///< a gridlock::Thread, which tells of its end itself
  bool is_over;        ///< such a one, once its body is
  u32 segments;        ///< that its life has been in
  u64 place;           ///< RequestNews::place_of() its thread_node
  int os_id;
  u32 one_user;  ///< 1: behind os_id, as libc's mutex has the owner and the number of its users
  u32 next_free;
  Wait wait;
};

/// What stays of a thread that has ended, as long as it may be joined, something that is kept names it, or its
/// slot shows what it held.
struct ThreadRecord {
  std::atomic<bool> kept;
  bool joinable;  ///< somebody may still join it
  bool leaving;   ///< its object is retired
  ObjectId object;
  u32 created_stack;  ///< in the depot, 0: unknown
  int os_id;
  u32 slot;
  SegmentId last_segment;
  std::atomic<u32> ended;
  bool lost_in_fork;            ///< this process is a fork, and the thread is in its parent
  bool untracked;               ///< never used a Gridlock object; known from ThreadSanitizer
  bool daemon;                  ///< declared not to be waited for
  u32 pool;                     ///< it is a worker of (pools.h), 0: of none
  std::atomic<u32> cancels_in;  ///< a pool whose tasks it takes out just now; 0: none
  std::atomic<bool> detached;
  u32 detached_at;  ///< where, in the depot; written before `detached`
};

/// What a lock on top of `below` makes of its held_hash: a polynomial over the ids, so sequences of
/// small numbers do not meet. One multiplication, because the next nested request waits for it.
GRIDLOCK_INLINE u64 hash_with(u64 below, ObjectId object) noexcept {
  return (below + object) * 0x9e3779b97f4a7c15u;
}
/// The same lock held for reading signs differently.
GRIDLOCK_INLINE u32 id_in_hash(const Held& held) noexcept {
  return held.object | ((held.amount & kSharedHold) != 0 ? 0x80000000u : 0);
}
/// The count of an entry has changed, or will in a moment.
GRIDLOCK_INLINE void recount(ThreadState* state) noexcept { state->summed = 0; }
/// How many entries there are.
GRIDLOCK_INLINE u32 held_count(const ThreadState* state) noexcept {
  return static_cast<u32>(state->next_held - state->held);
}
/// Signs the entries from `index` on anew.
void hash_held_again(ThreadState* state, u32 index) noexcept;

/// Threads of one process beyond these count as threads that run for the other processes of a tree.
inline constexpr u32 kMaxSlots = 1024;
extern std::atomic<std::atomic<u32>*>
    g_live_sequences;  ///< in the memory of the tree (process_tree/tables.h); nullptr: there is none
/// Called with each change of a thread's Wait::sequence.
GRIDLOCK_INLINE void mirror_sequence(const ThreadState* state, u32 sequence) noexcept {
  std::atomic<u32>* const live = g_live_sequences.load(std::memory_order_relaxed);
  if (GRIDLOCK_UNLIKELY(live != nullptr) && state->slot_word <= kMaxSlots)
    live[state->slot_word - 1].store(sequence);
}

// NOLINTNEXTLINE: __thread and not thread_local, which would be reached through a (weak) wrapper
// function
extern __thread ThreadState* tls_thread __attribute__((tls_model("initial-exec")));

/// The calling thread's state; made on its first use.
ThreadState* register_this_thread() noexcept;
GRIDLOCK_INLINE ThreadState* this_thread() noexcept {
  ThreadState* const state = tls_thread;
  return GRIDLOCK_LIKELY(state != nullptr) ? state : register_this_thread();
}

bool init_threads(u32 capacity) noexcept;
/// A slot and a record for a thread whose life begins in the segment of `thread_node`. nullptr: no memory.
ThreadState* make_thread(const ThreadNode& thread_node, CallSite where, bool has_site) noexcept;
/// Its last segment and its end are on record.
void end_thread_record(const ThreadState* state) noexcept;
/// Its slot may be used again.
void free_thread(ThreadState* state) noexcept;
/// Threads that are known by now have come, and a thread that is about to end has left: as many as have come by one
/// moment and not left by a later one were there all the time between.
u32 threads_that_came() noexcept;
u32 threads_that_left() noexcept;
void one_has_come() noexcept;
void one_has_left() noexcept;
void one_more_starts() noexcept;
void one_has_started() noexcept;

// The beginning and the end of a thread, in thread_states.cc, because every room has something to do with
// it.

/// The ends of threads that we did not start are told of, too. False: no pthread key is left.
bool init_thread_ends() noexcept;
/// A state for a thread that is about to be started by `parent`; counted as live from now on.
/// `has_site`: the place where it was made is known.
ThreadState* prepare_thread(ThreadState* parent, std::string_view name, CallSite where,
                            bool has_site = true) noexcept;
/// Waits until every thread that was prepared has been adopted or abandoned, but not forever; returns how
/// many were prepared so far, and so does starts_so_far(). May be called with graph_mutex() held: who
/// starts a thread, and the new thread until it is adopted, do without it.
u32 await_starting_threads() noexcept;
u32 starts_so_far() noexcept;
/// The start failed after all.
void abandon_thread(ThreadState* state) noexcept;
/// The calling thread is the one that was prepared.
void adopt_thread(ThreadState* state) noexcept;
/// The calling thread ends: reports locks that it still holds.
void end_thread(ThreadState* state) noexcept;
/// The thread's life goes on in another segment, thread_node.segment. With graph_mutex() held, or by the
/// thread itself.
void enter_segment(ThreadState* state) noexcept;
/// The calling thread has joined thread `number`: its segment is before what comes.
void joined_thread(ThreadState* state, u32 number) noexcept;

/// In a forked process that begins a new life: the calling thread is T1, "main", and all that any
/// thread did before comes before what it does from now on.
void become_main_thread() noexcept;

/// A new record, if there is room, and a number, which nobody has had. With the mutex of the threads held.
u32 next_thread_number() noexcept;
bool init_thread_records(u32 most) noexcept;
/// The same mutex: nothing is known of the thread any more.
void forget_record(u32 number) noexcept;
/// The next number that has a record, 0 after the last; begin with 0.
u32 next_record(u32 number) noexcept;
/// It has ended, and nobody can join it any more.
bool is_past_joining(const ThreadRecord& record) noexcept;
/// Calls each(segment) for every thread that is not.
void each_last_segment(void (*each)(SegmentId segment, void* argument), void* argument) noexcept;
/// Buries the objects of threads of which nothing may be needed any more; then forgets those of which nothing is.
/// With graph_mutex() held.
u32 ended_since_forgetting() noexcept;
void retire_threads() noexcept;
void forget_threads(bool (*is_needed)(u32 number) noexcept) noexcept;

/// The number of the newest thread with this gettid(); one that we have never met gets a number
/// now.
u32 number_of_os_thread(int os_id) noexcept;
/// False of a thread that was forgotten, and of one for which there was no record left: nothing is known of it but
/// its state, so that whoever waits for it is taken to go on. thread_record() has an empty one for all of them, which
/// nobody writes to.
bool has_record(u32 number) noexcept;
ThreadRecord& thread_record(u32 number) noexcept;
u32 thread_count() noexcept;  ///< numbers 1 .. thread_count() were given
u32 slot_count() noexcept;    ///< slots 0 .. slot_count() - 1 were ever used
ThreadState* thread_in_slot(u32 slot) noexcept;
std::atomic<u32>& live_threads() noexcept;
std::atomic<u32>& blocked_threads() noexcept;  ///< waiting without a time limit

/// The fast path keeps as many frames as there may be of an acquisition (interpose/mutex.cc).
extern bool g_fast_keeps_all_frames;
/// Decides anew whether the thread may take the fast path.
void set_fast_limit(ThreadState* state) noexcept;
/// Takes one of very many entries out, near the oldest: those below it move up. Those above it are signed
/// again when something is asked for (sign_moved).
void drop_low_held(ThreadState* state, Held* held) noexcept;
/// The same somewhere in the middle: nothing moves, and the entry says that it is none.
void leave_hole(ThreadState* state, Held* held) noexcept;
/// After either of them: the entries lie side by side again, and are signed.
void sign_moved(ThreadState* state) noexcept;
/// The entry of one of very many objects, by the index, which is made when it is needed.
Held* find_held_among_many(ThreadState* state, ObjectId object) noexcept;
/// Makes room for one more held entry; false when there is no memory.
bool grow_held(ThreadState* state) noexcept;

/// In the child of a fork: every thread but the calling one is gone.
void keep_only_this_thread() noexcept;

}  // namespace gridlock::internal
