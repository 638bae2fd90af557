// SPDX-License-Identifier: Apache-2.0
//
// What is said of a failure, by the process in which it is.
#include <unwind.h>

#include "harness/tsan_abi/descriptors.h"
#include "harness/tsan_abi/facts.h"
#include "harness/tsan_abi/objects.h"

namespace gridlock::internal::controlled {
namespace {

void describe_owner(Text& text, const SyncObject& object) noexcept {
  if (object.owner != kNobody) {
    text.text(", which ").thread(object.owner).text(" holds since ").site(object.site);
    return;
  }
  if (object.kind == ObjectKind::kReadWriteLock && object.count != 0) {
    text.text(", which is held for reading by");
    for (u32 i = 0; i < g_engine.fiber_count; ++i) {
      if ((object.holds[i >> 3] >> (i & 7) & 1) != 0) text.text(" ").thread(i);
    }
  }
  if (object.kind == ObjectKind::kCondition || object.kind == ObjectKind::kFutex) {
    if (object.lost == 0) return;
    text.text(object.kind == ObjectKind::kCondition ? "; it was notified " : "; it was woken ")
        .number(object.lost)
        .text(object.lost == 1 ? " time" : " times")
        .text(" while nobody waited");
  }
  if (object.kind == ObjectKind::kBarrier) {
    text.text(", where ").number(object.count).text(" have arrived");
  }
}

void describe_wait(Text& text, const Fiber& fiber) noexcept {
  switch (fiber.wait) {
    case Wait::kNothing:
      text.text(" can go on");
      return;
    case Wait::kJoin:
      text.text(" waits for the end of ").thread(fiber.joins);
      break;
    case Wait::kHeldBack:
      text.text(" is held back");
      break;
    case Wait::kProcessEnd:
      text.text(" has called exit()");
      break;
    case Wait::kSleep:
      text.text(" sleeps");
      break;
    case Wait::kReadLock:
      text.text(" waits to read under ");
      break;
    case Wait::kWriteLock:
      text.text(" waits to write under ");
      break;
    default:
      text.text(" waits for ");
  }
  if (fiber.wait == Wait::kDescriptor) {
    describe_descriptors(text, fiber);
  } else if (fiber.object != nullptr) {
    describe_object(text, *fiber.object);
    describe_owner(text, *fiber.object);
  }
  if (fiber.deadline != kNever) text.text(", for a time");
}

// The callers of the wait; all, where they do not have the place that is known of it. The threads say themselves where they
// are, so that libraries without frame pointers are no obstacle.
void describe_frames(Text& text, Fiber& fiber) noexcept {
  find_frames(fiber);
  u32 first = 0;
  while (first < fiber.frame_count && fiber.frames[first] != fiber.wait_site) ++first;
  if (first == fiber.frame_count) {
    text.frame(fiber.wait_site);
    first = 0;
  }
  for (u32 i = first; i < fiber.frame_count; ++i) text.frame(fiber.frames[i]);
}

// What of the callers of a wait is not the runtime's own.
void note_thread(const Fiber& fiber, const uptr* frames, u32 count) noexcept {
  Facts& facts = *g_engine.shared->facts;
  if (facts.thread_count == kNamedThreads) return;
  NamedThread& thread = facts.threads[facts.thread_count++];
  thread.number = fiber.number;
  thread.wait = fiber.wait;
  thread.timed = fiber.deadline != kNever;
  thread.writes = fiber.wait == Wait::kDescriptor && (fiber.files[0].events & POLLIN) == 0;
  thread.joins = fiber.joins;
  thread.made_at = fiber.made_at;
  thread.object = {};
  if (fiber.wait != Wait::kNothing && fiber.object != nullptr) {
    const SyncObject& object = *fiber.object;
    thread.object = {object.number + 1, static_cast<u8>(object.kind),
                     object.owner,      object.lost,
                     object.value,      object.site};
  }
  thread.frame_count = 0;
  for (u32 i = 0; i < count && i < kFrames; ++i) thread.frames[thread.frame_count++] = frames[i];
}

struct Callers {
  uptr* out;
  u32 limit;
  u32 count;
};

_Unwind_Reason_Code note_caller(_Unwind_Context* context, void* argument) {
  auto& callers = *static_cast<Callers*>(argument);
  if (callers.count == callers.limit) return _URC_END_OF_STACK;
  int before_instruction = 0;
  const uptr address = _Unwind_GetIPInfo(context, &before_instruction);
  // After a signal it is the instruction itself and no return address.
  callers.out[callers.count++] = address + (before_instruction != 0 ? 1 : 0);
  return _URC_NO_REASON;
}

}  // namespace

Text& Text::text(const char* what) noexcept {
  for (; *what != 0 && outcome_.text_size + 1 < sizeof outcome_.text; ++what) {
    outcome_.text[outcome_.text_size++] = *what;
  }
  outcome_.text[outcome_.text_size] = 0;
  return *this;
}

Text& Text::number(u64 value) noexcept {
  char digits[21];
  u32 at = 20;
  digits[at] = 0;
  do {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return text(digits + at);
}

Text& Text::hex(u64 value) noexcept {
  char digits[19];
  u32 at = 18;
  digits[at] = 0;
  do {
    digits[--at] = "0123456789abcdef"[value & 15];
    value >>= 4;
  } while (value != 0);
  digits[--at] = 'x';
  digits[--at] = '0';
  return text(digits + at);
}

Text& Text::site(uptr address) noexcept {
  return address == 0 ? text("a place that is not known") : text("{").hex(address).text("}");
}

Text& Text::frame(uptr address) noexcept { return text("     at [").hex(address).text("]\n"); }

u32 find_callers(uptr* out, u32 limit) noexcept {
  Callers callers{out, limit, 0};
  _Unwind_Backtrace(note_caller, &callers);
  return callers.count;
}

void describe_callers(Text& text) noexcept {
  uptr callers[kFrames];
  const u32 count = find_callers(callers, kFrames);
  for (u32 i = 0; i < count; ++i) text.frame(callers[i]);
  note_thread(*g_engine.current, callers, count);
}

void note_current_thread() noexcept {
  uptr callers[kFrames];
  const u32 count = find_callers(callers, kFrames);
  note_thread(*g_engine.current, callers, count);
}

void describe_threads(Text& text) noexcept {
  for (u32 i = 0; i < g_engine.fiber_count; ++i) {
    Fiber& fiber = g_fibers[i];
    if (fiber.has_ended) continue;
    text.text("  ").thread(i);
    describe_wait(text, fiber);
    text.text("\n");
    if (&fiber == g_engine.current && (fiber.wait == Wait::kNothing || fiber.wait_site == 0)) {
      describe_callers(text);
      continue;
    }
    if (fiber.wait != Wait::kNothing) describe_frames(text, fiber);
    note_thread(fiber, fiber.frames, fiber.wait != Wait::kNothing ? fiber.frame_count : 0);
  }
}

}  // namespace gridlock::internal::controlled
