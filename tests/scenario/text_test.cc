// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/text.h"

#include "harness/platform/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace gridlock::internal {
namespace {

using ::testing::HasSubstr;

// As one UTF-8 sequence; also what is no character, so that the table can be tried.
std::string encoded(unsigned code) {
  const auto byte = [](unsigned value) { return std::string(1, static_cast<char>(value)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) return byte(0xC0 | code >> 6) + byte(0x80 | (code & 0x3F));
  if (code < 0x10000)
    return byte(0xE0 | code >> 12) + byte(0x80 | (code >> 6 & 0x3F)) + byte(0x80 | (code & 0x3F));
  return byte(0xF0 | code >> 18) + byte(0x80 | (code >> 12 & 0x3F)) +
         byte(0x80 | (code >> 6 & 0x3F)) + byte(0x80 | (code & 0x3F));
}

TEST(Utf8, IsEveryCharacterAndNothingElse) {
  for (unsigned code = 0; code < 0x120000; ++code) {
    const std::string text = encoded(code);
    const bool is_character = code < 0xD800 || (code > 0xDFFF && code < 0x110000);
    ASSERT_EQ(sequence_length(text.data(), text.size()), is_character ? text.size() : 0U) << code;
    if (is_character) ASSERT_EQ(code_point(text.data(), static_cast<u32>(text.size())), code);
  }
  for (const std::string overlong : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF"})
    EXPECT_EQ(sequence_length(overlong.data(), overlong.size()), 0U);
}

TEST(Utf8, EndsBeforeACharacterThatWasCut) {
  for (const std::string character : {"\u00e9", "\u540d", "\U0001F512"}) {
    const std::string text = "ab" + character;
    EXPECT_EQ(without_cut_character(text.data(), text.size()), text.size());
    for (std::size_t size = 3; size < text.size(); ++size)
      EXPECT_EQ(without_cut_character(text.data(), size), 2U) << size;
  }
  EXPECT_EQ(without_cut_character("a\xFF", 2), 2U) << "not cut but wrong: it is shown";
  EXPECT_EQ(without_cut_character("a\x80\x80\x80\x80", 5), 5U);
  EXPECT_EQ(without_cut_character("", 0), 0U);
}

TEST(Printable, ShowsWhatIsHiddenAndLeavesWhatIsSeen) {
  const std::array<unsigned, 24> hidden = {0x00,   0x1B,   0x7F,   0x85,   0x9B,    0xAD,
                                           0x34F,  0x61C,  0x200B, 0x200D, 0x200F,  0x2028,
                                           0x2029, 0x202A, 0x202E, 0x2060, 0x2066,  0x2069,
                                           0x206F, 0x3164, 0xFEFF, 0xFFF9, 0xE0001, 0xE0FFF};
  for (const unsigned code : hidden)
    EXPECT_THAT(printable(encoded(code)), HasSubstr("\\x")) << std::hex << code;
  for (const unsigned code :
       {0x09U, 0x0AU, 0x20U, 0xA0U, 0xE9U, 0x200AU, 0x2010U, 0x2065U - 0x10U, 0xFE0FU, 0x1F512U})
    EXPECT_EQ(printable(encoded(code)), encoded(code)) << std::hex << code;
}

TEST(ValidUtf8, LeavesWhatIsValidAndTellsBytesFromTheUsersOwn) {
  EXPECT_EQ(valid_utf8("\u540d \\xff"), "\u540d \\xff");
  EXPECT_EQ(valid_utf8("\xFF \\xff"), "\\xff \\x5cxff");
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), "\\xed\\xa0\\x80");
  for (const std::string bytes : {"\xFF", "a\\xffb\xFE", "\\x5c\xC0", "\\\\xff\xC3"})
    EXPECT_EQ(original_bytes(valid_utf8(bytes)), bytes);
}

TEST(JsonPrintable, IsTheSameDocument) {
  EXPECT_EQ(json_printable("{\"a\": \"\u202e\u540d\U000E0041\"}\n"),
            "{\"a\": \"\\u202e\u540d\\udb40\\udc41\"}\n");
}

TEST(RepairedJson, ChangesWrongStringsOnly) {
  const std::string good = R"({"a":"b\"\\ \ud83d\udd12 é","c":[1,null]})";
  EXPECT_EQ(repaired_json(good), good);
  EXPECT_EQ(repaired_json("{\"a\":\"\xFF\x01\"}"), R"({"a":"\\xff\u0001"})");
  EXPECT_EQ(repaired_json(R"(["\ud800","\udc00x","\ud800\u0041"])"),
            R"(["\\xed\\xa0\\x80","\\xed\\xb0\\x80x","\\xed\\xa0\\x80\u0041"])");
  EXPECT_EQ(repaired_json(R"(["\\ud800"])"), R"(["\\ud800"])") << "a backslash, and text";
  EXPECT_EQ(repaired_json("\"\\"), "\"\\") << "cut";
}

}  // namespace
}  // namespace gridlock::internal
