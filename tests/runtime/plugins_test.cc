// SPDX-License-Identifier: Apache-2.0
//
// A plug-in is unloaded, and with it the constants that say where its objects were made, the names of
// its functions, and in one case the Gridlock that its threads used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

Probe host(const std::string& what, const char* library = RUNTIME_PLUGIN) {
  return run_program(RUNTIME_PLUGIN_HOST, std::string(library) + " " + what);
}

void expect_done(const Probe& run) {
  EXPECT_EQ(run.signal, 0) << run.output;
  EXPECT_EQ(run.exit_code, 0) << run.output << run.log;
  EXPECT_THAT(run.output, EndsWith("all done\n"));
}

// "file:line" of all places at which objects of the finding were made.
std::vector<std::string> made_at(const Finding& finding) {
  std::vector<std::string> all;
  for (const Object& object : finding.objects) {
    for (const Frame& frame : object.created)
      all.push_back(frame.file.substr(frame.file.rfind('/') + 1) + ":" +
                    std::to_string(frame.line));
  }
  return all;
}

class UnloadedPlugin : public testing::TestWithParam<const char*> {};
TEST_P(UnloadedPlugin, LeavesACorrectProgramAlone) {
  for (const char* library : {RUNTIME_PLUGIN, RUNTIME_PLUGIN_OWN}) {
    const Probe run = host(GetParam(), library);
    expect_done(run);
    EXPECT_THAT(run.kinds(), IsEmpty());
  }
}
INSTANTIATE_TEST_SUITE_P(After, UnloadedPlugin, testing::Values("order", "waits", "cycle"),
                         [](const auto& what) { return std::string(what.param); });

TEST(ObjectOfAnUnloadedPlugin, KeepsThePlaceWhereItWasMade) {
  for (const char* what : {"misuse", "thread"}) {
    const Probe run = host(what);
    expect_done(run);
    ASSERT_THAT(run.kinds(), ElementsAre("misuse-unlock-free")) << run.log;
    EXPECT_THAT(made_at(run.wire.findings[0]), Contains("plugin.cc:15")) << run.log;
  }
}

TEST(ObjectOfAnUnloadedPlugin, ThatIsFirstUsedAfterwardsHasNoPlaceThatAnybodyKnows) {
  const Probe run = host("outlives");
  expect_done(run);
  EXPECT_THAT(run.kinds(), ElementsAre("misuse-unlock-free"));
}

TEST(HoldOfAnUnloadedPlugin, IsListedWithWhatIsKnown) {
  const Probe run = host("held");
  expect_done(run);
  EXPECT_THAT(run.kinds(), Contains("misuse-unlock-free"));
}

TEST(CodeOfAnUnloadedPlugin, IsStillNamedByItsFile) {
  const Probe run = host("thread");
  EXPECT_THAT(run.log, HasSubstr("runtime_plugin.so\"")) << run.log;
}

TEST(PluginWithAGridlockOfItsOwn, StaysForTheThreadsThatUsedIt) {
  const Probe run = run_program(RUNTIME_PLUGIN_BARE_HOST, RUNTIME_PLUGIN_OWN);
  expect_done(run);
  EXPECT_THAT(run.kinds(), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
