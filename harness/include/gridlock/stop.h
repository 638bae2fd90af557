// SPDX-License-Identifier: Apache-2.0
//
// StopSource, StopToken and StopCallback: a request to stop, and who wants to hear of it (std::stop_source and its like).
//
//   gridlock::StopSource source{"shutdown"};
//   gridlock::StopToken token = source.get_token();           // for any number of threads
//   while (!token.stop_requested()) work();                   // one of them
//   gridlock::StopCallback close{token, [&] { socket.close(); }};
//   source.request_stop();                                    // another one
//
//   operation             not requested                            requested           no state (2)
//   request_stop          true; calls the callbacks, one after     false               false
//                         the other, in this thread
//   stop_requested        false                                    true                false
//   stop_possible         true as long as there is a source        true                false
//   StopCallback{...}     will be called by request_stop           called at once      never called
//   ~StopCallback         no longer called                         waits while it runs -
//                                                                  in another thread (1)
//
//   (1) A wait like that for a lock: to hold a lock there that the callback takes is a deadlock *, and a
//       lock-order-cycle * also where this run was lucky. In the callback itself it does not wait.
//   (2) Moved from, or made without one (StopToken{}, StopSource{std::nostopstate}).
//   *   a finding; see lock.h for what happens after it.
//
// What a callback throws ends the program. JThread (jthread.h) has a source of its own; Condition has waits that
// a request ends.
//
// Memory ordering: request_stop() happens before each stop_requested() that is true and before the callbacks; a
// callback's registration before its call, and its call before the return of its destructor. ThreadSanitizer is told
// exactly that.
//
// Cost: one allocation for each source; a look at a token is an atomic load and what the analyses are told.
//
// Fairness: the newest callback is called first. Not for signal handlers. Full tables: as for lock.h.
//
// Misuse:
//   const gridlock::Guard guard{sockets};
//   close.reset();                        // destroys the callback, which takes `sockets` itself: deadlock *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/event.h>
#include <gridlock/identity.h>
#include <gridlock/lock.h>

#include <concepts>
#include <functional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace gridlock {
namespace internal {

/// A callback, where the one who is called lies.
struct StopNode {
  StopNode(void (*c)(StopNode*) noexcept, CallSite where) noexcept : call(c), running(where) {}
  void (*const call)(StopNode* self) noexcept;
  Lock running;  // held by the thread that calls it
  // Guarded by the mutex of the state, up to the call.
  StopNode* before = nullptr;
  StopNode* behind = nullptr;
  enum class Where : std::uint8_t { kNowhere, kInList, kTaken };
  Where place = Where::kNowhere;
  std::atomic<bool> begun{false};  // the thread that calls it holds `running`
  std::uint32_t caller = 0;        // its number
  bool* gone = nullptr;  // while it is called, for that thread: set when it is destroyed there
};

/// What sources, tokens and callbacks share.
class StopState {
 public:
  StopState(std::string_view name, CallSite where) noexcept : requested_(name, where) {}
  StopState(const StopState&) = delete;
  StopState& operator=(const StopState&) = delete;

  void keep() noexcept;
  /// True: nobody knows of it any more.
  [[nodiscard]] bool let_go() noexcept;
  void add_source() noexcept { sources_.fetch_add(1, std::memory_order_relaxed); }
  void remove_source() noexcept { sources_.fetch_sub(1, std::memory_order_relaxed); }
  [[nodiscard]] bool requested() noexcept { return requested_.is_set(); }
  [[nodiscard]] bool possible() noexcept {
    return sources_.load(std::memory_order_relaxed) != 0 || requested();
  }
  bool request();
  /// False: a stop has been requested, and whoever asks calls the callback itself.
  [[nodiscard]] bool add(StopNode& node) noexcept;
  /// After that it is not called, and not being called by another thread.
  void remove(StopNode& node);

 private:
  [[nodiscard]] bool claim() noexcept;
  [[nodiscard]] StopNode* take() noexcept;
  [[nodiscard]] StopNode::Where leave(StopNode& node) noexcept;
  static void await_begin(StopNode& node) noexcept;

  Event requested_;
  std::atomic<std::uint32_t> references_{1};
  std::atomic<std::uint32_t> sources_{0};
  std::atomic<std::uint32_t> mutex_{0};  // guards the list
  bool claimed_ = false;
  StopNode* first_ = nullptr;
};

/// One reference to it.
class StopHandle {
 public:
  StopHandle() noexcept = default;
  explicit StopHandle(StopState* state) noexcept : state_(state) {}
  StopHandle(const StopHandle& other) noexcept : state_(other.state_) {
    if (state_ != nullptr) state_->keep();
  }
  StopHandle(StopHandle&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  StopHandle& operator=(StopHandle other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~StopHandle() {
    if (state_ != nullptr && state_->let_go()) delete state_;
  }
  [[nodiscard]] StopState* state() const noexcept { return state_; }

 private:
  StopState* state_ = nullptr;
};

}  // namespace internal

/// Says whether a stop was requested. Copyable; copies share one state. Two are equal that share one, or have none.
class StopToken {
 public:
  /// Without a state: no stop is ever requested.
  StopToken() noexcept = default;
  /// Whether a stop was requested. If it was, the request_stop() happens before the return; else no memory ordering.
  [[nodiscard]] bool stop_requested() const noexcept {
    return handle_.state() != nullptr && handle_.state()->requested();
  }
  /// Whether a stop was requested or still can be: false without a state, and when the last source is gone and never
  /// requested it. No memory ordering.
  [[nodiscard]] bool stop_possible() const noexcept {
    return handle_.state() != nullptr && handle_.state()->possible();
  }
  /// @{
  /// Each has the state of the other one afterwards.
  void swap(StopToken& other) noexcept { std::swap(handle_, other.handle_); }
  friend void swap(StopToken& one, StopToken& other) noexcept { one.swap(other); }
  /// @}
  /// The same state, or both none.
  friend bool operator==(const StopToken& one, const StopToken& other) noexcept {
    return one.handle_.state() == other.handle_.state();
  }

