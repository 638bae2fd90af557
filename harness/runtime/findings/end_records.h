// SPDX-License-Identifier: Apache-2.0
//
// What is known only at the end: contention, the order that was learned (docs/design/wire.md).
#pragma once

#include "harness/runtime/findings/describe.h"

namespace gridlock::internal {

/// Writes all of them, the first time that it is called in this process: at exit, before a finding
/// ends the process, with a dump, upon quick_exit. Nothing in a process without a log that did not
/// ask for any. Safe in a signal handler: what another thread keeps locked for long is left out.
void write_end_records() noexcept;

/// In the child of a fork: what the parent's threads did is the parent's to write.
void forked_end_records() noexcept;

/// One such record on its way to the log, begun with its kind and the process, ended with the
/// threads and objects that it mentions. Only inside write_end_records(), one at a time.
class EndRecord {
 public:
  explicit EndRecord(const char* kind) noexcept;
  ~EndRecord();
  EndRecord(const EndRecord&) = delete;
  EndRecord& operator=(const EndRecord&) = delete;

  GRIDLOCK_INLINE JsonWriter& json() noexcept { return json_; }
  /// The member `key` is this object, which is described at the end. 0: left out.
  void object(const char* key, ObjectId object) noexcept;
  /// The same for the number of a thread.
  void thread(const char* key, u32 number) noexcept;
  /// Described at the end without a member of its own.
  void mention(ObjectId object) noexcept;
  void mention_thread(u32 number) noexcept;

 private:
  static constexpr u32 kMaxThreads = 16;
  JsonWriter json_;
  u32 threads_[kMaxThreads];
  u32 thread_count_ = 0;
};

}  // namespace gridlock::internal
