// SPDX-License-Identifier: Apache-2.0
//
// Whatever bytes a program has for names, its findings are read, and say which bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "harness/platform/utf8.h"
#include "harness/runtime/core/json_writer.h"
#include "harness/scenario/finish_report.h"
#include "harness/scenario/spawn.h"
#include "harness/scenario/symbolizer.h"
#include "harness/scenario/temp_dir.h"
#include "harness/scenario/text.h"
#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<std::string> names_in(const Probe& run) {
  std::vector<std::string> names;
  for (const Finding& finding : run.wire.findings) names.push_back(finding.objects.front().name);
  return names;
}

bool is_utf8(std::string_view text) { return valid_utf8(text) == text; }

TEST(Names, OfAnyBytesKeepTheirFindingAndShowEachByte) {
  const Probe run = probe("bytes-in-names");
  EXPECT_EQ(run.wire.error, "");
  EXPECT_THAT(run.wire.notes, IsEmpty()) << "nothing had to be repaired";
  EXPECT_TRUE(is_utf8(run.log));
  EXPECT_THAT(names_in(run),
              ElementsAre(R"(a\xffb\xc0\xaf\xed\xa0\x80\xc3)", R"(own \x5cxff of the user)",
                          "\x1b]0;title\a\u202e\u2028\u200b\u0085", "in a thread"));
  EXPECT_EQ(run.wire.findings[3].threads.front().name, R"(\xf0\x9f\x94)");
  EXPECT_EQ(internal::original_bytes(names_in(run)[1]), "own \\xff of the user");
  EXPECT_THAT(run.log, Not(HasSubstr("\u202e"))) << "written as an escape";
}

TEST(Names, StandOnStderrWithTheSameBytesAndSteerNoTerminal) {
  const internal::TempDir folder;
  const Probe run = probe("bytes-in-names", "log_path=" + folder.path() + "/l\x1b[2J\xFF", true);
  EXPECT_THAT(run.output, HasSubstr(R"(a\xffb\xc0\xaf)"));
  EXPECT_THAT(run.output, HasSubstr(R"(\x1b]0;title\x07\xe2\x80\xae\xe2\x80\xa8\xe2\x80\x8b)"));
  EXPECT_THAT(run.output, HasSubstr(R"(/l\x1b[2J\xff; read it with)"));
  EXPECT_THAT(run.output, Not(HasSubstr("\x1b")));
  EXPECT_TRUE(is_utf8(run.output));
}

TEST(Names, AreCutBetweenCharacters) {
  const Probe run = probe("names-cut-in-a-character");
  EXPECT_EQ(run.wire.error, "");
  ASSERT_THAT(run.wire.findings, SizeIs(7));
  const std::vector<std::string> names = names_in(run);
  const std::array<std::size_t, 6> sizes = {254, 254, 253, 254, 253, 252};
  for (std::size_t i = 0; i < sizes.size(); ++i)
    EXPECT_EQ(names[i], std::string(sizes[i], 'x')) << i;
  EXPECT_THAT(names[6], EndsWith("x\u00e9"));
  EXPECT_THAT(names[6], SizeIs(255));
}

TEST(Names, OfControlCharactersLoseNothingForWantOfRoom) {
  const Probe run = probe("names-of-control-characters");
  ASSERT_THAT(run.wire.findings, SizeIs(10));
  EXPECT_THAT(names_in(run), Contains(std::string(250, '\x01') + "9"));
}

TEST(AssertedTexts, AreCutBetweenCharactersToo) {
  const Probe run = probe("long-assertion");
  ASSERT_THAT(run.wire.findings, SizeIs(2));
  EXPECT_EQ(run.wire.findings[0].detail, std::string(510, 'x'));
  EXPECT_EQ(run.wire.findings[1].detail, R"(bytes \xff\xfe)");
}

