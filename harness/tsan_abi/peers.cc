// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/peers.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "harness/platform/syscall.h"

namespace gridlock::internal::controlled {
namespace {

// An address of IPv4 as IPv6 writes it, because a socket of that may have a peer of this.
struct End {
  u16 port;
  in6_addr address;

  bool operator==(const End& other) const noexcept {
    return port == other.port && __builtin_memcmp(&address, &other.address, sizeof address) == 0;
  }
  bool is_any() const noexcept {
    return IN6_IS_ADDR_UNSPECIFIED(&address) ||
           (IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr32[3] == 0);
  }
};

// `call`: SYS_getsockname or SYS_getpeername. False: it has none.
bool find_end(i64 call, int number, End& end) noexcept {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (raw_syscall(call, number, as_argument(&name), as_argument(&size)) != 0) return false;
  end = {};
  if (name.ss_family == AF_INET) {
    const auto& own = reinterpret_cast<const sockaddr_in&>(name);
    end.port = own.sin_port;
    end.address.s6_addr16[5] = 0xffff;
    end.address.s6_addr32[3] = own.sin_addr.s_addr;
    return true;
  }
  if (name.ss_family != AF_INET6) return false;
  const auto& own = reinterpret_cast<const sockaddr_in6&>(name);
  end.port = own.sin6_port;
  end.address = own.sin6_addr;
  return true;
}

// 0 where it has no such option.
template <typename Value>
Value option_of(int number, int name) noexcept {
  Value value{};
  socklen_t size = sizeof value;
  const i64 error = raw_syscall(SYS_getsockopt, number, SOL_SOCKET, name, as_argument(&value),
                                as_argument(&size));
  return error == 0 ? value : Value{};
}

// The connection waits there, or came from there.
bool is_other_end(int number, const End& mine, const End& theirs) noexcept {
  End own;
  if (!find_end(SYS_getsockname, number, own) || own.port != theirs.port) return false;
  if (option_of<int>(number, SO_ACCEPTCONN) != 0) return own.is_any() || own == theirs;
  End peer;
  return own == theirs && find_end(SYS_getpeername, number, peer) && peer == mine;
}

}  // namespace

bool peer_is_here(int number) noexcept {
  constexpr int kMostLookedAt = 4096;
  const int domain = option_of<int>(number, SO_DOMAIN);
  // Who connected, or listened when it was connected to.
  if (domain == AF_UNIX)
    return option_of<ucred>(number, SO_PEERCRED).pid == static_cast<pid_t>(raw_syscall(SYS_getpid));
  End mine;
  End theirs;
  if (option_of<int>(number, SO_TYPE) != SOCK_STREAM || !find_end(SYS_getsockname, number, mine) ||
      !find_end(SYS_getpeername, number, theirs)) {
    return false;
  }
  for (int other = 0; other < kMostLookedAt; ++other) {
    if (other != number && is_other_end(other, mine, theirs)) return true;
  }
  return false;
}

}  // namespace gridlock::internal::controlled
