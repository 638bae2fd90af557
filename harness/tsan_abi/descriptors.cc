// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/peers.h"

namespace gridlock::internal::controlled {
namespace {

// Where all steps at descriptors are, for who asks which of them conflict.
constexpr char kAll = 0;
constexpr u32 kMostWaited = 1024;

// The kernel's numbers of pipes and sockets, which are not used again. Those of the newest are enough: what is not found is
// taken for somebody else's.
constexpr u32 kMostOurs = 4096;
std::atomic<u64> g_ours[kMostOurs];
std::atomic<u32> g_ours_count{0};
// Counters have no number of their own: by descriptor, until it is closed.
std::atomic<bool> g_counters[kMostOurs];

struct Found {
  DescriptorKind kind;
  u64 node;
};

Found find(int number) noexcept {
  constexpr int kStandard = 2;
  struct stat status{};
  if (number <= kStandard || raw_syscall(SYS_fstat, number, as_argument(&status)) != 0)
    return {DescriptorKind::kOther, 0};
  switch (status.st_mode & S_IFMT) {
    case S_IFIFO:
      return {DescriptorKind::kPipe, status.st_ino};
    case S_IFSOCK:
      return {DescriptorKind::kSocket, status.st_ino};
    case 0:  // anonymous: all of them have one node
      return {DescriptorKind::kCounter, 0};
    default:
      return {DescriptorKind::kOther, 0};
  }
}

// Not an address of anything.
SyncObject& object_of(DescriptorKind kind, u64 number) noexcept {
  const uptr key = (static_cast<uptr>(kind) << 40) + number;
  return object_at(reinterpret_cast<const void*>(key), ObjectKind::kDescriptor);
}

}  // namespace

bool descriptor_is_ours(int number) noexcept {
  const Found found = find(number);
  if (found.kind == DescriptorKind::kOther) return false;
  if (found.kind == DescriptorKind::kCounter) {
    const auto index = static_cast<u32>(number);
    return index < kMostOurs && g_counters[index].load();
  }
  for (const std::atomic<u64>& ours : g_ours) {
    if (ours.load() == found.node) return true;
  }
  return false;
}

namespace {

// Who was forked has all ends, too.
bool has_children() noexcept {
  siginfo_t info;
  constexpr i64 kFlags = WEXITED | WNOHANG | WNOWAIT | __WALL;
  return raw_syscall(SYS_waitid, P_ALL, 0, as_argument(&info), kFlags, 0) != -ECHILD;
}

i64 poll_files(pollfd* files, u32 count, int milliseconds) noexcept {
  return raw_syscall(SYS_poll, as_argument(files), count, milliseconds);
}

bool waits_for_descriptors(const Fiber& fiber) noexcept {
  return fiber.wait == Wait::kDescriptor && !fiber.is_runnable && !fiber.has_ended;
}

void mark(const Descriptor& descriptor, const char* operation, bool waits, uptr site) noexcept {
  Fiber& self = *g_engine.current;
  self.operation = operation;
  if (waits) {
    self.needs = Wait::kDescriptor;
    self.needed = descriptor.object;
    self.timed_out = false;
  }
  point({reinterpret_cast<uptr>(&kAll), true, StepRole::kPlain, false, step_site(site)},
        what_of(*descriptor.object));
}

}  // namespace

Descriptor descriptor_at(int number) noexcept {
  Descriptor descriptor{number, DescriptorKind::kOther, false, nullptr, nullptr};
  if (!g_engine.on) return descriptor;
  const Found found = find(number);
  if (found.kind == DescriptorKind::kOther) return descriptor;
  descriptor.kind = found.kind;
  const i64 flags = raw_syscall(SYS_fcntl, number, F_GETFL);
  descriptor.waits = flags >= 0 && (flags & O_NONBLOCK) == 0;
  const bool is_counter = found.kind == DescriptorKind::kCounter;
  descriptor.object = &object_of(found.kind, is_counter ? static_cast<u64>(number) : found.node);
  // As ThreadSanitizer has it: one for both ends of a pipe, and one for all sockets.
  const bool is_socket = found.kind == DescriptorKind::kSocket;
  descriptor.written = &(is_socket ? object_of(found.kind, 0) : *descriptor.object).released;
  if (!descriptor.object->is_known) {
    descriptor.object->is_known = true;
    descriptor.object->value = described_value(number, found.kind);
  }
  return descriptor;
}

void descriptor_is_ours(int number, bool is) noexcept {
  const auto index = static_cast<u32>(number);
  if (index < kMostOurs) g_counters[index].store(is);
  const Found found = is ? find(number) : Found{};
  if (found.node != 0) g_ours[g_ours_count.fetch_add(1) % kMostOurs].store(found.node);
}

void descriptor_point(const Descriptor& descriptor, const char* operation, uptr site) noexcept {
  mark(descriptor, operation, false, site);
}

bool await_descriptors(pollfd* files, u32 count, const Descriptor& first, const char* operation,
                       u64 deadline, uptr site) noexcept {
  Fiber& self = *g_engine.current;
  self.files = files;
  self.file_count = count;
  mark(first, operation, true, site);
  while (!are_ready(files, count)) {
    if (!block(Wait::kDescriptor, first.object, deadline, site)) return are_ready(files, count);
  }
  return true;
}

// It does not change what the caller's own poll will say: the answers go into a copy.
bool are_ready(const pollfd* files, u32 count) noexcept {
  constexpr u32 kAtOnce = 64;
  pollfd some[kAtOnce];
  for (u32 i = 0; i < count; i += kAtOnce) {
    const u32 size = count - i < kAtOnce ? count - i : kAtOnce;
    __builtin_memcpy(some, files + i, size * sizeof some[0]);
    if (poll_files(some, size, 0) != 0) return true;
  }
  return false;
}

bool descriptors_changed() noexcept {
  bool some_are_ready = false;
  for (u32 i = 0; i < g_engine.fiber_count; ++i) {
    Fiber& fiber = g_fibers[i];
    if (!waits_for_descriptors(fiber) || !are_ready(fiber.files, fiber.file_count)) continue;
    make_runnable(fiber);
    some_are_ready = true;
  }
  return some_are_ready;
}

bool outside_made_ready(bool waits) noexcept {
  if (descriptors_changed()) return true;
  if (!waits) return false;
  pollfd all[kMostWaited];
  u32 count = 0;
  bool others_may = has_children();
  for (u32 i = 0; i < g_engine.fiber_count; ++i) {
    const Fiber& fiber = g_fibers[i];
    if (!waits_for_descriptors(fiber)) continue;
    for (u32 k = 0; k < fiber.file_count && count < kMostWaited; ++k) {
      if (fiber.files[k].fd < 0) continue;
      all[count++] = fiber.files[k];
      const int number = fiber.files[k].fd;
      others_may = others_may || (!descriptor_is_ours(number) && !peer_is_here(number));
    }
  }
  if (count == 0 || !others_may) return false;
  while (poll_files(all, count, -1) == -EINTR) {
  }
  descriptors_changed();
  return true;
}

void describe_descriptors(Text& text, const Fiber& fiber) noexcept {
  text.text(fiber.file_count == 1 ? "descriptor " : "one of the descriptors ");
  constexpr u32 kShown = 8;
  for (u32 i = 0; i < fiber.file_count && i < kShown; ++i) {
    if (i != 0) text.text(", ");
    text.number(static_cast<u64>(fiber.files[i].fd < 0 ? 0 : fiber.files[i].fd));
  }
  if (fiber.file_count > kShown) text.text(", ...");
  const short events = fiber.files[0].events;
  text.text((events & (POLLIN | POLLPRI)) != 0 ? " to have something to read" : " to have room");
}

}  // namespace gridlock::internal::controlled
