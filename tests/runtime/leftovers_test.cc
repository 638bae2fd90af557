// SPDX-License-Identifier: Apache-2.0
//
// A process tree leaves nothing behind, however it ends. The test is the
// subreaper, so everybody whose parent dies becomes its child, and it can tell who lived on, who
// died of what, and that nobody else is there.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "harness/scenario/temp_dir.h"
#include "harness/scenario/wire.h"

namespace gridlock::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::set<std::string> files_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}

// System V semaphores, segments and queues of this machine, as ipcs shows them. Of the columns only
// the keys and ids: other processes may be using theirs.
std::set<std::string> system_v_ids() {
  std::set<std::string> ids;
  for (const char* kind : {"sem", "shm", "msg"}) {
    std::ifstream table(std::string("/proc/sysvipc/") + kind);
    std::string key;
    std::string id;
    std::string rest;
    std::getline(table, rest);
    while (table >> key >> id && std::getline(table, rest))
      ids.insert(std::string(kind) + " " + key + " " + id);
  }
  return ids;
}

/// A probe with a process tree, in an empty folder that is its TMPDIR, too.
class ProcessTree {
 public:
  explicit ProcessTree(const char* situation) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    EXPECT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(out.data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addchdir_np(&actions, folder_.path().c_str());
    std::string program = RUNTIME_PROBE;
    std::string word = situation;
    std::string options = "GRIDLOCK_OPTIONS=exit_code=0:quiet=1";
    std::string tsan = "TSAN_OPTIONS=die_after_fork=0:atexit_sleep_ms=0:report_thread_leaks=0";
    std::string temporary = "TMPDIR=" + folder_.path();
    std::array<char*, 3> argv{program.data(), word.data(), nullptr};
    std::array<char*, 4> environment{options.data(), tsan.data(), temporary.data(), nullptr};
    EXPECT_EQ(
        ::posix_spawn(&main_, program.c_str(), &actions, nullptr, argv.data(), environment.data()),
        0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    FILE* const lines = ::fdopen(out[0], "r");
    std::array<char, 64> line{};
    EXPECT_NE(std::fgets(line.data(), line.size(), lines), nullptr);
    char* rest = nullptr;
    office_ = static_cast<pid_t>(std::strtol(line.data(), &rest, 10));
    clerk_ = static_cast<pid_t>(std::strtol(rest, nullptr, 10));
    EXPECT_GT(clerk_, 0);
    std::fclose(lines);
  }
  ~ProcessTree() { close_input(); }
  ProcessTree(const ProcessTree&) = delete;
  ProcessTree& operator=(const ProcessTree&) = delete;

  /// All who wait for its end go on.
  void close_input() {
    if (input_ >= 0) ::close(input_);
    input_ = -1;
  }
  [[nodiscard]] pid_t main() const { return main_; }
  [[nodiscard]] pid_t office() const { return office_; }
  [[nodiscard]] pid_t clerk() const { return clerk_; }
  [[nodiscard]] std::set<std::string> files() const { return files_in(folder_.path()); }
  [[nodiscard]] std::string text_of(const std::string& file) const {
    std::ifstream in(folder_.path() + "/" + file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  internal::TempDir folder_;
  pid_t main_ = 0;
  pid_t office_ = 0;
  pid_t clerk_ = 0;
  int input_ = -1;
};

// Waits for a child, or for somebody whose parent has died: "exit 0", "signal 9".
std::string end_of(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid) return "not ours";
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

bool nobody_is_left() { return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }

class Leftovers : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_TRUE(nobody_is_left()) << "a process of the tree, or its zombie";
    std::set<std::string> shm = files_in("/dev/shm");
    for (const std::string& name : shm_before_) shm.erase(name);
    EXPECT_THAT(shm, IsEmpty());
    std::set<std::string> ids = system_v_ids();
    for (const std::string& id : system_v_before_) ids.erase(id);
    EXPECT_THAT(ids, IsEmpty());
  }

 private:
  std::set<std::string> shm_before_ = files_in("/dev/shm");
  std::set<std::string> system_v_before_ = system_v_ids();
};

TEST_F(Leftovers, AfterANormalEndThereAreNone) {
  ProcessTree tree("process-tree");
  tree.close_input();
  EXPECT_EQ(end_of(tree.main()), "exit 0");
  EXPECT_TRUE(nobody_is_left()) << "main and the office have reaped their children";
  EXPECT_THAT(tree.files(), IsEmpty()) << "no finding, no log";
}

TEST_F(Leftovers, WhenTheFirstProcessIsKilledAllOthersDie) {
  const ProcessTree tree("process-tree");
  ::kill(tree.main(), SIGKILL);
  EXPECT_EQ(end_of(tree.main()), "signal 9");
  EXPECT_EQ(end_of(tree.office()), "signal 9");
  EXPECT_EQ(end_of(tree.clerk()), "signal 9");
  EXPECT_THAT(tree.files(), IsEmpty());
}

TEST_F(Leftovers, WhenAProcessIsKilledWhatIsBelowItDiesAndWhatIsAboveGoesOn) {
  ProcessTree tree("process-tree");
  ::kill(tree.office(), SIGKILL);
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(tree.clerk()), &info, WEXITED | WNOWAIT) != 0)
    ::sched_yield();  // until the office is dead and the clerk is ours
  EXPECT_EQ(end_of(tree.clerk()), "signal 9");
  EXPECT_EQ(::kill(tree.main(), 0), 0);
  tree.close_input();
  EXPECT_EQ(end_of(tree.main()), "exit 0");
  EXPECT_THAT(tree.files(), IsEmpty());
}

TEST_F(Leftovers, WhenTheFirstProcessExitsWithoutAJoinTheOthersDie) {
  ProcessTree tree("process-tree-left-by-exit");
  tree.close_input();
  EXPECT_EQ(end_of(tree.main()), "exit 0");
  EXPECT_EQ(end_of(tree.office()), "signal 9");
  EXPECT_THAT(tree.files(), IsEmpty());
}

TEST_F(Leftovers, AfterADeadlockThatEndsTheFirstProcessOnlyTheLogIsThere) {
  ProcessTree tree("process-tree-deadlock");
  tree.close_input();
  EXPECT_EQ(end_of(tree.main()), "exit 1");
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
  EXPECT_EQ(tree.files(),
            std::set<std::string>{"gridlock." + std::to_string(tree.main()) + ".jsonl"});
}

TEST_F(Leftovers, AfterAFindingOfAChildThereIsOneLogThatOfTheFirstProcess) {
  ProcessTree tree("process-tree-finding");
  tree.close_input();
  EXPECT_EQ(end_of(tree.main()), "exit 0");
  const std::string name = "gridlock." + std::to_string(tree.main()) + ".jsonl";
  ASSERT_EQ(tree.files(), std::set<std::string>{name});
  const internal::WireLog log = internal::read_wire(tree.text_of(name), name);
  EXPECT_THAT(log.findings, SizeIs(1));
  EXPECT_EQ(log.first_pid, tree.main()) << "its start comes first, though a child wrote it";
  EXPECT_TRUE(log.ended);
  ASSERT_THAT(log.process_tree, SizeIs(4));
  for (const ProcessInfo& process : log.process_tree)
    EXPECT_EQ(process.state, "ended") << process.id;
  EXPECT_EQ(log.process_tree[1].pid, tree.office());
}

}  // namespace
}  // namespace gridlock::test
