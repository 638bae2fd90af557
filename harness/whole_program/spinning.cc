// SPDX-License-Identifier: Apache-2.0
//
// A loop that only looks has the same registers and the same stack each time it comes by; one that computes has others. So a
// thread spins that was met at the same places with the same state, a few times in a row and never with another one. Then it
// lets the others go first, in the middle of its loop: the handler of the signal is what it runs in, on its own stack. That
// happens after the same steps in each execution of a schedule, so it is repeated like any other switch.
//
// A clock of the processor's time, which no call that sleeps is disturbed by, says that a thread has made no step for some
// milliseconds; only then a faster one looks.
#include "harness/whole_program/spinning.h"

#include <signal.h>
#include <time.h>
#include <ucontext.h>

#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/engine.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kSpin = 0x60020000;
constexpr u32 kLooks = 16;       // in a row without another step
constexpr u32 kMetAgain = 4;     // so many of them where it was met before
constexpr u32 kMostSpins = 500;  // of an execution: some seconds
constexpr long kSeldom =
    2000000;                    // nanoseconds of the processor's time; the kernel takes some more
constexpr long kOften = 50000;  // of real time
constexpr uptr kRedZone = 128;  // of the stack, below its pointer
constexpr uptr kMostOfTheStack = 2048;  // that is looked at

// Where a thread was met, and a hash of what it had there.
struct Look {
  uptr at;
  u64 state;
};

timer_t g_often{};
bool g_looks_often = false;
Look g_looks[kLooks];
u32 g_look_count = 0;
u32 g_met_again = 0;
u64 g_steps = 0;
u32 g_spins = 0;

int seldom_signal() noexcept { return SIGRTMAX - 3; }
int often_signal() noexcept { return SIGRTMAX - 4; }

[[noreturn]] void never_ends(const char* why) noexcept {
  Text text = failing();
  text.text("  ")
      .thread(g_engine.current->number)
      .text(" looks at memory again and again for a change, ")
      .text(why)
      .text("\n");
  describe_threads(text);
  fail(Failure::kLivelock);
}

void let_others_go_first() noexcept {
  if (g_engine.precise) {
    Text text = failing();
    text.text("  ").thread(g_engine.current->number);
    text.text(
        " looks at memory again and again for a change, which is no step where all schedules are "
        "tried\n");
    describe_callers(text);
    fail(Failure::kUncontrolled);
  }
  if (!others_may_go_on()) never_ends("and no other thread can go on to make it");
  if (++g_spins == kMostSpins) never_ends("and so do those that are to make it");
  yield_point(kSpin);
}

// libc's own code may hold locks of its own.
bool is_interruptible(uptr at) noexcept { return at - g_program_begin < g_program_size; }

u64 hash_of(const void* memory, u64 size, u64 hash) noexcept {
  const auto* const words = static_cast<const u64*>(memory);
  for (u64 i = 0; i < size / sizeof(u64); ++i) hash = mix(hash ^ words[i]);
  return hash;
}

u64 state_of(const mcontext_t& context) noexcept {
  // rip and what the kernel says besides stand behind the registers of a program in glibc's order.
  u64 hash = hash_of(&context.gregs[0], (REG_RSP + 1) * sizeof(greg_t), 0);
  if (context.fpregs != nullptr)
    hash = hash_of(&context.fpregs->_xmm[0], sizeof context.fpregs->_xmm, hash);
  const uptr low = static_cast<uptr>(context.gregs[REG_RSP]) - kRedZone;
  const uptr top = g_engine.current->stack_top;
  const uptr size = top > low ? top - low : 0;
  return hash_of(reinterpret_cast<const void*>(low),
                 size < kMostOfTheStack ? size : kMostOfTheStack, hash);
}

void look_often(bool often) noexcept {
  if (g_looks_often == often) return;
  g_looks_often = often;
  const itimerspec each{{0, often ? kOften : 0}, {0, often ? kOften : 0}};
  timer_settime(g_often, 0, &each, nullptr);
}

void begin_again() noexcept {
  g_steps = g_engine.steps;
  g_look_count = g_met_again = 0;
  look_often(false);
}

bool has_not_moved(const mcontext_t& context) noexcept {
  return g_engine.steps == g_steps && is_interruptible(static_cast<uptr>(context.gregs[REG_RIP]));
}

void on_seldom(int /*signal*/, siginfo_t* /*info*/, void* context) {
  if (!g_engine.on || g_looks_often) return;
  if (!has_not_moved(static_cast<const ucontext_t*>(context)->uc_mcontext)) return begin_again();
  look_often(true);
}

void on_often(int /*signal*/, siginfo_t* /*info*/, void* given) {
  if (!g_engine.on || !g_looks_often) return;
  const mcontext_t& context = static_cast<const ucontext_t*>(given)->uc_mcontext;
  if (!has_not_moved(context)) return begin_again();
  const Look look{static_cast<uptr>(context.gregs[REG_RIP]), state_of(context)};
  for (u32 i = 0; i < g_look_count; ++i) {
    if (g_looks[i].at != look.at) continue;
    if (g_looks[i].state != look.state) return begin_again();
    ++g_met_again;
    break;
  }
  g_looks[g_look_count++] = look;
  if (g_look_count < kLooks) return;
  const bool spins = g_met_again >= kMetAgain;
  begin_again();
  if (spins) let_others_go_first();
}

timer_t timer_of(clockid_t clock, int signal, void (*handler)(int, siginfo_t*, void*)) noexcept {
  struct sigaction action{};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART;
  sigaction(signal, &action, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = signal;
  timer_t timer{};
  timer_create(clock, &event, &timer);
  return timer;
}

}  // namespace

void watch_for_spinning() noexcept {
  g_often = timer_of(CLOCK_MONOTONIC, often_signal(), on_often);
  const itimerspec each{{0, kSeldom}, {0, kSeldom}};
  timer_settime(timer_of(CLOCK_PROCESS_CPUTIME_ID, seldom_signal(), on_seldom), 0, &each, nullptr);
}

}  // namespace gridlock::internal::controlled
