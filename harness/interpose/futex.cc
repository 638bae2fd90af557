// SPDX-License-Identifier: Apache-2.0
//
// The call is made as it was asked for; around one that sleeps the wait is published. Who changes the value is not known: any
// thread may. The kernel compares first, so a call that is refused or does not sleep is never published, and an address that
// cannot be read is the kernel's to refuse.
#include "harness/interpose/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <unistd.h>

#include "harness/interpose/addresses.h"
#include "harness/interpose/libc_wait.h"
#include "harness/interpose/real.h"
#include "harness/platform/syscall.h"
#include "harness/runtime/operation.h"
#include "harness/runtime/waits/releasers.h"

namespace gridlock::internal {

__thread bool tls_waits_inside __attribute__((tls_model("initial-exec"))) = false;

namespace {

using Call = long (*)(long number, long a, long b, long c, long d, long e, long f);

GRIDLOCK_INLINE Call real_call() noexcept { return reinterpret_cast<Call>(real().syscall); }

/// The words of the call.
struct Futex {
  long address;
  long op;
  long value;
  long until;  // or a number
  long other;
  long mask;

  std::atomic<u32>* word() const noexcept { return reinterpret_cast<std::atomic<u32>*>(address); }
  u32 expected() const noexcept { return static_cast<u32>(value); }
  int command() const noexcept { return static_cast<int>(op) & FUTEX_CMD_MASK; }
  bool is_private() const noexcept { return (op & FUTEX_PRIVATE_FLAG) != 0; }
  long call() const noexcept {
    return real_call()(SYS_futex, address, op, value, until, other, mask);
  }
};

constexpr u32 kMayBeShared = 1;  // Wait::target

// A waiter that was woken comes after the thread that woke it; the next time it needs another wake.
Signal wake_of(ObjectId object) noexcept { return {object, Channel::kSignal, Rule::kCleared}; }

// Compares as a wait does, and does nothing else.
bool would_sleep(const Futex& futex) noexcept {
  const i64 op = FUTEX_CMP_REQUEUE | (futex.op & FUTEX_PRIVATE_FLAG);
  return raw_syscall(SYS_futex, futex.address, op, 0, 0, futex.address, futex.expected()) >= 0;
}

int error_of(long result) noexcept { return result >= 0 ? 0 : errno; }

// The same until a moment of the steady clock. That it wakes up for no reason is no news to whoever calls futex.
int sleep_until(const Futex& futex, const timespec* slice) noexcept {
  Futex sliced = futex;
  sliced.op = FUTEX_WAIT_BITSET | (futex.op & FUTEX_PRIVATE_FLAG);
  sliced.until = as_argument(slice);
  if (futex.command() == FUTEX_WAIT) sliced.mask = static_cast<long>(FUTEX_BITSET_MATCH_ANY);
  return error_of(sliced.call());
}

GRIDLOCK_NOINLINE long wait(ThreadState* state, const Futex& futex,
                            const void* own_frame) noexcept {
  const bool timed = futex.until != 0;
  const int errno_before = errno;
  int error = 0;
  {
    const Frame frame(state, own_frame);
    const ObjectId object = object_at(futex.word(), true);
    const Request request(
        {ObjectType::kAddress, Op::kWait, object, nullptr, timed ? 1 : kNoTimeout},
        frame.address());
    const u32 shared = futex.is_private() ? 0 : kMayBeShared;
    LibcWait wait(state, {ObjectType::kAddress, Op::kWait, object, futex.word(), shared}, timed);
    wait.begin([&] { return futex.expected(); }, [] { return 0; });
    error = wait.sleep([&] { return error_of(futex.call()); },
                       [&](const timespec* slice) { return sleep_until(futex, slice); });
    wait.end();
    if (error == 0) {
      request.granted();
      after_receive(state, wake_of(object));
      note_cleared(state, wake_of(object));
    }
  }
  errno = error != 0 ? error : errno_before;
  return error != 0 ? -1 : 0;
}

// What ends waits at an address. Where nobody has waited yet there is nothing to know.
void note_wake(const Futex& futex, const void* caller) noexcept {
  const ObjectId object = object_at(futex.word(), false);
  if (object == 0) return;
  const Release release({ObjectType::kAddress, Op::kNotifyAll, object, nullptr, 0}, caller);
  release.signals(wake_of(object));
}

long call_futex(const Futex& futex, const void* own_frame) noexcept {
  ThreadState* const state = watched_thread();
  if (state == nullptr || tls_waits_inside) return futex.call();
  switch (futex.command()) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
      return would_sleep(futex) ? wait(state, futex, own_frame) : futex.call();
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
    case FUTEX_WAKE_OP:
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
      note_wake(futex, caller_of(own_frame));
      break;
    default:
      break;
  }
  return futex.call();
}

}  // namespace

