// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/short_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gridlock::internal {
namespace {

std::string said(const std::string& record, std::uint32_t room = 1000) {
  std::string out(room, '?');
  out.resize(short_text(record.data(), record.size(), out.data(), room));
  return out;
}

std::string object(const std::string& id, const std::string& name,
                   const std::string& type = "Lock") {
  return R"({"id":")" + id + R"(","type":")" + type + R"(","name":")" + name +
         R"~(","created":[{"file":"/src/bank.cc","line":9,"function":"f(\"x\", {])"}]})~";
}

TEST(ShortText, NamesACycleWithPlacesAndThreads) {
  EXPECT_EQ(
      said(R"({"record":"finding","pid":7,"kind":"lock-order-cycle","cycle":["M1","M2"],)"
           R"("edges":[{"from":"M1","to":"M2"}],"threads":[{"id":"T2","name":"gift"},)"
           R"({"id":"T3","name":"","created":[{"module":"/bin/x","offset":1}]}],"objects":[)" +
           object("M1", "alice") + "," + object("M2", "") + "]}\n"),
      "Possible deadlock: lock-order cycle: alice (M1, bank.cc:9) => M2 (bank.cc:9) => alice; "
      "threads gift (T2) and T3 [lock-order-cycle]");
}

TEST(ShortText, SaysWhoWaitsForWhat) {
  EXPECT_EQ(
      said(R"({"kind":"starvation","threads":[{"id":"T1","name":"main","wants":{"object":"S1"}}],)"
           R"("objects":[)" +
           object("T1", "main", "Thread") + "," + object("S1", "slots", "Semaphore") + "]}"),
      "Starvation: main (T1) waits for slots (S1, bank.cc:9) [starvation]");
}

TEST(ShortText, NamesTheObjectThatWasMisusedAndNotTheOperationAgain) {
  EXPECT_EQ(
      said(
          R"({"kind":"misuse-unlock-free","detail":"unlock","threads":[{"id":"T1","name":"main"}],)"
          R"("objects":[)" +
          object("M1", "alice") + "," + object("T1", "main", "Thread") + "]}"),
      "Unlock of a free lock: alice (M1, bank.cc:9); main (T1) [misuse-unlock-free]");
}

TEST(ShortText, GivesADetailThatSaysMore) {
  EXPECT_EQ(
      said(
          R"({"kind":"data-race","detail":"heap-use-after-free","threads":[{"id":"T1","name":"a"}]})"),
      "Data race: heap-use-after-free; a (T1) [data-race]");
  EXPECT_EQ(said(R"({"kind":"data-race","detail":"data-race","threads":[{"id":"T1","name":"a"}]})"),
            "Data race: a (T1) [data-race]");
  EXPECT_EQ(said(R"({"kind":"capacity","detail":"max_objects","objects":[]})"),
            "Out of table space: max_objects [capacity]");
}

TEST(ShortText, SaysOfAHangWhoWaitsForWhat) {
  EXPECT_EQ(
      said(R"({"record":"dump","pid":7,"reason":"hang","threads":[{"id":"T2","name":"a","wants":)"
           R"({"object":"M1"}},{"id":"T1","name":"main"}],"objects":[)" +
           object("M1", "alice") + "]}"),
      "No thread goes on; the log has where each of them is: a (T2) waits for alice (M1, "
      "bank.cc:9) and main (T1) [hang]");
}

TEST(ShortText, CountsWhatIsTooMuchForALine) {
  std::string cycle;
  std::string threads;
  for (int i = 1; i <= 6; ++i) {
    const std::string comma = i == 1 ? "" : ",";
    cycle += comma + "\"M" + std::to_string(i) + "\"";
    threads += comma + R"({"id":"T)" + std::to_string(i) + R"(","name":""})";
  }
  const std::string line =
      said(R"({"kind":"deadlock","cycle":[)" + cycle + R"(],"threads":[)" + threads + "]}");
  EXPECT_EQ(line,
            "Deadlock: M1 => M2 => M3 => M4 => ... 2 more => M1; threads T1, T2, T3, T4 and 2 "
            "more [deadlock]");
}

TEST(ShortText, LetsNoNameSteerTheTerminal) {
  EXPECT_EQ(
      said(
          R"({"kind":"deadlock","cycle":["M1"],"threads":[{"id":"T1","name":"q\"\\\u001b]\u009b\u202e\udb40\udc01"}]})"),
      R"(Deadlock: M1 => M1; thread q"\\x1b]\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81 (T1) [deadlock])");
}

TEST(ShortText, KeepsToItsRoomAndReadsNothingBeyondACutRecord) {
  const std::string record =
      R"({"kind":"lock-order-cycle","cycle":["M1","M2"],"threads":[{"id":"T2","name":"gift"}],"objects":[)" +
      object("M1", "alice") + "]}\n";
  for (std::uint32_t room = 0; room < 120; ++room) EXPECT_LE(said(record, room).size(), room);
  for (std::size_t size = 0; size < record.size(); ++size) {
    const std::string cut(record, 0, size);  // of its own, so that a sanitizer sees a step too far
    EXPECT_LE(said(std::string(cut)).size(), 400U);
  }
}

}  // namespace
}  // namespace gridlock::internal
