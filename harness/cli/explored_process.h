// SPDX-License-Identifier: Apache-2.0
//
// A process of a program whose schedules are chosen: what it is told, what is seen of it while it runs, and what it leaves.
#pragma once

#include "harness/scenario/spawn.h"
#include "harness/schedule/session.h"

#include <string>
#include <utility>
#include <vector>

namespace gridlock::internal {

struct Explorable {
  std::string file;  ///< to execute
  std::string
      library;  ///< to preload: it was not built with gridlock_explore(), and is explored as a whole; empty: it was
  bool is_whole() const { return !library.empty(); }
};
/// Throws UsageError if there is no such program, or if it cannot be explored either way.
Explorable find_explorable(const std::string& word);

/// Of a process that did not answer, or said so: why it cannot be explored.
std::string why_not(const controlled::SessionPage& page);

class ExploredProcess {
 public:
  /// Files are made in `folder`. `wishes` are words of harness/schedule/session.h, without log and page; `variables` go into the
  /// environment besides. Throws std::system_error.
  ExploredProcess(const std::string& folder, int number, std::vector<std::string> wishes,
                  std::vector<std::pair<std::string, std::string>> variables);
  ~ExploredProcess();
  ExploredProcess(const ExploredProcess&) = delete;
  ExploredProcess& operator=(const ExploredProcess&) = delete;

  void start(const Explorable& program, const std::vector<std::string>& words);
  /// The environment of the process.
  std::vector<std::string> environment() const;

  int pidfd() const { return process_.pidfd.get(); }
  bool has_ended() const { return has_ended_; }
  void finish();
  const ProcessEnd& end() const { return end_; }

  const controlled::SessionPage& page() const { return *page_; }
  const std::string& log() const { return log_; }
  /// What it has printed, the last of it.
  std::string output() const;

 private:
  std::string log_;
  std::string output_;
  std::string session_;
  std::vector<std::pair<std::string, std::string>> variables_;
  controlled::SessionPage* page_ = nullptr;
  SpawnedProcess process_;
  ProcessEnd end_;
  bool has_ended_ = false;
};

}  // namespace gridlock::internal
