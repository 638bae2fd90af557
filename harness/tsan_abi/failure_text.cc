// SPDX-License-Identifier: Apache-2.0
//
// What is said of a failure, by the process in which it is.
#include "harness/tsan_abi/context.h"
#include "harness/tsan_abi/objects.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kFrames = 6;  // of a thread that waits

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
  if (fiber.object != nullptr) {
    describe_object(text, *fiber.object);
    describe_owner(text, *fiber.object);
  }
  if (fiber.deadline != kNever) text.text(", for a time");
}

// The callers of the wait, by the frame pointers that every instrumented function keeps.
void describe_frames(Text& text, const Fiber& fiber) noexcept {
  text.text("     at ").site(fiber.wait_site).text("\n");
  const auto* const saved = static_cast<const SavedContext*>(fiber.context);
  const u64* frame = reinterpret_cast<const u64*>(saved->rbp);
  bool found = false;
  for (u32 shown = 0; shown < kFrames;) {
    const auto at = reinterpret_cast<uptr>(frame);
    if (at < fiber.stack_low || at + 16 > fiber.stack_top || (at & 7) != 0) return;
    const uptr caller = frame[1];
    if (found) {
      text.text("        ").site(caller).text("\n");
      ++shown;
    }
    found = found || caller == fiber.wait_site;
    if (frame[0] <= at) return;
    frame = reinterpret_cast<const u64*>(frame[0]);
  }
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

void describe_threads(Text& text) noexcept {
  for (u32 i = 0; i < g_engine.fiber_count; ++i) {
    const Fiber& fiber = g_fibers[i];
    if (fiber.has_ended) continue;
    text.text("  ").thread(i);
    describe_wait(text, fiber);
    text.text("\n");
    if (fiber.wait != Wait::kNothing) describe_frames(text, fiber);
  }
}

}  // namespace gridlock::internal::controlled
