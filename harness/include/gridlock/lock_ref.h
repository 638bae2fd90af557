// SPDX-License-Identifier: Apache-2.0
//
// Any lock of ours together with the place that names it: what assert.h and declared order take. A
// lock converts to it by itself, and the place is then the caller's.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>

namespace gridlock {
namespace internal {

/// Reaches the core of a lock; the lock types befriend it.
struct LockAccess {
  template <typename L>
  static Core& core(L& lock) noexcept {
    return lock.core_;
  }
};

/// Does the work of set_level().
void set_lock_level(Core& core, ObjectType type, std::uint32_t level) noexcept;

}  // namespace internal

/// A lock, by reference, and the place that names it. The lock has to outlive it.
class LockRef {
 public:
  /// Refers to `lock`, a Lock, RLock or SharedLock, named at `where`.
  // For every type with a member `kObjectType` that befriends internal::LockAccess.
  template <typename L>
    requires requires { L::kObjectType; }
  // NOLINTNEXTLINE(google-explicit-constructor): a lock is meant to convert
  LockRef(L& lock, CallSite where = CallSite::current()) noexcept
      : core_(&internal::LockAccess::core(lock)), type_(L::kObjectType), where_(where) {}

  /// Declares that this lock is taken before `later`, and so says declare_order() of order.h.
  /// Returns `later`, for chains: a.before(b).before(c). Throws std::logic_error, which names both locks, if that
  /// contradicts an earlier declaration.
  LockRef before(LockRef later) const;

  /// @cond internal
  internal::Core& core() const noexcept { return *core_; }
  internal::ObjectType type() const noexcept { return type_; }
  /// @endcond
  /// The place that names it.
  CallSite where() const noexcept { return where_; }

 private:
  internal::Core* core_;
  internal::ObjectType type_;
  CallSite where_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
