// SPDX-License-Identifier: Apache-2.0
//
// A Control that writes down what the hooks of one thread do, and the threads that give it what it waits for.
#pragma once

#include <gridlock/gridlock.h>

#include <functional>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "harness/runtime/operation.h"

namespace gridlock::internal {

struct Recorder {
  std::vector<std::string> steps;
  std::function<void()> when_blocked;  // once, by another thread
};

// A thread that Gridlock does not track, and that could therefore do anything: while it runs, no
// waiter is taken for starving.
class UntrackedThread {
 public:
  UntrackedThread() = default;
  ~UntrackedThread() {
    over_.release();
    thread_.join();
  }
  UntrackedThread(const UntrackedThread&) = delete;
  UntrackedThread& operator=(const UntrackedThread&) = delete;

 private:
  std::binary_semaphore over_{0};
  std::thread thread_{[this] { over_.acquire(); }};
};

class Recording {
 public:
  explicit Recording(std::function<void()> when_blocked = {});
  ~Recording() { stop(); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  // What happened, and whether the newest record was granted in the end.
  std::vector<std::string> stop();

 private:
  UntrackedThread thread_;
  Recorder recorder_;
  const Control* before_;
};

// A thread that has something until it is told to give it back, so that the thread under test blocks.
class Holder {
 public:
  Holder(const std::function<void()>& take, std::function<void()> give)
      : thread_([this, take, give = std::move(give)] {
          take();
          taken_.set();
          asked_.wait();
          give();
          given_.set();
        }) {
    taken_.wait();
  }
  ~Holder() { thread_.join(); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  std::function<void()> gives() {
    return [this] {
      asked_.set();
      given_.wait();
    };
  }

 private:
  Event taken_;
  Event asked_;
  Event given_;
  std::thread thread_;
};

}  // namespace gridlock::internal
