// SPDX-License-Identifier: Apache-2.0
#include "harness/trace/record.h"

namespace gridlock::internal {
namespace {

struct OperationRow {
  const char* name;
  OpEffect effect;
  OpForm form;
};

constexpr OperationRow kOperations[] = {
#define GRIDLOCK_OPERATION(enumerator, name, effect, form) {name, OpEffect::effect, OpForm::form},
#include "harness/trace/operations.def"
#undef GRIDLOCK_OPERATION
};
constexpr u32 kOperationCount = sizeof kOperations / sizeof kOperations[0];
static_assert(kOperationCount <= kOpMask + 1, "a record has six bits for the operation");

// Whatever the bits of a half-written record say.
const OperationRow& row_of(Op op) noexcept {
  const auto at = static_cast<u32>(op);
  return kOperations[at < kOperationCount ? at : 0];
}

}  // namespace

// The caller that the record names is found again by its address; how many of our own frames come
// before it depends on what was inlined.
GRIDLOCK_NOINLINE void Ring::keep_callers(uptr at, uptr address) noexcept {
  Callers* const all = callers();
  u32* const out = &all->low[(at & (kBytes - 1)) / sizeof(Record)][0];
  if (all->stack_top == 0) all->stack_top = gridlock::internal::stack_top();
  constexpr u32 kFrames = 24;
  uptr frames[kFrames];
  const u32 size = walk_callers(__builtin_frame_address(0), all->stack_top, &frames[0], kFrames);
  u32 at_caller = 0;
  while (at_caller < size && frames[at_caller] != address) ++at_caller;
  for (u32 i = 0; i < kCallers; ++i) {
    const u32 next = at_caller + 1 + i;
    out[i] = next < size ? static_cast<u32>(frames[next]) : 0;
  }
}

const char* name_of(Op op) noexcept { return row_of(op).name; }
OpEffect effect_of(Op op) noexcept { return row_of(op).effect; }
OpForm form_of(Op op) noexcept { return row_of(op).form; }

}  // namespace gridlock::internal
