// SPDX-License-Identifier: Apache-2.0
//
// Between a request and the lock-order graph. Asking for a lock while holding others is nearly
// always something this thread has done before; a table of 64-bit keys answers that with one
// relaxed probe, however many locks are held: the key mixes the thread, its segment, the locks held
// and the lock asked for. A thread-local cache would do the same and thrash (15 times at 32 locks).
#pragma once

#include <atomic>

#include "harness/analysis/prediction.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

/// How many places a key can be in: one line of the processor's cache. The first ones are looked at inline,
/// nearly all there is to ask.
inline constexpr u64 kProbes = 8;
inline constexpr u64 kAtOnce = 2;
static_assert(kProbes * sizeof(u64) == 64 && kAtOnce == 2);

/// The table. It is a cache of the graph: a key that is missing costs a visit to the graph, no
/// more. Which of a key's places is looked at first depends on
/// the key.
struct SeenKeys {
  u64 mask;
  alignas(64) std::atomic<u64> keys[kProbes];  // mask + 1 of them

  // The high bits of a product are its best.
  GRIDLOCK_INLINE u64 place(u64 key, u64 probe) const noexcept {
    return ((key >> 32) & mask) ^ probe;
  }
  GRIDLOCK_INLINE std::atomic<u64>& at(u64 key, u64 probe) noexcept {
    return keys[place(key, probe)];
  }
  GRIDLOCK_INLINE u64 get(u64 key, u64 probe) const noexcept {
    return keys[place(key, probe)].load(std::memory_order_relaxed);
  }
};
extern std::atomic<SeenKeys*> g_seen_keys;
/// Another one whenever every nesting counts as new again, after the keys are gone.
extern std::atomic<u32> g_seen_generation __attribute__((visibility("hidden")));

/// How a lock is asked for.
enum class Ask : u8 {
  kLock,                ///< a lock that knows only one way
  kWrite,               ///< a shared lock for writing; also an upgrade
  kRead,                ///< for reading, where readers do not wait behind writers
  kExclusivePreferred,  ///< for writing, where readers wait behind writers
  kSharedBehindWriters  ///< for reading there
};

/// The waits of sync.h, as keys of the table: kFirstWait + channel.
inline constexpr u8 kFirstWait = 5;
/// A condition's wait that was over at once, without limit and with one; the lock after a wait.
inline constexpr u8 kFoundTrue = 8;
inline constexpr u8 kAskedAgain = 10;

/// The request is new in this thread, segment and held set: enters it into the graph and reports
/// the cycles that it closes.
void note_order(ThreadState* state, ObjectId object, Ask ask, u64 key) noexcept;

/// What a slow path does with prediction(): holds graph_mutex(), and operations that a signal handler
/// does meanwhile are not analysed. At its end the thread is in the segment that prediction gave it.
class GraphWork {
 public:
  /// How often that was done in this process, and about how long it took, the wait for the mutex included:
  /// one in kTimed is measured.
  struct Cost {
    u64 visits;
    u64 ns;
  };
  static constexpr u64 kTimed = 16;
  static Cost cost() noexcept;

  explicit GraphWork(ThreadState* state) noexcept;
  ~GraphWork();
  GraphWork(const GraphWork&) = delete;
  GraphWork& operator=(const GraphWork&) = delete;

 private:
  ThreadState* state_;
  SegmentId segment_;
  u64 since_ = 0;  // 0: it is not measured
};

/// What the thread holds, of its first `most` entries and besides `without`, and where it is, as
/// prediction wants it. With graph_mutex() held; valid as long as that is.
PendingRequest request_of(const ThreadState* state, ObjectId without = 0, u32 most = ~0u) noexcept;
Target target_of(ObjectId object, Ask ask) noexcept;
/// Where a lock was acquired, and where the request that is prepared is made, with graph_mutex() held.
u32 site_of_held(const Held& held) noexcept;
u32 site_of_request(const ThreadState* state) noexcept;
/// Nothing is held that behaves as a lock, or it does not matter.
inline constexpr PendingRequest kHoldsNothing{};
/// Room for what one thread holds. False when there is no address space.
bool init_order(u32 objects) noexcept;
/// With graph_mutex() held: order_seen(key) from now on.
void remember_order(u64 key) noexcept;

