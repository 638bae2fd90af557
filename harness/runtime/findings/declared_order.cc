// SPDX-License-Identifier: Apache-2.0
//
// A request against the order that the program declared.
#include "harness/runtime/orders/declared_order.h"

#include "harness/platform/pages.h"
#include "harness/platform/words.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/findings/finding_line.h"

namespace gridlock::internal {

void report_declared_order(ThreadState* state, ObjectId object, const Held& held,
                           const DeclaredPair* pairs, u32 count) noexcept {
  uptr frames[kStackLimit];
  const CurrentStack here{&frames[0], unwind_stack(&frames[0], options().stack_depth, 1)};
  u64 key = mix(mix(identity_of(object)) ^ identity_of(held.object)) ^
            static_cast<u8>(Kind::kDeclaredOrder);
  for (u32 i = 0; i < here.size; ++i) key = mix(key ^ here.frames[i]);
  if (!first_time(key)) return;
  FindingLine line(Kind::kDeclaredOrder);
  JsonWriter& json = line.json();
  line.mentioned().add(held.object);
  line.mentioned().add(object);
  json.open_array("edges");
  json.open_object();
  write_object_id(json, "from", held.object);
  write_object_id(json, "to", object);
  write_thread_id(json, "thread", state->number);
  write_held_stack(json, "held_stack", state, held.object);
  const Held& prepared = *state->next_held;  // of the request itself
  const CallSite site = has_site(prepared) ? site_of(prepared) : CallSite{};
  write_stack(json, "wanted_stack", here.frames, here.size, has_site(prepared) ? &site : nullptr);
  json.close_object();
  json.close_array();
  json.open_array("threads");
  write_thread(json, state, line.mentioned(), here);
  json.close_array();
  json.open_array("locations");
  for (u32 i = count; i > 0; --i) {
    const DeclaredPair& pair = pairs[i - 1];
    char words[640];
    Words text(&words[0], sizeof words);
    put_object(text, pair.earlier);
    put_object(text.text(" before "), pair.later);
    json.open_object();
    json.text("type", "declaration");
    json.text("name", &words[0]);
    write_stack(json, "allocated", nullptr, 0, &pair.where);
    json.close_object();
  }
  json.close_array();
}

}  // namespace gridlock::internal
