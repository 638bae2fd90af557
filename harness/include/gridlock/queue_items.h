// SPDX-License-Identifier: Apache-2.0
//
// Where the items of a Queue lie; users include queue.h. Each item has a node of its own, so that under
// the queue's mutex nodes are only linked: the item is made, moved and destroyed, and memory is asked
// for, where the queue is not held. All functions are called with the queue's mutex held, but for those
// of an order whose kRunsUserCode says that it calls the program's own comparison: these are called with
// the lock that the order has for that, which the analyses see.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/lock.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gridlock::internal {

/// To copy the item is to copy its bytes, and its destructor does nothing: none of it is the program's
/// own code.
template <typename T>
inline constexpr bool kIsPlain =
    std::is_trivially_move_constructible_v<T> && std::is_trivially_destructible_v<T>;

/// One item, and what it is linked by.
template <typename T>
struct QueueNode {
  explicit QueueNode(T&& i) : item(std::move(i)) {}
  T item;
  QueueNode* next = nullptr;
  QueueNode* child = nullptr;  // of a heap: what is not before this one
};

/// Nodes of plain items that are free, for the next ones; not more than is worth keeping.
template <typename T>
class SpareNodes {
  using Node = QueueNode<T>;
  static constexpr std::size_t kMax = sizeof(Node) < 4096 ? 32768 / sizeof(Node) : 8;

 public:
  SpareNodes() = default;
  SpareNodes(const SpareNodes&) = delete;
  SpareNodes& operator=(const SpareNodes&) = delete;
  ~SpareNodes() {
    while (first_ != nullptr) delete std::exchange(first_, first_->next);
  }
  bool empty() const noexcept { return first_ == nullptr; }
  /// There is one.
  Node* take(T&& item) noexcept {
    Node* const node = first_;
    first_ = node->next;
    --count_;
    return std::construct_at(node, std::move(item));
  }
  /// False: the caller deletes it.
  bool keep(Node* node) noexcept {
    if (count_ == kMax) return false;
    ++count_;
    node->next = std::exchange(first_, node);
    return true;
  }

 private:
  Node* first_ = nullptr;
  std::size_t count_ = 0;
};

template <typename T>
void delete_nodes(QueueNode<T>* first) noexcept {
  while (first != nullptr) {
    QueueNode<T>* const node = first;
    first = node->next;
    if (node->child != nullptr) {
      QueueNode<T>* last = node->child;
      while (last->next != nullptr) last = last->next;
      last->next = std::exchange(first, node->child);
    }
    delete node;
  }
}

/// To compare two of them by < is none of the program's own code.
template <typename T>
inline constexpr bool kIsOrdered = std::is_arithmetic_v<T> || std::is_pointer_v<T>;
template <typename Char>
inline constexpr bool kIsOrdered<std::basic_string<Char>> = std::is_integral_v<Char>;
template <typename... Parts>
inline constexpr bool kIsOrdered<std::tuple<Parts...>> = (kIsOrdered<Parts> && ...);
template <typename First, typename Second>
inline constexpr bool kIsOrdered<std::pair<First, Second>> =
    kIsOrdered<First> && kIsOrdered<Second>;
template <typename Rep, typename Period>
inline constexpr bool kIsOrdered<std::chrono::duration<Rep, Period>> = std::is_arithmetic_v<Rep>;
template <typename Clock, typename Duration>
inline constexpr bool kIsOrdered<std::chrono::time_point<Clock, Duration>> = kIsOrdered<Duration>;

template <typename T, typename Less>
inline constexpr bool kComparesPlainly =
    kIsOrdered<T> &&
    (std::is_same_v<Less, std::less<T>> || std::is_same_v<Less, std::less<>> ||
     std::is_same_v<Less, std::greater<T>> || std::is_same_v<Less, std::greater<>>);

/// A heap of nodes (Fredman, Sedgewick, Sleator, Tarjan, "The pairing heap", 1986). When a comparison
/// throws, the heap has the same items as before.
template <typename T, typename Less>
class PairingHeap {
  using Node = QueueNode<T>;

 public:
  PairingHeap() = default;
  PairingHeap(const PairingHeap&) = delete;
  PairingHeap& operator=(const PairingHeap&) = delete;
  ~PairingHeap() { delete_nodes(std::exchange(root_, nullptr)); }

  void push(Node* node) { root_ = root_ != nullptr ? meld(root_, node) : node; }
  /// The largest.
  Node* pop() {
    Parts parts{*root_, std::exchange(root_->child, nullptr), nullptr};
    while (parts.rest != nullptr) {
      Node* const left = parts.rest;
      Node* const right = left->next;
      Node* const behind = right != nullptr ? right->next : nullptr;
      Node* const melded = right != nullptr ? meld(left, right) : left;
      parts.rest = behind;
      melded->next = std::exchange(parts.done, melded);
    }
    while (parts.done != nullptr && parts.done->next != nullptr) {
      Node* const behind = parts.done->next->next;
      parts.done = meld(parts.done, parts.done->next);
      parts.done->next = behind;
    }
    Node* const top = root_;
    root_ = std::exchange(parts.done, nullptr);
    top->next = nullptr;
    return top;
  }

 private:
  // The root's children while they are melded: what a comparison that throws leaves behind.
  struct Parts {
    Node& root;
    Node* rest;  // not melded yet
    Node* done;  // in pairs
    Parts(Node& r, Node* all, Node* none) : root(r), rest(all), done(none) {}
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    ~Parts() {
      if (rest == nullptr && done == nullptr) return;
      Node** last = &rest;
      while (*last != nullptr) last = &(*last)->next;
      *last = done;
      root.child = rest;
    }
  };
  // Nothing has changed when the comparison throws.
  static Node* meld(Node* left, Node* right) {
    if (Less()(left->item, right->item)) std::swap(left, right);
    right->next = std::exchange(left->child, right);
    left->next = nullptr;
    return left;
  }

  Node* root_ = nullptr;
};

/// What a lock is called that guards the order of the queue of this name.
struct OrderName {
  explicit OrderName(std::string_view queue) noexcept {
    constexpr std::string_view kOf = "order of ";
    size = kOf.copy(&text[0], kOf.size());
    size += queue.copy(&text[size], sizeof text - size);
  }
  char text[256];
  std::size_t size;
};

}  // namespace gridlock::internal

#endif  // GRIDLOCK_CXX20
