// SPDX-License-Identifier: Apache-2.0
//
// The records by number, in pages that never move; a page of which no record is left is used for later numbers.
// Numbers are never used again.
#include "harness/platform/pages.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {
namespace {

constexpr u32 kOnPage = 32;
constexpr u32 kMaxPages = 1u << 27;  // that there may ever be

struct Page {
  u32 kept;  // records
  u32 next_free;
  ThreadRecord records[kOnPage];
};

// Guarded by the mutex of the threads, but for looking at.
Table<u32>
    g_directory;  // by number / kOnPage: place in g_pages; 0: none is left, or none was there
Table<Page> g_pages;
u32 g_free = 0;
u32 g_kept = 0;
u32 g_most = 0;
std::atomic<u32> g_newest{0};
constinit ThreadRecord g_nobody{};  // of all that have none

Page* page_of(u32 number) noexcept {
  const u32 at = number / kOnPage;
  if (at >= g_directory.size() || g_directory[at] == 0) return nullptr;
  return &g_pages[g_directory[at]];
}

Page* page_for(u32 number) noexcept {
  if (Page* const known = page_of(number)) return known;
  const u32 at = number / kOnPage;
  if (at >= g_directory.size() && (at >= g_directory.capacity() || !g_directory.resize(at + 1)))
    return nullptr;
  if (g_free == 0 && g_pages.full()) return nullptr;
  const u32 place = g_free != 0 ? g_free : g_pages.add();
  if (g_free != 0) g_free = g_pages[place].next_free;
  g_directory[at] = place;
  return &g_pages[place];
}

void let_page_go(Page* page, u32 number) noexcept {
  if (page->kept != 0) return;
  page->next_free = g_free;
  g_free = g_directory[number / kOnPage];
  g_directory[number / kOnPage] = 0;
}

void clear(ThreadRecord& record) noexcept {
  record.kept.store(false, std::memory_order_release);
  record.object = record.created_stack = record.slot = record.pool = record.detached_at = 0;
  record.os_id = 0;
  record.last_segment = 0;
  record.ended.store(0);
  record.lost_in_fork = record.untracked = record.daemon = record.joinable = record.leaving = false;
  record.cancels_in.store(0);
  record.detached.store(false);
}

}  // namespace

bool init_thread_records(u32 most) noexcept {
  g_most = most;
  if (!g_directory.reserve(kMaxPages) || !g_pages.reserve(most + 1)) return false;
  return !g_pages.full() && g_pages.add() == 0;
}

u32 next_thread_number() noexcept {
  const u32 number = g_newest.load(std::memory_order_relaxed) + 1;
  Page* const page = g_kept < g_most ? page_for(number) : nullptr;
  if (page != nullptr) {
    ++page->kept;
    ++g_kept;
    ThreadRecord& record = page->records[number % kOnPage];
    clear(record);
    record.kept.store(true, std::memory_order_release);
  }
  g_newest.store(number, std::memory_order_release);
  return number;
}

void forget_record(u32 number) noexcept {
  Page* const page = page_of(number);
  if (page == nullptr || !page->records[number % kOnPage].kept.load()) return;
  clear(page->records[number % kOnPage]);
  --page->kept;
  --g_kept;
  let_page_go(page, number);
}

bool has_record(u32 number) noexcept {
  const Page* const page = page_of(number);
  return page != nullptr && page->records[number % kOnPage].kept.load(std::memory_order_acquire);
}

ThreadRecord& thread_record(u32 number) noexcept {
  Page* const page = page_of(number);
  return page != nullptr ? page->records[number % kOnPage] : g_nobody;
}

u32 thread_count() noexcept { return g_newest.load(std::memory_order_acquire); }

u32 next_record(u32 number) noexcept {
  const u32 newest = thread_count();
  for (++number; number <= newest; ++number) {
    const Page* const page = page_of(number);
    if (page == nullptr) {
      number |= kOnPage - 1;
    } else if (page->records[number % kOnPage].kept.load(std::memory_order_acquire)) {
      return number;
    }
  }
  return 0;
}

bool is_past_joining(const ThreadRecord& record) noexcept {
  return record.ended.load(std::memory_order_acquire) != 0 && !record.joinable &&
         !record.lost_in_fork;
}

void each_last_segment(void (*each)(SegmentId segment, void* argument), void* argument) noexcept {
  for (u32 number = next_record(0); number != 0; number = next_record(number)) {
    const ThreadRecord& record = thread_record(number);
    if (!is_past_joining(record)) each(record.last_segment, argument);
  }
}

}  // namespace gridlock::internal
