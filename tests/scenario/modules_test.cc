// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/modules.h"

#include "harness/scenario/symbolizer.h"
#include "harness/scenario/temp_dir.h"
#include "harness/scenario/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <filesystem>
#include <fstream>

namespace gridlock::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string this_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

Frame in(const std::string& module) {
  Frame frame;
  frame.module = module;
  frame.offset = 0x1234;
  return frame;
}

Frame given(const std::string& file, int line) {
  Frame frame;
  frame.file = file;
  frame.line = line;
  return frame;
}

WireLog log_of(LoggedModule module) {
  WireLog log;
  Finding& finding = log.findings.emplace_back();
  finding.threads.emplace_back().stack = {given("bank.cc", 7), in(module.path),
                                          in("/lib/libc.so.6")};
  log.modules = {std::move(module)};
  return log;
}

const Stack& stack_of(const WireLog& log) { return log.findings.front().threads.front().stack; }

class TextFile {
 public:
  explicit TextFile(const std::string& text) : path_(folder_.path() + "/module") { write(text); }
  void write(const std::string& text) const { std::ofstream(path_) << text; }
  const std::string& path() const { return path_; }
  LoggedModule as_logged() const {
    struct stat file{};
    EXPECT_EQ(stat(path_.c_str(), &file), 0);
    return {path_, "", static_cast<std::uint64_t>(file.st_size),
            static_cast<std::uint64_t>(file.st_mtim.tv_sec) * 1'000'000'000U +
                static_cast<std::uint64_t>(file.st_mtim.tv_nsec)};
  }

 private:
  TempDir folder_;
  std::string path_;
};

TEST(BuildId, IsReadFromAnElfFileAndFromNoOther) {
  EXPECT_THAT(build_id_of_file(this_program()), ::testing::MatchesRegex("[0-9a-f]{16,}"));
  EXPECT_EQ(build_id_of_file(__FILE__), "");
  EXPECT_EQ(build_id_of_file("/no/such/file"), "");
}

TEST(LogOfThisBuild, KeepsItsPlaces) {
  WireLog log = log_of({this_program(), build_id_of_file(this_program())});
  EXPECT_THAT(forget_other_builds(log).notes, IsEmpty());
  EXPECT_EQ(stack_of(log)[0].line, 7);
  EXPECT_EQ(stack_of(log)[1].module, this_program());
}

TEST(LogOfAnotherBuild, LosesItsPlacesAndSaysSoOnce) {
  WireLog log = log_of({this_program(), "0123456789abcdef"});
  log.modules.push_back(log.modules.front());
  EXPECT_THAT(forget_other_builds(log).notes, ElementsAre(HasSubstr("was rebuilt")));
  Stack stack = stack_of(log);
  EXPECT_EQ(stack[0].line, 0) << "the source is not that of then";
  EXPECT_TRUE(stack[1].module.ends_with(kOtherBuild));
  EXPECT_EQ(stack[2].module, "/lib/libc.so.6");
  std::vector<std::string> notes;
  std::vector<Stack*> stacks = {&stack};
  symbolize(stacks, {.symbolizer = find_llvm_symbolizer(notes)}, notes);
  EXPECT_EQ(stack[1].function, "");
  EXPECT_FALSE(is_user_frame(stack[1]));
}

TEST(LogOfAProgramThatIsGone, SaysSo) {
  WireLog log = log_of({"/no/such/bank", "0123456789abcdef"});
  EXPECT_THAT(forget_other_builds(log).notes, ElementsAre(HasSubstr("bank is no longer there")));
}

TEST(ModuleWithoutBuildId, IsComparedBySizeAndTime) {
  const TextFile file("one");
  WireLog same = log_of(file.as_logged());
  EXPECT_THAT(forget_other_builds(same).notes, IsEmpty());
  WireLog changed = log_of(file.as_logged());
  file.write("another");
  EXPECT_THAT(forget_other_builds(changed).notes, SizeIs(1));
}

Frame place(std::string file, int line) {
  Frame frame = in("/home/me/bank");
  frame.function = "pay()";
  frame.file = std::move(file);
  frame.line = line;
  return frame;
}

TEST(MissingLines, AreTheUsersOnly) {
  MissingLines missing(true);
  missing.look_at({in("/usr/lib/libc.so.6")});
  missing.look_at({place("/home/me/bank.cc", 3)});
  EXPECT_THAT(missing.notes(), IsEmpty());
  missing.look_at({place("", 0), place("/home/me/bank.cc", 9)});
  EXPECT_THAT(missing.notes(),
              ElementsAre("parts of bank have no debug information: compile with -g "
                          "to see lines"));
}

TEST(MissingLines, AreMissedInAFunctionOfOursThatMayHoldTheUsers) {
  MissingLines missing(true);
  Frame frame = place("", 0);
  frame.function = "gridlock::internal::ThreadCall<main::{lambda()#1}>::run()";
  missing.look_at({frame});
  EXPECT_THAT(missing.notes(), ElementsAre(HasSubstr("bank has no debug information")));
}

TEST(MissingLines, AreTheSymbolizersFaultWhereThereIsNone) {
  MissingLines missing(false);
  missing.look_at({place("", 0)});
  EXPECT_THAT(missing.notes(), ElementsAre(HasSubstr("llvm-symbolizer")));
}

TEST(ModuleRecord, IsReadFromTheLog) {
  const WireLog log = read_wire(
      "{\"record\":\"module\",\"path\":\"/b\",\"build_id\":\"ab12\"}\n"
      "{\"record\":\"module\",\"path\":\"/c\",\"size\":5,\"changed_ns\":6}\n"
      "{\"record\":\"module\",\"build_id\":7}\n",
      "log");
  ASSERT_THAT(log.modules, SizeIs(2));
  EXPECT_EQ(log.modules[0].build_id, "ab12");
  EXPECT_EQ(log.modules[1].size, 5U);
  EXPECT_EQ(log.modules[1].changed_ns, 6U);
  EXPECT_EQ(log.error, "log:3: path: missing");
}

}  // namespace
}  // namespace gridlock::internal
