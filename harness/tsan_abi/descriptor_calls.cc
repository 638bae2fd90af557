// SPDX-License-Identifier: Apache-2.0
//
// Reading from pipes, sockets and counters, and writing to them. What would wait in the kernel waits here (descriptors.h), so the
// kernel is asked for no more than it does at once: a write to a pipe goes in parts that have room as soon as it has any, one
// to a socket is asked not to wait.
#include <errno.h>
#include <limits.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness/tsan_abi/descriptors.h"
#include "harness/tsan_abi/real.h"
#include "harness/tsan_abi/virtual_time.h"

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): ThreadSanitizer's and libc's names
extern "C" {
__attribute__((weak)) void __tsan_write_range(void* address, unsigned long size);
__attribute__((weak)) void __tsan_read_range(void* address, unsigned long size);
ssize_t __read_chk(int number, void* buffer, size_t size, size_t room);
ssize_t __recv_chk(int number, void* buffer, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int number, void* buffer, size_t size, size_t room, int flags,
                       sockaddr* address, socklen_t* length);
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)

namespace gridlock::internal::controlled {
namespace {

// What the kernel takes or gives is an access of the thread that asks.
void note_write(void* buffer, ssize_t size) noexcept {
  if (size > 0 && &__tsan_write_range != nullptr)
    __tsan_write_range(buffer, static_cast<unsigned long>(size));
}
void note_read(const void* buffer, size_t size) noexcept {
  if (size > 0 && &__tsan_read_range != nullptr) __tsan_read_range(const_cast<void*>(buffer), size);
}

// The limit that a socket has, from now.
u64 deadline_of(const Descriptor& descriptor, int option) noexcept {
  timeval limit{};
  socklen_t size = sizeof limit;
  if (descriptor.kind != DescriptorKind::kSocket ||
      getsockopt(descriptor.number, SOL_SOCKET, option, &limit, &size) != 0 ||
      (limit.tv_sec == 0 && limit.tv_usec == 0)) {
    return kNever;
  }
  return g_engine.now + static_cast<u64>(limit.tv_sec) * kSecond +
         static_cast<u64>(limit.tv_usec) * 1000;
}

}  // namespace

bool await_reading(const Descriptor& descriptor, const char* operation, bool waits,
                   uptr site) noexcept {
  if (!waits || !descriptor.waits) {
    descriptor_point(descriptor, operation, site);
    return true;
  }
  pollfd file{descriptor.number, POLLIN, 0};
  if (await_descriptors(&file, 1, descriptor, operation, deadline_of(descriptor, SO_RCVTIMEO),
                        site)) {
    return true;
  }
  errno = EAGAIN;
  return false;
}

namespace {

bool await_writing(const Descriptor& descriptor, uptr site) noexcept {
  pollfd file{descriptor.number, POLLOUT, 0};
  if (await_descriptors(&file, 1, descriptor, "write", deadline_of(descriptor, SO_SNDTIMEO), site))
    return true;
  errno = EAGAIN;
  return false;
}

// Behind a call that took something out.
template <typename Result>
Result took(const Descriptor& descriptor, Result result) noexcept {
  if (result >= 0) acquire_from(*descriptor.written);
  descriptors_changed();
  return result;
}

// `call(flags)` asks for what is there. MSG_WAITALL is left to the caller.
template <typename Call>
ssize_t receive(const Descriptor& descriptor, int flags, uptr site, const Call& call) noexcept {
  if (!await_reading(descriptor, "read", (flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) == 0, site))
    return -1;
  return took(descriptor, call(flags & ~MSG_WAITALL));
}

// `put(from, size)` writes that much at most, without waiting. All of it goes in, unless the call does not wait.
template <typename Put>
ssize_t write_all(const Descriptor& descriptor, bool waits, size_t size, uptr site,
                  const Put& put) noexcept {
  if (!waits || !descriptor.waits) {
    descriptor_point(descriptor, "write", site);
    release_into(*descriptor.written);
    const ssize_t written = put(0, size);
    descriptors_changed();
    return written;
  }
  // What fits into a pipe at once stays together.
  const size_t part = descriptor.kind == DescriptorKind::kPipe ? size_t{PIPE_BUF} : size;
  size_t done = 0;
  do {
    if (!await_writing(descriptor, site)) break;
    release_into(*descriptor.written);
    const ssize_t written = put(done, size - done < part ? size - done : part);
    descriptors_changed();
    if (written < 0 && errno == EAGAIN) continue;
    if (written < 0) break;
    done += static_cast<size_t>(written);
    if (descriptor.kind == DescriptorKind::kCounter) break;
  } while (done < size);
  return done != 0 || size == 0 ? static_cast<ssize_t>(done) : -1;
}

ssize_t write_to(const Descriptor& descriptor, const void* buffer, size_t size, int flags,
                 uptr site) noexcept {
  note_read(buffer, size);
  const auto* const bytes = static_cast<const char*>(buffer);
  const bool is_socket = descriptor.kind == DescriptorKind::kSocket;
  return write_all(
      descriptor, (flags & MSG_DONTWAIT) == 0, size, site, [&](size_t from, size_t count) noexcept {
        return is_socket ? GRIDLOCK_REAL_FUNCTION(send)(descriptor.number, bytes + from, count,
                                                        flags | MSG_DONTWAIT)
                         : GRIDLOCK_REAL_FUNCTION(write)(descriptor.number, bytes + from, count);
      });
}

size_t size_of(const iovec* parts, int count) noexcept {
  size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  return size;
}

// The parts of a message from a byte on.
class Rest {
 public:
  Rest(const iovec* parts, size_t count, size_t from) noexcept {
    for (size_t i = 0; i < count && count_ < kMost; ++i) {
      if (from >= parts[i].iov_len) {
        from -= parts[i].iov_len;
        continue;
      }
      parts_[count_++] = {static_cast<char*>(parts[i].iov_base) + from, parts[i].iov_len - from};
      from = 0;
    }
  }
  iovec* parts() noexcept { return &parts_[0]; }
  size_t count() const noexcept { return count_; }

