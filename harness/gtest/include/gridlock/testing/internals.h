// SPDX-License-Identifier: Apache-2.0
//
// The parts of gridlock::gtest, for each other. They are compiled with the program's own options and its own GoogleTest.
#pragma once

#include <gridlock/testing/log.h>
#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace gridlock::testing::internal {

// A copy of this process (child.cc), which says by a pipe what becomes of the test.

class Child {
 public:
  struct End {
    bool done = false;               ///< it came to its own end
    bool is_hung = false;            ///< it did nothing for so long that it was killed
    int status = 0;                  ///< as waitpid(2) has it
    bool raced = false;              ///< ThreadSanitizer has said so
    std::vector<std::size_t> known;  ///< findings that the test itself has dealt with
  };

  /// True in the copy, false in the original.
  bool fork();
  pid_t pid() const { return pid_; }
  /// In the original: tells GoogleTest what the copy told, until it ends.
  End wait();

  // In the copy.
  static bool is_copy();
  static void tell_part(const ::testing::TestPartResult& part);
  static void tell_property(const std::string& key, const std::string& value);
  static void tell_known(std::size_t finding);
  static void tell_race();
  /// Ends it, with nothing of the original's done a second time.
  [[noreturn]] static void end();

 private:
  pid_t pid_ = 0;
  int pipe_ = -1;
};

/// How a copy ended that did not come to its end: "by signal 11 (Segmentation fault)".
std::string ending(const Child::End& end);

/// Makes a failure of the test in which something was found that is not known (isolation.cc). False: there is none.
bool fail_for(pid_t process, std::vector<Finding> findings, const std::vector<std::size_t>& known,
              const std::string& test);

/// A finding of this process, by its number, that a test has dealt with itself.
void know_here(std::size_t finding);

}  // namespace gridlock::testing::internal
