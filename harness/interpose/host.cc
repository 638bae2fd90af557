// SPDX-License-Identifier: Apache-2.0
//
// The observer is in front of a program that knows nothing of it.
#include "harness/runtime/core/host.h"

#include <gnu/libc-version.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/interpose/futex.h"
#include "harness/interpose/handled_signals.h"
#include "harness/interpose/mark.h"
#include "harness/interpose/robust.h"
#include "harness/interpose/shared_locks.h"
#include "harness/interpose/spin.h"
#include "harness/interpose/taken_away.h"
#include "harness/interpose/threads.h"
#include "harness/interpose/watch.h"
#include "harness/platform/futex.h"
#include "harness/platform/proc.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/signal_block.h"
#include "harness/platform/signals.h"
#include "harness/platform/stacks.h"
#include "harness/platform/syscall.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/releasing_signals.h"

// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): ThreadSanitizer's name
extern "C" __attribute__((weak)) void __tsan_init();

namespace gridlock::internal {
namespace {

enum class Answer : u8 { kUnknown, kNo, kYes };
std::atomic<Answer> g_wanted{Answer::kUnknown};

// The note that each observer leaves in its module (runtime/start.cc).
bool is_our_note(const char* note) noexcept {
  const auto* const head = reinterpret_cast<const u32*>(note);
  return head[0] == 9 && head[2] == 1 && same_text(note + 12, "Gridlock", 9);
}

bool notes_have_ours(const char* at, const char* end) noexcept {
  constexpr u64 kHead = 12;
  const auto padded = [](u64 size) { return (size + 3) & ~u64{3}; };
  while (static_cast<u64>(end - at) >= kHead + 12) {
    if (is_our_note(at)) return true;
    const auto* const head = reinterpret_cast<const u32*>(at);
    const u64 size = kHead + padded(head[0]) + padded(head[1]);
    if (size > static_cast<u64>(end - at)) return false;
    at += size;
  }
  return false;
}

int look_for_observer(dl_phdr_info* module, size_t, void* own) noexcept {
  for (u32 i = 0; i < module->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = module->dlpi_phdr[i];
    const uptr start = module->dlpi_addr + part.p_vaddr;
    const uptr self = reinterpret_cast<uptr>(own);
    if (part.p_type == PT_LOAD && self >= start && self < start + part.p_memsz) return 0;
  }
  for (u32 i = 0; i < module->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = module->dlpi_phdr[i];
    if (part.p_type != PT_NOTE) continue;
    const auto* const start = reinterpret_cast<const char*>(module->dlpi_addr + part.p_vaddr);
    if (notes_have_ours(start, start + part.p_memsz)) return 1;
  }
  return 0;
}

// GRIDLOCK_WATCH: the one process that is to be watched, "all" for those it starts as well. Without it:
// the library was preloaded by hand.
bool is_to_be_watched() noexcept {
  const char* const which = find_variable("GRIDLOCK_WATCH");
  if (which[0] == 0 || same_text(which, "all", 4)) return true;
  int pid = 0;
  for (const char* digit = which; *digit >= '0' && *digit <= '9'; ++digit)
    pid = pid * 10 + (*digit - '0');
  return pid == process_id();
}

// The observer's tables grow as they fill. Where there is little room for that it is the program's.
bool has_address_space() noexcept {
  constexpr u64 kNeeded = u64{512} << 20;
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur >= kNeeded) return true;
  say("gridlock: not watched: the address space is limited (ulimit -v)\n");
  return false;
}

bool contains_observer() noexcept {
  return dl_iterate_phdr(&look_for_observer, reinterpret_cast<void*>(own_address())) != 0;
}

// As a library that another one needs, or that dlopen brought, it lies behind libc: the program's calls go past it.
int look_who_is_first(dl_phdr_info* module, size_t, void* own) noexcept {
  const auto contains = [module](uptr address) {
    for (u32 i = 0; i < module->dlpi_phnum; ++i) {
      const ElfW(Phdr)& part = module->dlpi_phdr[i];
      const uptr start = module->dlpi_addr + part.p_vaddr;
      if (part.p_type == PT_LOAD && address >= start && address < start + part.p_memsz) return true;
    }
    return false;
  };
  if (contains(reinterpret_cast<uptr>(own))) return 1;
  return contains(reinterpret_cast<uptr>(&gnu_get_libc_version)) ? 2 : 0;
}

bool is_in_front() noexcept {
  if (dl_iterate_phdr(&look_who_is_first, reinterpret_cast<void*>(own_address())) != 2) return true;
  say("gridlock: not watched: libgridlock_watch.so was loaded behind libc; link the program itself "
      "with it\n");
  return false;
}

// This library is initialised before all others (-z initfirst): before libc, which fills in `environ`, and before
// ThreadSanitizer, whose interceptors stand in front of what the observer calls and work only once it is up.
void come_first(int, char**, char** environment) noexcept {
  if (environ == nullptr) environ = environment;
  if (&__tsan_init != nullptr) __tsan_init();
}
__attribute__((section(".init_array.00100"), used)) void (*const kFirst)(int, char**,
                                                                         char**) = &come_first;

__thread u32 tls_destructor_rounds __attribute__((tls_model("initial-exec"))) = 0;

}  // namespace