 private:
  friend class StopSource;
  friend class StopRegistration;
  explicit StopToken(internal::StopHandle handle) noexcept : handle_(std::move(handle)) {}

  internal::StopHandle handle_;
};

/// Requests a stop. Copyable; copies share one state. Two are equal that share one, or have none.
class StopSource {
 public:
  /// A state of its own. `name` is that of the request in the reports, copied; `where` is the place that they show.
  /// Allocates.
  explicit StopSource(std::string_view name = {}, CallSite where = CallSite::current())
      : handle_(new internal::StopState(name, where)) {
    handle_.state()->add_source();
  }
  /// Without a state: nothing can be requested.
  explicit StopSource(std::nostopstate_t) noexcept {}
  /// One more source of the same state.
  StopSource(const StopSource& other) noexcept : handle_(other.handle_) {
    if (handle_.state() != nullptr) handle_.state()->add_source();
  }
  /// Takes the state of `other` over, which has none then.
  StopSource(StopSource&& other) noexcept = default;
  /// The same state as `other`, a copy or what was moved; the one before is let go, as by the destructor.
  StopSource& operator=(StopSource other) noexcept {
    swap(other);
    return *this;
  }
  /// Requests nothing. Without a request and without a source, stop_possible() is false for the tokens.
  ~StopSource() {
    if (handle_.state() != nullptr) handle_.state()->remove_source();
  }

  /// Requests the stop, and calls the callbacks, the newest first, in the calling thread. True for the first one that
  /// requests it, after the last callback; else false at once, also while the callbacks still run, or without a state. Happens
  /// before a stop_requested() that is true, before the callbacks, and before the return of a wait that it ends.
  // NOLINTNEXTLINE(modernize-use-nodiscard): as std::stop_source
  bool request_stop() const { return handle_.state() != nullptr && handle_.state()->request(); }
  /// Whether a stop was requested. If it was, the request_stop() happens before the return; else no memory ordering.
  [[nodiscard]] bool stop_requested() const noexcept {
    return handle_.state() != nullptr && handle_.state()->requested();
  }
  /// Whether there is a state.
  [[nodiscard]] bool stop_possible() const noexcept { return handle_.state() != nullptr; }
  /// A token of the same state, or of none.
  [[nodiscard]] StopToken get_token() const noexcept { return StopToken(handle_); }
  /// @{
  /// Each has the state of the other one afterwards.
  void swap(StopSource& other) noexcept { std::swap(handle_, other.handle_); }
  friend void swap(StopSource& one, StopSource& other) noexcept { one.swap(other); }
  /// @}
  /// The same state, or both none.
  friend bool operator==(const StopSource& one, const StopSource& other) noexcept {
    return one.handle_.state() == other.handle_.state();
  }

 private:
  internal::StopHandle handle_;
};

/// @cond internal
/// The part of a StopCallback that does not depend on what is called.
class StopRegistration : protected internal::StopNode {
 public:
  StopRegistration(const StopRegistration&) = delete;
  StopRegistration& operator=(const StopRegistration&) = delete;

 protected:
  StopRegistration(void (*c)(StopNode*) noexcept, CallSite where) noexcept : StopNode(c, where) {}
  ~StopRegistration() = default;

  // When what is called is there.
  void begin(StopToken token) {
    handle_ = std::move(token.handle_);
    if (handle_.state() != nullptr && !handle_.state()->add(*this)) call(this);
  }
  // While it is still there.
  void end() {
    if (handle_.state() != nullptr) handle_.state()->remove(*this);
  }

 private:
  internal::StopHandle handle_;
};
/// @endcond

/// Calls `callback()` once when a stop is requested, as long as it lives; at once if one was.
template <typename Callback>
class [[nodiscard]] StopCallback : private StopRegistration {
 public:
  /// What it calls.
  using callback_type = Callback;

  /// Makes the callback out of `callback`, and calls it at once, in this thread, if a stop was requested; else the thread
  /// that requests it will. What making it throws passes on; what calling it throws ends the program. What this thread did
  /// before happens before the call.
  template <typename From>
    requires std::constructible_from<Callback, From>
  explicit StopCallback(StopToken token, From&& callback, CallSite where = CallSite::current())
      : StopRegistration(&run, where), callback_(std::forward<From>(callback)) {
    begin(std::move(token));
  }
  /// It is no longer called. Waits while another thread is calling it; not in the callback itself. The call happens before
  /// the return. A deadlock there ends the program with `on_deadlock=throw`, because a destructor does not throw.
  ~StopCallback() { end(); }

 private:
  static void run(internal::StopNode* node) noexcept {
    std::invoke(std::forward<Callback>(static_cast<StopCallback*>(node)->callback_));
  }

  Callback callback_;
};

/// The callback is kept as what it is.
template <typename Callback>
StopCallback(StopToken, Callback) -> StopCallback<Callback>;

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
