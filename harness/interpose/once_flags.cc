// SPDX-License-Identifier: Apache-2.0
#include "harness/interpose/once_flags.h"

#include "harness/interpose/address_table.h"
#include "harness/interpose/named.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/notices.h"

namespace gridlock::internal {

constinit std::atomic<u32> g_loud_onces{0};
constinit std::atomic<u32> g_loud_statics{0};
__thread u32 tls_statics_passed __attribute__((tls_model("initial-exec"))) = 0;

namespace {

constinit AddressTable<OnceEntry, 1u << 16> g_flags;  // those beyond are not watched

constexpr u32 kMaxStatics = 1u << 12;  // loud ones beyond give no order
constinit std::atomic<ObjectId> g_statics[kMaxStatics]{};

// A number that nothing was told of: the next flag gets it.
__thread ObjectId tls_spare __attribute__((tls_model("initial-exec"))) = 0;

ObjectId new_number() noexcept {
  if (tls_spare != 0) {
    const ObjectId spare = tls_spare;
    tls_spare = 0;
    return spare;
  }
  const ObjectId id = add_object(ObjectType::kOnceFlag, 0, CallSite{}, false);
  if (id == 0) report_capacity("max_objects");
  return id;
}

// One that was done and is not any more: another flag lies there now. Of two threads that come here with the same flag one
// wins.
ObjectId number_of(OnceEntry& entry, OnceCall::IsDone is_done) noexcept {
  u64 seen = entry.object_and_facts.load();
  ObjectId fresh = 0;
  for (;;) {
    const auto known = static_cast<ObjectId>(seen);
    const bool late =
        (seen & kOnceDone) != 0 && is_done(reinterpret_cast<void*>(entry.address.load()));
    if (known != 0 && ((seen & kOnceDone) == 0 || late)) {
      if (fresh != 0) tls_spare = fresh;
      return known;
    }
    if (fresh == 0) fresh = new_number();
    if (late) return tls_spare = fresh;  // and there was nothing to know of it
    if (entry.object_and_facts.compare_exchange_weak(seen, fresh)) return fresh;
  }
}

Request request_of(ThreadState* state, OnceEntry& entry, OnceCall::IsDone is_done,
                   const void* own_frame) noexcept {
  const Frame frame(state, own_frame);
  const ObjectId object = number_of(entry, is_done);
  const Request request({ObjectType::kOnceFlag, Op::kCallOnce, object, nullptr, kNoTimeout},
                        frame.address());
  if (state->next_held == state->held) return request;
  pass_statics(state);
  entry.object_and_facts.fetch_or(kOnceUsed);
  request.orders(Ask::kLock);
  return request;
}

}  // namespace

OnceEntry* find_once(const void* flag, bool adds) noexcept { return g_flags.find(flag, adds); }

ObjectId number_of_once(const void* address) noexcept {
  OnceEntry* const entry = find_once(address, true);
  if (entry == nullptr) return 0;
  entry->object_and_facts.fetch_or(kOnceUsed);
  return number_of(*entry, [](const void*) noexcept { return false; });
}

OnceCall::OnceCall(ThreadState* state, OnceEntry& entry, IsDone is_done,
                   const void* own_frame) noexcept
    : entry_(entry), is_done_(is_done), request_(request_of(state, entry, is_done, own_frame)) {}

// A fork may have left the holder behind: libc runs the body once more.
bool OnceCall::claim() noexcept {
  const u32 own = request_.state()->slot_word;
  u32 holder = 0;
  if (entry_.holder.compare_exchange_strong(holder, own)) return true;
  const u32 process = entry_.process.load();
  if (process != 0 && process != static_cast<u32>(process_id()))
    return entry_.holder.compare_exchange_strong(holder, own);
  entry_.object_and_facts.fetch_or(kOnceUsed);
  return false;
}

void OnceCall::end_wait() noexcept {
  if (wait_ == nullptr) return;
  tls_waits_inside = false;
  wait_->end();
  wait_ = nullptr;
}

void OnceCall::body_begins() noexcept {
  end_wait();
  ThreadState* const state = request_.state();
  request_.granted();
  entry_.process.store(static_cast<u32>(process_id()));
  entry_.holder.store(state->slot_word);
  request_.holds();
  once_body_begins(state, request_.object());
  entry_.began = state->ring.total();
}

void OnceCall::passes() noexcept {
  end_wait();
  ThreadState* const state = request_.state();
  u32 own = state->slot_word;
  entry_.holder.compare_exchange_strong(own, 0);  // it had been faster than the real function
  request_.granted();
  after_once(state, request_.object());
}

void once_body_is_over(ThreadState* state, OnceEntry& entry, bool succeeded) noexcept {
  const ObjectId object = object_of(entry);
  if (state->ring.total() != entry.began) entry.object_and_facts.fetch_or(kOnceLoud);
  if (Held* const held = find_held(state, object)) drop_held(state, held);
  once_body_ended(state, object);
  if (succeeded) after_once(state, object);
  entry.holder.store(0);
}

bool once_is_done(OnceEntry& entry) noexcept {
  u64 seen = entry.object_and_facts.load();
  if (seen >> 32 == 0 && entry.object_and_facts.compare_exchange_strong(seen, kOnceDone)) {
    if (seen != 0) tls_spare = static_cast<ObjectId>(seen);
    return false;
  }
  return (entry.object_and_facts.fetch_or(kOnceDone) & kOnceLoud) != 0;
}

void pass_once(ThreadState* state, OnceEntry& entry, const void* own_frame) noexcept {
  const ObjectId object = object_of(entry);
  if (object == 0 || !has_fact(entry, kOnceLoud)) return;
  if (state->next_held != state->held) {
    const Frame frame(state, own_frame);
    const Request request({ObjectType::kOnceFlag, Op::kCallOnce, object, nullptr, kNoTimeout},
                          frame.address());
    request.orders(Ask::kLock);
    request.granted();
  }
  after_once(state, object);
}

void note_loud_static(ObjectId object) noexcept {
  for (u32 at = g_loud_statics.load(); at < kMaxStatics; ++at) {
    ObjectId none = 0;
    if (g_statics[at].compare_exchange_strong(none, object)) break;
  }
  // Whoever comes last counts those of the others, too.
  for (u32 count = g_loud_statics.load(); count < kMaxStatics && g_statics[count].load() != 0;) {
    if (g_loud_statics.compare_exchange_strong(count, count + 1)) ++count;
  }
}

void pass_more_statics(ThreadState* state) noexcept {
  const u32 count = g_loud_statics.load(std::memory_order_acquire);
  for (; tls_statics_passed < count; ++tls_statics_passed)
    after_once(state, g_statics[tls_statics_passed].load());
}

}  // namespace gridlock::internal
