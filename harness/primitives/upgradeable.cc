// SPDX-License-Identifier: Apache-2.0
//
// The side of a SharedLock that one thread at a time has: a Lock beside it, taken before the shared hold.
#include <gridlock/shared_lock.h>

#include <new>

#include "harness/platform/words.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/registry/threads.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

// "prices upgradeable", or "M1 upgradeable". Before the first request: a lock that is never upgradeable has only one name.
// False: there is no lock any more, which is reported. One that was destroyed, and is as good as new, has a new side.
bool SharedLock::prepares_upgradeable() noexcept {
  const bool was_destroyed = is_destroyed(writers_);
  if (!is_usable(core_, writers_, kObjectType, Op::kLockShared)) return false;
  if (GRIDLOCK_UNLIKELY(was_destroyed)) ::new (static_cast<void*>(&upgrader_)) Lock(core_.made_at);
  Core& core = LockAccess::core(upgrader_);
  if (GRIDLOCK_LIKELY(known_id(core) != 0)) return true;
  const ObjectInfo& info = object_info(id_of(core_, kObjectType));
  char text[300];
  Words words(&text[0], sizeof text);
  if (info.name != 0) {
    words.text(name_text(info.name));
  } else {
    words.letter(type_letter(kObjectType)).number(info.number);
  }
  words.text(" upgradeable");
  register_named(core, ObjectType::kLock, {&text[0], words.size()});
  return true;
}

// Before the shared hold: whoever gets the lock may destroy both. False: it was not upgradeable, which is reported.
bool SharedLock::leaves_upgradeable() noexcept {
  if (!is_usable(core_, writers_, kObjectType, Op::kUnlockShared)) return false;
  const u32 owner = LockAccess::core(upgrader_).word.load(std::memory_order_relaxed) & kOwnerMask;
  const bool mine = owner == this_thread()->slot_word;
  const bool writes = (core_.word.load(std::memory_order_relaxed) & kExclusiveBit) != 0;
  if (!mine || !writes) upgrader_.unlock();
  return mine;
}

}  // namespace gridlock