bool may_be_woken_from_outside() noexcept {
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const state = thread_in_slot(slot);
    const Wait& wait = state->wait;
    if (state->phase.load() != ThreadPhase::kLive || !waits(wait.sequence.load())) continue;
    if (wait.type != ObjectType::kAddress || wait.target != kMayBeShared) continue;
    if (is_in_shared_memory(wait.word)) return true;
  }
  return false;
}

}  // namespace gridlock::internal

// NOLINTNEXTLINE(google-build-using-namespace): outside the wall
using namespace gridlock::internal;

extern "C" {

/// A call of futex. `more`: where a word lies that comes in no register; it is looked at only where there has to be one.
__attribute__((used, visibility("hidden"))) long gridlock_call_futex(const long* more, long address,
                                                                     long op, long value,
                                                                     long until, long other) {
  return call_futex({address, op, value, until, other, *more}, __builtin_frame_address(0));
}
__attribute__((used, visibility("hidden"))) Call gridlock_find_syscall() { return real_call(); }
}

// libc's syscall(), which takes any number of words. All calls but one are handed on as they are: a jump, and the stack of the
// caller is not touched.
#if defined(__x86_64__)
asm(R"(
  .text
  .globl syscall
  .type syscall, %function
syscall:
  .cfi_startproc
  cmp $202, %rdi
  jne 1f
  lea 8(%rsp), %rdi
  jmp gridlock_call_futex
1:
  push %rdi
  .cfi_adjust_cfa_offset 8
  push %rsi
  .cfi_adjust_cfa_offset 8
  push %rdx
  .cfi_adjust_cfa_offset 8
  push %rcx
  .cfi_adjust_cfa_offset 8
  push %r8
  .cfi_adjust_cfa_offset 8
  push %r9
  .cfi_adjust_cfa_offset 8
  sub $8, %rsp
  .cfi_adjust_cfa_offset 8
  call gridlock_find_syscall
  add $8, %rsp
  .cfi_adjust_cfa_offset -8
  pop %r9
  .cfi_adjust_cfa_offset -8
  pop %r8
  .cfi_adjust_cfa_offset -8
  pop %rcx
  .cfi_adjust_cfa_offset -8
  pop %rdx
  .cfi_adjust_cfa_offset -8
  pop %rsi
  .cfi_adjust_cfa_offset -8
  pop %rdi
  .cfi_adjust_cfa_offset -8
  jmp *%rax
  .cfi_endproc
  .size syscall, .-syscall
)");
#else
// All seven come in registers.
extern "C" GRIDLOCK_EXPORT long gridlock_syscall(long number, long a, long b, long c, long d,
                                                 long e, long f) asm("syscall");
long gridlock_syscall(long number, long a, long b, long c, long d, long e, long f) {
  if (number != SYS_futex) return real_call()(number, a, b, c, d, e, f);
  return call_futex({a, b, c, d, e, f}, __builtin_frame_address(0));
}
#endif
