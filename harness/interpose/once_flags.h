// SPDX-License-Identifier: Apache-2.0
//
// What is done once: pthread_once and the initialisation of function-local statics. Neither has room for who it is, so
// that lies in a table by address. Most bodies do nothing that the analyses hear of: their number is used again.
//
// `holder` is set just before the real function is asked for a flag that nobody has, and taken back when the body is over.
// So whoever finds it set publishes its wait, whatever the library's own word looks like.
#pragma once

#include <atomic>

#include "harness/interpose/futex.h"
#include "harness/interpose/libc_wait.h"
#include "harness/runtime/operation.h"

namespace gridlock::internal {

struct OnceEntry {
  std::atomic<uptr> address;
  std::atomic<u64>
      object_and_facts;  ///< the id in the low half; 0: none yet, or there is nothing to know of it
  std::atomic<u32>
      holder;  ///< ThreadState::slot_word of the thread that runs the body, or is about to
  std::atomic<u32> process;  ///< in which the body began
  u64 began;                 ///< Ring::total() when it did
};

/// What comes after it at this address is another flag.
inline constexpr u64 kOnceDone = u64{1} << 32;
/// Somebody waited for it, or asked for it with something held.
inline constexpr u64 kOnceUsed = u64{1} << 33;
/// Its body did what the analyses heard of.
inline constexpr u64 kOnceLoud = u64{1} << 34;

GRIDLOCK_INLINE ObjectId object_of(const OnceEntry& entry) noexcept {
  return static_cast<ObjectId>(entry.object_and_facts.load());
}
GRIDLOCK_INLINE bool has_fact(const OnceEntry& entry, u64 fact) noexcept {
  return (entry.object_and_facts.load() & fact) != 0;
}

/// nullptr: it is not watched. `adds`: an address that is not there is put in, if there is room.
OnceEntry* find_once(const void* flag, bool adds) noexcept;

/// A call that found its flag not done. On the stack of the caller.
class OnceCall {
 public:
  /// What the library's word says.
  using IsDone = bool (*)(const void* flag) noexcept;

  OnceCall(ThreadState* state, OnceEntry& entry, IsDone is_done, const void* own_frame) noexcept;
  OnceCall(const OnceCall&) = delete;
  OnceCall& operator=(const OnceCall&) = delete;

  /// call() asks the real function, which may sleep.
  template <typename Call>
  GRIDLOCK_INLINE void ask(Call call) noexcept {
    const auto* const flag = reinterpret_cast<const void*>(entry_.address.load());
    if (claim() || is_done_(flag)) return call();
    LibcWait wait(request_.state(),
                  {ObjectType::kOnceFlag, Op::kCallOnce, request_.object(), &entry_.holder}, false);
    wait_ = &wait;
    tls_waits_inside = true;
    wait.begin([&] { return entry_.holder.load(); }, [&] { return is_done_(flag) ? 0 : EBUSY; });
    call();
    end_wait();
  }
  /// The flag is the caller's.
  void body_begins() noexcept;
  /// It is done, by another thread.
  void passes() noexcept;

 private:
  bool claim() noexcept;
  void end_wait() noexcept;

  OnceEntry& entry_;
  IsDone is_done_;
  Request request_;
  LibcWait* wait_ = nullptr;
};

/// In the thread that ran the body, before the library's word changes.
void once_body_is_over(ThreadState* state, OnceEntry& entry, bool succeeded) noexcept;
/// And behind that. True: its body did what the analyses heard of.
bool once_is_done(OnceEntry& entry) noexcept;

/// Is there any flag that is done, and whose body did what the analyses heard of?
extern std::atomic<u32> g_loud_onces;
/// The calling thread comes through a flag that is done.
void pass_once(ThreadState* state, OnceEntry& entry, const void* own_frame) noexcept;

/// A static that is initialised is looked at by the compiler's own code, so nobody sees who comes through it. Whatever a
/// thread asks for behind the end of such a body counts as ordered by it.
extern std::atomic<u32> g_loud_statics;
extern __thread u32 tls_statics_passed __attribute__((tls_model("initial-exec")));
void note_loud_static(ObjectId object) noexcept;
void pass_more_statics(ThreadState* state) noexcept;
GRIDLOCK_INLINE void pass_statics(ThreadState* state) noexcept {
  if (GRIDLOCK_UNLIKELY(g_loud_statics.load(std::memory_order_relaxed) != tls_statics_passed))
    pass_more_statics(state);
}

}  // namespace gridlock::internal
