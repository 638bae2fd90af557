// SPDX-License-Identifier: Apache-2.0
//
// The writer of the log by itself, against a reader that is none of ours.
#include "harness/runtime/core/json_writer.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace gridlock::internal {
namespace {

std::string written(const std::function<void(JsonWriter&)>& write, std::size_t room = 4096) {
  std::vector<char> memory(room);  // of just that size: AddressSanitizer sees a step beyond
  JsonWriter json;
  json.begin(memory.data(), memory.size());
  write(json);
  const u64 size = json.end_line();
  EXPECT_LE(size, room);
  return {memory.data(), size};
}

std::string text_of(const std::string& value, std::size_t room = 4096) {
  return written([&](JsonWriter& json) { json.text(nullptr, value.c_str()); }, room);
}

TEST(JsonWriter, PutsCommasBetweenMembersAndElementsOnly) {
  const std::string line = written([](JsonWriter& json) {
    json.open_object();
    json.number("a", 1);
    json.open_array("b");
    json.text(nullptr, "x");
    json.open_object();
    json.close_object();
    json.number(nullptr, 2);
    json.open_array();
    json.close_array();
    json.close_array();
    json.boolean("c", true);
    json.boolean("d", false);
    json.raw("e", "[1,2]rest", 5);
    json.open_object("f");
    json.text("g", "");
    json.close_object();
    json.close_object();
  });
  EXPECT_EQ(
      line,
      "{\"a\":1,\"b\":[\"x\",{},2,[]],\"c\":true,\"d\":false,\"e\":[1,2],\"f\":{\"g\":\"\"}}\n");
}

TEST(JsonWriter, WritesNumbersToTheLastDigit) {
  EXPECT_EQ(written([](JsonWriter& json) { json.number(nullptr, 0); }), "0\n");
  EXPECT_EQ(written([](JsonWriter& json) { json.number(nullptr, ~u64{0}); }),
            "18446744073709551615\n");
}

TEST(JsonWriter, EscapesWhatEndsATextAndWhatControls) {
  EXPECT_EQ(text_of("a\"b\\c"), "\"a\\\"b\\\\c\"\n");
  EXPECT_EQ(text_of("a\nb\tc"), "\"a\\u000ab\\u0009c\"\n");
  EXPECT_EQ(text_of(std::string("\x01\x1f\x7f")), "\"\\u0001\\u001f\\u007f\"\n");
  EXPECT_EQ(text_of("</script>"), "\"</script>\"\n")
      << "whoever makes a page of it escapes it there";
}

TEST(JsonWriter, LeavesWhatCanBeReadAsItIsAndHidesNothing) {
  EXPECT_EQ(text_of("gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\x92"),
            "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\x92\"\n");
  EXPECT_EQ(text_of("a\xe2\x80\xae"
                    "b"),
            "\"a\\u202eb\"\n")
      << "it would turn the direction of what follows";
}

TEST(JsonWriter, ShowsBytesThatAreNoTextSoThatTheyCanBeHadAgain) {
  EXPECT_EQ(text_of("a\xff"
                    "b"),
            "\"a\\\\xffb\"\n");
  EXPECT_EQ(text_of("\xc3"), "\"\\\\xc3\"\n") << "the end of a character is missing";
  EXPECT_EQ(text_of("\xed\xa0\x80"), "\"\\\\xed\\\\xa0\\\\x80\"\n") << "half of a pair";
  EXPECT_EQ(text_of("\\xff"), "\"\\\\x5cxff\"\n") << "and what was such a text before is another";
}

TEST(JsonWriter, CutsATextBetweenTwoCharactersAtHalfOfTheRoom) {
  const std::string line = text_of(std::string(1000, 'x'), 200);
  EXPECT_EQ(line.substr(line.size() - 5), "...\"\n");
  EXPECT_LE(line.size(), 105u);
  for (std::size_t room = 40; room < 80; ++room) {
    std::string lines;
    for (int i = 0; i < 100; ++i) lines += "\xc3\xbc";
    const std::string cut = text_of(lines, room);
    ASSERT_EQ((cut.size() - std::string("\"...\"\n").size()) % 2, 0u) << cut;
  }
}

TEST(JsonWriter, SaysThatALineDidNotFitAndWritesNotBeyond) {
  const auto write = [](JsonWriter& json) {
    json.open_array();
    for (int i = 0; i < 20; ++i) json.number(nullptr, 12345);
    json.close_array();
  };
  const std::string whole = written(write);
  EXPECT_EQ(written(write, whole.size()), whole);
  for (std::size_t room = 0; room < whole.size(); ++room)
    ASSERT_EQ(written(write, room), "") << room;
}

TEST(JsonWriter, NamesThingsOfAProcessWithItsNumberAndSharedOnesWithout) {
  const auto ids = [](u32 process) {
    return written([process](JsonWriter& json) {
      json.set_process(process);
      json.open_array();
      json.id(nullptr, 'M', 3);
      json.id(nullptr, 'T', 1);
      json.id_in(nullptr, 7, 'M', 4);
      json.id_in(nullptr, 0, 'M', 5);
      json.close_array();
    });
  };
  EXPECT_EQ(ids(0), "[\"M3\",\"T1\",\"P7.M4\",\"M5\"]\n");
  EXPECT_EQ(ids(2), "[\"P2.M3\",\"P2.T1\",\"P7.M4\",\"M5\"]\n");
}

TEST(JsonWriter, BeginsAgainWithNothingOfTheLineBefore) {
  char memory[64];
  JsonWriter json;
  json.begin(&memory[0], 4);
  json.set_process(3);
  json.number(nullptr, 123456);
  EXPECT_TRUE(json.overflowed());
  json.begin(&memory[0], sizeof memory);
  json.id(nullptr, 'M', 1);
  EXPECT_FALSE(json.overflowed());
  EXPECT_EQ(std::string(json.data(), json.end_line()), "\"M1\"\n");
}

}  // namespace
}  // namespace gridlock::internal
