// SPDX-License-Identifier: Apache-2.0
//
// The catalogue's scenarios of threads, as plain code. Races are seen where it is built with ThreadSanitizer.
#include <pthread.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "tests/interpose/programs/catalogue.h"

namespace {

using namespace std::chrono_literals;

void loop(int steps, std::chrono::milliseconds each) {
  for (int i = 0; i < steps; ++i) std::this_thread::sleep_for(each);
}
void two_loops_in_a_row() {
  loop(4, 10ms);
  loop(2, 10ms);
}
void two_loops_waited_for() {
  static std::counting_semaphore<> done(0);
  std::thread([] {
    loop(4, 10ms);
    done.release();
  }).detach();
  std::thread([] {
    loop(2, 10ms);
    done.release();
  }).detach();
  done.acquire();
  done.acquire();
}

struct Slip {
  explicit Slip(int wanted) : parcels(wanted) {}
  Slip(const Slip&) = default;
  Slip& operator=(const Slip&) = delete;
  ~Slip() { *static_cast<volatile int*>(&parcels) = -1; }
  int parcels;
};
std::thread send_courier(Turns& turns, int& delivered) {
  const Slip slip(3);
  return std::thread([&slip, &turns, &delivered] {  // wrong: the slip is ours
    turns.wait_for(1);
    delivered = slip.parcels;
  });
}
std::thread send_courier_with_copy(Turns& turns, int& delivered) {
  const Slip slip(3);
  return std::thread([slip, &turns, &delivered] {
    turns.wait_for(1);
    delivered = slip.parcels;
  });
}
void arguments_dead_local() {
  int delivered = 0;
  Turns turns;
  std::thread courier = send_courier(turns, delivered);
  turns.done();
  courier.join();
}
void arguments_by_value() {
  int delivered = 0;
  Turns turns;
  std::thread courier = send_courier_with_copy(turns, delivered);
  turns.done();
  courier.join();
  check(delivered == 3);
}
void arguments_passed() {
  std::string address = "Harbour Street 3";
  auto parcel = std::make_unique<int>(7);
  std::thread courier(
      [](const std::string& where, const std::unique_ptr<int>& what) {
        check(where == "Harbour Street 3" && what != nullptr && *what == 7);
      },
      address, std::move(parcel));
  address = "nowhere";
  courier.join();
}

void join_read_before() {
  long sum = 0;
  Turns turns;
  std::thread adder([&] {
    sum = 500500;
    turns.done();
  });
  turns.wait_for(1);      // later in time, but not ordered
  const long seen = sum;  // wrong: not joined yet
  adder.join();
  std::printf("%s\n", seen == 500500 ? "lucky" : "unlucky");
}
void join_read_after() {
  long sum = 0;
  std::thread adder([&] { sum = 500500; });
  adder.join();
  check(sum == 500500);
}

void daemon_ended_with_main() {
  std::thread([] {
    for (;;) std::this_thread::sleep_for(5ms);
  }).detach();
}
void daemon_waited_for() {
  int lines = 0;
  std::thread writer([&] { lines = 1; });
  writer.join();
  check(lines == 1);
}

void thread_info_names() {
  std::binary_semaphore named(0);
  std::atomic<bool> go_home = false;
  std::jthread payer([&] { go_home.wait(false); });
  pthread_setname_np(payer.native_handle(), "payer");
  std::jthread newcomer([&] {
    pthread_setname_np(pthread_self(), "clerk");
    named.release();
    go_home.wait(false);
  });
  named.acquire();
  char name[16] = {};
  pthread_getname_np(newcomer.native_handle(), name, sizeof name);
  check(std::strcmp(name, "clerk") == 0);
  go_home = true;
  go_home.notify_all();
}

// In place of ThreadObject: the base class has the thread.
class Worker {
 public:
  Worker() = default;
  virtual ~Worker() { join(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  void start() {
    thread_ = std::thread([this] {
      at_work.meet();
      destroyed.wait_for(1);
      run();
    });
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  virtual void run() {}
  Rendezvous at_work{2};
  Turns destroyed;

 private:
  std::thread thread_;
};
class HastyClerk final : public Worker {
 public:
  ~HastyClerk() override { destroyed.done(); }  // wrong: only the base class joins
  void run() override { ++entries_; }

 private:
  int entries_ = 0;
};
class CarefulClerk final : public Worker {
 public:
  ~CarefulClerk() override {
    destroyed.done();
    join();
  }
  void run() override { ++entries_; }

 private:
  int entries_ = 0;
};
template <typename Clerk>
void work_and_go() {
  Clerk clerk;
  clerk.start();
  clerk.at_work.meet();
}

void loop_table(bool locked) {
  std::mutex mutex;
  std::vector<long> results;
  results.reserve(2);
  Rendezvous all_computed(2);
  std::vector<std::jthread> workers;
  for (const long from : {1, 51}) {
    workers.emplace_back([&, from] {
      long sum = 0;
      for (long i = from; i < from + 50; ++i) sum += i;
      all_computed.meet();
      std::unique_lock hold(mutex, std::defer_lock);
      if (locked) hold.lock();
      results.push_back(sum);  // wrong without the lock
    });
  }
}
void loop_table_unlocked() { loop_table(false); }
void loop_table_locked() { loop_table(true); }

constexpr Scenario kAll[] = {
    {"two-loops/in-a-row", two_loops_in_a_row},
    {"two-loops/waited-for", two_loops_waited_for},
    {"arguments/dead-local", arguments_dead_local},
    {"arguments/by-value", arguments_by_value},
    {"arguments/passed", arguments_passed},
    {"join/read-before", join_read_before},
    {"join/read-after", join_read_after},
    {"daemon/ended-with-main", daemon_ended_with_main},
    {"daemon/waited-for", daemon_waited_for},
    {"thread-info/names", thread_info_names},
    {"thread-object/destroyed", work_and_go<HastyClerk>},
    {"thread-object/joined", work_and_go<CarefulClerk>},
    {"loop-table/unlocked-results", loop_table_unlocked},
    {"loop-table/locked-results", loop_table_locked},
};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
