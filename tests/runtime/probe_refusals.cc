// SPDX-License-Identifier: Apache-2.0
//
// What a process does to which the kernel refuses something: descriptors, or one system call from its
// very beginning on (GRIDLOCK_PROBE_DENY=NUMBER,ERRNO).
#include <fcntl.h>
#include <gridlock/gridlock.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

// In the child's environment; before anything else has run but the loader.
__attribute__((no_sanitize("thread", "address", "undefined"))) const char* find(char** environment,
                                                                                const char* name) {
  for (; *environment != nullptr; ++environment) {
    const char* at = *environment;
    const char* wanted = name;
    while (*wanted != 0 && *at == *wanted) ++at, ++wanted;
    if (*wanted == 0 && *at == '=') return at + 1;
  }
  return nullptr;
}

__attribute__((no_sanitize("thread", "address", "undefined"))) void deny(int, char**,
                                                                         char** environment) {
  const char* at = find(environment, "GRIDLOCK_PROBE_DENY");
  if (at == nullptr) return;
  std::uint32_t numbers[2] = {};
  for (std::uint32_t& number : numbers) {
    for (; *at >= '0' && *at <= '9'; ++at)
      number = number * 10 + static_cast<std::uint32_t>(*at - '0');
    if (*at == ',') ++at;
  }
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, numbers[0], 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | numbers[1]),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program = {sizeof filter / sizeof filter[0], &filter[0]};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    _exit(77);
  }
}
__attribute__((section(".preinit_array"), used)) void (*const kDeny)(int, char**, char**) = &deny;

void no_more_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 0;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) std::abort();
}

// Tells, with no new descriptor, when a thread sleeps in a futex: all that it does from then on is to
// wait.
class Sleeper {
 public:
  explicit Sleeper(int tid, int pid = static_cast<int>(getpid())) {
    const std::string path =
        "/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/syscall";
    file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) std::abort();
  }
  void await() const {
    const std::string futex = std::to_string(SYS_futex) + " ";
    for (bool sleeps = false; !sleeps; std::this_thread::yield()) {
      std::array<char, 16> text{};
      sleeps = pread(file_, text.data(), text.size() - 1, 0) > 0 &&
               std::string(text.data()).compare(0, futex.size(), futex) == 0;
    }
  }

 private:
  int file_;
};

// A std::thread that Gridlock does not know ends the wait of main; nobody can list it. 0 Event,
// 1 Semaphore, 2 Condition, 3 Queue, 4 Barrier, 5 Future, 6 a thread that ends leaves main alone with it.
void unlisted_helper(int form) {
  Event event{"event"};
  Semaphore permits{0, "permits"};
  Lock lock{"lock"};
  Condition changed{"changed"};
  bool ready = false;
  Queue<int> queue{"queue"};
  Barrier both{2, "both"};
  Promise<int> promise;
  Future<int> future = promise.get_future();
  const Sleeper main{static_cast<int>(getpid())};
  std::thread helper{[&] {
    main.await();
    event.set();
    permits.release();
    {
      const std::lock_guard hold{lock};
      ready = true;
    }
    changed.notify_all();
    queue.put(1);
    promise.set_value(1);
    if (form == 4) both.arrive_and_wait();
  }};
  std::unique_lock hold{lock, std::defer_lock};
  no_more_descriptors();
  switch (form) {
    case 1:
      permits.acquire();
      break;
    case 2:
      hold.lock();
      changed.wait(hold, [&] { return ready; });
      hold.unlock();
      break;
    case 3:
      static_cast<void>(queue.get());
      break;
    case 4:
      both.arrive_and_wait();
      break;
    case 5:
      future.get();
      break;
    default:
      event.wait();
  }
  helper.join();
  std::puts("over");
}

// Two that wait for each other.
void crossed_without_descriptors(int) {
  Lock first{"first"};
  Lock second{"second"};
  Rendezvous both{2};
  Thread other{"other", [&] {
                 const std::lock_guard hold{second};
                 both.meet();
                 const std::lock_guard more{first};
               }};
  const std::lock_guard hold{first};
  no_more_descriptors();
  both.meet();
  const std::lock_guard more{second};
}

