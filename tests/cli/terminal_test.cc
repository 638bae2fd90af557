// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/terminal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>

namespace gridlock::internal {
namespace {

using ::testing::ElementsAre;

// The variables that say what an output can show, and no others of them.
class Terminal : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* const name : kAll) {
      if (const char* const value = std::getenv(name)) before_[name] = value;
      unsetenv(name);
    }
  }
  void TearDown() override {
    for (const char* const name : kAll) unsetenv(name);
    for (const auto& [name, value] : before_) setenv(name.c_str(), value.c_str(), 1);
  }
  static void set(const char* name, const char* value) { setenv(name, value, 1); }

  // One end of a pseudo terminal, -1 where there is none.
  static int terminal() { return posix_openpt(O_RDWR | O_NOCTTY); }

 private:
  static constexpr const char* kAll[] = {
      "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM", "LC_ALL", "LC_CTYPE", "LANG"};
  std::map<std::string, std::string> before_;
};

constexpr int kFile = -1;  // no terminal

TEST_F(Terminal, HasNoColoursWhereThereIsNone) {
  EXPECT_FALSE(wants_color(kFile));
  EXPECT_FALSE(can_rewrite_lines(kFile));
  EXPECT_EQ(terminal_width(kFile), 0U);
}

TEST_F(Terminal, IsForcedByTheEnvironmentButNotByAZero) {
  set("FORCE_COLOR", "0");
  EXPECT_FALSE(wants_color(kFile));
  set("FORCE_COLOR", "false");
  EXPECT_FALSE(wants_color(kFile));
  set("FORCE_COLOR", "1");
  EXPECT_TRUE(wants_color(kFile));
  EXPECT_FALSE(can_rewrite_lines(kFile)) << "colours are no reason to move the cursor in a log";
  set("FORCE_COLOR", "");
  set("CLICOLOR_FORCE", "1");
  EXPECT_TRUE(wants_color(kFile));
}

TEST_F(Terminal, NoColorWinsOverTheOthersAndTheCommandLineOverAll) {
  set("FORCE_COLOR", "1");
  set("NO_COLOR", "1");
  EXPECT_FALSE(wants_color(kFile));
  EXPECT_TRUE(wants_color(kFile, ColorMode::kAlways));
  set("NO_COLOR", "");
  EXPECT_TRUE(wants_color(kFile));
  EXPECT_FALSE(wants_color(kFile, ColorMode::kNever));
}

TEST_F(Terminal, ThatIsDumbHasNeitherColoursNorLinesToRewrite) {
  const int fd = terminal();
  if (fd < 0) GTEST_SKIP() << "no pseudo terminals here";
  set("TERM", "xterm");
  EXPECT_TRUE(wants_color(fd));
  EXPECT_TRUE(can_rewrite_lines(fd));
  set("TERM", "dumb");
  EXPECT_FALSE(wants_color(fd));
  EXPECT_FALSE(can_rewrite_lines(fd));
  set("FORCE_COLOR", "1");
  EXPECT_TRUE(wants_color(fd));
  close(fd);
}

TEST_F(Terminal, WritesAsciiWhereTheLocaleDoesNotSayUtf8) {
  EXPECT_EQ(cut("abcdefgh", 6), "abc...");
  set("LANG", "en_US.UTF-8");
  EXPECT_EQ(cut("abcdefgh", 6), "abcde\u2026");
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  set("LC_ALL", "C");
  EXPECT_EQ(cut("abcdefgh", 6), "abc...");
  EXPECT_EQ(cut("abcdefgh", 2), "...");
  set("LC_ALL", "C.utf8");
  EXPECT_EQ(cut("ab\u00e9def", 4), "ab\u2026") << "no half character";
}

TEST(Wrapped, BreaksAtSpacesAndNeverInsideAWord) {
  EXPECT_THAT(wrapped("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrapped("one two three", 80), ElementsAre("one two three"));
  EXPECT_THAT(wrapped("a incomprehensible b", 5), ElementsAre("a", "incomprehensible", "b"));
  EXPECT_THAT(wrapped("", 5), ElementsAre(""));
}

}  // namespace
}  // namespace gridlock::internal
