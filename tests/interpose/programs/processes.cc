// SPDX-License-Identifier: Apache-2.0
//
// Mutexes that processes share: two that hold what the other one waits for hang, and everything that is nearly that does not.
#include "tests/interpose/programs/shared.h"

namespace {

void hold_and_ask(pthread_mutex_t& mine, pthread_mutex_t& other) {
  pthread_mutex_lock(&mine);
  ++shared->step;
  wait_for_step(2);
  pthread_mutex_lock(&other);
  pthread_mutex_unlock(&other);
  pthread_mutex_unlock(&mine);
}
void hold_one() { hold_and_ask(shared->one, shared->other); }
void hold_other() { hold_and_ask(shared->other, shared->one); }
void hang() { beside_child(hold_one, hold_other); }
void hang_of_children() { in_children({hold_one, hold_other}); }
// What the third one waits for nobody ever releases.
void hang_before_another() {
  in_children({hold_one, hold_other, [] {
                 wait_for_step(2);
                 pthread_mutex_lock(&shared->one);
               }});
}
// In a circle of three, the third lock being a read-write lock.
void hang_of_three() {
  static constexpr auto kMeet = [] {
    ++shared->step;
    wait_for_step(3);
  };
  in_children({[] {
                 pthread_mutex_lock(&shared->one);
                 kMeet();
                 pthread_mutex_lock(&shared->other);
               },
               [] {
                 pthread_mutex_lock(&shared->other);
                 kMeet();
                 pthread_rwlock_wrlock(&shared->names);
               },
               [] {
                 pthread_rwlock_rdlock(&shared->names);
                 kMeet();
                 pthread_mutex_lock(&shared->one);
               }});
}
// Each in a thread that is not the first one of its process.
void hang_in_threads() {
  beside_child([] { std::thread(hold_one).join(); }, [] { std::thread(hold_other).join(); });
}
// One process, but the mutexes are shared.
void hang_in_one_process() {
  make_shared();
  std::thread second(hold_one);
  hold_other();
  second.join();
}
void twice() {
  make_shared();
  pthread_mutex_lock(&shared->one);
  pthread_mutex_lock(&shared->one);
}
// A condition releases the mutex that it waits with, and acquires it again.
void hang_behind_condition() {
  beside_child(
      [] {
        pthread_mutex_lock(&shared->one);
        ++shared->step;
        while (shared->value == 0) pthread_cond_wait(&shared->changed, &shared->one);
        wait_for_step(2);
        pthread_mutex_lock(&shared->other);
      },
      [] {
        wait_for_step(1);
        pthread_mutex_lock(&shared->other);
        pthread_mutex_lock(&shared->one);
        shared->value = 1;
        pthread_cond_signal(&shared->changed);
        pthread_mutex_unlock(&shared->one);
        // Until the child has it again.
        while (pthread_mutex_trylock(&shared->one) == 0) {
          pthread_mutex_unlock(&shared->one);
          sched_yield();
        }
        ++shared->step;
        pthread_mutex_lock(&shared->one);
      });
}
// Ends before the other one asks: the holder is a process that is no more.
void holder_that_ended() {
  beside_child([] { pthread_mutex_lock(&shared->one); },
               [] {
                 await_end_of_child();
                 const timespec until = soon(CLOCK_REALTIME, 200);
                 std::printf("%d\n", pthread_mutex_timedlock(&shared->one, &until) == ETIMEDOUT);
               });
}
// The child releases what the parent has: against the rules, and no hang.
void handed_over() {
  beside_child(
      [] {
        pthread_mutex_lock(&shared->one);
        ++shared->step;
        wait_for_step(2);
        usleep(200'000);
        pthread_mutex_unlock(&shared->other);
        pthread_mutex_lock(&shared->other);
        pthread_mutex_unlock(&shared->other);
        pthread_mutex_unlock(&shared->one);
      },
      [] {
        pthread_mutex_lock(&shared->other);
        ++shared->step;
        wait_for_step(2);
        pthread_mutex_lock(&shared->one);
        pthread_mutex_unlock(&shared->one);
      });
}

// The other program finds the memory by its descriptor.
void make_findable() {
  make_shared();
  const int file = memfd_create("shared", 0);
  if (file < 0 || ftruncate(file, sizeof(Shared)) != 0) std::abort();
  void* const there = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  std::memcpy(there, static_cast<const void*>(shared), sizeof(Shared));
  shared = static_cast<Shared*>(there);
  setenv("SHARED_FILE", std::to_string(file).c_str(), 1);
}
void find_it() {
  const char* const file = std::getenv("SHARED_FILE");
  shared = static_cast<Shared*>(mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED,
                                     file != nullptr ? std::atoi(file) : -1, 0));
}
void beside_program(const char* part, void (*here)()) {
  make_findable();
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", "part", part, nullptr);
    _exit(9);
  }
  here();
  tell_end(child);
}
void part_that_holds() {
  find_it();
  hold_one();
}
// It gives up, and then the other one goes on.
void part_with_limit() {
  find_it();
  pthread_mutex_lock(&shared->one);
  ++shared->step;
  wait_for_step(2);
  const timespec until = soon(CLOCK_REALTIME, 400);
  std::printf("%d\n", pthread_mutex_timedlock(&shared->other, &until) == ETIMEDOUT);
  pthread_mutex_unlock(&shared->one);
}
void hang_with_program() { beside_program("part-that-holds", hold_other); }
void program_that_gives_up() { beside_program("part-with-limit", hold_other); }
// It unlocks what the parent has, which is against the rules but done, and takes it for a while.
void part_that_takes_over() {
  find_it();
  wait_for_step(2);
  usleep(50'000);
  pthread_mutex_unlock(&shared->other);
  pthread_mutex_lock(&shared->other);
  ++shared->step;
  usleep(300'000);
  pthread_mutex_unlock(&shared->other);
}
// The parent waits for the child, and the child for what the parent had, until the program gives it back.
void taken_over() {
  beside_program("part-that-takes-over", [] {
    const pid_t child = fork();
    if (child == 0) {
      pthread_mutex_lock(&shared->one);
      ++shared->step;
      wait_for_step(3);
      pthread_mutex_lock(&shared->other);
      pthread_mutex_unlock(&shared->other);
      pthread_mutex_unlock(&shared->one);
      _exit(0);
    }
    wait_for_step(1);
    pthread_mutex_lock(&shared->other);
    ++shared->step;
    pthread_mutex_lock(&shared->one);
    pthread_mutex_unlock(&shared->one);
    waitpid(child, nullptr, 0);
  });
}

// Of a read-write lock and a mutex.
template <auto take_names>
void names_then_one() {
  take_names(&shared->names);
  ++shared->step;
  wait_for_step(2);
  pthread_mutex_lock(&shared->one);
  pthread_mutex_unlock(&shared->one);
  pthread_rwlock_unlock(&shared->names);
}
template <auto take_names>
void one_then_names() {
  pthread_mutex_lock(&shared->one);
  ++shared->step;
  wait_for_step(2);
  take_names(&shared->names);
  pthread_rwlock_unlock(&shared->names);
  pthread_mutex_unlock(&shared->one);
}
constexpr auto kRead = [](pthread_rwlock_t* lock) { pthread_rwlock_rdlock(lock); };
constexpr auto kWrite = [](pthread_rwlock_t* lock) { pthread_rwlock_wrlock(lock); };
void reader_behind_writer() { beside_child(names_then_one<kWrite>, one_then_names<kRead>); }
void writer_behind_reader() { beside_child(names_then_one<kRead>, one_then_names<kWrite>); }
void reader_beside_reader() { beside_child(names_then_one<kRead>, one_then_names<kRead>); }
// The reader whom the writer waits for is not the one that waits for the writer.
void writer_behind_another_reader() {
  beside_child(
      [] {
        pthread_rwlock_rdlock(&shared->names);
        ++shared->step;
        wait_for_step(2);
        usleep(300'000);
        pthread_rwlock_unlock(&shared->names);
      },
      one_then_names<kWrite>);
}
void reads_and_writes() {
  make_shared();
  pthread_rwlock_rdlock(&shared->names);
  pthread_rwlock_wrlock(&shared->names);
}

// One thread after the other, so it does not hang; another run can.
void opposite_in_one_process() {
  make_shared();
  std::atomic<int> turn{0};
  std::thread first([&] {
    take_both<&Shared::one, &Shared::other>();
    turn = 1;
  });
  std::thread second([&] {
    while (turn == 0) sched_yield();
    take_both<&Shared::other, &Shared::one>();
  });
  first.join();
  second.join();
}
// Of their own, with a shared one held by both.
void behind_shared_gate() {
  make_shared();
  static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER;
  static pthread_mutex_t right = PTHREAD_MUTEX_INITIALIZER;
  static constexpr auto kTake = [](pthread_mutex_t& first, pthread_mutex_t& second) {
    pthread_mutex_lock(&shared->one);
    pthread_mutex_lock(&first);
    pthread_mutex_lock(&second);
    pthread_mutex_unlock(&second);
    pthread_mutex_unlock(&first);
    pthread_mutex_unlock(&shared->one);
  };
  std::atomic<int> turn{0};
  std::thread first([&] {
    kTake(left, right);
    turn = 1;
  });
  std::thread second([&] {
    while (turn == 0) sched_yield();
    kTake(right, left);
  });
  first.join();
  second.join();
}

constexpr Situation kAll[] = {{"hang", hang},
                              {"hang-of-children", hang_of_children},
                              {"hang-before-another", hang_before_another},
                              {"hang-of-three", hang_of_three},
                              {"hang-in-threads", hang_in_threads},
                              {"hang-in-one-process", hang_in_one_process},
                              {"hang-behind-condition", hang_behind_condition},
                              {"hang-with-program", hang_with_program},
                              {"program-that-gives-up", program_that_gives_up},
                              {"part-that-holds", part_that_holds},
                              {"part-with-limit", part_with_limit},
                              {"opposite-in-one-process", opposite_in_one_process},
                              {"behind-shared-gate", behind_shared_gate},
                              {"twice", twice},
                              {"holder-that-ended", holder_that_ended},
                              {"handed-over", handed_over},
                              {"part-that-takes-over", part_that_takes_over},
                              {"taken-over", taken_over},
                              {"reader-behind-writer", reader_behind_writer},
                              {"writer-behind-reader", writer_behind_reader},
                              {"reader-beside-reader", reader_beside_reader},
                              {"writer-behind-another-reader", writer_behind_another_reader},
                              {"reads-and-writes", reads_and_writes}};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