 private:
  static constexpr size_t kMost = 64;
  iovec parts_[kMost];
  size_t count_ = 0;
};

ssize_t send_message(const Descriptor& descriptor, const msghdr* message, int flags,
                     uptr site) noexcept {
  for (size_t i = 0; i < message->msg_iovlen; ++i)
    note_read(message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
  const size_t size = size_of(message->msg_iov, static_cast<int>(message->msg_iovlen));
  return write_all(
      descriptor, (flags & MSG_DONTWAIT) == 0, size, site, [&](size_t from, size_t) noexcept {
        Rest rest(message->msg_iov, message->msg_iovlen, from);
        msghdr part = *message;
        if (from != 0) {
          part.msg_iov = rest.parts();
          part.msg_iovlen = rest.count();
          part.msg_control = nullptr;  // went with the first
          part.msg_controllen = 0;
        }
        return GRIDLOCK_REAL_FUNCTION(sendmsg)(descriptor.number, &part, flags | MSG_DONTWAIT);
      });
}

ssize_t write_parts(const Descriptor& descriptor, const iovec* parts, int count,
                    uptr site) noexcept {
  if (descriptor.kind == DescriptorKind::kSocket) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = static_cast<size_t>(count);
    return send_message(descriptor, &message, 0, site);
  }
  for (int i = 0; i < count; ++i) note_read(parts[i].iov_base, parts[i].iov_len);
  const size_t size = size_of(parts, count);
  return write_all(descriptor, true, size, site, [&](size_t from, size_t most) noexcept {
    Rest rest(parts, static_cast<size_t>(count), from);
    size_t kept = 0;
    size_t sum = 0;
    for (; kept < rest.count() && sum < most; ++kept) {
      iovec& part = rest.parts()[kept];
      if (part.iov_len > most - sum) part.iov_len = most - sum;
      sum += part.iov_len;
    }
    return GRIDLOCK_REAL_FUNCTION(writev)(descriptor.number, rest.parts(), static_cast<int>(kept));
  });
}

ssize_t read_from(const Descriptor& descriptor, void* buffer, size_t size, uptr site) noexcept {
  if (!await_reading(descriptor, "read", size != 0, site)) return -1;
  const ssize_t got = GRIDLOCK_REAL_FUNCTION(read)(descriptor.number, buffer, size);
  note_write(buffer, got);
  return took(descriptor, got);
}

ssize_t receive_from(const Descriptor& descriptor, void* buffer, size_t size, int flags,
                     sockaddr* address, socklen_t* length, uptr site) noexcept {
  auto* const bytes = static_cast<char*>(buffer);
  size_t done = 0;
  for (;;) {
    const ssize_t got = receive(descriptor, flags, site, [&](int how) noexcept {
      return GRIDLOCK_REAL_FUNCTION(recvfrom)(descriptor.number, bytes + done, size - done, how,
                                              address, length);
    });
    note_write(bytes + done, got);
    if (got > 0) done += static_cast<size_t>(got);
    if (got <= 0 || (flags & MSG_WAITALL) == 0 || (flags & MSG_PEEK) != 0 || done == size)
      return done != 0 ? static_cast<ssize_t>(done) : got;
  }
}

}  // namespace
}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier): libc's
// names
extern "C" {

ssize_t read(int number, void* buffer, size_t size) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr) return GRIDLOCK_REAL_FUNCTION(read)(number, buffer, size);
  return read_from(descriptor, buffer, size, GRIDLOCK_SITE);
}

