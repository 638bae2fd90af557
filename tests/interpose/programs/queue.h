// SPDX-License-Identifier: Apache-2.0
//
// A queue as everybody has one.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

template <typename Item>
class Queue {
 public:
  explicit Queue(std::size_t room = 1'000'000) : room_(room) {}
  void put(Item item) {
    std::unique_lock hold(mutex_);
    not_full_.wait(hold, [&] { return items_.size() < room_; });
    items_.push_back(std::move(item));
    not_empty_.notify_one();
  }
  bool get(Item& item) {
    std::unique_lock hold(mutex_);
    not_empty_.wait(hold, [&] { return !items_.empty() || closed_; });
    if (items_.empty()) return false;
    item = std::move(items_.front());
    items_.pop_front();
    not_full_.notify_one();
    return true;
  }
  void close() {
    const std::lock_guard hold(mutex_);
    closed_ = true;
    not_empty_.notify_all();
  }
  std::size_t size() {
    const std::lock_guard hold(mutex_);
    return items_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable not_full_;
  std::condition_variable not_empty_;
  std::deque<Item> items_;
  std::size_t room_;
  bool closed_ = false;
};