TEST(DeclaredNames, AreCutBetweenCharactersToo) {
  const Probe run = probe("declared-names", "predict=0");
  EXPECT_EQ(run.wire.error, "");
  ASSERT_THAT(run.wire.findings, SizeIs(1));
  ASSERT_THAT(run.wire.findings[0].locations, SizeIs(1));
  EXPECT_EQ(run.wire.findings[0].locations[0].name,
            std::string(254, 'a') + R"( (M3) before b\xff (M4))");
}

TEST(KernelsName, OfAThreadIsCutBetweenCharactersToo) {
  EXPECT_THAT(probe("thread-name-of-the-kernel").output, HasSubstr("name 12345678901234\n"));
}

TEST(Arguments, OfAnyBytesKeepTheStartRecord) {
  const Probe run = probe("unlock-free \xFF \xC3" + std::string(3000, '\x02') + "\xC3");
  EXPECT_TRUE(run.wire.started);
  EXPECT_EQ(run.wire.error, "");
  ASSERT_GE(run.wire.arguments.size(), 3U);
  EXPECT_EQ(run.wire.arguments[1], R"(\xff)");
  EXPECT_EQ(run.wire.arguments.back(), "...");
}

TEST(Paths, OfAnyBytesKeepTheFindingAndItsLines) {
  const internal::TempDir temp;
  const std::string folder = temp.path() + "/d\xFF\"quoted\"\x02";
  const std::string program = folder + "/probe\xC3";
  std::filesystem::create_directory(folder);
  std::filesystem::copy_file(RUNTIME_PROBE, program);
  internal::SpawnSpec spec;
  spec.argv = {program, "unlock-free"};
  spec.environment = {"GRIDLOCK_OPTIONS=exit_code=0:quiet=1:log_path=" + folder + "/log"};
  internal::wait_bounded(internal::spawn(spec), std::chrono::seconds(60));
  std::ifstream file(folder + "/log");
  const std::string log{std::istreambuf_iterator<char>(file), {}};
  const internal::WireLog wire = internal::read_wire(log, "log");
  EXPECT_EQ(wire.error, "");
  ASSERT_THAT(wire.findings, SizeIs(2));
  EXPECT_THAT(wire.program, EndsWith(R"(/d\xff"quoted")"
                                     "\x02/probe\\xc3"));
  EXPECT_EQ(internal::original_bytes(wire.program), program);
  std::vector<std::string> notes;
  const std::string symbolizer = internal::find_llvm_symbolizer(notes);
  if (symbolizer.empty()) GTEST_SKIP() << "no llvm-symbolizer here";
  std::vector<Finding> findings = wire.findings;
  internal::finish_findings(findings, symbolizer, notes);
  const Frame* const site = user_site(findings.front().threads.front().stack);
  ASSERT_NE(site, nullptr);
  EXPECT_THAT(site->file, EndsWith("/tests/runtime/probe.cc"));
  EXPECT_GT(site->line, 0);
}

// The writer itself: for each text and each room the line is valid, or there is none.
TEST(JsonWriter, CutsAnyTextInAnyRoomBetweenCharacters) {
  const std::string_view texts[] = {
      "\u00e9\u540d\U0001F512 plain \xFF\xC3 \\xff \x01\u202e\U000E0041\"\\", "\xF0\x9F\x94",
      "\\x5cxff"};
  for (const std::string_view text : texts) {
    for (std::size_t room = 24; room < 400; ++room) {
      std::string buffer(room, '!');
      internal::JsonWriter json;
      json.begin(buffer.data(), buffer.size());
      json.open_object();
      json.text("record", std::string(text).c_str());
      json.close_object();
      const std::uint64_t size = json.end_line();
      if (size == 0) continue;
      const std::string line = buffer.substr(0, size);
      EXPECT_TRUE(is_utf8(line)) << room;
      EXPECT_TRUE(internal::is_record(line)) << line;
      if (room == 399) EXPECT_THAT(line, Not(HasSubstr("...")));
    }
  }
}

}  // namespace
}  // namespace gridlock::test
