// SPDX-License-Identifier: Apache-2.0
//
// Atomic and AtomicFlag: std::atomic and std::atomic_flag whose waits are watched.
//
//   gridlock::Atomic<int> phase{0, "phase"};
//   phase.wait(0);                           // one thread
//   phase = 1;                               // another one
//   phase.notify_all();
//
//   operation              equal to `old`                             different
//   wait(old)              waits; starvation * when no thread is      returns
//                          left that could change it
//   store, exchange ...    change the value; wake nobody, as with std::atomic
//   notify_one, _all       one of the waiters, or all, look again
//   destructor             misuse-destroy-held * while a thread waits
//   any wait or            misuse-use-after-destroy *, as long as the memory still tells
//   notification after it
//
//   * a finding; see lock.h for what happens after it.
//
// A value that is changed without a notification leaves its waiters asleep: starvation * when no thread is left that
// could wake them. For the lock-order graph a wait needs the thread that changes the value, as long as only one thread ever
// does: to wait while holding a lock that this one needs first is a cycle. That is asked where the value was `old`
// at first or still is.
//
// What the value protects is ordered by its own operations, as with std::atomic: ThreadSanitizer sees them. A load is not
// watched, so a loop that loads until the value is right orders nothing for the lock-order graph; a wait does.
//
// Cost: an operation that changes the value looks up what the analyses know of the thread and the object; a load is a load.
// No allocation.
//
// Fairness: as the kernel wakes them. Not for signal handlers, except loads. Full tables: as for lock.h.
//
// Misuse:
//   phase = 1;                               // and no notify_all(): starvation *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace gridlock {
namespace internal {

/// Who waits for a value, and what the analyses hear of it.
class AtomicWaiters {
 public:
  constexpr explicit AtomicWaiters(CallSite where) noexcept : core_(0, where) {}
  AtomicWaiters(std::string_view name, CallSite where) noexcept;
  ~AtomicWaiters();
  AtomicWaiters(const AtomicWaiters&) = delete;
  AtomicWaiters& operator=(const AtomicWaiters&) = delete;

  /// Until changed(what). `could_wait`: also if it is already, there was a time when it was not.
  void wait(bool (*changed)(const void* what) noexcept, const void* what, bool could_wait);
  /// Before the value changes.
  void changes() noexcept;
  void notify(bool all) noexcept;
  void set_name(std::string_view name) noexcept {
    register_named(core_, ObjectType::kAtomic, name);
  }

 private:
  Core core_;  // word: counts the notifications
  std::atomic<std::uint32_t> waiting_{0};
};

/// std::atomic compares the bytes of a value.
template <typename T>
bool same_bytes(const T& one, const T& other) noexcept {
  return std::memcmp(&one, &other, sizeof(T)) == 0;
}

}  // namespace internal

/// A value that threads change and wait for. The interface is that of std::atomic, and an order that is handed over means
/// what it means there; without one it is std::memory_order_seq_cst.
template <typename T>
class Atomic : private std::atomic<T> {
  using Base = std::atomic<T>;
  using Order = std::memory_order;
  static constexpr Order kSeqCst = std::memory_order_seq_cst;
  static constexpr bool kCounts = std::is_integral_v<T> && !std::is_same_v<T, bool>;
  static constexpr bool kAdds = kCounts || std::is_floating_point_v<T> || std::is_pointer_v<T>;
  using Difference = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;

 public:
  /// What it holds.
  using value_type = T;
  /// Whether the processor changes such a value in one step, without a lock of the library; std::atomic's answer.
  // NOLINTNEXTLINE(readability-identifier-naming): as std::atomic
  static constexpr bool is_always_lock_free = Base::is_always_lock_free;

