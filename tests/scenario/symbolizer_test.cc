// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/symbolizer.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

// Not in the anonymous namespace, and called through their return addresses only.
namespace symbolizer_fixture {

__attribute__((always_inline)) inline std::uintptr_t inlined_place() {
  std::uintptr_t here;
  // The last byte of this very instruction: the next one may be the caller's already.
  asm volatile("leaq -1(%%rip), %0" : "=r"(here));  // NOLINT(hicpp-no-assembler)
  return here;
}

long a_variable[3] = {1, 2, 3};

__attribute__((noinline)) std::uintptr_t outer_place() { return inlined_place(); }

}  // namespace symbolizer_fixture

namespace gridlock::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string own_path() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

CodeAddress own_address(std::uintptr_t address) {
  Dl_info module{};
  EXPECT_NE(dladdr(reinterpret_cast<void*>(address), &module), 0);
  return {own_path(), address - reinterpret_cast<std::uintptr_t>(module.dli_fbase)};
}

Stack stack_of(const CodeAddress& address) {
  Frame frame;
  frame.module = address.module;
  frame.offset = address.offset;
  return {frame};
}

std::vector<std::string> resolve(Stack& stack, const std::string& symbolizer,
                                 std::chrono::milliseconds at_most = std::chrono::seconds(60)) {
  std::vector<std::string> notes;
  const std::array<Stack*, 1> stacks{&stack};
  symbolize(stacks, {symbolizer, at_most}, notes);
  return notes;
}

// An executable file that is no good symbolizer.
class Script {
 public:
  explicit Script(const std::string& body)
      : path_(::testing::TempDir() + "/symbolizer-" + std::to_string(getpid())) {
    std::ofstream(path_) << "#!/bin/sh\n" << body << "\n";
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
  }
  ~Script() { std::filesystem::remove(path_); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class WithLlvm : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::string> notes;
    llvm_ = find_llvm_symbolizer(notes);
    if (llvm_.empty()) GTEST_SKIP() << "no llvm-symbolizer here";
  }
  std::string llvm_;
};

TEST_F(WithLlvm, FindsFunctionFileAndLineAndExpandsInlinedFrames) {
  Stack stack = stack_of(own_address(symbolizer_fixture::outer_place()));
  EXPECT_THAT(resolve(stack, llvm_), IsEmpty());
  ASSERT_EQ(stack.size(), 2U);
  EXPECT_THAT(stack[0].function, HasSubstr("inlined_place"));
  EXPECT_TRUE(stack[0].inlined);
  EXPECT_THAT(stack[1].function, HasSubstr("outer_place"));
  EXPECT_FALSE(stack[1].inlined);
  for (const Frame& frame : stack) {
    EXPECT_THAT(frame.file, EndsWith("tests/scenario/symbolizer_test.cc"));
    EXPECT_GT(frame.line, 0);
    EXPECT_EQ(frame.module, own_path());
  }
}

TEST_F(WithLlvm, LeavesFramesFromSourceLocationAlone) {
  Stack stack(1);
  stack[0].function = "void pay()";
  stack[0].line = 12;
  EXPECT_THAT(resolve(stack, llvm_), IsEmpty());
  ASSERT_EQ(stack.size(), 1U);
  EXPECT_EQ(stack[0].line, 12);
}

TEST_F(WithLlvm, LeavesAModuleThatIsGoneWithoutNames) {
  Stack stack = stack_of({"/no/such/module", 16});
  resolve(stack, llvm_);
  ASSERT_EQ(stack.size(), 1U);
  EXPECT_THAT(stack[0].function, IsEmpty());
  EXPECT_EQ(stack[0].offset, 16U);
}

TEST(Symbolize, SymbolizerThatHangsIsEndedInTime) {
  const Script script("exec sleep 1000");
  Stack stack = stack_of({own_path(), 16});
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::string> notes =
      resolve(stack, script.path(), std::chrono::milliseconds(200));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
  EXPECT_THAT(notes, ElementsAre(HasSubstr("did not finish")));
  EXPECT_EQ(stack.size(), 1U);
}

