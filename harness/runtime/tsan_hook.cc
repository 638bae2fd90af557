// SPDX-License-Identifier: Apache-2.0
//
// ThreadSanitizer's findings as data. It calls __tsan_on_report for each report, in the thread that
// made the later access, and answers questions about it (sanitizer/tsan_interface.h and the
// debugger interface of tsan_debugging.cpp). Nothing here may allocate, lock through libc, start a
// thread or throw.
//
// This file is an OBJECT library of its own: ThreadSanitizer defines a weak function of the same
// name, so an archive member would never be asked for.
#include <sys/types.h>

#include "harness/platform/tsan.h"
#include "harness/runtime/finding_line.h"
#include "harness/runtime/runtime.h"
#include "harness/runtime/threads.h"

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): ThreadSanitizer's names
extern "C" {
using TsanWord = unsigned long;
__attribute__((weak)) int __tsan_get_report_data(void* report, const char** description, int* count,
                                                 int* stack_count, int* mop_count, int* loc_count,
                                                 int* mutex_count, int* thread_count,
                                                 int* unique_tid_count, void** sleep_trace,
                                                 TsanWord trace_size);
__attribute__((weak)) int __tsan_get_report_stack(void* report, TsanWord idx, void** trace,
                                                  TsanWord trace_size);
__attribute__((weak)) int __tsan_get_report_mop(void* report, TsanWord idx, int* tid, void** addr,
                                                int* size, int* write, int* atomic, void** trace,
                                                TsanWord trace_size);
__attribute__((weak)) int __tsan_get_report_loc(void* report, TsanWord idx, const char** type,
                                                void** addr, TsanWord* start, TsanWord* size,
                                                int* tid, int* fd, int* suppressable, void** trace,
                                                TsanWord trace_size);
__attribute__((weak)) int __tsan_get_report_thread(void* report, TsanWord idx, int* tid,
                                                   pid_t* os_id, int* running, const char** name,
                                                   int* parent_tid, void** trace,
                                                   TsanWord trace_size);
void __tsan_on_report(void* report);
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)

namespace gridlock::internal {
namespace {

constexpr u32 kMostItems = 16;
constexpr u32 kTrace = kStackLimit;

// ThreadSanitizer's number of a thread, and ours.
struct ThreadPair {
  int tsan;
  u32 ours;
};

// Calls that were inlined come as several frames with one address; the runner expands them itself.
void write_trace(JsonWriter& json, const char* key, void* const* trace) noexcept {
  uptr frames[kTrace];
  u32 size = 0;
  for (u32 i = 0; i < kTrace && trace[i] != nullptr; ++i) {
    const auto address = reinterpret_cast<uptr>(trace[i]);
    if (size == 0 || frames[size - 1] != address) frames[size++] = address;
  }
  write_stack(json, key, &frames[0], size);
}

// ThreadSanitizer does not mark the end. (An initialiser would be a call of memset, which it
// intercepts.)
void clear(void** trace) noexcept {
  for (u32 i = 0; i < kTrace; ++i) trace[i] = nullptr;
}

bool same(const char* a, const char* b) noexcept {
  const u32 length = length_of(a);
  return length == length_of(b) && same_text(a, b, length);
}

class Reading {
 public:
  explicit Reading(void* report) noexcept : report_(report) {
    void* sleep[1] = {};
    int stacks = 0;
    int mutexes = 0;
    int unique = 0;
    int count = 0;
    __tsan_get_report_data(report, &description_, &count, &stacks, &accesses_, &locations_,
                           &mutexes, &threads_, &unique, &sleep[0], 1);
    // Now, because making a thread known may have to write a finding of its own.
    for (int i = 0; i < threads_ && pairs_used_ < kMostItems; ++i)
      learn_thread(static_cast<TsanWord>(i));
  }

  Kind kind() const noexcept {
    constexpr const char* kRaces[] = {"data-race", "data-race-vptr", "heap-use-after-free",
                                      "heap-use-after-free-vptr", "external-race"};
    for (const char* race : kRaces) {
      if (same(description_, race)) return Kind::kDataRace;
    }
    return Kind::kTsanReport;
  }

