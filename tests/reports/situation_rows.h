// SPDX-License-Identifier: Apache-2.0
//
// The rows of the table test of situations, and the findings that they are made of. Objects have the
// names that all_objects() gives them; a line of a stack is a line of source().
#pragma once

#include <gridlock/report.h>

#include <ostream>
#include <string>
#include <vector>

#include "reports/situation.h"

namespace gridlock::internal::reports {

Stack at(int line, std::string function = "work()");
Object object(std::string id, std::string type, std::string name);
std::vector<Object> all_objects();
ThreadInfo thread(const std::string& id, std::string state = "running");
ThreadInfo waits(const std::string& id, std::string object, std::string operation, int line);
ThreadInfo with(ThreadInfo thread, std::string object, std::string mode = "exclusive", int line = 7,
                int count = 1);
LockOrderEdge edge(const std::string& from, const std::string& to, const std::string& thread,
                   std::string held_mode = "", std::string wanted_mode = "");
LockOrderEdge releases(const std::string& from, const std::string& to, const std::string& thread);
Finding cycle(FindingKind kind, std::vector<LockOrderEdge> edges);
Finding foreseen(std::vector<LockOrderEdge> edges);
Finding happened(std::vector<LockOrderEdge> edges);
Finding handler();
Finding stuck(std::vector<ThreadInfo> threads);
Finding pool(std::vector<ThreadInfo> threads);
Finding program(std::string object, std::string operation);
Finding lost(std::string wait_function);
Finding process_pool();
Finding misuse(FindingKind kind, std::vector<Act> acts, std::vector<ThreadInfo> threads = {});
Finding place(FindingKind kind, std::string type, std::vector<ThreadInfo> threads);
Finding statement(std::string detail, ThreadInfo who);
ThreadInfo runs(ThreadInfo thread);
ThreadInfo ended(ThreadInfo thread);
Report source();

/// Facts, and what is said of them.
struct Row {
  Situation situation;
  Finding finding;
  std::string claim;
  std::string fix;
};
void PrintTo(const Row& row, std::ostream* out);

std::vector<Row> cycle_rows();
std::vector<Row> stuck_rows();
std::vector<Row> misuse_rows();

}  // namespace gridlock::internal::reports
