// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/weak_memory.h"

#include "harness/tsan_abi/own_pages.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kWords = 1 << 13;
constexpr u32 kLocations = kWords / 2;
constexpr u32 kFences = 256;
constexpr u32 kShown = 16;

// Eight bytes of memory, and the objects that begin in them.
struct Word {
  u64 number;
  u32 generation;
  Location* objects[8];
};

// A seq_cst fence: at that step of its thread, all that was known to it and to those before it.
struct Fence {
  ThreadNumber thread;
  u32 step;
  u32 time;
  VectorClock known;
};

struct StaleRead {
  ThreadNumber reader;
  ThreadNumber thread;
  ThreadNumber newest_thread;
  u32 object;
  u64 value;
  u64 newest;
  uptr reads_at;
  uptr stored_at;
  uptr newest_at;
};

struct Memory {
  u32 location_count;
  u32 time;  // of seq_cst operations
  u32 fence_count;
  u32 stale_count;
  VectorClock fenced;     // what happens before any seq_cst fence
  Fence fences[kFences];  // the newest ones, which go round
  StaleRead stale[kShown];
  Word words[kWords];
  Location locations[kLocations];
};

Memory* g_memory = nullptr;

// Something that could be is left out.
void leave_out() noexcept {
  if (g_engine.exhaustive != nullptr) g_engine.exhaustive->doubt();
}

Word* word_at(u64 number) noexcept {
  if (g_memory == nullptr) return nullptr;
  const u32 generation = g_engine.generation;
  for (u64 at = mix(number);; ++at) {
    Word& word = g_memory->words[at % kWords];
    if (word.generation == generation) {
      if (word.number == number) return &word;
      continue;
    }
    if (g_memory->location_count == kLocations) return nullptr;
    word = {number, generation, {}};
    return &word;
  }
}

void begin_with(Location& location, const SyncObject& object, u64 value) noexcept {
  location.first = 0;
  location.count = 1;
  Store& store = location.stores[0];
  store.value = value;
  store.place = 0;
  store.ordered = 0;
  store.serial = ++location.serial;
  store.thread = 0;
  store.released.assign(object.released);
  store.seen.clear();
}

// Some step of a thread at which it had the store is known.
bool is_known(const VectorClock& seen, const VectorClock& known) noexcept {
  const u32 size = seen.size < known.size ? seen.size : known.size;
  for (u32 i = 0; i < size; ++i) {
    if (seen.entries[i] != 0 && seen.entries[i] <= known.entries[i]) return true;
  }
  return false;
}

// The last seq_cst fence that happens before what the thread does next; nullptr: there is none. Of fences that are forgotten
// the last one counts as known to everybody, which allows less and never more.
const Fence* fence_before(const Fiber& fiber) noexcept {
  const Memory& memory = *g_memory;
  for (u32 i = 0; i < memory.fence_count; ++i) {
    const Fence& fence = memory.fences[(memory.fence_count - 1 - i) % kFences];
    const bool is_last = memory.fence_count > kFences && i + 1 == kFences;
    if (is_last || fence.step <= fiber.clock.of(fence.thread)) return &fence;
  }
  return nullptr;
}

// The oldest store that the fiber may read, by how many are newer.
u32 oldest_for(Location& location, const Fiber& fiber, bool is_ordered) noexcept {
  const VectorClock* fenced = &g_memory->fenced;
  u32 until = ~u32{0};
  if (!is_ordered) {
    const Fence* const fence = fence_before(fiber);
    fenced = fence != nullptr ? &fence->known : nullptr;
    until = fence != nullptr ? fence->time : 0;
  }
  for (u32 age = 0; age + 1 < location.count; ++age) {
    const Store& store = location.at(age);
    if (store.ordered != 0 && store.ordered <= until) return age;
    if (is_known(store.seen, fiber.clock)) return age;
    if (fenced != nullptr && is_known(store.seen, *fenced)) return age;
  }
  return location.count - 1;
}

// Stores of this age are forgotten, and older ones. A search of all schedules is none if a thread could read them.
void forget(Location& location, u32 age) noexcept {
  if (g_engine.exhaustive == nullptr || location.count <= age) return;
  for (u32 i = 0; i < g_engine.fiber_count; ++i) {
    const Fiber& fiber = g_fibers[i];
    if (!fiber.has_ended && oldest_for(location, fiber, false) >= age) leave_out();
  }
}

// What was known of objects that are not of this size, or do not begin there: the memory has another use.
void forget_others(Word& word, u32 offset, u32 size) noexcept {
  for (u32 i = 0; i < 8; ++i) {
    Location* const other = word.objects[i];
    if (other == nullptr || (i == offset && other->size == size)) continue;
    if (i >= offset + size || offset >= i + other->size) continue;
    forget(*other, 1);
    other->count = 0;
  }
}

void saw(Store& store, u32 step, bool is_ordered) noexcept {
  const ThreadNumber self = g_engine.current->number;
  store.seen.reach(self + u32{1});
  if (store.seen.entries[self] == 0) store.seen.entries[self] = step;
  if (is_ordered) {
    const u32 now = ++g_memory->time;
    if (store.ordered == 0) store.ordered = now;
  }
}

// The thread that runs reads the store, which is older than the newest one; or the newest one: `serial` is 0.
void count_look(Location& location, u32 serial) noexcept {
  const ThreadNumber self = g_engine.current->number;
  location.stale.reach(self + u32{1});
  location.looks.reach(self + u32{1});
  if (location.stale.entries[self] != serial) location.looks.entries[self] = 0;
  location.stale.entries[self] = serial;
  ++location.looks.entries[self];
}

