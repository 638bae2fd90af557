// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/objects.h"

#include "harness/platform/futex.h"
#include "harness/platform/modules.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/platform/signal_block.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/start.h"
#include "harness/runtime/registry/call_sites.h"
#include "harness/runtime/registry/names.h"
#include "harness/runtime/registry/publication.h"
#include "harness/runtime/registry/stack_depot.h"
#include "harness/runtime/registry/threads.h"
#include "harness/trace/record.h"

namespace gridlock::internal {

Table<u8> g_generations;

namespace {

constinit RawMutex& g_mutex = mutex_of(MutexRank::kObjects);
Table<ObjectInfo> g_objects;
ObjectId g_first_free = 0;  // places, along next, the oldest first
ObjectId g_last_free = 0;
std::atomic<ObjectId> g_retired{0};  // along next
std::atomic<u32> g_retired_count{0};
KeyMap g_made_by_library;  // address -> stack of the object that was made there last
constexpr u32 kMaxFollowers = 8;
struct Follower {
  ReachObject reach;
  ForgetObject forget;
};
Follower g_followers[kMaxFollowers];
u32 g_follower_count = 0;
u32 g_last_number['Z' - 'A' + 1];  // by letter

// What shares a letter is counted together: M1 is never two objects. Threads bring their own
// number.
u32 next_number(ObjectType type) noexcept { return ++g_last_number[type_letter(type) - 'A']; }

bool all_reach(ObjectId object) noexcept {
  for (u32 i = 0; i < g_follower_count; ++i) {
    if (!g_followers[i].reach(object)) return false;
  }
  return true;
}

ObjectId take_place() noexcept {
  if (g_first_free != 0) {
    const ObjectId id = g_first_free;
    g_first_free = g_objects[id].next;
    return id;
  }
  if (g_objects.size() == 0 && !g_objects.full()) g_objects.add();
  if (g_objects.full() || !g_generations.reach(g_objects.size() + 1) ||
      !all_reach(g_objects.size()))
    return 0;
  return g_objects.add();
}

// `made_at` is kept already.
ObjectId add_locked(ObjectType type, u32 number, CallSite made_at, bool has_site) noexcept {
  const ObjectId id = take_place();
  if (id == 0) return 0;
  ObjectInfo& info = g_objects[id];
  info.type = type;
  info.number = number != 0 ? number : next_number(type);
  info.thread = type == ObjectType::kThread ? number : 0;
  info.made_at = made_at;
  info.said_at = pointer_of(made_at);
  info.has_site = has_site;
  info.next = 0;
  info.life.store(ObjectLife::kAlive, std::memory_order_relaxed);
  return id;
}

ObjectId add_alias_of(ObjectId object) noexcept {
  const ObjectInfo& info = g_objects[object];
  const ObjectId alias = add_locked(info.type, info.number, info.made_at, info.has_site);
  if (alias == 0) return 0;
  g_objects[alias].name = share_name(info.name);
  g_objects[alias].composed = info.composed;
  g_objects[alias].made_stack = info.made_stack;
  return alias;
}

// Whoever pushes may do so at any time; they are all taken out at once.
void list_retired(ObjectId object) noexcept {
  ObjectInfo& info = g_objects[object];
  ObjectId first = g_retired.load(std::memory_order_relaxed);
  do {
    info.next_retired = first;
  } while (!g_retired.compare_exchange_weak(first, object, std::memory_order_release,
                                            std::memory_order_relaxed));
  g_retired_count.fetch_add(1, std::memory_order_relaxed);
}

StackId callers_of(const void* frame) noexcept {
  constexpr u32 kFrames = 16;
  uptr frames[kFrames];
  return keep_stack(&frames[0], walk_callers(frame, this_thread()->stack_top, &frames[0], kFrames));
}

// With g_mutex held. Of another object that was in the same memory, if this one's constructor ran
// before the runtime was there: then the place of its constructor says that it was a header, too.
u32 made_by_library(const Core& core, CallSite made_at) noexcept {
  if (!is_system_header(made_at.file_name())) return 0;
  const u32* const stack = g_made_by_library.find(reinterpret_cast<uptr>(&core));
  return stack != nullptr ? *stack : 0;
}

// With g_mutex held. It was destroyed, and is used again before it was forgotten: it is as good as new.
bool come_back(ObjectId object) noexcept {
  ObjectLife retired = ObjectLife::kRetired;
  return object != 0 && g_objects[object].life.compare_exchange_strong(retired, ObjectLife::kAlive);
}

ObjectId give_id(Core& core, ObjectType type, u32 number) noexcept {
  const CallSite made_at = keep_site(core.made_at);
  const RawGuard guard(g_mutex);
  const u32 stamp = core.id.load(std::memory_order_relaxed);
  if (is_id(stamp)) return stamp;
  g_made_by_library.prefetch(reinterpret_cast<uptr>(&core));
  ObjectId id = is_retired(stamp) ? object_of_retired(stamp) : 0;
  if (!come_back(id)) {
    id = add_locked(type, number, made_at, true);
    if (id == 0) return 0;
    g_objects[id].said_at = pointer_of(core.made_at);
    note_made(id, stamp);
    if (stamp != 0) g_objects[id].made_stack = made_by_library(core, made_at);
  }
  // Whoever finds the id finds, too, that what was known of its place has been forgotten.
  core.id.store(id, std::memory_order_release);
  return id;
}

ObjectId none_left() noexcept {
  report_capacity("max_objects");
  return 0;
}

}  // namespace

bool init_objects(u32 capacity) noexcept {
  return g_objects.reserve(capacity) && g_generations.reserve(capacity) && init_names();
}

bool make_room_for_first_objects() noexcept {
  constexpr u32 kFirst = 1u << 13;
  const u32 first = g_objects.capacity() < kFirst ? g_objects.capacity() : kFirst;
  return g_objects.reach(first) && g_generations.reach(first) && all_reach(first - 1);
}

bool follow_objects(ReachObject reach, ForgetObject forget) noexcept {
  if (g_follower_count == kMaxFollowers) return false;
  g_followers[g_follower_count++] = {reach, forget};
  return true;
}

ObjectId object_of_mark(u32 mark) noexcept {
  const ObjectId object = mark & kObjectMask;
  if (object == 0 || object >= g_objects.size() || mark >> (kOpShift + 5) != 0) return 0;
  const ObjectInfo& info = g_objects[object];
  const ObjectLife life = info.life.load(std::memory_order_relaxed);
  const bool named = life == ObjectLife::kAlive || life == ObjectLife::kRetired;
  return named && generation_mark(object) == mark ? object : 0;
}

// One that was used after its end is listed already.
void retire_object(ObjectId object) noexcept {
  if (object == 0) return;
  ObjectInfo& info = g_objects[object];
  info.life.store(ObjectLife::kRetired, std::memory_order_relaxed);
  if (!info.listed.exchange(true)) list_retired(object);
}

void retire(Core& core) noexcept {
  const ObjectId object = known_id(core);
  if (object == 0) return;
  core.id.store(kRetiredBits | generation_mark(object), std::memory_order_relaxed);
  retire_object(object);
}

u32 retired_count() noexcept { return g_retired_count.load(std::memory_order_relaxed); }

void take_retired(void (*each)(ObjectId object, void* argument), void* argument) noexcept {
  const RawGuard guard(g_mutex);
  ObjectId object = g_retired.exchange(0, std::memory_order_acquire);
  u32 count = 0;
  while (object != 0) {
    ObjectInfo& info = g_objects[object];
    const ObjectId next = info.next_retired;
    ++count;
    info.listed.store(false);
    ObjectLife retired = ObjectLife::kRetired;
    if (info.life.compare_exchange_strong(retired, ObjectLife::kLeaving)) {
      each(object, argument);
      for (ObjectId alias = info.next; alias != 0; alias = g_objects[alias].next) {
        g_objects[alias].life.store(ObjectLife::kLeaving);
        each(alias, argument);
      }
    }
    object = next;
  }
  g_retired_count.fetch_sub(count, std::memory_order_relaxed);
}

void free_object(ObjectId object) noexcept {
  for (u32 i = 0; i < g_follower_count; ++i) g_followers[i].forget(object);
  const RawGuard guard(g_mutex);
  ObjectInfo& info = g_objects[object];
  let_name_go(info.name);
  const u8 generation = static_cast<u8>((g_generations[object] + 1) % kGenerations);
  info.name = info.made_stack = info.block = info.thread = info.owner = 0;
  info.composed = info.has_site = false;
  info.next = 0;
  __atomic_store_n(&g_generations[object], generation, __ATOMIC_RELAXED);
  info.life.store(ObjectLife::kNone, std::memory_order_relaxed);
  if (g_first_free == 0) {
    g_first_free = object;
  } else {
    g_objects[g_last_free].next = object;
  }
  g_last_free = object;
}

ObjectId register_object(Core& core, ObjectType type) noexcept {
  return register_shared_object(core, type, 0);
}

// Since a look for the dead that gave no room: how many asked for it, and how many were retired then and could not be buried.
static std::atomic<u32> g_asked_in_vain{0};
static std::atomic<u32> g_retired_in_vain{0};

// add() gives the object a place; 0: there is none.
template <typename Add>
static ObjectId add_with_room(Add add) noexcept {
  if (GRIDLOCK_UNLIKELY(retired_count() >= kWorthForgetting + g_objects.size() / 8))
    forget_the_dead();
  const ObjectId id = add();
  if (GRIDLOCK_LIKELY(id != 0)) return id;
  // That is a look at each object. After one that was in vain the next is worth it when something was retired since,
  // or when many have asked.
  const u32 vain = g_asked_in_vain.load(std::memory_order_relaxed);
  const bool hopeless = vain != 0 && retired_count() <= g_retired_in_vain.load() &&
                        vain < kWorthForgetting + g_objects.size() / 8;
  if (hopeless) {
    g_asked_in_vain.store(vain + 1, std::memory_order_relaxed);
    return none_left();
  }
  forget_the_dead();  // also where nothing is retired now: somebody may just be doing it
  const ObjectId late = add();
  g_retired_in_vain.store(retired_count());
  g_asked_in_vain.store(late != 0 ? 0 : 1, std::memory_order_relaxed);
  return late != 0 ? late : none_left();
}

ObjectId register_shared_object(Core& core, ObjectType type, u32 number) noexcept {
  ensure_runtime();
  u32 seen = core.id.load(std::memory_order_relaxed);
  if (GRIDLOCK_UNLIKELY(seen == kWithoutId)) return 0;
  const ObjectId id = add_with_room([&] { return give_id(core, type, number); });
  if (GRIDLOCK_LIKELY(id != 0) || core.id.compare_exchange_strong(seen, kWithoutId)) return id;
  return is_id(seen) ? seen : 0;  // another thread was luckier
}

ObjectId add_foreign_object(ObjectType type) noexcept {
  return add_with_room([&] { return add_object(type, 0, CallSite{}, false); });
}

ObjectId add_object(ObjectType type, u32 number, CallSite made_at, bool has_site) noexcept {
  const CallSite kept = has_site ? keep_site(made_at) : made_at;
  const RawGuard guard(g_mutex);
  return add_locked(type, number, kept, has_site);
}

void made_by_callers(ObjectId object, const void* frame) noexcept {
  if (object != 0) g_objects[object].made_stack = callers_of(frame);
}

void note_made_by_library(const void* object, const void* frame) noexcept {
  const BlockedSignals once(true);  // and not for each of the two mutexes: two system calls less
  const StackId stack = callers_of(frame);
  const RawGuard guard(g_mutex);
  u32* const known = g_made_by_library.find(reinterpret_cast<uptr>(object));
  if (known != nullptr) {
    *known = stack;
  } else {
    g_made_by_library.insert(reinterpret_cast<uptr>(object), stack);
  }
}

void place_object(ObjectId object, u32 block) noexcept { g_objects[object].block = block; }

ObjectId add_alias(ObjectId object) noexcept {
  const RawGuard guard(g_mutex);
  const ObjectId alias = add_alias_of(object);
  if (alias == 0) return 0;
  const ObjectId owner = g_objects[object].owner != 0 ? g_objects[object].owner : object;
  g_objects[alias].owner = owner;
  g_objects[alias].next = g_objects[owner].next;
  g_objects[owner].next = alias;
  return alias;
}

ObjectId add_lasting_alias(ObjectId object) noexcept {
  const RawGuard guard(g_mutex);
  return add_alias_of(object);
}

void renumber_thread(ObjectId object, u32 number) noexcept {
  if (object == 0) return;
  g_objects[object].number = g_objects[object].thread = number;
}

void name_object(ObjectId object, std::string_view name) noexcept {
  if (object == 0) return;
  bool lost = false;
  {
    const RawGuard guard(g_mutex);
    const u32 old = g_objects[object].name;
    g_objects[object].name = keep_name(name, &lost);
    let_name_go(old);
    // A literal came with a file.
    g_objects[object].composed = module_start(reinterpret_cast<uptr>(name.data())) == 0;
  }
  if (lost) report_capacity("names");
}

void register_named(Core& core, ObjectType type, std::string_view name) noexcept {
  if (name.data() == nullptr || name.empty()) return;
  name_object(register_object(core, type), name);
}

const ObjectInfo& object_info(ObjectId object) noexcept {
  return g_objects[object < g_objects.size() ? object
                                             : 0];  // the id may be out of overwritten memory
}
u32 object_count() noexcept { return g_objects.size() == 0 ? 0 : g_objects.size() - 1; }

u64 identity_of(ObjectId object) noexcept {
  const ObjectInfo& info = object_info(object);
  return object == 0 ? 0 : (u64{static_cast<u8>(type_letter(info.type))} << 32) | info.number;
}

void put_object(Words& words, ObjectId object) noexcept {
  const ObjectInfo& info = object_info(object);
  if (info.name != 0) words.text(name_text(info.name)).text(" (");
  words.letter(type_letter(info.type)).number(info.number);
  if (info.name != 0) words.text(")");
}

}  // namespace gridlock::internal
