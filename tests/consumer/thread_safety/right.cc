// SPDX-License-Identifier: Apache-2.0
//
// A program that switched, with its data annotated: no warning of -Wthread-safety. Each line that ends in
// "missing" is one mistake that thread_safety_test.py puts in, one at a time.
#include <gridlock/gridlock.h>

#include <optional>
#include <string>

namespace {

class Account {
 public:
  void add(long amount) GRIDLOCK_REQUIRES(lock_) { balance_ += amount; }
  void deposit(long amount) {
    gridlock::Guard guard{lock_};  // missing: lock
    add(amount);
  }
  bool try_deposit(long amount) {
    if (!lock_.try_lock()) return false;  // missing: try_lock
    balance_ += amount;
    lock_.unlock();
    return true;
  }
  void by_hand(long amount) {
    lock_.lock();
    balance_ += amount;
    lock_.unlock();  // missing: unlock
  }
  void settle() GRIDLOCK_EXCLUDES(lock_) { deposit(0); }

 private:
  gridlock::Lock lock_{"account"};
  long balance_ GRIDLOCK_GUARDED_BY(lock_) = 0;
};

class Book {
 public:
  std::size_t size() {
    gridlock::SharedGuard guard{lock_};  // missing: lock_shared
    return text_.size();
  }
  void write(const std::string& text) {
    gridlock::Guard guard{lock_};  // missing: lock for writing
    text_ += text;
  }
  void read_and_write() {
    lock_.lock_shared();
    if (text_.empty()) {
      lock_.upgrade();  // missing: upgrade
      text_ = "-";
      lock_.downgrade();  // missing: downgrade
    }
    lock_.unlock_shared();
  }

 private:
  gridlock::SharedLock lock_{"book"};
  std::string text_ GRIDLOCK_GUARDED_BY(lock_);
};

class Ledger {
 public:
  void note() {
    gridlock::Guard guard{again_};  // missing: rlock
    ++notes_;
  }
  void send() {
    between_.lock();  // missing: ipc
    ++sent_;
    between_.unlock();
  }

 private:
  gridlock::RLock again_{"ledger"};
  gridlock::IpcLock between_{"post"};
  long notes_ GRIDLOCK_GUARDED_BY(again_) = 0;
  long sent_ GRIDLOCK_GUARDED_BY(between_) = 0;
};

class Interpreter {
 public:
  void step() {
    gridlock::Baton::Hold hold{baton_};  // missing: baton
    ++steps_;
    baton_.checkpoint();
    {
      gridlock::Baton::Pause pause{baton_};
    }
    ++steps_;
  }

 private:
  gridlock::Baton baton_{"interpreter"};
  long steps_ GRIDLOCK_GUARDED_BY(baton_) = 0;
};

class Mailbox {
 public:
  int take() {
    gridlock::Guard guard{lock_};
    while (letters_ == 0) came_.wait(lock_);
    return --letters_;
  }
  void put() {
    gridlock::Guard guard{lock_};
    ++letters_;
    came_.notify_one();
  }

 private:
  gridlock::Lock lock_{"mailbox"};
  gridlock::Condition came_{"letter came"};
  int letters_ GRIDLOCK_GUARDED_BY(lock_) = 0;
};

}  // namespace

int main() {
  Account account;
  account.deposit(1);
  account.by_hand(1);
  account.settle();
  Book book;
  book.write("x");
  book.read_and_write();
  Ledger ledger;
  ledger.note();
  ledger.send();
  Interpreter interpreter;
  interpreter.step();
  Mailbox mailbox;
  mailbox.put();
  gridlock::PriorityQueue<std::string> names;
  names.put("x");
  return account.try_deposit(1) && book.size() != 0 && mailbox.take() == 0 && names.get() ? 0 : 1;
}
