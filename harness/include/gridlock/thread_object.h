// SPDX-License-Identifier: Apache-2.0
//
// ThreadObject: a class that is a thread, by a member function run() (Java's and Python's
// Thread.run).
//
//   class Clerk final : public gridlock::ThreadObject {
//    public:
//     explicit Clerk(Ledger& ledger) : ThreadObject("clerk"), ledger_(ledger) {}
//     ~Clerk() override { join(); }     // before the members go: run() uses them
//
//    private:
//     void run() override { ledger_.add(entries_); }
//     Ledger& ledger_;
//     std::vector<int> entries_;
//   };
//
//   Clerk clerk{ledger};
//   clerk.start();
//   clerk.join();
//
//   operation   not started        run() runs                   has ended      joined
//   start       a new thread       std::system_error            the same       the same
//               calls run()        invalid_argument
//   join        returns            waits; deadlock * when that  returns        returns
//                                  can never end
//   destructor  -                  misuse-destroy-running *,    joins          -
//               of the base        then joins
//
//   * a finding; see lock.h for what happens after it.
//
// The trap of C++: a derived class is destroyed before its base. When ~ThreadObject begins, the
// members of the derived class are gone already, and with them what run() works on; that the base
// joins then is too late. Every class that can be derived no further joins in its own destructor,
// or the owner of the object joins before it is destroyed. What run() throws ends the program, as
// in any thread.
//
// The destructor looks at this run only: if run() happened to be through, there is no finding.
//
// Memory ordering: all before start happens before run(); all in run() happens before the return of
// join. Cost, fairness, signal handlers and full tables: as for thread.h.
//
// Misuse:
//   class Clerk final : public gridlock::ThreadObject { ... };   // no destructor that joins, as above:
//   { Clerk clerk{ledger}; clerk.start(); }                      // misuse-destroy-running *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/thread.h>

namespace gridlock {

/// To be derived from. Not to be copied or moved: its thread knows its address.
class ThreadObject {
 public:
  /// `name` is that of the thread in the reports; copied. Starts nothing yet.
  explicit ThreadObject(std::string_view name = {}) : name_(name) {}
  ThreadObject(const ThreadObject&) = delete;
  ThreadObject& operator=(const ThreadObject&) = delete;
  virtual ~ThreadObject();

  /// Starts a thread that calls run(). All before it happens before run(). Once: throws std::system_error
  /// invalid_argument the second time, and as Thread does.
  void start(CallSite where = CallSite::current());
  /// Waits until run() has returned; returns at once if it was not started, or was joined. All in run() happens before
  /// the return. By one thread at a time. Throws std::system_error as Thread::join() does.
  void join();

  /// It was started and has not ended. Orders nothing.
  [[nodiscard]] bool is_alive() const noexcept { return thread_.is_alive(); }
  /// "T3" in the reports: 3. 0: not started, or joined.
  [[nodiscard]] std::uint32_t id() const noexcept { return thread_.id(); }
  /// As it was given to the constructor.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 protected:
  /// What the thread does. That of the base does nothing.
  virtual void run() {}

 private:
  struct Body;

  std::string name_;
  Thread thread_;
  bool started_ = false;
  std::atomic<bool> returned_{false};  // from run()
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
