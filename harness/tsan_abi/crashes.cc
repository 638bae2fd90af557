// SPDX-License-Identifier: Apache-2.0
//
// Compiled with exceptions and type information, to look at an exception that nothing caught.
#include "harness/tsan_abi/crashes.h"

#include <cxxabi.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <exception>
#include <typeinfo>

#include "harness/tsan_abi/engine.h"
#include "harness/tsan_abi/real.h"

namespace gridlock::internal::controlled {
namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
constexpr u32 kSignalCount = sizeof kSignals / sizeof kSignals[0];
constexpr u64 kStackSize = 64 << 10;

struct sigaction g_before[kSignalCount];
struct sigaction g_tick_before;
stack_t g_stack_before;
void* g_stack = nullptr;
std::terminate_handler g_terminate_before = nullptr;
timer_t g_timer{};
bool g_has_timer = false;
u32 g_stuck_after = 0;
u64 g_steps_seen = 0;
u32 g_ticks = 0;

int tick_signal() noexcept { return SIGRTMAX - 2; }

const char* name_of(int signal) noexcept {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    default:
      return "SIGTRAP";
  }
}

void on_crash(int signal, siginfo_t* info, void* context) {
  if (!g_engine.on) {
    ::signal(signal, SIG_DFL);
    raise(signal);
    return;
  }
  const auto* const registers = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs;
  const auto address = reinterpret_cast<uptr>(info->si_addr);
  Text text = failing();
  text.text("  ").thread(g_engine.current->number).text(" gets ").text(name_of(signal));
  if (signal == SIGSEGV || signal == SIGBUS) text.text(", memory ").hex(address);
  const uptr low = g_engine.current->stack_low;
  if (address < low && low - address <= 65536) text.text(", which is below its stack of 8 MB");
  text.text("\n  at ").site(static_cast<uptr>(registers[REG_RIP]) + 1).text("\n");
  describe_callers(text);
  fail(Failure::kCrash);
}

void on_tick(int /*signal*/, siginfo_t* /*info*/, void* context) {
  if (!g_engine.on) return;
  if (g_engine.steps != g_steps_seen) {
    g_steps_seen = g_engine.steps;
    g_ticks = 0;
    return;
  }
  if (++g_ticks < g_stuck_after) return;
  const auto* const registers = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs;
  Text text = failing();
  text.text("  ")
      .thread(g_engine.current->number)
      .text(" made no step for ")
      .number(g_stuck_after)
      .text(" s: it waits in a call that is not controlled, or computes\n  at ")
      .site(static_cast<uptr>(registers[REG_RIP]) + 1)
      .text("\n");
  describe_callers(text);
  fail(Failure::kUncontrolled);
}

[[noreturn]] void on_terminate() {
  if (!g_engine.on) {
    if (g_terminate_before != nullptr) g_terminate_before();
    abort();
  }
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr) abort();  // a joinable std::thread is destroyed, for one
  Text text = failing();
  int status = 0;
  char* const name = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
  text.text("  ").thread(g_engine.current->number).text(" does not catch an exception of type ");
  text.text(name != nullptr ? name : type->name());
  try {
    throw;
  } catch (const std::exception& error) {
    text.text(": ").text(error.what());
  } catch (...) {  // NOLINT(bugprone-empty-catch): its type is all there is to say
  }
  text.text("\n");
  describe_callers(text);
  fail(Failure::kException);
}

}  // namespace

void fail_by_call(Failure failure, const char* how) noexcept {
  Text text = failing();
  text.text("  ").thread(g_engine.current->number).text(how).text("\n");
  describe_callers(text);
  fail(failure);
}

void begin_catching(u32 stuck_after) noexcept {
  if (g_stack == nullptr) {
    void* const memory =
        mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) g_stack = memory;
  }
  stack_t stack{};
  stack.ss_sp = g_stack;
  stack.ss_size = kStackSize;
  if (g_stack != nullptr) sigaltstack(&stack, &g_stack_before);
  struct sigaction action{};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (u32 i = 0; i < kSignalCount; ++i) sigaction(kSignals[i], &action, &g_before[i]);
  g_terminate_before = std::set_terminate(on_terminate);
  g_stuck_after = stuck_after;
  g_steps_seen = g_ticks = 0;
  if (stuck_after == 0) return;
  action.sa_sigaction = on_tick;
  action.sa_flags |= SA_RESTART;
  sigaction(tick_signal(), &action, &g_tick_before);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = tick_signal();
  g_has_timer = timer_create(CLOCK_MONOTONIC, &event, &g_timer) == 0;
  const itimerspec each_second{{1, 0}, {1, 0}};
  if (g_has_timer) timer_settime(g_timer, 0, &each_second, nullptr);
}

void end_catching() noexcept {
  if (g_has_timer) timer_delete(g_timer);
  if (g_stuck_after != 0) sigaction(tick_signal(), &g_tick_before, nullptr);
  g_has_timer = false;
  std::set_terminate(g_terminate_before);
  for (u32 i = 0; i < kSignalCount; ++i) sigaction(kSignals[i], &g_before[i], nullptr);
  if (g_stack != nullptr) sigaltstack(&g_stack_before, nullptr);
}

}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c): libc's names
extern "C" {

void abort() noexcept {
  if (g_engine.on) fail_by_call(Failure::kAbort, " calls abort()");
  GRIDLOCK_REAL_FUNCTION(abort)();
  __builtin_unreachable();
}

void __assert_fail(const char* condition, const char* file, unsigned line,
                   const char* function) noexcept {
  if (g_engine.on) {
    Text text = failing();
    text.text("  ").thread(g_engine.current->number).text(": the assertion '").text(condition);
    text.text("' does not hold in ").text(function != nullptr ? function : "?").text(" (");
    text.text(file).text(":").number(line).text(")\n");
    describe_callers(text);
    fail(Failure::kAssertion);
  }
  using Function = void (*)(const char*, const char*, unsigned, const char*);
  const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "__assert_fail"));
  real(condition, file, line, function);
  __builtin_unreachable();
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier,cert-dcl37-c)

namespace gridlock::internal {

void fail_at(const char* file, int line, const char* what) noexcept;
void fail_at(const char* file, int line, const char* what) noexcept {
  if (!g_engine.on) ::abort();
  Text text = failing();
  text.text("  ").thread(g_engine.current->number).text(": ").text(what).text(", at ");
  text.text(file).text(":").number(static_cast<u64>(line)).text("\n");
  describe_callers(text);
  fail(Failure::kCheck);
}

void require(bool condition, const char* what, const void* caller) noexcept;
void require(bool condition, const char* what, const void* caller) noexcept {
  if (condition) return;
  if (!g_engine.on) ::abort();
  Text text = failing();
  text.text("  ").thread(g_engine.current->number).text(": ").text(what).text(", at ");
  text.site(reinterpret_cast<uptr>(caller)).text("\n");
  describe_callers(text);
  fail(Failure::kCheck);
}

}  // namespace gridlock::internal
