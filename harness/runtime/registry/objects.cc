// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/objects.h"

#include "harness/platform/futex.h"
#include "harness/platform/modules.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/platform/utf8.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/start.h"
#include "harness/runtime/registry/call_sites.h"
#include "harness/runtime/registry/publication.h"
#include "harness/runtime/registry/stack_depot.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {
namespace {

constexpr u32 kLongestName = 255;
constexpr u32 kNameBytes = 1u << 26;

constinit RawMutex& g_mutex = mutex_of(MutexRank::kObjects);
Table<ObjectInfo> g_objects;
Table<char> g_names;
KeyMap g_made_by_library;          // address -> stack of the object that was made there last
u32 g_last_number['Z' - 'A' + 1];  // by letter

// What shares a letter is counted together: M1 is never two objects. Threads bring their own
// number.
u32 next_number(ObjectType type) noexcept { return ++g_last_number[type_letter(type) - 'A']; }

u32 intern_name(std::string_view name) noexcept {
  u32 length = 0;
  while (length < kLongestName && length < name.size() && name.data()[length] != 0) ++length;
  const char* const text = name.data();
  if (length < name.size()) length = static_cast<u32>(without_cut_character(text, length));
  if (length == 0 || g_names.full(length + 2)) return 0;
  if (g_names.size() == 0) g_names.add();  // 0 is "no name"
  const u32 at = g_names.size();
  for (u32 i = 0; i < length; ++i) g_names[g_names.add()] = name.data()[i];
  g_names.add();
  return at;
}

// `made_at` is kept already.
ObjectId add_locked(ObjectType type, u32 number, CallSite made_at, bool has_site) noexcept {
  if (g_objects.full()) return 0;
  if (g_objects.size() == 0) g_objects.add();
  const ObjectId id = g_objects.add();
  g_objects[id].type = type;
  g_objects[id].number = number != 0 ? number : next_number(type);
  g_objects[id].thread = type == ObjectType::kThread ? number : 0;
  g_objects[id].made_at = made_at;
  g_objects[id].said_at = pointer_of(made_at);
  g_objects[id].has_site = has_site;
  return id;
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

}  // namespace

bool init_objects(u32 capacity) noexcept {
  return g_objects.reserve(capacity) && g_names.reserve(kNameBytes);
}

ObjectId register_object(Core& core, ObjectType type) noexcept {
  return register_shared_object(core, type, 0);
}

ObjectId register_shared_object(Core& core, ObjectType type, u32 number) noexcept {
  ensure_runtime();
  const CallSite made_at = keep_site(core.made_at);
  ObjectId id = 0;
  {
    const RawGuard guard(g_mutex);
    const u32 stamp = core.id.load(std::memory_order_relaxed);
    if (is_id(stamp)) return stamp;
    id = add_locked(type, number, made_at, true);
    if (id != 0) g_objects[id].said_at = pointer_of(core.made_at);
    if (id != 0) note_made(id, stamp);
    if (id != 0 && stamp != 0) g_objects[id].made_stack = made_by_library(core, made_at);
    core.id.store(id, std::memory_order_relaxed);
  }
  if (id == 0) report_capacity("max_objects");
  return id;
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
  const ObjectInfo info = g_objects[object];
  const ObjectId twin = add_locked(info.type, info.number, info.made_at, info.has_site);
  if (twin != 0) g_objects[twin].name = info.name;
  if (twin != 0) g_objects[twin].composed = info.composed;
  if (twin != 0) g_objects[twin].made_stack = info.made_stack;
  return twin;
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
    g_objects[object].name = intern_name(name);
    // A literal came with a file.
    g_objects[object].composed = module_start(reinterpret_cast<uptr>(name.data())) == 0;
    lost = g_names.full(kLongestName + 2);
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
const char* name_text(u32 name) noexcept { return name == 0 ? "" : g_names.data() + name; }

void put_object(Words& words, ObjectId object) noexcept {
  const ObjectInfo& info = object_info(object);
  if (info.name != 0) words.text(name_text(info.name)).text(" (");
  words.letter(type_letter(info.type)).number(info.number);
  if (info.name != 0) words.text(")");
}

}  // namespace gridlock::internal