// One that never comes back from the question about one module, and answers the others.
TEST(Symbolize, ModuleThatTakesTooLongCostsOnlyItsOwnNames) {
  const std::string slow = ::testing::TempDir() + "/a-slow-one" + std::to_string(getpid());
  std::filesystem::copy_file("/proc/self/exe", slow);
  const Script script(R"(while read -r module offset; do
case $module in *slow*) exec sleep 1000;; esac
echo '{"Address":"0x10","ModuleName":'"$module"',"Symbol":[{"FunctionName":"named"}]}'
done)");
  std::vector<std::string> notes;
  const std::vector<CodeAddress> addresses = {{slow, 16}, {slow, 17}, {own_path(), 16}};
  const SymbolTable symbols = resolve_with_llvm(script.path(), addresses, std::chrono::seconds(60),
                                                notes, std::chrono::milliseconds(500));
  std::filesystem::remove(slow);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("did not finish")));
  ASSERT_EQ(symbols.size(), 1U);
  EXPECT_EQ(symbols.begin()->first.module, own_path());
}

TEST(Symbolize, SymbolizerThatTakesAllMemoryOrAnswersWithoutEndIsEnded) {
  Stack stack = stack_of({own_path(), 16});
  const Script script("exec cat /dev/zero");
  EXPECT_THAT(resolve(stack, script.path()), ElementsAre(HasSubstr("does not answer")));
}

TEST(Symbolize, SymbolizerThatTalksNonsenseOrDiesIsNoted) {
  for (const char* const body : {"echo nonsense", "echo '{\"Symbol\":3}'", "echo []", "exit 4",
                                 "kill -9 $$", "head -c 100000 /dev/urandom; echo"}) {
    const Script script(body);
    Stack stack = stack_of({own_path(), 16});
    EXPECT_THAT(resolve(stack, script.path()), ElementsAre(HasSubstr("does not answer"))) << body;
    EXPECT_EQ(stack.size(), 1U);
  }
}

TEST(Symbolize, SymbolizerThatCannotStartIsNoted) {
  Stack stack = stack_of({own_path(), 16});
  EXPECT_THAT(resolve(stack, "/no/such/symbolizer"), ElementsAre(HasSubstr("/no/such/symbolizer")));
}

TEST(Symbolize, ElfutilsNamesFunctionsFilesLinesAndWhatWasInlined) {
  if (!has_libdw()) GTEST_SKIP() << "built without elfutils";
  Stack stack = stack_of(own_address(symbolizer_fixture::outer_place()));
  EXPECT_THAT(resolve(stack, std::string(kLibdw)), IsEmpty());
  ASSERT_EQ(stack.size(), 2U);
  EXPECT_THAT(stack[0].function, HasSubstr("inlined_place"));  // with -g1 it has no more of a name
  EXPECT_TRUE(stack[0].inlined);
  EXPECT_THAT(stack[1].function, HasSubstr("symbolizer_fixture::outer_place()"));
  EXPECT_FALSE(stack[1].inlined);
  for (const Frame& frame : stack) {
    EXPECT_THAT(frame.file, EndsWith("tests/scenario/symbolizer_test.cc"));
    EXPECT_GT(frame.line, 15);
    EXPECT_LT(frame.line, 30);
  }
}

TEST(Symbolize, ElfutilsSaysWhatLlvmSymbolizerSays) {
  std::vector<std::string> notes;
  const std::string llvm = find_llvm_symbolizer(notes);
  if (!has_libdw() || llvm == kLibdw || llvm.empty()) GTEST_SKIP() << "one of the two is not there";
  Stack by_llvm = stack_of(own_address(symbolizer_fixture::outer_place()));
  Stack by_libdw = by_llvm;
  resolve(by_llvm, llvm);
  resolve(by_libdw, std::string(kLibdw));
  ASSERT_EQ(by_llvm.size(), by_libdw.size());
  for (std::size_t i = 0; i < by_llvm.size(); ++i) {
    EXPECT_EQ(by_llvm[i].function, by_libdw[i].function);
    EXPECT_EQ(by_llvm[i].file, by_libdw[i].file);
    EXPECT_EQ(by_llvm[i].line, by_libdw[i].line);
    EXPECT_EQ(by_llvm[i].column, by_libdw[i].column);
  }
}