bool looked_enough(const Location& location, const Store& store) noexcept {
  const ThreadNumber self = g_engine.current->number;
  return location.stale.of(self) == store.serial && location.looks.of(self) >= kStaleLooks;
}

void note_stale(const SyncObject& object, const Store& store, const Store& newest,
                uptr place) noexcept {
  Memory& memory = *g_memory;
  if (memory.stale_count < kShown) {
    memory.stale[memory.stale_count] = {g_engine.current->number,
                                        store.thread,
                                        newest.thread,
                                        object.number,
                                        store.value,
                                        newest.value,
                                        place,
                                        store.place,
                                        newest.place};
  }
  ++memory.stale_count;
}

void describe_value(Text& text, u64 value) noexcept {
  if (value > ~u32{0}) {
    text.hex(value);
  } else {
    text.number(value);
  }
}

void describe_store(Text& text, uptr place, ThreadNumber thread) noexcept {
  if (place == 0) {
    text.text(", which was there before");
  } else {
    text.text(", stored at ").site(place).text(" by ").thread(thread);
  }
}

}  // namespace

void begin_weak_memory() noexcept {
  if (g_memory == nullptr) g_memory = static_cast<Memory*>(own_pages(sizeof(Memory)));
  if (g_memory == nullptr) return;
  g_memory->location_count = g_memory->time = g_memory->fence_count = g_memory->stale_count = 0;
  g_memory->fenced.clear();
}

Location* location_at(const SyncObject& object, u32 size, u64 value) noexcept {
  const u32 offset = object.address & 7;
  Word* const word = size + offset <= 8 ? word_at(object.address >> 3) : nullptr;
  if (word == nullptr) {
    leave_out();
    return nullptr;
  }
  forget_others(*word, offset, size);
  Location* location = word->objects[offset];
  if (location == nullptr) {
    if (g_memory->location_count == kLocations) {
      leave_out();
      return nullptr;
    }
    location = word->objects[offset] = &g_memory->locations[g_memory->location_count++];
    location->count = location->serial = 0;
    location->stale.clear();
    location->looks.clear();
  }
  location->size = size;
  if (location->count == 0 || location->at(0).value != value) begin_with(*location, object, value);
  return location;
}

Reading read_store(Location* location, const SyncObject& object, u64 newest, int order, uptr place,
                   const u64* unlike) noexcept {
  if (location == nullptr) return {newest, &object.released, true};
  const Fiber& self = *g_engine.current;
  const bool is_ordered = order == __ATOMIC_SEQ_CST;
  Store& last = location->at(0);
  u8 ages[kStores] = {0};
  u32 count = 1;
  for (u32 age = 1, end = oldest_for(*location, self, is_ordered); age <= end; ++age) {
    const Store& store = location->at(age);
    if (unlike != nullptr && store.value == *unlike) continue;
    if (looked_enough(*location, store)) {
      g_engine.shared->outcome.hurried = true;
      continue;
    }
    ages[count++] = static_cast<u8>(age);
  }
  const u32 age = ages[choose(count)];
  Store& store = location->at(age);
  saw(store, self.clock.entries[self.number], is_ordered);
  count_look(*location, age == 0 ? 0 : store.serial);
  if (age != 0) note_stale(object, store, last, place);
  return {store.value, &store.released, age == 0};
}

void add_store(Location* location, const SyncObject& object, u64 value, u32 step, int order,
               uptr place) noexcept {
  if (location == nullptr) return;
  if (location->count == kStores) {
    forget(*location, kStores - 1);
    location->first = (location->first + 1) % kStores;
    --location->count;
  }
  ++location->count;
  Store& store = location->at(0);
  store.value = value;
  store.place = place;
  store.ordered = 0;
  store.serial = ++location->serial;
  store.thread = g_engine.current->number;
  store.released.assign(object.released);
  store.seen.clear();
  saw(store, step, order == __ATOMIC_SEQ_CST);
}

void saw_newest(const u32* word) noexcept {
  const SyncObject& object = object_at(word, ObjectKind::kAtomic);
  Location* const location =
      location_at(object, sizeof *word, __atomic_load_n(word, __ATOMIC_RELAXED));
  const Fiber& self = *g_engine.current;
  if (location != nullptr) saw(location->at(0), self.clock.entries[self.number], false);
}

void order_fence() noexcept {
  if (g_memory == nullptr) return;
  Memory& memory = *g_memory;
  const Fiber& self = *g_engine.current;
  if (memory.fence_count >= kFences) leave_out();
  memory.fenced.join(self.clock);
  Fence& fence = memory.fences[memory.fence_count++ % kFences];
  fence.thread = self.number;
  fence.step = self.clock.entries[self.number];
  fence.time = ++memory.time;
  fence.known.assign(memory.fenced);
}

void describe_stale_reads(Text& text) noexcept {
  if (g_memory == nullptr) return;
  const Memory& memory = *g_memory;
  for (u32 i = 0; i < memory.stale_count && i < kShown; ++i) {
    const StaleRead& read = memory.stale[i];
    text.text("  ").thread(read.reader).text(" at ").site(read.reads_at);
    text.text(" reads of A").number(read.object + u64{1}).text(kOlderStore);
    describe_value(text, read.value);
    describe_store(text, read.stored_at, read.thread);
    text.text("; newest is ");
    describe_value(text, read.newest);
    describe_store(text, read.newest_at, read.newest_thread);
    text.text("\n");
  }
  if (memory.stale_count > kShown) {
    text.text("  and ").number(memory.stale_count - kShown).text(" more loads read older stores\n");
  }
}

}  // namespace gridlock::internal::controlled