  /// An unnamed object that holds `T()`; reports say where it was made. Constant initialised: usable before main.
  // NOLINTNEXTLINE(google-explicit-constructor): a default constructor with a default argument
  constexpr Atomic(CallSite where = CallSite::current()) noexcept(
      std::is_nothrow_default_constructible_v<T>)
    requires std::is_default_constructible_v<T>
      : Base(T()), first_(T()), waiters_(where) {}
  /// An unnamed object; reports say where it was made. Constant initialised: usable before main.
  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic
  constexpr Atomic(T value, CallSite where = CallSite::current()) noexcept
      : Base(value), first_(value), waiters_(where) {}
  /// A named object. The name is copied; at most 255 bytes are kept.
  Atomic(T value, std::string_view name, CallSite where = CallSite::current()) noexcept
      : Base(value), first_(value), waiters_(name, where) {}
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  /// std::atomic's: whether this very value is changed without a lock of the library.
  using Base::is_lock_free;
  /// std::atomic's. Not watched: a load is a load.
  using Base::load;
  /// load() with std::memory_order_seq_cst.
  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic
  operator T() const noexcept { return load(); }

  /// @{
  /// Puts `value` in place of the one that is there. Wakes nobody: notify_one() and notify_all() do. The operator returns
  /// `value`.
  void store(T value, Order order = kSeqCst) noexcept {
    waiters_.changes();
    Base::store(value, order);
  }
  // NOLINTNEXTLINE(misc-unconventional-assign-operator): as std::atomic
  T operator=(T value) noexcept {
    store(value);
    return value;
  }
  /// @}
  /// Puts `value` in place of the one that is there, which it returns. Wakes nobody.
  T exchange(T value, Order order = kSeqCst) noexcept {
    waiters_.changes();
    return Base::exchange(value, order);
  }
  /// @{
  /// Puts `desired` there if the bytes of the value are those of `expected`; else false, and `expected` is what was
  /// found. The weak form may also fail for no reason. `orders`: none, one, or one for success and one for
  /// failure, as with std::atomic. Wakes nobody.
  template <typename... Orders>
  bool compare_exchange_weak(T& expected, T desired, Orders... orders) noexcept {
    waiters_.changes();
    return Base::compare_exchange_weak(expected, desired, orders...);
  }
  template <typename... Orders>
  bool compare_exchange_strong(T& expected, T desired, Orders... orders) noexcept {
    waiters_.changes();
    return Base::compare_exchange_strong(expected, desired, orders...);
  }
  /// @}
  /// @{
  /// Changes the value in one step and returns the one before: sums and differences of integers, floating-point
  /// numbers and pointers, bits of integers. Integers wrap around, as with std::atomic. Wakes nobody.
  T fetch_add(Difference value, Order order = kSeqCst) noexcept
    requires kAdds
  {
    waiters_.changes();
    return Base::fetch_add(value, order);
  }
  T fetch_sub(Difference value, Order order = kSeqCst) noexcept
    requires kAdds
  {
    waiters_.changes();
    return Base::fetch_sub(value, order);
  }
  T fetch_and(T value, Order order = kSeqCst) noexcept
    requires kCounts
  {
    waiters_.changes();
    return Base::fetch_and(value, order);
  }
  T fetch_or(T value, Order order = kSeqCst) noexcept
    requires kCounts
  {
    waiters_.changes();
    return Base::fetch_or(value, order);
  }
  T fetch_xor(T value, Order order = kSeqCst) noexcept
    requires kCounts
  {
    waiters_.changes();
    return Base::fetch_xor(value, order);
  }
  /// @}
  /// @{
  /// The same with std::memory_order_seq_cst, and returns the value afterwards.
  T operator+=(Difference value) noexcept
    requires kAdds
  {
    waiters_.changes();
    return Base::operator+=(value);
  }
  T operator-=(Difference value) noexcept
    requires kAdds
  {
    waiters_.changes();
    return Base::operator-=(value);
  }
  T operator&=(T value) noexcept
    requires kCounts
  {
    waiters_.changes();
    return Base::operator&=(value);
  }
  T operator|=(T value) noexcept
    requires kCounts
  {
    waiters_.changes();
    return Base::operator|=(value);
  }
  T operator^=(T value) noexcept
    requires kCounts
  {
    waiters_.changes();
    return Base::operator^=(value);
  }
  T operator++() noexcept
    requires(kCounts || std::is_pointer_v<T>)
  {
    return *this += 1;
  }
  T operator--() noexcept
    requires(kCounts || std::is_pointer_v<T>)
  {
    return *this -= 1;
  }
  /// @}
  /// @{
  /// One more, or one less, of an integer or a pointer, and returns the value before. Wakes nobody.
  T operator++(int) noexcept
    requires(kCounts || std::is_pointer_v<T>)
  {
    return fetch_add(1);
  }
  T operator--(int) noexcept
    requires(kCounts || std::is_pointer_v<T>)
  {
    return fetch_sub(1);
  }
  /// @}

