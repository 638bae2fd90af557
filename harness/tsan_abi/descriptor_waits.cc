// SPDX-License-Identifier: Apache-2.0
//
// Waiting for descriptors by their number: poll, select, epoll, accept. And what makes, joins and closes them: whose they are.
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/tsan_abi/descriptors.h"
#include "harness/tsan_abi/real.h"
#include "harness/tsan_abi/virtual_time.h"

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): libc's names
extern "C" {
int __poll_chk(pollfd* files, nfds_t count, int milliseconds, size_t room);
int __ppoll_chk(pollfd* files, nfds_t count, const timespec* time, const sigset_t* signals,
                size_t room);
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)

namespace gridlock::internal::controlled {
namespace {

constexpr u64 kMillisecond = kSecond / 1000;

u64 deadline_in_milliseconds(int milliseconds) noexcept {
  return milliseconds < 0 ? kNever : g_engine.now + static_cast<u64>(milliseconds) * kMillisecond;
}

// The first that is waited for here; without one the call is left to the kernel.
Descriptor first_of(const pollfd* files, nfds_t count) noexcept {
  for (nfds_t i = 0; i < count; ++i) {
    const Descriptor descriptor = descriptor_at(files[i].fd);
    if (descriptor.object != nullptr) return descriptor;
  }
  return {-1, DescriptorKind::kOther, false, nullptr, nullptr};
}

// It has waited: what is ready is to be asked of the kernel, with no time to wait. False: it is left to the kernel.
bool polled(pollfd* files, nfds_t count, u64 deadline, uptr site) noexcept {
  const Descriptor first = first_of(files, count);
  if (first.object == nullptr) return false;
  if (deadline <= g_engine.now) {
    descriptor_point(first, "poll", site);
  } else {
    await_descriptors(files, static_cast<u32>(count), first, "poll", deadline, site);
  }
  return true;
}

// Without files they are a sleep.
int poll_at(pollfd* files, nfds_t count, int milliseconds, uptr site) noexcept {
  const u64 deadline = deadline_in_milliseconds(milliseconds);
  if (count == 0) {
    sleep_until(deadline, site);
    return 0;
  }
  if (polled(files, count, deadline, site)) milliseconds = 0;
  return GRIDLOCK_REAL_FUNCTION(poll)(files, count, milliseconds);
}

int ppoll_at(pollfd* files, nfds_t count, const timespec* time, const sigset_t* signals,
             uptr site) noexcept {
  constexpr timespec kNow{};
  const u64 deadline = deadline_in(time);
  if (count == 0) {
    sleep_until(deadline, site);
    return 0;
  }
  if (polled(files, count, deadline, site)) time = &kNow;
  return GRIDLOCK_REAL_FUNCTION(ppoll)(files, count, time, signals);
}

// The descriptors of select() as those of poll().
class Selected {
 public:
  Selected(int count, const fd_set* in, const fd_set* out, const fd_set* other) noexcept {
    for (int i = 0; i < count && i < FD_SETSIZE; ++i) {
      short events = 0;
      if (in != nullptr && FD_ISSET(i, in)) events = POLLIN;
      if (out != nullptr && FD_ISSET(i, out)) events = static_cast<short>(events | POLLOUT);
      if (other != nullptr && FD_ISSET(i, other)) events = static_cast<short>(events | POLLPRI);
      if (events != 0) files_[count_++] = {i, events, 0};
    }
  }
  /// As polled().
  bool waited(u64 deadline, uptr site) noexcept {
    return polled(&files_[0], count_, deadline, site);
  }

 private:
  pollfd files_[FD_SETSIZE];
  nfds_t count_ = 0;
};

// An epoll that is waited for here.
bool epolled(int number, u64 deadline, uptr site) noexcept {
  pollfd file{number, POLLIN, 0};
  return polled(&file, 1, deadline, site);
}

template <typename Call>
int accepted(int number, uptr site, const Call& call) noexcept {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr) return call();
  if (!await_reading(descriptor, "accept", true, site)) return -1;
  const int made = call();
  if (made >= 0) acquire_from(*descriptor.written);
  descriptors_changed();
  return made;
}

// A point, the call, and those that wait look again.
template <typename Call>
int changed(int number, const char* operation, uptr site, const Call& call) noexcept {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr) return call();
  descriptor_point(descriptor, operation, site);
  release_into(*descriptor.written);
  const int result = call();
  descriptors_changed();
  return result;
}

int made_two(int result, const int* ends) noexcept {
  for (int i = 0; i < 2 && result == 0; ++i) descriptor_is_ours(ends[i], true);
  return result;
}

int made_one(int number) noexcept {
  descriptor_is_ours(number, true);  // -1 is nothing
  return number;
}

}  // namespace
}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;
using gridlock::internal::u64;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier): libc's
// names
extern "C" {

int poll(pollfd* files, nfds_t count, int milliseconds) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(poll)(files, count, milliseconds);
  return poll_at(files, count, milliseconds, GRIDLOCK_SITE);
}

int __poll_chk(pollfd* files, nfds_t count, int milliseconds, size_t room) {
  if (!g_engine.on || count > room / sizeof(pollfd))
    return GRIDLOCK_REAL_FUNCTION(__poll_chk)(files, count, milliseconds, room);
  return poll_at(files, count, milliseconds, GRIDLOCK_SITE);
}

int ppoll(pollfd* files, nfds_t count, const timespec* time, const sigset_t* signals) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(ppoll)(files, count, time, signals);
  return ppoll_at(files, count, time, signals, GRIDLOCK_SITE);
}

