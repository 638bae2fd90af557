// SPDX-License-Identifier: Apache-2.0
#include <gridlock/assert.h>

#include "harness/platform/utf8.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/findings/acts.h"
#include "harness/runtime/findings/finding_line.h"
#include "harness/runtime/orders/hooks.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): the inside of the wall

namespace {

GRIDLOCK_NOINLINE void report_assertion(ThreadState* state, const char* what, ObjectId object,
                                        CallSite where) noexcept {
  if (state->in_runtime) return;
  uptr frames[kStackLimit];
  const CurrentStack here{&frames[0], unwind_stack(&frames[0], options().stack_depth, 1)};
  u64 key = mix((identity_of(object) << 8) | static_cast<u8>(Kind::kLockAssertion));
  key ^= mix(reinterpret_cast<uptr>(what)) ^ __builtin_bit_cast(uptr, where);
  for (u32 i = 0; i < here.size; ++i) key = mix(key ^ here.frames[i]);
  if (!first_time(key)) return;
  FindingLine line(Kind::kLockAssertion);
  line.mentioned().add(object);
  line.json().text("detail", what);
  line.json().open_array("threads");
  write_thread(line.json(), state, line.mentioned(), here);
  line.json().close_array();
  line.json().open_array("acts");
  write_act(line.json(), what, object, state->number, 0, here);
  line.json().close_array();
}

// Once for each place, whatever led there: a loop, or many threads, would say the same again.
GRIDLOCK_NOINLINE void report_untrue(std::string_view text, CallSite where) noexcept {
  constexpr u32 kLongestText = 511;
  ThreadState* const state = this_thread();
  if (state->in_runtime) return;
  const u64 key =
      mix(__builtin_bit_cast(uptr, where) ^ mix(u64{static_cast<u8>(Kind::kAssertionFailed)}));
  if (!first_time(key)) return;
  char detail[kLongestText + 1];
  u32 length = 0;
  for (; length < kLongestText && length < text.size(); ++length)
    detail[length] = text.data()[length];
  if (length < text.size()) length = static_cast<u32>(without_cut_character(&detail[0], length));
  detail[length] = 0;
  uptr frames[kStackLimit];
  const CurrentStack here{&frames[0], unwind_stack(&frames[0], options().stack_depth, 1), false,
                          &where};
  FindingLine line(Kind::kAssertionFailed);
  line.json().text("detail", &detail[0]);
  line.json().open_array("threads");
  write_thread(line.json(), state, line.mentioned(), here);
  line.json().close_array();
}

GRIDLOCK_INLINE bool holds(ThreadState* state, ObjectId object) noexcept {
  const Held* const held = find_held(state, object);
  return object != 0 && held != nullptr && !is_permit(*held);
}

}  // namespace

// An object without an id (table full) is not analysed.
void assert_held(LockRef lock) noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(lock.core(), lock.type());
  if (object != 0 && !holds(state, object))
    report_assertion(state, "assert_held", object, lock.where());
}

void assert_not_held(LockRef lock) noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(lock.core(), lock.type());
  if (holds(state, object)) report_assertion(state, "assert_not_held", object, lock.where());
}

void assert_no_locks_held(CallSite where) noexcept {
  ThreadState* const state = this_thread();
  for (u32 i = 0; i < held_count(state); ++i) {
    if (!is_permit(state->held[i]))
      return report_assertion(state, "assert_no_locks_held", state->held[i].object, where);
  }
}

void assert_that(bool condition, std::string_view text, CallSite where) noexcept {
  if (GRIDLOCK_UNLIKELY(!condition)) report_untrue(text, where);
}

}  // namespace gridlock