  /// Waits until the value is found to be another one than `old`, by its bytes: at once, or when a notification comes
  /// behind the change. One that is changed back before the waiter looks is not seen. The load that finds it is of
  /// `order`, and orders what that says. Throws std::system_error only with `on_deadlock=throw`.
  void wait(T old, Order order = kSeqCst) const {
    const Look look{this, old};
    do {
      waiters_.wait(&has_changed, &look, internal::same_bytes(first_, old));
    } while (internal::same_bytes(load(order), old));
  }
  /// One of the waiters looks again, if there is one. Orders nothing: the change of the value does.
  void notify_one() noexcept { waiters_.notify(false); }
  /// All waiters look again. Orders nothing: the change of the value does.
  void notify_all() noexcept { waiters_.notify(true); }
  /// As the reports call it from now on; GRIDLOCK_NAME (name.h) calls this. The name is copied.
  void set_name(std::string_view name) noexcept { waiters_.set_name(name); }

 private:
  struct Look {
    const Atomic* self;
    T old;
  };
  static bool has_changed(const void* what) noexcept {
    const Look& look = *static_cast<const Look*>(what);
    return !internal::same_bytes(look.self->load(), look.old);
  }

  const T first_;
  mutable internal::AtomicWaiters waiters_;
};

/// A flag, clear at first. The interface is that of std::atomic_flag; the order is std::memory_order_seq_cst unless
/// another one is handed over.
class AtomicFlag {
  using Order = std::memory_order;
  static constexpr Order kSeqCst = std::memory_order_seq_cst;

 public:
  /// An unnamed flag; reports say where it was made. Constant initialised: usable before main.
  // NOLINTNEXTLINE(google-explicit-constructor): a default constructor with a default argument
  constexpr AtomicFlag(CallSite where = CallSite::current()) noexcept : value_(false, where) {}
  /// A named flag. The name is copied; at most 255 bytes are kept.
  explicit AtomicFlag(std::string_view name, CallSite where = CallSite::current()) noexcept
      : value_(false, name, where) {}
  AtomicFlag(const AtomicFlag&) = delete;
  AtomicFlag& operator=(const AtomicFlag&) = delete;

  /// Whether it is set. Not watched: a load is a load.
  [[nodiscard]] bool test(Order order = kSeqCst) const noexcept { return value_.load(order); }
  /// Sets it, and returns whether it was set. Wakes nobody: notify_one() and notify_all() do.
  bool test_and_set(Order order = kSeqCst) noexcept { return value_.exchange(true, order); }
  /// Clears it. Wakes nobody.
  void clear(Order order = kSeqCst) noexcept { value_.store(false, order); }
  /// Waits until the flag is found to be another one than `old`: at once, or when a notification comes behind the change.
  /// The load that finds it is of `order`. Throws std::system_error only with `on_deadlock=throw`.
  void wait(bool old, Order order = kSeqCst) const { value_.wait(old, order); }
  /// One of the waiters looks again, if there is one. Orders nothing.
  void notify_one() noexcept { value_.notify_one(); }
  /// All waiters look again. Orders nothing.
  void notify_all() noexcept { value_.notify_all(); }
  /// As the reports call it from now on; GRIDLOCK_NAME (name.h) calls this. The name is copied.
  void set_name(std::string_view name) noexcept { value_.set_name(name); }

 private:
  Atomic<bool> value_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
