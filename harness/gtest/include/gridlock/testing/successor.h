// SPDX-License-Identifier: Apache-2.0
//
// For frameworks that run their test cases in the process itself: before each of them a copy of the process is made, which waits.
// If the test case ends the copy goes. If it hangs, crashes or calls exit, the copy goes on in its place: the test case has failed
// there, and the others run. What the framework has counted and is about to write is in the copy, so its reports are whole. The process
// that was started waits for whichever of them ends the run, and ends as it did.
#pragma once

#include <string>

namespace gridlock::testing::internal {

/// Before a test case: empty, and it is to be run. In a copy that goes on: what became of it; it is not to be run again.
std::string before_test(const std::string& test);
void after_test();

/// Between the two this process waits for a command of ours, which is no hang of the test case.
void begin_own_work();
void end_own_work();

/// What this process has found until now is not new any more; of a process that ended: what it had found since (new_findings.cc).
std::string findings_at_end_of(int process, const std::string& test);

}  // namespace gridlock::testing::internal