ssize_t __read_chk(int number, void* buffer, size_t size, size_t room) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr || size > room)
    return GRIDLOCK_REAL_FUNCTION(__read_chk)(number, buffer, size, room);
  return read_from(descriptor, buffer, size, GRIDLOCK_SITE);
}

ssize_t readv(int number, const iovec* parts, int count) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr) return GRIDLOCK_REAL_FUNCTION(readv)(number, parts, count);
  if (!await_reading(descriptor, "read", size_of(parts, count) != 0, GRIDLOCK_SITE)) return -1;
  const ssize_t got = GRIDLOCK_REAL_FUNCTION(readv)(number, parts, count);
  ssize_t left = got;
  for (int i = 0; i < count && left > 0; left -= static_cast<ssize_t>(parts[i++].iov_len)) {
    const auto size = static_cast<ssize_t>(parts[i].iov_len);
    note_write(parts[i].iov_base, left < size ? left : size);
  }
  return took(descriptor, got);
}

ssize_t write(int number, const void* buffer, size_t size) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr) return GRIDLOCK_REAL_FUNCTION(write)(number, buffer, size);
  return write_to(descriptor, buffer, size, 0, GRIDLOCK_SITE);
}

ssize_t writev(int number, const iovec* parts, int count) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr) return GRIDLOCK_REAL_FUNCTION(writev)(number, parts, count);
  return write_parts(descriptor, parts, count, GRIDLOCK_SITE);
}

ssize_t recv(int number, void* buffer, size_t size, int flags) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr)
    return GRIDLOCK_REAL_FUNCTION(recv)(number, buffer, size, flags);
  return receive_from(descriptor, buffer, size, flags, nullptr, nullptr, GRIDLOCK_SITE);
}

ssize_t __recv_chk(int number, void* buffer, size_t size, size_t room, int flags) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr || size > room)
    return GRIDLOCK_REAL_FUNCTION(__recv_chk)(number, buffer, size, room, flags);
  return receive_from(descriptor, buffer, size, flags, nullptr, nullptr, GRIDLOCK_SITE);
}

ssize_t recvfrom(int number, void* buffer, size_t size, int flags, sockaddr* address,
                 socklen_t* length) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr)
    return GRIDLOCK_REAL_FUNCTION(recvfrom)(number, buffer, size, flags, address, length);
  return receive_from(descriptor, buffer, size, flags, address, length, GRIDLOCK_SITE);
}

ssize_t __recvfrom_chk(int number, void* buffer, size_t size, size_t room, int flags,
                       sockaddr* address, socklen_t* length) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr || size > room)
    return GRIDLOCK_REAL_FUNCTION(__recvfrom_chk)(number, buffer, size, room, flags, address,
                                                  length);
  return receive_from(descriptor, buffer, size, flags, address, length, GRIDLOCK_SITE);
}

ssize_t recvmsg(int number, msghdr* message, int flags) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr) return GRIDLOCK_REAL_FUNCTION(recvmsg)(number, message, flags);
  return receive(descriptor, flags, GRIDLOCK_SITE, [&](int how) noexcept {
    return GRIDLOCK_REAL_FUNCTION(recvmsg)(number, message, how);
  });
}

ssize_t send(int number, const void* buffer, size_t size, int flags) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr)
    return GRIDLOCK_REAL_FUNCTION(send)(number, buffer, size, flags);
  return write_to(descriptor, buffer, size, flags, GRIDLOCK_SITE);
}

ssize_t sendto(int number, const void* buffer, size_t size, int flags, const sockaddr* address,
               socklen_t length) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr)
    return GRIDLOCK_REAL_FUNCTION(sendto)(number, buffer, size, flags, address, length);
  if (address == nullptr) return write_to(descriptor, buffer, size, flags, GRIDLOCK_SITE);
  iovec part{const_cast<void*>(buffer), size};
  msghdr message{};
  message.msg_name = const_cast<sockaddr*>(address);
  message.msg_namelen = length;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  return send_message(descriptor, &message, flags, GRIDLOCK_SITE);
}

ssize_t sendmsg(int number, const msghdr* message, int flags) {
  const Descriptor descriptor = descriptor_at(number);
  if (descriptor.object == nullptr) return GRIDLOCK_REAL_FUNCTION(sendmsg)(number, message, flags);
  return send_message(descriptor, message, flags, GRIDLOCK_SITE);
}

// Their own calls of read() and write() stay within libc.
int eventfd_read(int number, eventfd_t* value) {
  return read(number, value, sizeof *value) == sizeof *value ? 0 : -1;
}

int eventfd_write(int number, eventfd_t value) {
  return write(number, &value, sizeof value) == sizeof value ? 0 : -1;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name,bugprone-reserved-identifier)
