// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/mutex_ranks.h"

#include "harness/platform/raw_io.h"
#include "harness/platform/words.h"

namespace gridlock::internal {
namespace {

constexpr int kWrongOrder = 70;  // exit code, EX_SOFTWARE

// By rank: what the thread holds. __thread and not thread_local, as tls_thread.
__thread u32 tls_held __attribute__((tls_model("initial-exec")));
std::atomic<bool> g_stopped{false};

// kMutexRanks: of a mutex that is not in the table.
u32 rank_of(const RawMutex* mutex) noexcept {
  const uptr offset = reinterpret_cast<uptr>(mutex) - reinterpret_cast<uptr>(&g_ranked_mutexes[0]);
  return offset < sizeof g_ranked_mutexes ? static_cast<u32>(offset / sizeof(RankedMutex))
                                          : kMutexRanks;
}

[[noreturn]] void end_with(u32 wanted, u32 held) noexcept {
  char text[256];
  Words words(&text[0], sizeof text);
  words.text("gridlock: internal error: the mutex '").text(kMutexFacts[wanted].name);
  words.text("' is taken by a thread that holds '").text(kMutexFacts[held].name);
  words.text("' (harness/platform/mutex_ranks.def)\n");
  write_all(2, &text[0], words.size());  // whatever standard error has become
  exit_now(kWrongOrder);
}

}  // namespace

constinit RankedMutex g_ranked_mutexes[kMutexRanks];

constexpr MutexFacts kMutexFacts[] = {
#define GRIDLOCK_MUTEX_RANK(enumerator, name, to_write) {name, to_write},
#include "harness/platform/mutex_ranks.def"
#undef GRIDLOCK_MUTEX_RANK
};
static_assert(sizeof kMutexFacts == kMutexRanks * sizeof(MutexFacts), "a row behind the last one");

bool ranks_are_checked() noexcept {
#ifdef GRIDLOCK_CHECK_RANKS
  return true;
#else
  return false;
#endif
}

void stop_checking_ranks() noexcept { g_stopped.store(true, std::memory_order_relaxed); }

void check_rank(const RawMutex* mutex) noexcept {
  const u32 rank = rank_of(mutex);
  if (rank == kMutexRanks || g_stopped.load(std::memory_order_relaxed)) return;
  const u32 not_before = tls_held >> rank;
  if (not_before != 0) end_with(rank, rank + static_cast<u32>(__builtin_ctz(not_before)));
}

void note_taken(const RawMutex* mutex) noexcept {
  const u32 rank = rank_of(mutex);
  if (rank != kMutexRanks) tls_held |= 1u << rank;
}

void note_free(const RawMutex* mutex) noexcept {
  const u32 rank = rank_of(mutex);
  if (rank != kMutexRanks) tls_held &= ~(1u << rank);
}

static_assert(kMutexRanks <= 32, "a bit for each");

}  // namespace gridlock::internal
