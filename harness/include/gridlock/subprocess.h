// SPDX-License-Identifier: Apache-2.0
//
// Subprocess: another program, its input and its output (the interface is that of Python's module
// subprocess; pipes are Thompson's and McIlroy's: Ritchie, Thompson, "The UNIX time-sharing system",
// 1974).
//
//   const gridlock::Completed sorted =
//       gridlock::Subprocess::run({"sort", "-n"}, {.input = "3\n1\n2\n"});
//   sorted.exit_code == 0;  sorted.out == "1\n2\n3\n";
//
//   gridlock::Subprocess bc{{"bc"}, gridlock::SubprocessOptions::piped()};
//   bc.write("6*7\n");
//   bc.read();                     // "42\n"
//   bc.close_input();
//   bc.wait();                     // 0
//
//   operation      the program runs                        has ended, was waited for
//   write          all is in its input; waits while that   std::system_error broken_pipe, also when
//                  pipe is full *                          it has only closed its input
//   read,          what there is; waits while there is     what is left, then ""
//   read_errors    nothing *; "" at the end
//   close_input    the program reads an end of file        nothing
//   communicate    writes the input, reads all output,     what is left
//                  both at the same time, and waits *
//   wait           waits for the end *                     the same result again
//   wait_for       nothing when the time is over first     the same result again
//   poll           nothing                                 the same result again
//   terminate,     SIGTERM, SIGKILL to its group           nothing
//   kill
//   destructor     kill, wait                              -
//
//   * deadlock, when the program waits for this process meanwhile; see lock.h for what happens after
//     a finding.
//
// **Both pipes full.** A pipe holds 64 KiB. A process that writes a large input before it reads the
// output waits, as soon as the input is full, for a program that waits for its output to be read.
// wait() instead of communicate() is the same trap with one pipe, and so is a program that reads to
// the end of an input that nobody closes. Gridlock finds all three, at the latest a quarter of a
// second after the program has gone to sleep: /proc tells at which pipe each thread of the program,
// and of the programs that it started, sleeps, and which process has the other end. It is a finding
// only if all of them sleep at the same moment, in read or write on pipes or waiting for children,
// and every thread of this process is blocked (a thread that runs could read). A program that
// handles SIGALRM (and not all signals of that kind) or has a timer counts as one that can wake up.
// Not seen, and silent: waits through anything but pipes (a socket, a terminal, select), programs
// that /proc does not show (setuid), and waits with a time limit. A program with an alarm() that it
// does not handle is taken for stuck, although the alarm would kill it. communicate() reads while
// it writes and closes the input, so its own two pipes cannot get it into this.
//
// **Nothing is left behind.** A program gets a process group of its own. The destructor, kill() and
// a time-out kill the whole group, and reap. When this process ends in any way, also by SIGKILL, a
// reaper (a process called gridlock-reaper, started with the first program) kills the groups of
// those that had not been waited for. A program that puts itself into another group or session is
// beyond that.
// A program inherits its three streams and no other descriptor that is close-on-exec; those of other
// Subprocesses are. A fork of this process without exec inherits its ends of the pipes: the program
// then sees the end of its input only when the fork has closed it too, or ended.
//
// One thread may write while another reads, a third reads the errors and a fourth waits;
// communicate() is all of these. Not to be moved while one of them runs.
//
// Memory ordering: what comes before write() or communicate() happens before what comes after a
// later read() or wait() of the same Subprocess; ThreadSanitizer is told the same. It does not see
// what the other program does.
// Cost: 0.3 ms to start one, and once 1 ms for the reaper; a read or write that does not wait is
// its system call and a record.
//
// Fairness: none; two threads that read the same stream get its bytes as the kernel hands them out.
// Not for signal handlers (it allocates, and has a mutex), except pid().
// Full tables: a program beyond max_objects runs, and has no name in a finding. The reaper knows
// 4096 programs at a time; one beyond them outlives a SIGKILL of this process.
//
// Misuse:
//   sort.write(megabytes);                // the program waits for its output to be read: deadlock *.
//   sort.read();                          // communicate(megabytes) does both at the same time
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock {

/// Where a stream of the program comes from, or goes to.
enum class Stream : std::uint8_t {
  kInherit,  ///< that of this process
  kPipe,     ///< a pipe whose other end this process has
  kNull,     ///< /dev/null
  kMerge,    ///< for `errors`: to wherever the output goes
};

/// How a program is started.
struct SubprocessOptions {
  std::string name = {};             ///< in the reports; empty: the file name of the program
  Stream input = Stream::kInherit;   ///< where its stdin comes from
  Stream output = Stream::kInherit;  ///< where its stdout goes
  Stream errors = Stream::kInherit;  ///< where its stderr goes
  std::string directory = {};        ///< to run in; empty: that of this process
  std::vector<std::string> environment =
      {};                          ///< "NAME=value", besides and before that of this process
  bool clear_environment = false;  ///< only what `environment` says

  /// Input and output are pipes.
  [[nodiscard]] static SubprocessOptions piped(std::string_view name = {});
};

/// How Subprocess::run() starts a program.
struct RunOptions {
  std::string name = {};        ///< in the reports
  std::string_view input = {};  ///< what the program reads; empty: /dev/null
  bool capture = true;        ///< output and errors into Completed; otherwise those of this process
  bool merge_errors = false;  ///< errors go where the output goes
  std::optional<std::chrono::nanoseconds> timeout = {};  ///< then the group is killed
  std::string directory = {};                            ///< as in SubprocessOptions
  std::vector<std::string> environment = {};             ///< as in SubprocessOptions
  bool clear_environment = false;                        ///< as in SubprocessOptions
};

/// What became of a program.
struct Completed {
  int exit_code = -1;      ///< -1: a signal ended it
  int signal = 0;          ///< that one, or 0
  std::string out;         ///< what it wrote to stdout, as far as that is a pipe
  std::string err;         ///< the same of stderr
  bool timed_out = false;  ///< it was killed because its time was over; out and err are what came

  /// It ended by itself, with exit code 0.
  [[nodiscard]] bool succeeded() const noexcept { return exit_code == 0; }
};

/// A program that was started by this process. An empty one, moved from, has none.
class Subprocess {
 public:
  /// `argv[0]` is searched in PATH unless it has a slash. Throws std::system_error, with the name of
  /// the program (or of the directory) in its text, when it cannot be started; invalid_argument if
  /// argv is empty.
  explicit Subprocess(const std::vector<std::string>& argv, const SubprocessOptions& options = {},
                      CallSite where = CallSite::current());
  /// Takes over the program of `other`, which has none then.
  Subprocess(Subprocess&& other) noexcept;
  /// The same; a program that this one had is killed and waited for.
  Subprocess& operator=(Subprocess&& other) noexcept;
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;
  ~Subprocess();

  /// Starts a program, gives it the input, and waits for its end; after the time-out its group is killed. Throws
  /// std::system_error as the constructor and communicate() do.
  static Completed run(const std::vector<std::string>& argv, const RunOptions& options = {},
                       CallSite where = CallSite::current());

  /// Writes all of `text` to the input of the program; waits while that pipe is full. Throws std::system_error:
  /// bad_file_descriptor when the input is no pipe or was closed,
  /// broken_pipe when nobody reads it any more, resource_deadlock_would_occur with
  /// `on_deadlock=throw`.
  void write(std::string_view text);
  /// Closes the input: the program reads an end of file. Nothing happens if it is no pipe, or is closed.
  void close_input() noexcept;
  /// @{
  /// Waits for output, or errors, and returns what there is: at least one byte, at most `at_most`, and at most 65536;
  /// "" at the end, or if it is no pipe. Throws std::system_error with `on_deadlock=throw`.
  [[nodiscard]] std::string read(std::size_t at_most = 65536);
  [[nodiscard]] std::string read_errors(std::size_t at_most = 65536);
  /// @}
  /// Writes `input` and closes it, reads all output and errors, and waits for the end, all at the same time. After
  /// `timeout` the group is killed. A program that does not want all of the input is no error.
  /// Throws std::system_error: bad_file_descriptor for an input where that is no pipe or was closed,
  /// resource_deadlock_would_occur with `on_deadlock=throw`.
  Completed communicate(std::string_view input = {},
                        std::optional<std::chrono::nanoseconds> timeout = {});

  /// Waits for the end. Returns the exit code, or the signal that ended it, negative; the same again later. Throws
  /// std::system_error: no_child_process if there is no program, resource_deadlock_would_occur with
  /// `on_deadlock=throw`.
  int wait();
  /// The same, at most that long; nothing if it has not ended by then.
  std::optional<int> wait_for(std::chrono::nanoseconds timeout);
  /// The same without waiting.
  std::optional<int> poll() { return wait_for(std::chrono::nanoseconds{0}); }

  /// Asks each process of its group to end (SIGTERM).
  void terminate() noexcept { send_signal(15); }
  /// Ends each process of its group (SIGKILL).
  void kill() noexcept { send_signal(9); }
  /// Sends the signal to each process of its group. Nothing happens once it has been waited for.
  void send_signal(int signal) noexcept;

  /// The kernel's number, which is that of its group, too. -1: no program.
  [[nodiscard]] int pid() const noexcept;
  /// The name in the reports; "" without a program.
  [[nodiscard]] const std::string& name() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