__thread bool tls_has_ended __attribute__((tls_model("initial-exec"))) = false;

bool handlers_let_calls_go_on() noexcept {
  const u64 handled = releasing_signals(process_id());
  for (int signal = 1; signal <= 64; ++signal) {
    if ((handled & signal_bit(signal)) == 0) continue;
    struct sigaction action{};
    if (!set_signal_action(signal, nullptr, &action) || (action.sa_flags & SA_RESTART) == 0)
      return false;
  }
  return true;
}

bool host_wants_observer() noexcept {
  Answer answer = g_wanted.load(std::memory_order_relaxed);
  if (answer == Answer::kUnknown) {
    const bool wanted =
        is_to_be_watched() && !contains_observer() && is_in_front() && has_address_space();
    answer = wanted ? Answer::kYes : Answer::kNo;
    g_wanted.store(answer, std::memory_order_relaxed);
  }
  return answer == Answer::kYes;
}

bool host_comes_up_late() noexcept { return true; }

bool host_may_end_waits() noexcept {
  return cancellation_is_pending() || releasing_signals(process_id()) != 0 ||
         may_be_woken_from_outside();
}

// A woken thread runs, or is about to; one that has published its wait is about to sleep. Where the kernel does not tell,
// what is published has to do.
u64 host_moment_of_sleep(const ThreadState* state, u32 sequence) noexcept {
  if (is_spin_word(state->wait.word))
    return 1;  // never sleeps; the word says who has it at each moment
  constexpr u64 kPatience = 10'000'000'000;
  constexpr u64 kStep = 200'000;
  std::atomic<u32> nothing{0};
  for (const u64 until = now_ns() + kPatience; now_ns() < until;) {
    const ThreadMoment moment = thread_moment(process_id(), state->os_id);
    if (state->wait.sequence.load() != sequence) return 0;
    if (!moment.known) return state->wait.type == ObjectType::kAddress ? 0 : 1;
    const bool asleep = moment.in_call && moment.call == SYS_futex;
    // It may sleep at a mutex of the observer's, before it looks for itself, and the value has changed meanwhile.
    const bool elsewhere = state->wait.type == ObjectType::kAddress &&
                           moment.argument != reinterpret_cast<uptr>(state->wait.word);
    if (asleep) return elsewhere ? 0 : moment.switches + 1;
    futex_wait(&nothing, 0, now_ns() + kStep);
  }
  return 0;
}

void host_pause() noexcept {
  constexpr u64 kPause = 10'000'000;
  std::atomic<u32> nothing{0};
  futex_wait(&nothing, 0, now_ns() + kPause);
}

// glibc goes through the keys so many times, and so does ThreadSanitizer, which ends in the last one.
bool host_delays_thread_end() noexcept {
  const u32 rounds = PTHREAD_DESTRUCTOR_ITERATIONS - (tsan_present() ? 1 : 0);
  if (++tls_destructor_rounds < rounds) return true;
  if (tls_thread == nullptr) return false;
  leave_robust(tls_thread);
  leave_shared(tls_thread);
  look_what_was_taken_away(tls_thread);
  return false;
}

void host_retires_the_gone() noexcept { retire_unmarked(); }

void host_thread_ended(unsigned number) noexcept {
  note_end_of_thread(number);
  tls_has_ended = true;
}

bool host_takes_records() noexcept { return false; }
void host_take_record(const char*, std::uint64_t) noexcept {}
bool host_starts_threads() noexcept { return false; }
void host_cannot_go_on() noexcept {}

}  // namespace gridlock::internal