/// The same without the mutex, with a chance of one in eight, or so: what comes again is soon there, and what
/// does not come again does not push out what does.
void remember_order_sometimes(const ThreadState* state, u64 key) noexcept;
/// With a smaller chance, for what was found out at a glance: that costs so little that a store to memory which all
/// threads read would be the most of it.
GRIDLOCK_INLINE bool is_worth_remembering(const ThreadState* state, u64 key) noexcept {
  return ((key ^ state->ring.total()) * 0x9e3779b97f4a7c15u) >> 58 == 0;
}
/// Whatever the chance.
void remember_order_unlocked(u64 key) noexcept;

/// Every nesting counts as new again, because what is asked of it has changed.
void forget_seen_order() noexcept;
/// The same with graph_mutex() held.
void forget_seen_order_locked() noexcept;

/// The key of asking for `object` with what the thread holds.
GRIDLOCK_INLINE u64 order_key(const ThreadState* state, ObjectId object, Ask ask) noexcept {
  return hash_with(state->next_held[-1].held_hash, object | (static_cast<u32>(ask) << 28)) | 1;
}

GRIDLOCK_INLINE bool order_seen(u64 key) noexcept {
  const SeenKeys* const seen = g_seen_keys.load(std::memory_order_acquire);
  if (GRIDLOCK_UNLIKELY(seen == nullptr)) return false;
  for (u64 probe = 0; probe < kProbes; ++probe) {
    const u64 found = seen->get(key, probe);
    if (GRIDLOCK_LIKELY(found == key)) return true;
    if (found == 0) return false;
  }
  return false;
}

/// The first kAtOnce probes alone.
GRIDLOCK_INLINE bool order_seen_at_once(u64 key) noexcept {
  const SeenKeys* const seen = g_seen_keys.load(std::memory_order_acquire);
  if (GRIDLOCK_UNLIKELY(seen == nullptr)) return false;
  // Nobody can foresee which of the two it is, so that must not be a branch. Both lie in one line of the cache.
  const u64 first = seen->get(key, 0);
  u64 found = seen->get(key, 1);
  found = first == key ? first : found;
  asm("" : "+r"(found));  // NOLINT(hicpp-no-assembler): or the compiler makes a branch of it again
  return GRIDLOCK_LIKELY(found == key);
}

/// What a key is made of, in one word. An object with room for it keeps that of the last nesting that it was asked for in and
/// that order_seen() knew: what is asked for as the last time is then known without the product and the probe. `asked` is
/// the object, with the generation of its place where it has one, and how it is asked for. Places are given to others only after a new
/// generation of keys began, so an object whose word is the same is also the same object. Two nestings have the same word
/// once in four thousand million. Loads the generation of the keys, so it comes before the look whose answer is kept.
GRIDLOCK_INLINE u32 nesting_word(u64 below, u32 asked) noexcept {
  u32 word = static_cast<u32>(below >> 32) ^ asked;
#if defined(__x86_64__)
  // A load from there is an acquisition; the compiler would make three instructions of it.
  // NOLINTNEXTLINE(hicpp-no-assembler)
  asm volatile("xorl %[generation], %[word]"
               : [word] "+r"(word)
               : [generation] "m"(g_seen_generation)
               : "cc", "memory");
  return word;
#else
  return word ^ g_seen_generation.load(std::memory_order_acquire);
#endif
}

GRIDLOCK_INLINE void check_order(ThreadState* state, ObjectId object,
                                 Ask ask = Ask::kLock) noexcept {
  const u64 key = order_key(state, object, ask);
  if (GRIDLOCK_UNLIKELY(!order_seen(key))) note_order(state, object, ask, key);
}

/// Doubles the held set's room before it is full. Without memory for that the process is ended with
/// a clear line.
void make_room(ThreadState* state) noexcept;

}  // namespace gridlock::internal
