// SPDX-License-Identifier: Apache-2.0
//
// Queue, LifoQueue, PriorityQueue: items that threads hand to each other, in the order in which
// they were put, newest first, or largest first. The interface is that of Python's queue.Queue; the
// bounded buffer is Dijkstra's ("Cooperating sequential processes", 1965).
//
//   gridlock::Queue<Job> jobs{8, "jobs"};        // 8 at most; without a number there is no bound
//   producer: jobs.put(job); ...  jobs.close();
//   consumer: while (auto job = jobs.get()) { work(*job); jobs.task_done(); }
//   boss:     jobs.join();                       // until each job that was put is done
//
//   operation       items and room      empty                  full                 closed
//   put             appends             appends                waits; starvation *  throws
//                                                              when no thread is    QueueClosed
//                                                              left that could get
//   try_put         true                true                   false                false
//   put_for, _until true                true                   true if room came    false
//                                                              in time
//   get             an item             waits; starvation *    an item              what is left,
//                                       when no thread is                           then nullopt
//                                       left that could put
//   try_get         an item             nullopt                an item              as get
//   get_for, _until an item             nullopt if none came   an item              as get
//                                       in time
//   task_done       one fewer is undone; misuse-release-over-bound * when all that were put are done
//   join            waits until no item that was put is undone; starvation * likewise
//   close           wakes all waiters of put and get; what is in it can still be taken
//   destructor      misuse-destroy-held * while a thread waits
//   any, after it   misuse-use-after-destroy *, as long as the memory still tells
//
//   * a finding; see lock.h for what happens after it. With on_deadlock=throw the one victim throws
//     std::system_error, and the queue is as before.
//
// An item that could not be put is left as it was: try_put(std::move(x)) moves only when it says
// true.
//
// Memory ordering: the operations on one queue are in one order, as under a lock, and each happens
// before the next; so a put happens before the get of its item, and task_done before the end of
// join. ThreadSanitizer is told of a mutex.
// Exceptions: what an item's constructor or the comparison throws passes on, and the queue has the same
// items as before; one whose move threw on its way out is the next to be taken.
// The program's own code never runs under the mutex of the queue: an item's constructors and destructor
// may use the same queue, take locks and wait. The comparison of a PriorityQueue runs under a Lock of
// the queue's own, which the reports call "order of jobs": what it takes or waits for counts as taken
// under that lock, and to use the same queue in it is a self-deadlock *. Numbers, pointers, strings,
// times, and pairs and tuples of them that std::less or std::greater compares need no such lock.
// Cost: a mutex of a few instructions. An item that is more than plain bytes has a node of its own, which
// is allocated and freed outside of the mutex; those of plain bytes are used again.
//
// Fairness: none among those that wait: one that comes may take what a waiter was woken for. Not for signal
// handlers (it allocates; and one that interrupts an operation on the same queue hangs). Full tables: as for
// lock.h.
//
// Misuse:
//   while (auto job = jobs.get()) work(*job);     // and nobody calls close(): starvation * in the end
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/queue_core.h>
#include <gridlock/queue_items.h>
#include <gridlock/waiting.h>

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace gridlock {

/// What put throws when the queue was closed.
class QueueClosed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace internal {

struct QueueAccess {
  template <typename Queue>
  static QueueCore& core(Queue& queue) noexcept {
    return queue.core_;
  }
};

}  // namespace internal

/// Oldest first.
template <typename T>
class FifoOrder {
  using Node = internal::QueueNode<T>;

 public:
  /// @cond internal
  static constexpr bool kRunsUserCode = false;
  FifoOrder(std::string_view, CallSite) noexcept {}
  FifoOrder(const FifoOrder&) = delete;
  FifoOrder& operator=(const FifoOrder&) = delete;
  ~FifoOrder() { internal::delete_nodes(std::exchange(first_, nullptr)); }

  void push(Node* node) noexcept {
    (first_ != nullptr ? last_->next : first_) = node;
    last_ = node;
  }
  Node* pop() noexcept { return std::exchange(first_, first_->next); }
  /// @endcond

 private:
  Node* first_ = nullptr;
  Node* last_ = nullptr;
};

/// Newest first.
template <typename T>
class LifoOrder {
  using Node = internal::QueueNode<T>;

 public:
  /// @cond internal
  static constexpr bool kRunsUserCode = false;
  LifoOrder(std::string_view, CallSite) noexcept {}
  LifoOrder(const LifoOrder&) = delete;
  LifoOrder& operator=(const LifoOrder&) = delete;
  ~LifoOrder() { internal::delete_nodes(std::exchange(first_, nullptr)); }

  void push(Node* node) noexcept { node->next = std::exchange(first_, node); }
  Node* pop() noexcept { return std::exchange(first_, first_->next); }
  /// @endcond

 private:
  Node* first_ = nullptr;
};

/// Largest first; of equal ones any.
template <typename T, typename Less = std::less<T>>
class PriorityOrder : public internal::PairingHeap<T, Less> {
 public:
  /// @cond internal
  static constexpr bool kRunsUserCode = !internal::kComparesPlainly<T, Less>;
  PriorityOrder(std::string_view name, CallSite where) noexcept : guard_(name, where) {}
  /// Is held while the program's own comparison runs.
  Lock& lock() noexcept { return guard_.lock; }
  /// @endcond

 private:
  struct Guard {
    Guard(std::string_view name, CallSite where) noexcept
        : Guard(name.empty(), internal::OrderName(name), where) {}
    Guard(bool, const internal::OrderName& name, CallSite where) noexcept
        : lock({&name.text[0], name.size}, where) {}
    Lock lock;
  };
  struct NoGuard {
    NoGuard(std::string_view, CallSite) noexcept {}
  };
  std::conditional_t<kRunsUserCode, Guard, NoGuard> guard_;
};

/// What the three kinds of queue are.
template <typename T, typename Order>
class BasicQueue {
  friend struct internal::QueueAccess;
  using Core = internal::QueueCore;
  using Node = internal::QueueNode<T>;

 public:
  /// A queue without a bound. The name is copied, at most 255 bytes; `where` is the place that reports show.
  explicit BasicQueue(std::string_view name = {}, CallSite where = CallSite::current()) noexcept
      : core_(0, name, where), items_(name, where) {}
  /// A queue of at most `capacity` items, which is at most 2^30; 0: without a bound.
  explicit BasicQueue(std::uint32_t capacity, std::string_view name = {},
                      CallSite where = CallSite::current()) noexcept
      : core_(capacity, name, where), items_(name, where) {}

  BasicQueue(const BasicQueue&) = delete;
  BasicQueue& operator=(const BasicQueue&) = delete;
  ~BasicQueue() { internal::delete_nodes(std::exchange(returned_, nullptr)); }

  /// Appends `item`; waits for room. Happens before the get() of that item. Throws QueueClosed; std::system_error with
  /// `on_deadlock=throw`; what the item's constructor or the comparison throws. The queue is as before then. A queue
  /// with priorities takes O(1) comparisons, and its get O(log n), amortised.
  void put(T item) {
    if (!put_own(item, internal::kNoTimeout)) throw QueueClosed("gridlock::Queue::put");
  }
  /// @{
  /// Appends `item` if the queue is open and has room, at once, in that time or up to that moment; else false, and an
  /// item that was to be moved is as before. A time of zero or less does not wait. Throws what the item's constructor
  /// or the comparison throws.
  [[nodiscard]] bool try_put(T&& item) { return put_nanoseconds(item, 0); }
  [[nodiscard]] bool try_put(const T& item) {
    T copy(item);
    return put_own(copy, 0);
  }
  template <typename Rep, typename Period>
  [[nodiscard]] bool put_for(T&& item, const std::chrono::duration<Rep, Period>& duration) {
    return put_nanoseconds(item, internal::nanoseconds(duration));
  }
  template <typename Rep, typename Period>
  [[nodiscard]] bool put_for(const T& item, const std::chrono::duration<Rep, Period>& duration) {
    T copy(item);
    return put_own(copy, internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool put_until(T&& item, const std::chrono::time_point<Clock, Duration>& deadline) {
    return put_nanoseconds(item, internal::nanoseconds_until(deadline));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool put_until(const T& item,
                               const std::chrono::time_point<Clock, Duration>& deadline) {
    T copy(item);
    return put_own(copy, internal::nanoseconds_until(deadline));
  }
  /// @}

  /// Takes the next item; waits for one. nullopt only when the queue is closed and empty. Throws std::system_error with
  /// `on_deadlock=throw`; what the item's move or the comparison throws, and the item is still in the queue then.
  [[nodiscard]] std::optional<T> get() { return get_nanoseconds(internal::kNoTimeout); }
  /// @{
  /// Takes the next item if there is one, at once, in that time or up to that moment; else nullopt. A time of zero or
  /// less does not wait. Throws what the item's move or the comparison throws.
  [[nodiscard]] std::optional<T> try_get() { return get_nanoseconds(0); }
  template <typename Rep, typename Period>
  [[nodiscard]] std::optional<T> get_for(const std::chrono::duration<Rep, Period>& duration) {
    return get_nanoseconds(internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] std::optional<T> get_until(
      const std::chrono::time_point<Clock, Duration>& deadline) {
    return get_nanoseconds(internal::nanoseconds_until(deadline));
  }
  /// @}

  /// Says that an item that was taken has been dealt with. Happens before the return of the join() that it ends.
  /// Once more than items were put: finding misuse-release-over-bound, and nothing changes.
  void task_done() noexcept { core_.task_done(); }
  /// Waits until task_done() was called for every item that was put. Throws std::system_error only with
  /// `on_deadlock=throw`.
  void join() { core_.join(); }
  /// From now on nothing can be put; what is in it can still be taken. Wakes all that wait to put or get.
  void close() noexcept { core_.close(); }

  /// Whether close() was called. No memory ordering.
  [[nodiscard]] bool closed() const noexcept { return core_.closed(); }
  /// How many items there were a moment ago. No memory ordering.
  [[nodiscard]] std::uint32_t size() const noexcept { return core_.size(); }
  /// Whether there was none a moment ago. No memory ordering.
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// How many items there can be; 0: without a bound.
  [[nodiscard]] std::uint32_t capacity() const noexcept { return core_.capacity(); }

 private:
  static constexpr bool kIsPlain = internal::kIsPlain<T> && !Order::kRunsUserCode;

  // The room that a putter has, while it runs code of the program's: given back if that throws.
  class HeldRoom {
   public:
    explicit HeldRoom(Core& core) noexcept : core_(&core) { core.hold_put(); }
    ~HeldRoom() {
      if (core_ != nullptr) core_->cancel_put();
    }
    HeldRoom(const HeldRoom&) = delete;
    HeldRoom& operator=(const HeldRoom&) = delete;
    void used() noexcept { core_ = nullptr; }

   private:
    Core* core_;
  };
  // An item that was counted out: comes back if it cannot be found or moved. Ends behind the move into what
  // get() returns, so there is no second one, whether or not the compiler leaves moves out.
  class Taken {
   public:
    Taken(BasicQueue& queue, Node* node) noexcept
        : queue_(queue), node_(node), exceptions_(std::uncaught_exceptions()) {}
    ~Taken() {
      if (std::uncaught_exceptions() == exceptions_) {
        delete node_;
        return;
      }
      queue_.core_.begin_return();
      if (node_ != nullptr) node_->next = std::exchange(queue_.returned_, node_);
      queue_.core_.end_return();
    }
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;
    void find() {
      if (node_ != nullptr) return;
      const std::scoped_lock hold(queue_.items_.lock());
      node_ = queue_.items_.pop();
    }
    T&& item() noexcept { return std::move(node_->item); }

   private:
    BasicQueue& queue_;
    Node* node_;  // nullptr: still to be found
    int exceptions_;
  };

  // The item is the caller's own, so it may be moved before there is room.
  bool put_own(T& item, std::uint64_t nanoseconds) {
    if constexpr (kIsPlain) {
      return put_nanoseconds(item, nanoseconds);
    } else {
      auto node = std::make_unique<Node>(std::move(item));
      const internal::WaitResult ready = core_.begin_put(nanoseconds);
      if (ready != internal::WaitResult::kGranted) return ready == internal::WaitResult::kGone;
      if constexpr (Order::kRunsUserCode) {
        HeldRoom room(core_);
        put_into(room, std::move(node));
      } else {
        items_.push(node.release());
        core_.end_put();
      }
      return true;
    }
  }
  // The item is moved only if there is room.
  bool put_nanoseconds(T& item, std::uint64_t nanoseconds) {
    const internal::WaitResult ready = core_.begin_put(nanoseconds);
    if (ready != internal::WaitResult::kGranted)
      return ready == internal::WaitResult::kGone;  // the item goes nowhere
    if constexpr (kIsPlain) {
      if (!spares_.empty()) {
        items_.push(spares_.take(std::move(item)));
        core_.end_put();
        return true;
      }
    }
    HeldRoom room(core_);
    put_into(room, std::make_unique<Node>(std::move(item)));
    return true;
  }
  void put_into(HeldRoom& room, std::unique_ptr<Node> node) {
    if constexpr (Order::kRunsUserCode) {
      const std::scoped_lock hold(items_.lock());
      items_.push(node.get());
    }
    core_.resume_put();
    Node* const put = node.release();
    if constexpr (!Order::kRunsUserCode) items_.push(put);
    room.used();
    core_.end_held_put();
  }

  std::optional<T> get_nanoseconds(std::uint64_t nanoseconds) {
    if (core_.begin_get(nanoseconds) != internal::WaitResult::kGranted) return std::nullopt;
    Node* node = returned_;
    if (node != nullptr) {
      returned_ = node->next;
    } else if constexpr (!Order::kRunsUserCode) {
      node = items_.pop();
    }
    if constexpr (kIsPlain) {
      std::optional<T> item(std::move(node->item));
      const bool kept = spares_.keep(node);
      core_.end_get();
      if (!kept) delete node;
      return item;
    } else {
      core_.end_get();
      Taken taken(*this, node);
      if constexpr (Order::kRunsUserCode) taken.find();
      return std::optional<T>(taken.item());
    }
  }

  Core core_;
  internal::SpareNodes<T> spares_;
  Node* returned_ = nullptr;  // whose move threw; the next ones to be taken out
  Order items_;
};

/// Oldest first.
template <typename T>
using Queue = BasicQueue<T, FifoOrder<T>>;
/// Newest first.
template <typename T>
using LifoQueue = BasicQueue<T, LifoOrder<T>>;
/// Largest first, by `Less`; of equal ones any.
template <typename T, typename Less = std::less<T>>
using PriorityQueue = BasicQueue<T, PriorityOrder<T, Less>>;

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
