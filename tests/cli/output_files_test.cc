// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/output_files.h"

#include "harness/cli/actions.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gridlock::internal {
namespace {

namespace fs = std::filesystem;

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): googletest makes and deletes it
class OutputFiles : public ::testing::Test {
 public:
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;

 protected:
  OutputFiles() : folder_(fs::path(::testing::TempDir()) / ("out-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  // NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor)
  ~OutputFiles() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static std::string content(const std::string& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::ptrdiff_t entries() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }

  fs::path folder_;
};

TEST_F(OutputFiles, WriteReplacesTheFileAndLeavesNothingBeside) {
  write_file(path("a"), "first, and longer");
  write_file(path("a"), "second");
  EXPECT_EQ(content(path("a")), "second");
  EXPECT_EQ(entries(), 1);
}

TEST_F(OutputFiles, FailedWriteNamesTheFileAndLeavesNothing) {
  fs::create_directory(path("taken"));
  EXPECT_THROW(write_file(path("taken"), "text"), UsageError);
  EXPECT_THROW(write_file(path("no/such/folder/a"), "text"), UsageError);
  EXPECT_EQ(entries(), 1);
}

TEST_F(OutputFiles, MissingDirectoryIsMade) {
  require_writable_directory(path("new/deep"), "--report");
  EXPECT_TRUE(fs::is_directory(path("new/deep")));
  EXPECT_TRUE(fs::is_empty(path("new/deep"))) << "the trial left nothing";
}

TEST_F(OutputFiles, DirectoryThatCannotBeIsRefusedWithTheOptionsName) {
  write_file(path("file"), "text");
  for (const std::string& bad : {path("file"), path("file/below"), std::string("/proc/gridlock")}) {
    try {
      require_writable_directory(bad, "--report");
      ADD_FAILURE() << bad;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find("--report: '" + bad + "'"), std::string::npos);
    }
  }
}

TEST_F(OutputFiles, FileIsRefusedWhereADirectoryIs) {
  EXPECT_THROW(require_writable_file(folder_.string(), "--json"), UsageError);
  EXPECT_NO_THROW(require_writable_file(path("new.json"), "--json"));
}

}  // namespace
}  // namespace gridlock::internal