  void write(FindingLine& line) noexcept {
    JsonWriter& json = line.json();
    json.text("detail", description_);
    json.open_array("accesses");
    for (int i = 0; i < accesses_; ++i) write_access(line, static_cast<TsanWord>(i));
    json.close_array();
    json.open_array("locations");
    for (int i = 0; i < locations_; ++i) write_location(json, static_cast<TsanWord>(i));
    json.close_array();
    json.open_array("threads");
    for (u32 i = 0; i < pairs_used_; ++i)
      write_thread_by_number(json, pairs_[i].ours, line.mentioned());
    json.close_array();
  }

 private:
  void learn_thread(TsanWord index) noexcept {
    int tsan = 0;
    pid_t os_id = 0;
    int running = 0;
    const char* name = nullptr;
    int parent = 0;
    void* trace[1] = {};
    __tsan_get_report_thread(report_, index, &tsan, &os_id, &running, &name, &parent, &trace[0], 1);
    pairs_[pairs_used_++] = {tsan, number_of_os_thread(static_cast<int>(os_id))};
  }

  u32 ours(int tsan) const noexcept {
    for (u32 i = 0; i < pairs_used_; ++i) {
      if (pairs_[i].tsan == tsan) return pairs_[i].ours;
    }
    return 0;
  }

  void write_access(FindingLine& line, TsanWord index) noexcept {
    JsonWriter& json = line.json();
    int tsan = 0;
    void* address = nullptr;
    int size = 0;
    int write = 0;
    int atomic = 0;
    void* trace[kTrace];
    clear(&trace[0]);
    __tsan_get_report_mop(report_, index, &tsan, &address, &size, &write, &atomic, &trace[0],
                          kTrace);
    json.open_object();
    write_thread_id(json, "thread", ours(tsan));
    json.boolean("write", write != 0);
    json.boolean("atomic", atomic != 0);
    json.number("size", static_cast<u64>(size));
    json.number("address", reinterpret_cast<uptr>(address));
    write_trace(json, "stack", &trace[0]);
    // The first access is the one that this thread is making, so what it holds is known. What the
    // other held at its time is only in ThreadSanitizer's text.
    if (index == 0 && tls_thread != nullptr && held_count(tls_thread) != 0) {
      json.open_array("held");
      for (u32 i = 0; i < held_count(tls_thread); ++i) {
        line.mentioned().add(tls_thread->held[i].object);
        write_object_id(json, nullptr, tls_thread->held[i].object);
      }
      json.close_array();
    }
    json.close_object();
  }

  void write_location(JsonWriter& json, TsanWord index) noexcept {
    const char* type = "";
    void* address = nullptr;
    TsanWord start = 0;
    TsanWord size = 0;
    int tid = 0;
    int fd = 0;
    int suppressable = 0;
    void* trace[kTrace];
    clear(&trace[0]);
    __tsan_get_report_loc(report_, index, &type, &address, &start, &size, &tid, &fd, &suppressable,
                          &trace[0], kTrace);
    json.open_object();
    json.text("type", type);
    json.number("address", start != 0 ? start : reinterpret_cast<uptr>(address));
    json.number("size", size);
    write_trace(json, "allocated", &trace[0]);
    json.close_object();
  }

  void* report_;
  const char* description_ = "";
  int accesses_ = 0;
  int locations_ = 0;
  int threads_ = 0;
  ThreadPair pairs_[kMostItems];
  u32 pairs_used_ = 0;
};

}  // namespace
}  // namespace gridlock::internal

// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): ThreadSanitizer's
// name
extern "C" __attribute__((visibility("default"), used)) void __tsan_on_report(void* report) {
  using namespace gridlock::internal;  // NOLINT(google-build-using-namespace): one function
  if (&__tsan_get_report_data == nullptr) return;
  ensure_runtime();
  Reading reading(report);
  FindingLine line(reading.kind());
  reading.write(line);
}
