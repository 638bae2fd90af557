// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/source_roots.h"

#include "harness/scenario/limits.h"
#include "harness/scenario/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace gridlock::internal {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A folder "project" with a file in it, and a file beside it.
class SourceRootsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = fs::current_path();
    write("project/src/a.cc", "inside");
    write("project/build/x.cc", "built");
    write("secret", "secret");
    fs::current_path(folder("project/src"));
  }
  void TearDown() override { fs::current_path(before_); }

  std::string folder(const std::string& name) const { return temp_.path() + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    const std::string path = folder(name);
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }

  TempDir temp_;
  fs::path before_;
};

TEST_F(SourceRootsTest, AreTheCurrentFolderAndNothingBesideIt) {
  SourceRoots roots = SourceRoots::of_current_folder();
  EXPECT_EQ(roots.read(folder("project/src/a.cc")), "inside");
  EXPECT_EQ(roots.read("a.cc"), "inside");
  EXPECT_THAT(roots.notes(), IsEmpty());
  EXPECT_EQ(roots.read(folder("secret")), std::nullopt);
  EXPECT_EQ(roots.read("../../secret"), std::nullopt);
  EXPECT_EQ(roots.read(folder("project/src/../../secret")), std::nullopt);
  EXPECT_EQ(roots.read("/etc/passwd"), std::nullopt);
  EXPECT_EQ(roots.read("/proc/self/environ"), std::nullopt);
  EXPECT_THAT(roots.notes(), ElementsAre(HasSubstr("secret and 4 more files")));
}

TEST_F(SourceRootsTest, FollowLinksBeforeTheyLook) {
  fs::create_symlink(folder("secret"), "link.cc");
  fs::create_symlink(folder(""), "up");
  SourceRoots roots = SourceRoots::of_current_folder();
  EXPECT_EQ(roots.read("link.cc"), std::nullopt);
  EXPECT_EQ(roots.read("up/secret"), std::nullopt);
  EXPECT_EQ(roots.read("up/project/src/a.cc"), "inside");
}

TEST_F(SourceRootsTest, HaveNoNameThatOnlyBeginsAlike) {
  write("project/src2/b.cc", "beside");
  EXPECT_EQ(SourceRoots::of_current_folder().read(folder("project/src2/b.cc")), std::nullopt);
}

TEST_F(SourceRootsTest, ShowNothingThatIsHiddenUnlessTheUserNamesTheFolder) {
  write("project/src/.ssh/key", "key");
  write("project/src/.env", "key");
  SourceRoots roots = SourceRoots::of_current_folder();
  EXPECT_EQ(roots.read(".ssh/key"), std::nullopt);
  EXPECT_EQ(roots.read(".env"), std::nullopt);
  EXPECT_EQ(SourceRoots::of_current_folder({".ssh"}).read(".ssh/key"), "key");
}

TEST_F(SourceRootsTest, AreTheWholeProjectUnderVersionControl) {
  fs::create_directories(folder("project/.git"));
  SourceRoots roots = SourceRoots::of_current_folder();
  EXPECT_EQ(roots.read(folder("project/build/x.cc")), "built");
  EXPECT_EQ(roots.read(folder("project/.git/../build/x.cc")), "built");
  EXPECT_EQ(roots.read(folder("secret")), std::nullopt);
}

TEST_F(SourceRootsTest, AreWhatCMakeRecordedIfThatIsAProject) {
  const std::string entry = "# A comment\nCMAKE_HOME_DIRECTORY:INTERNAL=" + folder("project/src");
  write("elsewhere/CMakeCache.txt", entry + "\n");
  write("elsewhere/sub/y", "");
  fs::current_path(folder("elsewhere/sub"));
  EXPECT_EQ(SourceRoots::of_current_folder().read(folder("project/src/a.cc")), std::nullopt);
  write("project/src/CMakeLists.txt", "");
  EXPECT_EQ(SourceRoots::of_current_folder().read(folder("project/src/a.cc")), "inside");
  EXPECT_EQ(SourceRoots::of_current_folder().read(folder("secret")), std::nullopt);
}

TEST_F(SourceRootsTest, AreThoseOfTheProgramsThatWroteTheLogs) {
  fs::create_directories(folder("project/.git"));
  fs::create_directories(folder("elsewhere"));
  fs::current_path(folder("elsewhere"));
  SourceRoots roots = SourceRoots::of_current_folder();
  EXPECT_EQ(roots.read(folder("project/src/a.cc")), std::nullopt);
  roots.add_project(folder("project/build"));
  EXPECT_EQ(roots.read(folder("project/src/a.cc")), "inside");
}

TEST_F(SourceRootsTest, AreNeverTheHomeOfTheUserOrTheWholeMachine) {
  const char* const home = std::getenv("HOME");
  const std::string old = home != nullptr ? home : "";
  setenv("HOME", folder("project").c_str(), 1);
  fs::create_directories(folder("project/.git"));
  SourceRoots roots = SourceRoots::of_current_folder();
  EXPECT_EQ(roots.read(folder("project/build/x.cc")), std::nullopt);
  fs::current_path(folder("project"));
  EXPECT_EQ(SourceRoots::of_current_folder().read("src/a.cc"), std::nullopt);
  fs::current_path("/");
  EXPECT_EQ(SourceRoots::of_current_folder().read("/etc/passwd"), std::nullopt);
  setenv("HOME", old.c_str(), 1);
}

TEST_F(SourceRootsTest, AreWhatTheUserNamesAndMustBeThere) {
  EXPECT_EQ(SourceRoots::of_current_folder({"/"}).read(folder("secret")), "secret");
  EXPECT_EQ(SourceRoots::of_current_folder({temp_.path()}).read(folder("secret")), "secret");
  EXPECT_THROW(SourceRoots::of_current_folder({folder("secret")}), std::runtime_error);
  EXPECT_THROW(SourceRoots::of_current_folder({folder("nowhere")}), std::runtime_error);
}

TEST_F(SourceRootsTest, GiveRegularFilesOfBoundedSizeOnly) {
  mkfifo("fifo.cc", 0600);
  std::ofstream("large.cc") << std::string(kLargestSource + 1, 'x');
  SourceRoots roots = SourceRoots::of_current_folder({"/"});
  EXPECT_EQ(roots.read("fifo.cc"), std::nullopt);
  EXPECT_EQ(roots.read("large.cc"), std::nullopt);
  EXPECT_EQ(roots.read("/dev/zero"), std::nullopt);
  EXPECT_EQ(roots.read("."), std::nullopt);
  EXPECT_EQ(roots.read(""), std::nullopt);
  EXPECT_EQ(roots.read(std::string("a.cc\0x", 6)), std::nullopt);
  EXPECT_EQ(roots.read("/proc/self/environ").value_or(""), "");
}

TEST_F(SourceRootsTest, FindAPathThatTheLogHasAsBytes) {
  write("project/src/d\xFF/a.cc", "bytes");
  EXPECT_EQ(SourceRoots::of_current_folder().read("d\\xff/a.cc"), "bytes");
  EXPECT_EQ(SourceRoots::everything().read(folder("secret")), "secret");
}

}  // namespace
}  // namespace gridlock::internal
