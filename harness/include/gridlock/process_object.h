// SPDX-License-Identifier: Apache-2.0
//
// ProcessObject: a class that is a process, by a member function run() (Python's Process.run).
//
//   class Clerk final : public gridlock::ProcessObject {
//    public:
//     explicit Clerk(gridlock::Shared<int>& sum) : ProcessObject("clerk"), sum_(sum) {}
//
//    private:
//     int run() override { sum_.get() = add(entries_); return 0; }
//     gridlock::Shared<int>& sum_;
//     std::vector<int> entries_;
//   };
//
//   Clerk clerk{sum};
//   clerk.start();
//   clerk.join();
//
//   operation   not started        run() runs                   has ended      joined
//   start       a new process      std::system_error            the same       the same
//               calls run()        invalid_argument
//   join        returns            waits; deadlock * when that  returns        returns
//                                  can never end
//   join_for    true               waits for so long            true           true
//   destructor  -                  joins; a daemon is ended     joins          -
//
//   * a finding over all processes; see lock.h for what happens after it.
//
// run() works on a copy of the object, as it was at the start: what it writes into members is not
// seen by the parent (scenario process-object/member). So there is none of the trap of ThreadObject
// either: the parent may destroy its object while run() runs on the other.
//
// What run() returns is the exit code; all else is as process.h says: fairness, signal handlers and
// full tables, too.
//
// Misuse:
//   int run() override { sum_ = add(entries_); return 0; }   // `sum_` of the parent stays as it was, unless
//                                                            // it is a Shared
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/process.h>

namespace gridlock {

/// To be derived from. Not to be copied or moved.
class ProcessObject {
 public:
  /// `name` is that of the process in the reports; copied. A `daemon` is ended by the destructor. Starts nothing yet.
  explicit ProcessObject(std::string_view name = {}, bool daemon = false)
      : name_(name), daemon_(daemon) {}
  ProcessObject(const ProcessObject&) = delete;
  ProcessObject& operator=(const ProcessObject&) = delete;
  virtual ~ProcessObject();

  /// Starts a process that calls run() on its copy of the object. Once: throws std::system_error invalid_argument the
  /// second time, and as Process does.
  void start(CallSite where = CallSite::current());
  /// Waits for the end of the process; returns at once if it was not started, or was joined. By one thread at a time, in
  /// the process that started it. Throws std::system_error as Process::join() does.
  void join();
  /// Waits at most that long; true: it has ended and is joined, or was not started.
  template <typename Rep, typename Period>
  bool join_for(const std::chrono::duration<Rep, Period>& duration) {
    return !process_.joinable() || process_.join_for(duration);
  }
  /// Asks it to end (SIGTERM). Nothing happens if it does not run.
  void terminate() noexcept { process_.terminate(); }
  /// Ends it at once (SIGKILL). Nothing happens if it does not run.
  void kill() noexcept { process_.kill(); }

  /// It was started and has not ended.
  [[nodiscard]] bool is_alive() const noexcept { return process_.is_alive(); }
  /// "P3" in the reports: 3. 0: not started, or joined.
  [[nodiscard]] std::uint32_t id() const noexcept { return process_.id(); }
  /// The kernel's number. 0: not started, or joined.
  [[nodiscard]] int pid() const noexcept { return process_.pid(); }
  /// As Process::exit_code(): nothing until it has been joined.
  [[nodiscard]] std::optional<int> exit_code() const noexcept { return process_.exit_code(); }
  /// As it was given to the constructor.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 protected:
  /// What the process does. That of the base does nothing.
  virtual int run() { return 0; }

 private:
  std::string name_;
  bool daemon_;
  bool started_ = false;
  Process process_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
