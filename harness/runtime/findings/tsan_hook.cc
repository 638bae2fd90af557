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

#include "harness/platform/raw_io.h"
#include "harness/platform/safe_read.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/core/start.h"
#include "harness/runtime/findings/finding_line.h"
#include "harness/runtime/findings/tsan_text.h"
#include "harness/runtime/registry/threads.h"

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
__attribute__((weak)) int __tsan_get_report_mutex(void* report, TsanWord idx, TsanWord* mutex_id,
                                                  void** addr, int* destroyed, void** trace,
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

constexpr u32 kMaxItems = 16;
constexpr u32 kTrace = kStackLimit;
constexpr uptr kGivenPc = uptr{1} << 60;  // of an address that tsan_touched() gave

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
    const auto address = reinterpret_cast<uptr>(trace[i]) & ~kGivenPc;
    if (size == 0 || frames[size - 1] != address) frames[size++] = address;
  }
  write_stack(json, key, &frames[0], size);
}

// ThreadSanitizer does not mark the end. (An initialiser would be a call of memset, which it
// intercepts.)
void clear(void** trace) noexcept {
  for (u32 i = 0; i < kTrace; ++i) trace[i] = nullptr;
}

// The object of ours that is, or was, at an address; 0 if there is none. The memory may be anybody's by now, or nobody's: the kernel reads it, and what it finds there
// has to be the same lock in each part.
ObjectId object_at(const void* address) noexcept {
  if (address == nullptr) return 0;
  struct {
    u32 word;
    u32 id;
    const void* made_at;
  } found = {};
  static_assert(sizeof found == sizeof(Core));
  if (!copy_safely(address, &found, sizeof found)) return 0;
  // A destroyed object counts, too, as long as it has not been forgotten.
  const ObjectId object = is_retired(found.id) ? object_of_retired(found.id) : found.id;
  if (!is_id(object) || object > object_count()) return 0;
  return object_info(object).said_at == found.made_at ? object : 0;
}

ObjectId lock_at(const void* address) noexcept {
  const ObjectId object = object_at(address);
  if (object == 0) return 0;
  return row_of(object_info(object).type).role == ObjectRole::kLock ? object : 0;
}

// True where the thread's records go back to its beginning and say so.
bool never_used(u32 thread, ObjectId object) noexcept {
  const ThreadState* const state = thread_in_slot(thread_record(thread).slot);
  if (thread == 0 || state == nullptr || state->number != thread) return false;
  if (state->ring.total() != state->ring.size()) return false;
  for (u32 i = 0; i < state->ring.size(); ++i) {
    if (object_of(state->ring.oldest(i)) == object) return false;
  }
  return true;
}

// A queue's own, which its user has not taken: it lies behind the three words (queue_core.h).
bool is_inside_queue(const void* address) noexcept {
  const ObjectId object = object_at(static_cast<const char*>(address) - 3 * sizeof(Core));
  return object != 0 && object_info(object).type == ObjectType::kQueue;
}

