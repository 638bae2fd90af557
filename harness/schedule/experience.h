// SPDX-License-Identifier: Apache-2.0
//
// What executions have shown to those behind them: which places of the code meet other threads, and how often each thread
// uses each shared object. Plain data, zeroed at first; it may lie in memory that processes share. Objects are told apart by
// their addresses, which reach no replay line: what was chosen with this is repeated by its turns.
#pragma once

#include "harness/schedule/strategy.h"

namespace gridlock::internal::controlled {

struct Experience {
  static constexpr u32 kPlaces = 256;
  static constexpr u32 kObjects = 128;

  struct Object {
    u64 address;
    u32 execution;  ///< in which the fields behind it were written
    ThreadNumber last_thread;
    u16 last_site;
    bool is_shared;          ///< two threads have used it, one of them changing it
    bool is_changed;         ///< in `execution`
    u16 now[kMaxThreads];    ///< steps of each thread, in `execution`
    u16 known[kMaxThreads];  ///< in the one before that used it
  };

  u32 executions;
  u32 thread_count;
  u32 place_count;
  u32 next_place;
  u32 object_count;
  u16 places[kPlaces];
  ThreadNumber makers[kMaxThreads];  ///< of each thread; itself: the first one
  Object objects[kObjects];

  void begin() noexcept {
    for (u32 i = 0; i < object_count; ++i) begin(objects[i]);
    ++executions;
  }
  /// A thread does a step.
  void note(ThreadNumber thread, const Step& step) noexcept {
    if (step.object == 0) return;
    Object* const object = find(step.object);
    if (object == nullptr) return;
    if (object->execution == executions) {
      if (object->last_thread != thread && (step.changes || object->is_changed)) {
        object->is_shared = true;
        note_place(step.site);
        note_place(object->last_site);
      }
    } else {
      object->execution = executions;
      object->is_changed = false;
    }
    object->is_changed |= step.changes;
    object->last_thread = thread;
    object->last_site = step.site;
    if (object->now[thread] != 0xffff) ++object->now[thread];
  }

 private:
  void begin(Object& object) noexcept {
    if (object.execution != executions) return;
    for (u32 i = 0; i < thread_count; ++i) {
      object.known[i] = object.now[i];
      object.now[i] = 0;
    }
  }
  Object* find(u64 address) noexcept {
    for (u32 i = 0; i < object_count; ++i) {
      if (objects[i].address == address) return &objects[i];
    }
    if (object_count == kObjects) return nullptr;
    objects[object_count].address = address;
    return &objects[object_count++];
  }
  void note_place(u16 site) noexcept {
    if (site == 0 || place_count == kPlaces) return;
    for (u32 i = 0; i < place_count; ++i) {
      if (places[i] == site) return;
    }
    places[place_count++] = site;
  }
};

}  // namespace gridlock::internal::controlled
