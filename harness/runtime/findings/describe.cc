// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/describe.h"

#include "harness/platform/proc_text.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/findings/module_records.h"
#include "harness/runtime/findings/process_tree.h"
#include "harness/runtime/orders/classes.h"
#include "harness/runtime/registry/call_sites.h"
#include "harness/runtime/registry/known_modules.h"

namespace gridlock::internal {
namespace {

constexpr u64 kReserve = 64 * 1024;  // kept free for the end of a line

void write_frame(JsonWriter& json, uptr address) noexcept {
  char path[1024];
  u64 offset = 0;
  if (!find_module_even_unloaded(address, &path[0], sizeof path, &offset)) return;
  note_module(address);
  json.open_object();
  json.text("module", &path[0]);
  json.number("offset", offset);
  json.close_object();
}

// What a held entry or a waiter says of its place may be in a module that is gone.
void write_site(JsonWriter& json, const CallSite& said) noexcept {
  const CallSite site = keep_site(said);
  if (site.file_name()[0] == 0) return;
  json.open_object();
  json.text("file", site.file_name());
  json.number("line", site.line());
  json.number("column", site.column());
  json.text("function", site.function_name());
  json.close_object();
}

void write_held(JsonWriter& json, const ThreadState* state, Mentioned& mentioned) noexcept {
  if (held_count(state) == 0) return;
  json.open_array("held");
  for (u32 i = 0; i < held_count(state) && json.room() > kReserve; ++i) {
    const Held& held = state->held[i];
    if (held.object == 0) continue;
    mentioned.add(held.object);
    json.open_object();
    write_object_id(json, "object", held.object);
    json.text("mode", is_permit(held) ? "permit" : is_shared(held) ? "shared" : "exclusive");
    json.number("count", count_of(held));
    write_held_stack(json, "stack", state, held.object);
    json.close_object();
  }
  json.close_array();
}

void write_wants(JsonWriter& json, const ThreadState* state, Mentioned& mentioned) noexcept {
  const Wait& wait = state->wait;
  if ((wait.sequence.load() & 1) == 0 || wait.object == 0) return;
  const bool names_thread = wait.type == ObjectType::kProcess && json.process() != 0;
  if (!names_thread) mentioned.add(wait.object);
  json.open_object("wants");
  write_wanted_id(json, "object", wait);
  json.text("operation", name_of(wait.op));
  json.boolean("timed", wait.timed);
  write_stack(json, "stack", &wait.stack[0], wait.stack_size);
  json.close_object();
}

// The address of a record, and what is known of its callers.
u32 frames_of_record(const Ring& ring, u32 i, uptr* frames) noexcept {
  u32 size = 0;
  frames[size] = full_address(low_address_of(ring.oldest(i)));
  if (frames[size] == 0 || g_site_frames <= kFewSiteFrames) return frames[size] != 0 ? 1 : 0;
  const u32* const callers = ring.callers_of_oldest(i);
  for (u32 n = 0; n < Ring::kCallers && frames[size] != 0; ++n)
    frames[++size] = full_address(callers[n]);
  return frames[size] != 0 ? size + 1 : size;
}

void write_recent(JsonWriter& json, const ThreadState* state, Mentioned& mentioned) noexcept {
  const u32 size = state->ring.size();
  const u32 shown = size < options().recent_records ? size : options().recent_records;
  if (shown == 0 || json.room() < kReserve * 2) return;
  json.open_array("recent");
  for (u32 i = size - shown; i < size; ++i) {
    const Record record = state->ring.oldest(i);
    const ObjectId object = object_of(record);
    mentioned.add(object);
    json.open_object();
    json.text("operation", name_of(op_of(record)));
    if (object != 0) write_object_id(json, "object", object);
    json.boolean("granted", was_granted(record));
    uptr frames[Ring::kCallers + 1];
    const u32 count = frames_of_record(state->ring, i, &frames[0]);
    if (count != 0) write_stack(json, "stack", &frames[0], count);
    json.close_object();
  }
  json.close_array();
}

// The owning process, in a line over several processes.
void write_process(JsonWriter& json) noexcept {
  if (json.process() != 0) json.id("process", 'P', json.process());
}

void write_head(JsonWriter& json, u32 number, Mentioned& mentioned) noexcept {
  const ThreadRecord& record = thread_record(number);
  mentioned.add(record.object);
  write_thread_id(json, "id", number);
  write_process(json);
  json.text("name", record.object == 0 ? "" : name_text(object_info(record.object).name));
  json.number("os_id", static_cast<u64>(record.os_id));
}

// A value that is waited for by its address has that for a name, unless the program gave it one: the module that it lies in
// knows what the variable is called.
void write_place(JsonWriter& json, const ObjectInfo& info) noexcept {
  const char* text = name_text(info.name);
  if (info.type != ObjectType::kAddress || !info.composed || !same_text(text, "0x", 2)) return;
  text += 2;
  const uptr address = take_hex(text);
  json.open_array("created");
  write_frame(json, address);
  json.close_array();
}

}  // namespace

void Mentioned::add(ObjectId object) noexcept {
  if (object == 0 || object > object_count() || count_ == kMax) return;
  object = object_of_node(object);
  for (u32 i = 0; i < count_; ++i) {
    if (objects_[i] == object) return;
  }
  objects_[count_++] = object;
}

void Mentioned::describe(JsonWriter& json) const noexcept {
  json.open_array("objects");
  for (u32 i = 0; i < count_ && json.room() > kReserve / 2; ++i) write_object(json, objects_[i]);
  json.close_array();
}

void write_object(JsonWriter& json, ObjectId object) noexcept {
  const ObjectInfo& info = object_info(object);
  json.open_object();
  write_object_id(json, "id", object);
  if (!is_shared_letter(type_letter(info.type))) write_process(json);
  json.text("type", type_name(info.type));
  json.text("name", name_text(info.name));
  if (info.name != 0 && info.composed) json.boolean("composed", true);
  if (const u32 size = class_size(object); size > 1) json.number("class_size", size);
  write_place(json, info);
  if (info.made_stack != 0) {
    write_stack(json, "created", info.made_stack);
  } else if (info.has_site) {
    json.open_array("created");
    write_site(json, info.made_at);
    json.close_array();
  }
  json.close_object();
}

// A join of a process waits for its main thread.
void write_wanted_id(JsonWriter& json, const char* key, const Wait& wait) noexcept {
  if (wait.type == ObjectType::kProcess && json.process() != 0)
    return json.id_in(key, wait.target, 'T', main_thread_of(wait.target));
  write_object_id(json, key, wait.object);
}

void write_object_id(JsonWriter& json, const char* key, ObjectId object) noexcept {
  const ObjectInfo& info = object_info(object);
  json.id(key, type_letter(info.type), info.number);
}

void write_thread_id(JsonWriter& json, const char* key, u32 number) noexcept {
  json.id(key, 'T', number);
}

void write_stack(JsonWriter& json, const char* key, const uptr* frames, u32 size,
                 const CallSite* site, bool exact) noexcept {
  json.open_array(key);
  if (site != nullptr) write_site(json, *site);
  for (u32 i = 0; i < size && json.room() > kReserve; ++i) {
    const bool is_call_already = exact && i == 0;
    write_frame(json, is_call_already ? frames[i] : frames[i] - 1);
  }
  json.close_array();
}

void write_stack(JsonWriter& json, const char* key, StackId id) noexcept {
  const KeptStack stack = kept_stack(id);
  write_stack(json, key, stack.frames, stack.size, stack.site);
}

void write_held_stack(JsonWriter& json, const char* key, const ThreadState* state,
                      ObjectId object) noexcept {
  for (u32 i = 0; i < held_count(state); ++i) {
    const Held& held = state->held[i];
    if (held.object != object) continue;
    const CallSite site = has_site(held) ? site_of(held) : CallSite{};
    write_stack(json, key, &held.frames[0], frame_count(held), has_site(held) ? &site : nullptr);
    return;
  }
}

void write_state(JsonWriter& json, const char* state, const ThreadSleep& sleep) noexcept {
  if (sleep.where == SleepsIn::kNowhere) return json.text("state", state);
  if (sleep.where == SleepsIn::kFutex)
    return json.text("state",
                     "asleep in a futex (a lock, condition or join that is not Gridlock's)");
  char text[64] = "asleep in ";
  const char* const name = name_of_call(sleep.call);
  u32 size = 10;
  for (const char* at = name != nullptr ? name : "a system call";
       *at != 0 && size + 1 < sizeof text;)
    text[size++] = *at++;
  text[size] = 0;
  json.text("state", &text[0]);
}

void write_thread(JsonWriter& json, const ThreadState* state, Mentioned& mentioned,
                  const CurrentStack& now) noexcept {
  if (json.room() < kReserve) return;
  json.open_object();
  write_head(json, state->number, mentioned);
  const bool waiting = (state->wait.sequence.load() & 1) != 0;
  const bool live = state->phase.load() == ThreadPhase::kLive;
  write_state(json,
              !live     ? "ended"
              : waiting ? "blocked"
                        : "running",
              waiting ? ThreadSleep{} : now.sleep);
  write_held(json, state, mentioned);
  write_wants(json, state, mentioned);
  if (now.size != 0) write_stack(json, "stack", now.frames, now.size, now.site, now.exact);
  write_stack(json, "created", thread_record(state->number).created_stack);
  write_recent(json, state, mentioned);
  json.close_object();
}

void write_thread_of_race(JsonWriter& json, u32 number, Mentioned& mentioned) noexcept {
  if (json.room() < kReserve) return;
  const ThreadRecord& record = thread_record(number);
  const ThreadState* const state = thread_in_slot(record.slot);
  const bool live = record.ended.load() == 0;
  json.open_object();
  write_head(json, number, mentioned);
  json.text("state", live ? "running" : "ended");
  write_stack(json, "created", record.created_stack);
  if (live && state != nullptr && state->number == number) write_recent(json, state, mentioned);
  json.close_object();
}

void write_thread_by_number(JsonWriter& json, u32 number, Mentioned& mentioned,
                            StackId stack) noexcept {
  const ThreadRecord& record = thread_record(number);
  const ThreadState* const state = thread_in_slot(record.slot);
  if (record.ended.load() == 0 && state->number == number) {
    const KeptStack kept = kept_stack(stack);
    return write_thread(json, state, mentioned, {kept.frames, kept.size});
  }
  json.open_object();
  write_head(json, number, mentioned);
  json.text("state", "ended");
  if (stack != 0) write_stack(json, "stack", stack);
  write_stack(json, "created", record.created_stack);
  json.close_object();
}

}  // namespace gridlock::internal
