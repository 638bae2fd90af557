// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#ifdef WITH_LATE
int late();
#else
int late() { return 0; }
#endif

struct Account {
  std::mutex mutex;
  long balance = 100;
};

void transfer(Account& from, Account& to, long amount) {
  std::lock_guard hold_from{from.mutex};
  std::lock_guard hold_to{to.mutex};
  from.balance -= amount;
  to.balance += amount;
}

void transfer_right(Account& from, Account& to, long amount) {
  std::scoped_lock hold{from.mutex, to.mutex};
  from.balance -= amount;
  to.balance += amount;
}

// Which copies of the library are in this process.
std::size_t copies() {
  std::ifstream maps("/proc/self/maps");
  std::set<std::string> files;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("libgridlock_watch") != std::string::npos)
      files.insert(line.substr(line.find('/')));
  }
  return files.size();
}

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  Account alice;
  Account bob;
  const auto pay = what == "fixed" || what == "copies" ? transfer_right : transfer;
  if (what == "copies") std::printf("%zu\n", copies());
  if (what == "hang") {
    alice.mutex.lock();
    alice.mutex.lock();
  }
  // The second transfer waits for the first to be over in a way that nobody can see, so this run does not hang.
  int ends[2];
  if (pipe(ends) != 0) return 2;
  std::thread rent([&] {
    pay(alice, bob, 40);
    if (write(ends[1], "x", 1) != 1) std::abort();
  });
  std::thread gift([&] {
    char paid = 0;
    if (read(ends[0], &paid, 1) != 1) std::abort();
    pay(bob, alice, 10);
  });
  rent.join();
  gift.join();
  std::printf("%ld %ld\n", alice.balance, bob.balance);
  std::fflush(stdout);
  if (what == "at-once") _exit(7);
  if (what == "quick") std::quick_exit(7);
  return 7 + late();
}