int __ppoll_chk(pollfd* files, nfds_t count, const timespec* time, const sigset_t* signals,
                size_t room) {
  if (!g_engine.on || count > room / sizeof(pollfd))
    return GRIDLOCK_REAL_FUNCTION(__ppoll_chk)(files, count, time, signals, room);
  return ppoll_at(files, count, time, signals, GRIDLOCK_SITE);
}

int select(int count, fd_set* __restrict in, fd_set* __restrict out, fd_set* __restrict other,
           timeval* __restrict time) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(select)(count, in, out, other, time);
  const timespec limit =
      time != nullptr ? timespec{time->tv_sec, time->tv_usec * 1000} : timespec{};
  const u64 deadline = deadline_in(time != nullptr ? &limit : nullptr);
  if (count == 0) {
    sleep_until(deadline, GRIDLOCK_SITE);
    if (time != nullptr) *time = {};
    return 0;
  }
  timeval now{};
  if (!Selected(count, in, out, other).waited(deadline, GRIDLOCK_SITE))
    return GRIDLOCK_REAL_FUNCTION(select)(count, in, out, other, time);
  const int ready = GRIDLOCK_REAL_FUNCTION(select)(count, in, out, other, &now);
  // As Linux does it: what is left of the time.
  if (time != nullptr) {
    const u64 left = deadline > g_engine.now ? deadline - g_engine.now : 0;
    *time = {static_cast<time_t>(left / kSecond), static_cast<suseconds_t>(left % kSecond / 1000)};
  }
  return ready;
}

int pselect(int count, fd_set* __restrict in, fd_set* __restrict out, fd_set* __restrict other,
            const timespec* __restrict time, const sigset_t* __restrict signals) {
  constexpr timespec kNow{};
  if (g_engine.on && count == 0) {
    sleep_until(deadline_in(time), GRIDLOCK_SITE);
    return 0;
  }
  if (g_engine.on && Selected(count, in, out, other).waited(deadline_in(time), GRIDLOCK_SITE))
    time = &kNow;
  return GRIDLOCK_REAL_FUNCTION(pselect)(count, in, out, other, time, signals);
}

int epoll_wait(int number, epoll_event* events, int most, int milliseconds) {
  if (g_engine.on && epolled(number, deadline_in_milliseconds(milliseconds), GRIDLOCK_SITE))
    milliseconds = 0;
  return GRIDLOCK_REAL_FUNCTION(epoll_wait)(number, events, most, milliseconds);
}

int epoll_pwait(int number, epoll_event* events, int most, int milliseconds,
                const sigset_t* signals) {
  if (g_engine.on && epolled(number, deadline_in_milliseconds(milliseconds), GRIDLOCK_SITE))
    milliseconds = 0;
  return GRIDLOCK_REAL_FUNCTION(epoll_pwait)(number, events, most, milliseconds, signals);
}

int epoll_create(int size) noexcept { return made_one(GRIDLOCK_REAL_FUNCTION(epoll_create)(size)); }
int epoll_create1(int flags) noexcept {
  return made_one(GRIDLOCK_REAL_FUNCTION(epoll_create1)(flags));
}

int epoll_ctl(int number, int operation, int watched, epoll_event* event) noexcept {
  if (operation == EPOLL_CTL_ADD && !descriptor_is_ours(watched)) descriptor_is_ours(number, false);
  return changed(number, "poll", GRIDLOCK_SITE, [&]() noexcept {
    return GRIDLOCK_REAL_FUNCTION(epoll_ctl)(number, operation, watched, event);
  });
}

int accept(int number, sockaddr* address, socklen_t* length) {
  return accepted(number, GRIDLOCK_SITE, [&]() noexcept {
    return GRIDLOCK_REAL_FUNCTION(accept)(number, address, length);
  });
}

int accept4(int number, sockaddr* address, socklen_t* length, int flags) {
  return accepted(number, GRIDLOCK_SITE, [&]() noexcept {
    return GRIDLOCK_REAL_FUNCTION(accept4)(number, address, length, flags);
  });
}

int connect(int number, const sockaddr* address, socklen_t length) {
  return changed(number, "connect", GRIDLOCK_SITE, [&]() noexcept {
    return GRIDLOCK_REAL_FUNCTION(connect)(number, address, length);
  });
}

int shutdown(int number, int how) noexcept {
  return changed(number, "close", GRIDLOCK_SITE,
                 [&]() noexcept { return GRIDLOCK_REAL_FUNCTION(shutdown)(number, how); });
}

int close(int number) {
  return changed(number, "close", GRIDLOCK_SITE, [&]() noexcept {
    descriptor_is_ours(number, false);
    return GRIDLOCK_REAL_FUNCTION(close)(number);
  });
}

int pipe(int* ends) noexcept { return made_two(GRIDLOCK_REAL_FUNCTION(pipe)(ends), ends); }
int pipe2(int* ends, int flags) noexcept {
  return made_two(GRIDLOCK_REAL_FUNCTION(pipe2)(ends, flags), ends);
}
int socketpair(int domain, int type, int protocol, int* ends) noexcept {
  return made_two(GRIDLOCK_REAL_FUNCTION(socketpair)(domain, type, protocol, ends), ends);
}
int eventfd(unsigned count, int flags) noexcept {
  return made_one(GRIDLOCK_REAL_FUNCTION(eventfd)(count, flags));
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier)