// Over two processes: a std::thread of the other one ends both waits, and neither can list threads.
void unlisted_helper_of_a_child(int) {
  IpcSemaphore mine{0, "mine"};
  IpcSemaphore its{0, "its"};
  const int parent = static_cast<int>(getpid());
  Process child{"child", [&] {
                  const Sleeper first{parent, parent};
                  const Sleeper second{static_cast<int>(getpid())};
                  no_more_descriptors();
                  std::thread helper{[&] {
                    first.await();
                    second.await();
                    usleep(400'000);  // whoever waits looks again in slices of 50 ms
                    its.release();
                    mine.release();
                  }};
                  its.acquire();
                  helper.join();
                }};
  no_more_descriptors();
  mine.acquire();
  child.join();
  std::puts("over");
}

void locks_itself(int) {
  Lock lock{"lock"};
  lock.lock();
  lock.lock();
}

// A writer waits for two readers, one of which waits for it.
void crossed_shared(int) {
  SharedLock shared{"shared"};
  Lock lock{"lock"};
  Rendezvous both{2};
  Thread other{"other", [&] {
                 const std::shared_lock hold{shared};
                 both.meet();
                 const std::lock_guard more{lock};
               }};
  const std::lock_guard hold{lock};
  both.meet();
  const std::lock_guard more{shared};
}

void nobody_sets(int) {
  Event event{"event"};
  event.wait();
}

void nobody_releases_in_tree(int) {
  IpcSemaphore never{0, "never"};
  Process child{"child", [&] { never.acquire(); }};
  child.join();
}

void crossed_in_tree(int) {
  IpcLock stock{"stock"};
  IpcLock till{"till"};
  IpcSemaphore there{0, "there"};
  stock.lock();
  Process child{"child", [&] {
                  till.lock();
                  there.release();
                  stock.lock();
                }};
  there.acquire();
  till.lock();
}

// Nothing is wrong here: a thread that Gridlock does not know until then ends the wait.
void correct(int) {
  Event event{"event"};
  Lock lock{"lock"};
  std::thread helper{[&] {
    usleep(300'000);
    const std::lock_guard hold{lock};
    event.set();
  }};
  event.wait();
  helper.join();
  std::puts("over");
}

// From here on the kernel gives no more address space: whatever the first finding takes has to be there.
void no_more_address_space() {
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = 1 << 20;
  if (setrlimit(RLIMIT_AS, &limit) != 0) std::abort();
}

// More than a thread's first entries have room for.
void holds_many_without_address_space(int) {
  std::deque<Lock> locks(1000);
  SharedLock shared{"shared"};
  no_more_address_space();
  for (Lock& lock : locks) lock.lock();
  shared.lock_shared();
  shared.unlock_shared();
  for (Lock& lock : locks) lock.unlock();
  std::puts("over");
}

// Two processes, after which there is none. 0 a cycle of them, 1 one that ended with what all need.
void process_tree_without_address_space(int form) {
  IpcLock stock{"stock"};
  IpcLock till{"till"};
  IpcSemaphore begun{0, "begun"};
  IpcSemaphore there{0, "there"};
  IpcSemaphore never{0, "never"};
  Process child{"child", [&] {
                  no_more_address_space();
                  begun.acquire();
                  till.lock();
                  there.release();
                  if (form == 0) stock.lock();
                  if (form == 1) never.acquire();
                }};
  no_more_address_space();
  stock.lock();
  begun.release();
  there.acquire();
  if (form == 0) till.lock();
  if (form == 1) child.join();
}

// The first finding of the process: 0 misuse, 1 a cycle, 2 a deadlock, 3 a lock twice, 4 starvation.
void no_address_space(int form) {
  Lock first{"first"};
  Lock second{"second"};
  Event never{"never"};
  Rendezvous both{2};
  Thread other{ThreadOptions{.name = "other", .daemon = true}, [&] {
                 const std::lock_guard hold{second};
                 both.meet();
                 both.meet();
                 if (form == 2) first.lock();
                 if (form == 4) never.wait();
               }};
  both.meet();
  no_more_address_space();
  if (form == 0) first.unlock();
  if (form == 1) {
    Lock third{"third"};
    {
      const std::lock_guard outer{first};
      const std::lock_guard inner{third};
    }
    both.meet();
    other.join();
    const std::lock_guard outer{third};
    const std::lock_guard inner{first};
    return;
  }
  if (form == 2) first.lock();
  if (form == 3) first.lock();
  both.meet();
  if (form == 2) second.lock();
  if (form == 3) first.lock();
  if (form == 4) never.wait();
  other.join();
}

}  // namespace

// The first step is taken in one order by all.
void cross_two_locks() {
  Lock first{"first"};
  Lock second{"second"};
  Rendezvous both{2};
  Thread other{"other", [&] {
                 const std::lock_guard hold{second};
                 both.meet();
                 const std::lock_guard more{first};
               }};
  const std::lock_guard hold{first};
  both.meet();
  const std::lock_guard more{second};
}

std::span<const Situation> refusals() {
  static constexpr Situation kAll[] = {
      {"unlisted-helper", unlisted_helper},
      {"unlisted-helper-of-a-child", unlisted_helper_of_a_child},
      {"crossed-without-descriptors", crossed_without_descriptors},
      {"denied-locks-itself", locks_itself},
      {"denied-crossed", [](int) { cross_two_locks(); }},
      {"denied-crossed-shared", crossed_shared},
      {"denied-nobody-sets", nobody_sets},
      {"denied-crossed-in-tree", crossed_in_tree},
      {"denied-nobody-releases-in-tree", nobody_releases_in_tree},
      {"denied-correct", correct},
      {"no-address-space", no_address_space},
      {"process-tree-without-address-space", process_tree_without_address_space},
      {"holds-many-without-address-space", holds_many_without_address_space},
  };
  return kAll;
}

}  // namespace gridlock::probe
