// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace gridlock {
namespace {

bool contains(const std::vector<ThreadSnapshot>& all, std::uint32_t id) {
  return std::ranges::find(all, id, &ThreadSnapshot::id) != all.end();
}

TEST(CurrentThread, IsMainInTheThreadThatCalledMain) {
  const ThreadSnapshot self = current_thread();
  EXPECT_EQ(self.id, this_thread_id());
  EXPECT_EQ(self.name, "main");
  EXPECT_EQ(self.os_id, ::getpid());
  EXPECT_TRUE(self.is_main);
  EXPECT_TRUE(self.is_alive);
  EXPECT_FALSE(self.daemon);
  EXPECT_EQ(self.label(), "main (T" + std::to_string(self.id) + ")");
}

TEST(CurrentThread, HasTheNameAndKindThatItWasStartedWith) {
  ThreadSnapshot seen;
  Thread thread{ThreadOptions{.name = "worker", .daemon = true}, [&] { seen = current_thread(); }};
  const std::uint32_t id = thread.id();
  thread.join();
  EXPECT_EQ(seen.id, id);
  EXPECT_EQ(seen.name, "worker");
  EXPECT_NE(seen.os_id, 0);
  EXPECT_TRUE(seen.daemon);
  EXPECT_FALSE(seen.is_main);
}

TEST(CurrentThread, OfAThreadWithoutANameIsCalledByItsNumber) {
  ThreadSnapshot seen;
  Thread{[&] { seen = current_thread(); }}.join();
  EXPECT_EQ(seen.name, "");
  EXPECT_EQ(seen.label(), "T" + std::to_string(seen.id));
}

TEST(CurrentThread, KnowsAThreadThatWasMadeInAnotherWay) {
  ThreadSnapshot seen;
  std::thread{[&] {
    set_this_thread_name("foreign");
    seen = current_thread();
  }}.join();
  EXPECT_EQ(seen.name, "foreign");
  EXPECT_TRUE(seen.is_alive);
}

TEST(EnumerateThreads, HasAThreadFromItsStartToItsEndAndNotLonger) {
  const std::uint32_t before = active_count();
  EXPECT_TRUE(contains(enumerate_threads(), this_thread_id()));
  Event go_home;
  Thread thread{"guest", [&] { go_home.wait(); }};
  const std::uint32_t id = thread.id();
  EXPECT_TRUE(thread.is_alive());
  EXPECT_EQ(active_count(), before + 1);
  EXPECT_TRUE(contains(enumerate_threads(), id));
  EXPECT_EQ(enumerate_threads().size(), active_count());
  go_home.set();
  thread.join();
  EXPECT_FALSE(thread.is_alive());
  EXPECT_EQ(active_count(), before);
  EXPECT_FALSE(contains(enumerate_threads(), id));
}

TEST(ThreadName, CanBeChangedFromOutsideAndFromInside) {
  Event named;
  Event go_home;
  Thread thread{"first", [&] {
                  set_this_thread_name("second");
                  named.set();
                  go_home.wait();
                  EXPECT_EQ(this_thread_name(), "third");
                }};
  named.wait();
  EXPECT_EQ(thread.name(), "second");
  thread.set_name("third");
  EXPECT_EQ(thread.name(), "third");
  go_home.set();
  thread.join();
}

TEST(ThreadName, IsEmptyAndStaysSoWhereThereIsNoThread) {
  Thread none;
  none.set_name("nobody");
  EXPECT_EQ(none.name(), "");
  EXPECT_EQ(none.id(), 0U);
  EXPECT_FALSE(none.is_alive());
}

}  // namespace
}  // namespace gridlock