// Behind ThreadSanitizer's function and ours that called it: the access is one that this thread is
// making right now.
void insert_caller(void** trace) noexcept {
  constexpr u32 kOurs = 2;
  for (u32 i = kTrace - 1; i > kOurs; --i) trace[i] = trace[i - 1];
  trace[kOurs] = const_cast<void*>(tls_told_from);
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
    int unique = 0;
    int count = 0;
    __tsan_get_report_data(report, &description_, &count, &stacks, &accesses_, &locations_,
                           &mutexes_, &threads_, &unique, &sleep[0], 1);
    // Now, because making a thread known may have to write a finding of its own.
    for (int i = 0; i < threads_ && pairs_used_ < kMaxItems; ++i)
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
    if (text_[0] != 0) json.text("tsan_text", text_);
    json.open_array("accesses");
    for (int i = 0; i < accesses_; ++i) write_access(line, static_cast<TsanWord>(i));
    json.close_array();
    json.open_array("locations");
    for (int i = 0; i < locations_; ++i) write_location(json, static_cast<TsanWord>(i));
    json.close_array();
    json.open_array("threads");
    for (u32 i = 0; i < pairs_used_; ++i)
      write_thread_of_race(json, pairs_[i].ours, line.mentioned());
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
    if (index == 0) address_ = reinterpret_cast<uptr>(address);
    if (index == 0 && tls_told_from != nullptr) insert_caller(&trace[0]);
    write_trace(json, "stack", &trace[0]);
    write_holds(line, index, ours(tsan));
    json.close_object();
  }

  // The first access is the one that this thread is making, so all that it holds is known. What the
  // other held at its time is what ThreadSanitizer prints.
  void write_holds(FindingLine& line, TsanWord index, u32 thread) noexcept {
    JsonWriter& json = line.json();
    const PrintedHolds printed = printed_holds(text_, static_cast<u32>(index));
    Holds& holds = index == 0 ? first_ : other_;
    holds.count = holds.foreign = 0;
    if (index == 0 && tls_thread != nullptr) add_own(holds);
    bool known = printed.known;
    for (u32 i = 0; i < printed.count; ++i) {
      const void* const address = address_of_mutex(printed.mutexes[i].number);
      if (address == nullptr) known = false;
      const ObjectId object = lock_at(address);
      const bool shared = !printed.mutexes[i].write;
      if (object != 0 && index != 0 &&
          (first_.excludes(object, shared) || never_used(thread, object))) {
        known = false;  // it was another one, in the same memory
      } else if (object != 0) {
        holds.add(object, shared);
      } else if (address != nullptr && !is_inside_queue(address)) {
        ++holds.foreign;
      }
    }
    json.open_array("held");
    for (u32 i = 0; i < holds.count; ++i) {
      line.mentioned().add(holds.objects[i]);
      write_object_id(json, nullptr, holds.objects[i]);
    }
    json.close_array();
    json.open_array("held_shared");
    for (u32 i = 0; i < holds.count; ++i) {
      if (holds.shared[i]) write_object_id(json, nullptr, holds.objects[i]);
    }
    json.close_array();
    json.number("held_foreign", holds.foreign);
    json.boolean("held_known", known && holds.count < Holds::kMax);
  }

  // Each lock once, whichever source names it.
  struct Holds {
    static constexpr u32 kMax = 64;
    ObjectId objects[kMax];
    bool shared[kMax];
    u32 count = 0;
    u32 foreign = 0;
    // Nobody else can have held it when these were held.
    bool excludes(ObjectId object, bool for_reading) const noexcept {
      for (u32 i = 0; i < count; ++i) {
        if (objects[i] == object) return !shared[i] || !for_reading;
      }
      return false;
    }
    void add(ObjectId object, bool for_reading) noexcept {
      for (u32 i = 0; i < count; ++i) {
        if (objects[i] == object) return;
      }
      if (count == kMax) return;
      objects[count] = object;
      shared[count++] = for_reading;
    }
  };

  static void add_own(Holds& holds) noexcept {
    for (u32 i = 0; i < held_count(tls_thread); ++i) {
      const Held& held = tls_thread->held[i];
      if (held.object != 0) holds.add(held.object, is_shared(held));
    }
  }

  const void* address_of_mutex(u64 number) const noexcept {
    if (&__tsan_get_report_mutex == nullptr) return nullptr;
    for (int i = 0; i < mutexes_; ++i) {
      TsanWord id = 0;
      void* address = nullptr;
      int destroyed = 0;
      void* trace[1] = {};
      __tsan_get_report_mutex(report_, static_cast<TsanWord>(i), &id, &address, &destroyed,
                              &trace[0], 1);
      if (id == number) return address;
    }
    return nullptr;
  }

  struct Location {
    const char* type = "";
    void* address = nullptr;
    TsanWord start = 0;
    TsanWord size = 0;
    int thread = 0;
    void* trace[kTrace];
    uptr begin() const noexcept { return start != 0 ? start : reinterpret_cast<uptr>(address); }
  };

  void read_location(TsanWord index, Location& location) noexcept {
    int fd = 0;
    int suppressable = 0;
    clear(&location.trace[0]);
    __tsan_get_report_loc(report_, index, &location.type, &location.address, &location.start,
                          &location.size, &location.thread, &fd, &suppressable, &location.trace[0],
                          kTrace);
  }

  // ThreadSanitizer may name a thread's stack and a global variable for one address. Which it is, the
  // address says.
  bool is_contradicted(const Location& location) noexcept {
    const bool global = same(location.type, "global");
    if (!global && !same(location.type, "stack") && !same(location.type, "tls")) return false;
    if (global == is_static(reinterpret_cast<const void*>(address_))) return false;
    for (int i = 0; i < locations_; ++i) {
      Location other;
      read_location(static_cast<TsanWord>(i), other);
      if (!same(other.type, location.type)) return true;
    }
    return false;
  }

  void write_location(JsonWriter& json, TsanWord index) noexcept {
    Location location;
    read_location(index, location);
    if (is_contradicted(location)) return;
    json.open_object();
    json.text("type", location.type);
    json.number("address", location.begin());
    json.number("size", location.size);
    write_trace(json, "allocated", &location.trace[0]);
    if (same(location.type, "stack") || same(location.type, "tls"))
      write_thread_id(json, "thread", ours(location.thread));
    if (same(location.type, "global")) write_global(json, location.begin());
    json.close_object();
  }

  void write_global(JsonWriter& json, uptr begin) noexcept {
    char path[1024];
    printed_global(text_, &path[0], sizeof path);
    if (path[0] != 0) json.text("name", &path[0]);
    u64 offset = 0;
    if (!find_module(begin != 0 ? begin : address_, &path[0], sizeof path, &offset)) return;
    json.text("module", &path[0]);
    json.number("offset", offset);
  }

  Holds first_;  // of the first access
  Holds other_;
  void* report_;
  const char* text_ = take_printed_report();
  uptr address_ = 0;  // of the first access
  int mutexes_ = 0;
  const char* description_ = "";
  int accesses_ = 0;
  int locations_ = 0;
  int threads_ = 0;
  ThreadPair pairs_[kMaxItems];
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
