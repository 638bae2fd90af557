// SPDX-License-Identifier: Apache-2.0
#include "harness/interpose/mark.h"

#include "harness/interpose/watch.h"
#include "harness/platform/safe_read.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/registry/publication.h"

namespace gridlock::internal {
namespace {

// Where an object was marked, and with what. Whoever takes `at` away retires it, and nobody else does.
struct Marked {
  std::atomic<const Mark*> at;
  u64 with;
};
Table<Marked> g_marked;     // by object
std::atomic<u32> g_new{0};  // since retire_unmarked()

void note_marked(ObjectId object, const Mark& mark, u64 with) noexcept {
  g_marked[object].with = with;
  g_marked[object].at.store(&mark, std::memory_order_release);
  const u32 worth = kWorthForgetting + object_count() / 8;
  if (GRIDLOCK_UNLIKELY(g_new.fetch_add(1, std::memory_order_relaxed) >= worth)) forget_the_dead();
}

// The object was marked there.
void retire_marked(ObjectId object, const Mark* mark) noexcept {
  if (object != 0 && g_marked[object].at.compare_exchange_strong(mark, nullptr))
    retire_object(object);
}

struct Batch {
  const void* at[kMaxWords];
  ObjectId objects[kMaxWords];
  u32 count = 0;
};

void retire_if_gone(ObjectId object, const void* at, u64 found) noexcept {
  if (found != g_marked[object].with) retire_marked(object, static_cast<const Mark*>(at));
}

// False: nothing can be read.
bool look_at(Batch& batch) noexcept {
  u64 found[kMaxWords];
  for (u32 done = 0; done < batch.count;) {
    const i64 read = copy_words_safely(&batch.at[done], &found[0], batch.count - done);
    if (read < 0) return false;
    const auto count = static_cast<u32>(read);
    for (u32 i = 0; i < count; ++i)
      retire_if_gone(batch.objects[done + i], batch.at[done + i], found[i]);
    done += count;
    if (done == batch.count) break;
    if (count == 0)
      retire_if_gone(batch.objects[done], batch.at[done], 0), ++done;  // no memory there
  }
  batch.count = 0;
  return true;
}

}  // namespace

bool init_marks() noexcept {
  return g_marked.reserve(options().max_objects + 1) && g_marked.reach(object_count() + 1) &&
         follow_objects([](ObjectId object) noexcept { return g_marked.reach(object + 1); },
                        [](ObjectId object) noexcept { g_marked[object].at.store(nullptr); });
}

void retire_unmarked() noexcept {
  g_new.store(0, std::memory_order_relaxed);
  Batch batch;
  for (ObjectId object = 1; object <= object_count(); ++object) {
    const Mark* const at = g_marked[object].at.load(std::memory_order_acquire);
    if (at == nullptr) continue;
    batch.at[batch.count] = at;
    batch.objects[batch.count++] = object;
    if (batch.count == kMaxWords && !look_at(batch)) return;
  }
  look_at(batch);
}

// If two threads come here with the same object, one wins; the number of the other one is used for nothing. Where there
// is no room the mark says so (kWithoutId of our own objects): the check, and no id.
GRIDLOCK_NOINLINE ObjectId mark_object(Mark& mark, const void* object, ObjectType type) noexcept {
  const u64 without_id = u64{check_of(object)} << 32;
  u64 seen = mark.id_and_check.load(std::memory_order_relaxed);
  if (seen == without_id) return 0;
  const ObjectId id = add_foreign_object(type);
  const u64 own = without_id | generation_mark(id);
  for (;;) {
    const ObjectId other = marked_id(mark, object);
    if (other != 0 || seen == without_id) {
      retire_object(id);
      return other;
    }
    if (mark.id_and_check.compare_exchange_weak(seen, own)) break;
  }
  if (id != 0) note_marked(id, mark, own);
  return id;
}

void retire(Mark& mark, const void* object) noexcept {
  const ObjectId id = marked_id(mark, object);
  const u64 left = id == 0 ? 0 : u64{~check_of(object)} << 32 | generation_mark(id);
  mark.id_and_check.store(left, std::memory_order_relaxed);
  retire_marked(id, &mark);
}

ObjectId destroyed_id(const Mark& mark, const void* object) noexcept {
  const u64 seen = mark.id_and_check.load(std::memory_order_relaxed);
  return static_cast<u32>(seen >> 32) == ~check_of(object) ? object_of_mark(static_cast<u32>(seen))
                                                           : 0;
}

void mark_new(Mark& mark, const void* object, ObjectType type, const void* own_frame) noexcept {
  // What was there before may have any mark, and it may be one that nobody has put there.
  retire_marked(marked_id(mark, object), &mark);
  mark.id_and_check.store(0, std::memory_order_relaxed);
  ThreadState* const state = watched_thread();
  if (state == nullptr) return;
  const Frame frame(state, own_frame);
  const ObjectId id = mark_object(mark, object, type);
  made_by_callers(id, frame.address());
  if (id != 0) note_made(id, made_now());
}

}  // namespace gridlock::internal
