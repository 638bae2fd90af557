// SPDX-License-Identifier: Apache-2.0
//
// OnceFlag and call_once: something that is done once, by the first caller, while the others
// wait.
//
//   gridlock::OnceFlag loaded{"loaded"};
//   gridlock::call_once(loaded, [] { load_table(); });   // in any number of threads
//
//   operation    never done            being done                           done
//   call_once    runs the function;    by another thread: waits; deadlock * returns
//                an exception passes   when it waits for the caller
//                on, and the flag is   by the caller: self-deadlock *
//                open again
//   done         false                 false                                true
//   destructor   -                     misuse-destroy-held *                -
//   any after it misuse-use-after-destroy *, as long as the memory still tells
//
//   * a finding; see lock.h for what happens after it. With on_deadlock=throw call_once throws
//     std::system_error and the flag is as before.
//
// The body is under the flag as under a lock: a flag and the locks that are taken in its body, or
// that are held where it is called, have an order, and lock-order-cycle * is reported when two
// orders disagree; also for a call that finds the flag done, which in another schedule had to wait.
//
// Memory ordering: the body happens before the return of each call_once, a failed body before the
// next one; ThreadSanitizer is told the same.
// Cost: a flag that is done, with nothing held, is one acquire load and what the analyses are told.
//
// Fairness: the first caller runs the body; the others go on together. A signal handler may come
// through a flag that is done. Full tables: as for lock.h.
//
// Misuse:
//   gridlock::call_once(loaded, [] { gridlock::call_once(loaded, load); });     // self-deadlock *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>

#include <functional>
#include <utility>

namespace gridlock {

/// Whether something was done. Constant initialised without a name.
class OnceFlag {
 public:
  /// An unnamed flag; reports say where it was made. Usable before main.
  constexpr explicit OnceFlag(CallSite where = CallSite::current()) noexcept : core_(0, where) {}
  /// A named flag. The name is copied; at most 255 bytes are kept.
  explicit OnceFlag(std::string_view name, CallSite where = CallSite::current()) noexcept;
  ~OnceFlag();
  OnceFlag(const OnceFlag&) = delete;
  OnceFlag& operator=(const OnceFlag&) = delete;

  /// Whether a call_once() with it has succeeded. No memory ordering.
  [[nodiscard]] bool done() const noexcept;
  /// As the reports call it from now on; GRIDLOCK_NAME (name.h) calls this. The name is copied.
  void set_name(std::string_view name) noexcept {
    internal::register_named(core_, internal::ObjectType::kOnceFlag, name);
  }

 private:
  template <typename Function, typename... Arguments>
  friend void call_once(OnceFlag& flag, Function&& function, Arguments&&... arguments);

  // Ends the body on each way out.
  class Body {
   public:
    explicit Body(OnceFlag& flag) noexcept : flag_(flag) {}
    ~Body() { flag_.end(succeeded_); }
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;
    void succeeded() noexcept { succeeded_ = true; }

   private:
    OnceFlag& flag_;
    bool succeeded_ = false;
  };

  /// True: the caller is to run the body, and then to call end().
  [[nodiscard]] bool begin();
  void end(bool succeeded) noexcept;

  internal::Core core_;  // word: the thread that runs the body, as in a lock; or that it is done
};

/// Calls `function(arguments...)` unless a call with this flag has returned before; waits while another thread is
/// in one. The call happens before each return. Throws what the function throws, and the flag is open again then;
/// std::system_error with `on_deadlock=throw`.
template <typename Function, typename... Arguments>
void call_once(OnceFlag& flag, Function&& function, Arguments&&... arguments) {
  if (!flag.begin()) return;
  OnceFlag::Body body{flag};
  std::invoke(std::forward<Function>(function), std::forward<Arguments>(arguments)...);
  body.succeeded();
}

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
