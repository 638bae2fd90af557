// SPDX-License-Identifier: Apache-2.0
//
// Threads that wait for each other at pipes, sockets and counters.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/explore/expect.h"

namespace gridlock {
namespace {

constexpr std::uint64_t kSome = 300;
constexpr std::uint64_t kForks = 20;

class Closing {
 public:
  explicit Closing(int number) : number_(number) {}
  Closing(Closing&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  ~Closing() { close(); }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  int get() const { return number_; }

 private:
  int number_;
};

struct Two {
  Closing in;   ///< to read from
  Closing out;  ///< to write to
};

Two pipe_of_two() {
  int ends[2];
  require(::pipe(&ends[0]) == 0, "a pipe");
  return {Closing(ends[0]), Closing(ends[1])};
}

Two sockets_of_two(int type = SOCK_STREAM) {
  int ends[2];
  require(::socketpair(AF_UNIX, type, 0, &ends[0]) == 0, "sockets");
  return {Closing(ends[0]), Closing(ends[1])};
}

void put(const Closing& to, char what) { require(::write(to.get(), &what, 1) == 1, "written"); }
char take(const Closing& from) {
  char what = 0;
  return ::read(from.get(), &what, 1) == 1 ? what : '\0';
}

ExploreOptions all_schedules() {
  ExploreOptions options = quietly(20000);
  options.strategy = ExploreStrategy::kExhaustive;
  return options;
}

void expect_no_schedule_fails(const std::function<void()>& body) {
  const ExploreResult result = explore(all_schedules(), body);
  EXPECT_FALSE(result) << result.message;
  EXPECT_TRUE(result.exhausted) << result.executions;
}

TEST(Pipe, GivesWhatIsWrittenInItsOrderAndThenItsEnd) {
  const auto body = [] {
    Two pipe = pipe_of_two();
    std::thread writer([&] {
      for (const char what : {'a', 'b'}) put(pipe.out, what);
      pipe.out.close();
    });
    std::string all;
    while (const char what = take(pipe.in)) all += what;
    require(all == "ab", "all of it");
    writer.join();
  };
  expect_clean(body, kSome, kForks);
  expect_no_schedule_fails(body);
}

TEST(Pipe, ThatNobodyClosesIsReadFromForever) {
  const ExploreResult found = expect_found("deadlock", [] {
    const Two pipe = pipe_of_two();
    std::thread writer([&] { put(pipe.out, 'a'); });
    while (take(pipe.in) != 0) {
    }
    writer.join();
  });
  EXPECT_TRUE(says(found, "T1 waits for descriptor"));
  EXPECT_TRUE(says(found, "to have something to read"));
}

// More than a pipe holds, and less than it is asked for at once.
void write_much(bool under_the_lock) {
  constexpr std::size_t kMuch = 300'000;
  Two pipe = pipe_of_two();
  std::mutex mutex;
  std::thread writer([&] {
    const std::string much(kMuch, 'x');
    const std::scoped_lock lock(mutex);
    require(::write(pipe.out.get(), much.data(), kMuch) == static_cast<ssize_t>(kMuch), "all");
    pipe.out.close();
  });
  std::unique_lock lock(mutex, std::defer_lock);
  if (under_the_lock) lock.lock();
  std::vector<char> some(100'000);
  std::size_t size = 0;
  for (ssize_t got = 0; (got = ::read(pipe.in.get(), some.data(), some.size())) > 0;)
    size += static_cast<std::size_t>(got);
  require(size == kMuch, "as much as was written");
  if (lock.owns_lock()) lock.unlock();
  writer.join();
}

TEST(Pipe, ThatIsFullHoldsItsWriterAndALockOfBothIsADeadlock) {
  expect_clean([] { write_much(false); }, 50, 5);
  const ExploreResult found = expect_found("deadlock", [] { write_much(true); });
  EXPECT_TRUE(says(found, "waits for"));
}

TEST(Pipe, OfTwoWritersGivesBothOrders) {
  for (const char first : {'a', 'b'}) {
    const ExploreResult found = explore(all_schedules(), [=] {
      const Two pipe = pipe_of_two();
      std::thread a([&] { put(pipe.out, 'a'); });
      std::thread b([&] { put(pipe.out, 'b'); });
      require(take(pipe.in) == first, "the other one");
      take(pipe.in);
      a.join();
      b.join();
    });
    EXPECT_EQ(found.kind, "check-failed") << first << found.message;
  }
}

// What was written to memory before is known to whoever reads it from there, and to nobody who reads from elsewhere.
void hand_over(bool by_another_pipe) {
  const Two pipe = pipe_of_two();
  const Two other = pipe_of_two();
  int value = 0;
  if (by_another_pipe) put(other.out, 'x');
  std::thread writer([&] {
    value = 1;
    put(pipe.out, 'x');
  });
  take(by_another_pipe ? other.in : pipe.in);
  require(value <= 1, "a value");
  writer.join();
}

TEST(Pipe, OrdersWhatWasDoneBeforeAWriteAndAfterItsRead) {
  expect_clean([] { hand_over(false); }, kSome, kForks);
  expect_found("data-race", [] { hand_over(true); });
}

TEST(Pipe, ThatDoesNotWaitSaysThatNothingIsThere) {
  const auto body = [](int expected) {
    const Two pipe = pipe_of_two();
    require(::fcntl(pipe.in.get(), F_SETFL, O_NONBLOCK) == 0, "flags");
    std::thread writer([&] { put(pipe.out, 'x'); });
    char what = 0;
    const ssize_t got = ::read(pipe.in.get(), &what, 1);
    require(got == 1 || errno == EAGAIN, "it or nothing");
    require(static_cast<int>(got) != expected, "the other one");
    writer.join();
  };
  expect_clean([&] { body(7); }, kSome, kForks);
  expect_found("check-failed", [&] { body(1); });
  expect_found("check-failed", [&] { body(-1); });
}

// An event loop, which is told to stop. Wrong: it is woken first, looks, and sleeps again.
void stop_a_loop(bool wakes_first) {
  const Closing loop(::epoll_create1(0));
  const Closing wake(::eventfd(0, EFD_NONBLOCK));
  epoll_event event{};
  event.events = EPOLLIN;
  require(::epoll_ctl(loop.get(), EPOLL_CTL_ADD, wake.get(), &event) == 0, "watched");
  std::mutex mutex;
  bool stop = false;
  std::thread runs([&] {
    for (;;) {
      epoll_event ready{};
      require(::epoll_wait(loop.get(), &ready, 1, -1) == 1, "woken");
      eventfd_t count = 0;
      ::eventfd_read(wake.get(), &count);
      const std::scoped_lock lock(mutex);
      if (stop) return;
    }
  });
  if (wakes_first) ::eventfd_write(wake.get(), 1);
  {
    const std::scoped_lock lock(mutex);
    stop = true;
  }
  if (!wakes_first) ::eventfd_write(wake.get(), 1);
  runs.join();
}

TEST(EventLoop, ThatIsWokenBeforeItIsToldToStopSleepsForever) {
  expect_clean([] { stop_a_loop(false); }, kSome, kForks);
  expect_no_schedule_fails([] { stop_a_loop(false); });
  expect_found("deadlock", [] { stop_a_loop(true); });
}

TEST(Poll, EndsWhenOneIsReadyOrWhenItsTimeHasCome) {
  const auto body = [](bool writes) {
    const Two pipe = pipe_of_two();
    const Two other = pipe_of_two();
    std::thread writer([&] {
      if (writes) put(other.out, 'x');
    });
    pollfd files[] = {{pipe.in.get(), POLLIN, 0}, {other.in.get(), POLLIN, 0}};
    const int ready = ::poll(&files[0], 2, writes ? -1 : 3'600'000);
    require(ready == (writes ? 1 : 0), "how many");
    require((files[1].revents != 0) == writes && files[0].revents == 0, "which");
    writer.join();
  };
  expect_clean([&] { body(true); }, kSome, kForks);
  expect_clean([&] { body(false); }, kSome, kForks);
}

TEST(Select, EndsWhenOneIsReadyOrWhenItsTimeHasCome) {
  const auto body = [](bool writes) {
    const Two pipe = pipe_of_two();
    std::thread writer([&] {
      if (writes) put(pipe.out, 'x');
    });
    fd_set in;
    FD_ZERO(&in);
    FD_SET(pipe.in.get(), &in);
    timeval hour{3600, 0};
    const int ready = ::select(pipe.in.get() + 1, &in, nullptr, nullptr, writes ? nullptr : &hour);
    require(ready == (writes ? 1 : 0), "how many");
    require((FD_ISSET(pipe.in.get(), &in) != 0) == writes, "which");
    require(hour.tv_sec == (writes ? 3600 : 0), "what is left");
    writer.join();
  };
  expect_clean([&] { body(true); }, kSome, kForks);
  expect_clean([&] { body(false); }, kSome, kForks);
}

TEST(Counter, IsWaitedForUntilItIsNotZero) {
  const auto body = [](bool writes) {
    const Closing counter(::eventfd(0, 0));
    std::thread writer([&] {
      if (writes) ::eventfd_write(counter.get(), 3);
    });
    eventfd_t count = 0;
    require(::eventfd_read(counter.get(), &count) == 0 && count == 3, "three");
    writer.join();
  };
  expect_clean([&] { body(true); }, kSome, kForks);
  expect_found("deadlock", [&] { body(false); });
}

TEST(Socket, CarriesMoreThanItHolds) {
  expect_clean(
      [] {
        constexpr std::size_t kMuch = 600'000;
        Two pair = sockets_of_two();
        std::thread writer([&] {
          std::string half(kMuch / 2, 'x');
          const iovec parts[] = {{half.data(), half.size()}, {half.data(), half.size()}};
          require(::writev(pair.out.get(), &parts[0], 2) == static_cast<ssize_t>(kMuch), "all");
          pair.out.close();
        });
        std::string all(kMuch, ' ');
        require(
            ::recv(pair.in.get(), all.data(), kMuch, MSG_WAITALL) == static_cast<ssize_t>(kMuch),
            "all at once");
        require(all == std::string(kMuch, 'x'), "as it was written");
        require(take(pair.in) == 0, "its end");
        writer.join();
      },
      20, 5);
}

// Each side waits for the first word of the other one.
void ask(bool both_wait) {
  const Two there = sockets_of_two(SOCK_SEQPACKET);
  std::thread server([&] {
    if (take(there.in) == 'q') put(there.in, 'a');
  });
  if (!both_wait) put(there.out, 'q');
  require(take(there.out) == 'a', "the answer");
  server.join();
}

TEST(Socket, OfTwoThatWaitForEachOthersFirstWordIsADeadlock) {
  expect_clean([] { ask(false); }, kSome, kForks);
  expect_no_schedule_fails([] { ask(false); });
  expect_found("deadlock", [] { ask(true); });
}

TEST(Socket, WithALimitGivesUpInVirtualTime) {
  const auto begin = std::chrono::steady_clock::now();
  expect_clean(
      [] {
        const Two pair = sockets_of_two();
        const timeval hour{3600, 0};
        ::setsockopt(pair.in.get(), SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof hour);
        char what = 0;
        require(::recv(pair.in.get(), &what, 1, 0) == -1 && errno == EAGAIN, "given up");
      },
      kSome, kForks);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(5));
}

// A name that the kernel has chosen.
union Name {
  sockaddr_storage all;  // the first, so that no byte is left as it was
  sockaddr any;
  sockaddr_in internet;
  sockaddr_in6 internet6;
  sockaddr_un local;
};

struct Listening {
  Closing socket;
  Name name{};
  socklen_t size;

