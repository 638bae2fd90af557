// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/code_host.h"

#include <gridlock/report.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "harness/scenario/temp_dir.h"

namespace gridlock::internal {
namespace {

const std::string kCommit = "0123456789abcdef0123456789abcdef01234567";

std::string of(std::string_view remote) { return code_url(remote, kCommit, ""); }

TEST(CodeUrl, IsThatOfTheHostInTheFormThatItTakes) {
  const std::string hub = "https://github.com/me/bank/blob/" + kCommit + "/{path}#L{line}";
  EXPECT_EQ(of("https://github.com/me/bank.git"), hub);
  EXPECT_EQ(of("https://github.com/me/bank/"), hub);
  EXPECT_EQ(of("git@github.com:me/bank.git"), hub);
  EXPECT_EQ(of("ssh://git@github.com/me/bank.git"), hub);
  EXPECT_EQ(of("ssh://git@github.com:22/me/bank"), hub);
  EXPECT_EQ(of("git://github.com/me/bank.git"), hub);
  EXPECT_EQ(of("https://gitlab.com/group/part/bank.git"),
            "https://gitlab.com/group/part/bank/-/blob/" + kCommit + "/{path}#L{line}");
  EXPECT_EQ(of("git@codeberg.org:me/bank.git"),
            "https://codeberg.org/me/bank/src/commit/" + kCommit + "/{path}#L{line}");
  EXPECT_EQ(of("https://gitea.example:3000/me/bank"),
            "https://gitea.example:3000/me/bank/src/commit/" + kCommit + "/{path}#L{line}");
  EXPECT_EQ(of("git@bitbucket.org:me/bank.git"),
            "https://bitbucket.org/me/bank/src/" + kCommit + "/{path}#lines-{line}");
}

TEST(CodeUrl, KeepsNoPasswordOfTheRemote) {
  EXPECT_EQ(of("https://me:secret@github.com/me/bank.git"), of("https://github.com/me/bank"));
  EXPECT_EQ(of("https://ghp_token@github.com/me/bank.git"), of("https://github.com/me/bank"));
}

TEST(CodeUrl, IsOfTheHostBehindTheUserName) {
  EXPECT_EQ(of("https://evil.example\\@github.com/me/bank"), of("https://github.com/me/bank"));
}

TEST(CodeUrl, NamesTheFolderOfTheProject) {
  EXPECT_EQ(code_url("git@github.com:me/all.git", kCommit, "code/bank"),
            "https://github.com/me/all/blob/" + kCommit + "/code/bank/{path}#L{line}");
}

TEST(CodeUrl, IsEmptyForWhatIsNoHostThatIsKnown) {
  for (const char* const remote :
       {"", "https://git.example.com/me/bank", "/srv/git/bank.git", "../bank",
        "file:///srv/git/github.com/bank", "https://notgithub.com/me/bank", "github.com"}) {
    EXPECT_EQ(of(remote), "") << remote;
  }
}

TEST(CodeUrl, IsEmptyForWhatIsMeantToDoHarm) {
  for (const char* const remote :
       {"javascript://github.com/%0aalert(1)/x", "https://github.com/me/\"><script>",
        "https://github.com/../../x", "https://github.com/me/bank?x=//evil", "https://github.com",
        "https://github.com/me", "https://github.com:80@evil.example/me/bank",
        "https://github.com/me/ba nk", "git@-oProxyCommand=x.github.com:me/bank",
        "ext::sh -c github.com/a/b", "https://github.com/me/bank\nurl = x",
        "https://github.com:99999999/me/bank"}) {
    EXPECT_EQ(of(remote), "") << remote;
  }
  EXPECT_EQ(code_url("git@github.com:me/bank", "master", ""), "");
  EXPECT_EQ(code_url("git@github.com:me/bank", "../../../../x", ""), "");
  EXPECT_EQ(code_url("git@github.com:me/bank", kCommit, "a\"b"), "");
  EXPECT_EQ(code_url("git@github.com:me/bank", kCommit, "../b"), "");
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

class Clone : public ::testing::Test {
 protected:
  Clone() : top_(temp_.path()) {
    write(git() / "config",
          "[core]\n\tbare = false\n[remote \"fork\"]\n\turl = git@github.com:fork/bank\n"
          "[remote \"origin\"]\n\turl = git@github.com:me/bank.git\n\tfetch = +refs\n");
    write(git() / "HEAD", "ref: refs/heads/main\n");
  }
  std::filesystem::path git() const { return top_ / ".git"; }

  TempDir temp_;
  std::filesystem::path top_;
};

TEST_F(Clone, IsReadWithoutGit) {
  write(git() / "refs/heads/main", kCommit + "\n");
  EXPECT_EQ(code_url_of(top_.string()), of("git@github.com:me/bank"));
  std::filesystem::create_directories(top_ / "code");
  EXPECT_EQ(code_url_of((top_ / "code").string()),
            code_url("git@github.com:me/bank", kCommit, "code"));
}

TEST_F(Clone, MayHaveItsBranchesPacked) {
  write(git() / "packed-refs", "# pack-refs with: peeled\n" + std::string(40, 'a') +
                                   " refs/heads/other\n" + kCommit + " refs/heads/main\n");
  EXPECT_EQ(code_url_of(top_.string()), of("git@github.com:me/bank"));
}

TEST_F(Clone, MayHaveMoreWorkingTrees) {
  write(git() / "refs/heads/side", kCommit + "\n");
  write(git() / "worktrees/side/HEAD", "ref: refs/heads/side\n");
  write(git() / "worktrees/side/commondir", "../..\n");
  write(top_ / "side/.git", "gitdir: " + (git() / "worktrees/side").string() + "\n");
  EXPECT_EQ(code_url_of((top_ / "side").string()), of("git@github.com:me/bank"));
}

TEST_F(Clone, WithoutACommitHasNoAddress) {
  EXPECT_EQ(code_url_of(top_.string()), "");
  write(git() / "HEAD", "ref: refs/../../../etc/passwd\n");
  EXPECT_EQ(code_url_of(top_.string()), "");
}

TEST(PlaceUrl, OpensAnEditorOrAPageAndRunsNothing) {
  EXPECT_TRUE(is_place_url("vscode://file/{path}:{line}"));
  EXPECT_TRUE(is_place_url("idea://open?file={path}&line={line}"));
  EXPECT_TRUE(is_place_url("https://git.example.com/bank/{path}#L{line}"));
  for (const char* const url :
       {"", "{path}", "vscode://file/", "javascript:{path}", "JavaScript:{path}", "data:{path}",
        "vbscript:{path}", "blob:{path}", "java\tscript:{path}", " javascript:{path}",
        "https://x/\"onclick=\"{path}", "https://x/<{path}", ":{path}", "{path}:x"}) {
    EXPECT_FALSE(is_place_url(url)) << url;
  }
}

}  // namespace
}  // namespace gridlock::internal