TEST(Symbolize, ElfutilsNamesVariablesWithTheirSize) {
  if (!has_libdw()) GTEST_SKIP() << "built without elfutils";
  const CodeAddress address =
      own_address(reinterpret_cast<std::uintptr_t>(&symbolizer_fixture::a_variable));
  std::vector<std::string> notes;
  const auto variables = Symbolizer(std::string(kLibdw)).variables(std::array{address}, notes);
  ASSERT_EQ(variables.size(), 1U);
  EXPECT_EQ(variables.at(address).name, "symbolizer_fixture::a_variable");
  EXPECT_GE(variables.at(address).size,
            sizeof symbolizer_fixture::a_variable);  // AddressSanitizer leaves room
}

TEST(Symbolize, ElfutilsLeavesOutWhatIsNoModuleAndSurvivesADamagedOne) {
  if (!has_libdw()) GTEST_SKIP() << "built without elfutils";
  const std::string damaged = testing::TempDir() + "damaged." + std::to_string(getpid());
  std::filesystem::copy_file(own_path(), damaged);
  const auto size = std::filesystem::file_size(damaged);
  for (const double part : {0.9, 0.5, 0.1, 0.001}) {
    std::filesystem::resize_file(damaged,
                                 static_cast<std::uintmax_t>(static_cast<double>(size) * part));
    Stack stack = stack_of({damaged, own_address(symbolizer_fixture::outer_place()).offset});
    resolve(stack, std::string(kLibdw));
    EXPECT_GE(stack.size(), 1U);
  }
  std::filesystem::remove(damaged);
  for (const char* const path : {"/dev/zero", "/etc/passwd", "/no/such/file"}) {
    Stack stack = stack_of({path, 16});
    EXPECT_THAT(resolve(stack, std::string(kLibdw)), IsEmpty());
    EXPECT_EQ(stack.size(), 1U);
  }
}

TEST(Symbolize, FallsBackToThisProcessWithoutASymbolizer) {
  const CodeAddress address = own_address(symbolizer_fixture::outer_place());
  if (resolve_in_process(std::array{address}).empty())
    GTEST_SKIP() << "built without Boost.Stacktrace";
  Stack stack = stack_of(address);
  EXPECT_THAT(resolve(stack, ""), IsEmpty());
  ASSERT_EQ(stack.size(), 1U);
  EXPECT_THAT(stack[0].function, HasSubstr("place"));
  EXPECT_THAT(stack[0].file, EndsWith("symbolizer_test.cc"));
  EXPECT_GT(stack[0].line, 0);
}

TEST(Symbolize, FallbackDoesNotGuessAboutModulesOfOthers) {
  EXPECT_TRUE(resolve_in_process(std::array{CodeAddress{"/no/such/module", 16}}).empty());
}

TEST(FindLlvmSymbolizer, TakesTheOneThatTheUserNamesAndSaysWhenItCannot) {
  const char* const before = std::getenv("GRIDLOCK_SYMBOLIZER");
  const std::string saved = before != nullptr ? before : "";
  std::vector<std::string> notes;
  setenv("GRIDLOCK_SYMBOLIZER", "/bin/true", 1);
  EXPECT_EQ(find_llvm_symbolizer(notes), "/bin/true");
  setenv("GRIDLOCK_SYMBOLIZER", "none", 1);
  EXPECT_EQ(find_llvm_symbolizer(notes), "");
  if (has_libdw()) {
    setenv("GRIDLOCK_SYMBOLIZER", "libdw", 1);
    EXPECT_EQ(find_llvm_symbolizer(notes), kLibdw);
  }
  EXPECT_THAT(notes, IsEmpty());
  setenv("GRIDLOCK_SYMBOLIZER", "/no/such/file", 1);
  EXPECT_NE(find_llvm_symbolizer(notes), "/no/such/file");
  EXPECT_THAT(notes, ElementsAre(HasSubstr("/no/such/file")));
  unsetenv("GRIDLOCK_SYMBOLIZER");
  if (!saved.empty()) setenv("GRIDLOCK_SYMBOLIZER", saved.c_str(), 1);
}

}  // namespace
}  // namespace gridlock::internal
