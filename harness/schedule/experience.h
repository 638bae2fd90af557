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
  static constexpr u32 kUses = 4096;
  static constexpr u32 kProbes = 64;

  /// Two threads have used it, one of them changing it.
  struct Object {
    u64 address;
    u32 execution;      ///< the last one that used it
    ThreadNumber last;  ///< which used it last
    u16 count;          ///< of threads that have used it, in `execution`
    u16 known_count;
    u8 contention;   ///< above 0: threads come to it in more than one order
    bool came_back;  ///< in `execution` a thread used it before and after another one
    ThreadNumber came[kMaxThreads];  ///< those threads, in the order of their first steps
    ThreadNumber known_came[kMaxThreads];
    u16 now[kMaxThreads];    ///< steps of each thread, in `execution`
    u16 known[kMaxThreads];  ///< in the one before that used it
  };
  /// What one execution did to one address. Most are only used by one thread, and take no room beyond the execution.
  struct Use {
    u64 address;
    u32 execution;  ///< another than this one: the place is free
    ThreadNumber last_thread;
    u16 last_site;
    u16 count;
    u8 object;  ///< index of an Object plus one; 0: it is not known to be shared
    bool is_changed;
  };
  static_assert(kObjects < 255);

  u32 executions;
  u32 thread_count;
  u32 place_count;
  u32 next_place;
  u32 object_count;
  u16 places[kPlaces];
  bool contended_places[kPlaces];    ///< they use an object that is contended
  ThreadNumber makers[kMaxThreads];  ///< of each thread; itself: the first one
  Object objects[kObjects];
  Use uses[kUses];

  void begin() noexcept {
    for (u32 i = 0; i < object_count; ++i) begin(objects[i]);
    ++executions;
  }
  /// A thread does a step.
  void note(ThreadNumber thread, const Step& step) noexcept {
    if (step.object == 0) return;
    Use* const use = find(step.object);
    if (use == nullptr) return;
    if (use->object == 0 && use->count != 0 && use->last_thread != thread &&
        (step.changes || use->is_changed)) {
      use->object = new_object(*use);
      note_place(use->last_site, false);
    }
    if (use->object != 0) {
      note_place(step.site, objects[use->object - 1].contention != 0);
      note(objects[use->object - 1], thread);
    }
    use->is_changed |= step.changes;
    use->last_thread = thread;
    use->last_site = step.site;
    if (use->count != 0xffff) ++use->count;
  }
  /// Objects and places that a strategy may choose: those that are contended or, while none is known to be, all.
  u32 choices_of_objects() const noexcept {
    return choices(object_count, [this](u32 i) { return objects[i].contention != 0; });
  }
  const Object& object(u32 choice) const noexcept {
    return objects[chosen(object_count, choice,
                          [this](u32 i) { return objects[i].contention != 0; })];
  }
  u32 choices_of_places() const noexcept {
    return choices(place_count, [this](u32 i) { return contended_places[i]; });
  }
  u16 place(u32 choice) const noexcept {
    return places[chosen(place_count, choice, [this](u32 i) { return contended_places[i]; })];
  }

 private:
  template <typename Test>
  static u32 choices(u32 count, Test is_contended) noexcept {
    u32 found = 0;
    for (u32 i = 0; i < count; ++i) found += is_contended(i) ? 1 : 0;
    return found != 0 ? found : count;
  }
  template <typename Test>
  static u32 chosen(u32 count, u32 choice, Test is_contended) noexcept {
    u32 left = choice;
    for (u32 i = 0; i < count; ++i) {
      if (is_contended(i) && left-- == 0) return i;
    }
    return choice;
  }
  // What one thread makes and hands to another has one order. So has its memory, mostly, when others use it again.
  void begin(Object& object) noexcept {
    if (object.execution != executions) return;
    constexpr u8 kMuch = 8;
    if (object.came_back || has_another_order(object)) {
      object.contention = object.contention + 2 < kMuch ? object.contention + 2 : kMuch;
    } else if (object.contention != 0) {
      --object.contention;
    }
    for (u32 i = 0; i < thread_count; ++i) {
      object.known[i] = object.now[i];
      object.now[i] = 0;
    }
    for (u32 i = 0; i < object.count; ++i) object.known_came[i] = object.came[i];
    object.known_count = object.count;
    object.count = 0;
    object.came_back = false;
  }
  // Two threads that used it in both executions came the other way round.
  static bool has_another_order(const Object& object) noexcept {
    u16 places_of[kMaxThreads] = {};
    for (u32 i = 0; i < object.count; ++i) places_of[object.came[i]] = static_cast<u16>(i + 1);
    u16 before = 0;
    for (u32 i = 0; i < object.known_count; ++i) {
      const u16 place = places_of[object.known_came[i]];
      if (place == 0) continue;
      if (place < before) return true;
      before = place;
    }
    return false;
  }
  static void come(Object& object, ThreadNumber thread) noexcept {
    if (object.now[thread] == 0) {
      object.came[object.count++] = thread;
    } else if (object.last != thread) {
      object.came_back = true;
    }
    object.last = thread;
  }
  void note(Object& object, ThreadNumber thread) noexcept {
    object.execution = executions;
    come(object, thread);
    if (object.now[thread] != 0xffff) ++object.now[thread];
  }
  // Nobody but the last thread that is known has used it before, as far as it matters.
  u8 new_object(const Use& use) noexcept {
    if (object_count == kObjects) return 0;
    Object& object = objects[object_count];
    object.address = use.address;
    object.execution = executions;
    come(object, use.last_thread);
    object.now[use.last_thread] = use.count;
    return static_cast<u8>(++object_count);
  }
  Use* find(u64 address) noexcept {
    const u64 begin = mix(address);
    for (u32 i = 0; i < kProbes; ++i) {
      Use& use = uses[(begin + i) % kUses];
      if (use.execution == executions) {
        if (use.address == address) return &use;
        continue;
      }
      use = {address, executions, 0, 0, 0, known_object(address), false};
      return &use;
    }
    return nullptr;
  }
  u8 known_object(u64 address) const noexcept {
    for (u32 i = 0; i < object_count; ++i) {
      if (objects[i].address == address) return static_cast<u8>(i + 1);
    }
    return 0;
  }
  void note_place(u16 site, bool contended) noexcept {
    if (site == 0) return;
    u32 place = 0;
    while (place < place_count && places[place] != site) ++place;
    if (place == kPlaces) return;
    places[place] = site;
    contended_places[place] |= contended;
    if (place == place_count) ++place_count;
  }
};

}  // namespace gridlock::internal::controlled