  explicit Listening(int domain) : socket(::socket(domain, SOCK_STREAM, 0)), size(sizeof name) {
    name.any.sa_family = static_cast<sa_family_t>(domain);
    if (domain == AF_INET) name.internet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (domain == AF_UNIX) size = sizeof name.any.sa_family;  // an abstract name
    require(::bind(socket.get(), &name.any, size) == 0 && ::listen(socket.get(), 4) == 0,
            "listens");
    size = sizeof name;
    ::getsockname(socket.get(), &name.any, &size);
  }
};

Closing connected(const Listening& to) {
  Closing socket(::socket(to.name.any.sa_family, SOCK_STREAM, 0));
  require(::connect(socket.get(), &to.name.any, to.size) == 0, "connected");
  return socket;
}

// The server answers what is asked. AF_INET6: it listens at every address, and is asked by IPv4 in the old form of one.
void converse(int domain, bool asks) {
  Listening listens(domain);
  std::thread server([&] {
    const Closing asked(::accept(listens.socket.get(), nullptr, nullptr));
    put(asked, take(asked));
  });
  const Closing client = connected(listens);
  if (asks) put(client, 'x');
  require(take(client) == 'x', "the same");
  server.join();
}

// It is connected to before it accepts, for which it wants the lock.
void accept_under_lock(bool mended) {
  Listening listens(AF_INET);
  std::mutex lock;
  std::thread server([&] {
    {
      const std::scoped_lock look(lock);
    }
    const Closing asked(::accept(listens.socket.get(), nullptr, nullptr));
    put(asked, 'a');
  });
  std::unique_lock hold(lock);
  const Closing client = connected(listens);
  if (mended) hold.unlock();
  require(take(client) == 'a', "the answer");
  if (!mended) hold.unlock();
  server.join();
}

TEST(Connection, OfTwoThatWaitForEachOthersFirstWordIsADeadlock) {
  for (const int domain : {AF_INET, AF_INET6, AF_UNIX}) {
    SCOPED_TRACE(domain);
    expect_clean([&] { converse(domain, true); }, 50, 10);
    expect_found("deadlock", [&] { converse(domain, false); });
  }
}

TEST(Connection, ThatIsNotAcceptedYetIsADeadlockWhereItIsWaitedForUnderTheLock) {
  expect_clean([] { accept_under_lock(true); }, 50, 10);
  expect_found("deadlock", [] { accept_under_lock(false); });
}

// Somebody outside may connect, or has the other end: no claim.
TEST(Connection, ThatSomebodyOutsideMayMakeOrHasIsNoDeadlock) {
  ExploreOptions options = quietly(1);
  options.stuck_after = 1;
  options.repeat = ExploreRepeat::kFork;
  EXPECT_EQ(explore(options,
                    [] {
                      const Listening listens(AF_INET);
                      const Closing asked(::accept(listens.socket.get(), nullptr, nullptr));
                    })
                .kind,
            "not-controlled");
  const Listening listens(AF_INET);
  const pid_t other = ::fork();
  if (other == 0) {
    const Closing client = connected(listens);
    for (;;) ::pause();
  }
  const Closing end(::accept(listens.socket.get(), nullptr, nullptr));
  EXPECT_EQ(explore(options, [&] { take(end); }).kind, "not-controlled");
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
}

TEST(Server, ThatAcceptsWithALimitGivesUpInVirtualTime) {
  expect_clean(
      [] {
        const Listening listens(AF_INET);
        const timeval hour{3600, 0};
        ::setsockopt(listens.socket.get(), SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof hour);
        require(::accept(listens.socket.get(), nullptr, nullptr) == -1 && errno == EAGAIN,
                "given up");
      },
      kSome, kForks);
}

TEST(Server, AcceptsAndAnswers) {
  expect_clean(
      [] {
        const Listening listens(AF_INET);
        std::thread server([&] {
          const Closing asked(::accept(listens.socket.get(), nullptr, nullptr));
          while (const char what = take(asked)) put(asked, what);
        });
        const Closing asks = connected(listens);
        put(asks, 'x');
        require(take(asks) == 'x', "the same");
        ::shutdown(asks.get(), SHUT_WR);
        require(take(asks) == 0, "the end");
        server.join();
      },
      50, 10);
}

}  // namespace
}  // namespace gridlock
