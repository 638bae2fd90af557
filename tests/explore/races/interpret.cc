// SPDX-License-Identifier: Apache-2.0
//
// Each step has a function of its own, so that an address in a report says which step it was.
#include "tests/explore/races/interpret.h"

#include <pthread.h>

#include <array>
#include <utility>

#include "tests/explore/races/turn.h"

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): ThreadSanitizer's names
extern "C" void __tsan_ignore_thread_begin();
extern "C" void __tsan_ignore_thread_end();
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)

namespace gridlock::races {
namespace {

struct Memory {
  alignas(64) unsigned char words[kWords * 8];
  unsigned int atomics[kAtomics * 2];
  pthread_mutex_t mutexes[kMutexes];
  pthread_rwlock_t read_write;
  pthread_mutex_t wait_mutex;
  pthread_cond_t condition;
  pthread_barrier_t barrier;
};

struct Run;

struct ThreadRun {
  Run* run;
  int thread;
};

struct Run {
  const Program* program;
  const Race* only;
  std::vector<int> turns;  ///< of each step
  Memory memory;
  pthread_t handles[kMaxThreads];
  ThreadRun threads[kMaxThreads];
};

void* run_thread(void* argument);

template <typename T>
[[gnu::always_inline]] inline void read_as(unsigned char* at) {
  static_cast<void>(*reinterpret_cast<volatile T*>(at));
}
template <typename T>
[[gnu::always_inline]] inline void write_as(unsigned char* at) {
  *reinterpret_cast<volatile T*>(at) = 1;
}

// A switch over constants: the order of a builtin has to be one.
#define GRIDLOCK_WITH_ORDER(order, call) \
  switch (order) {                       \
    case __ATOMIC_RELAXED:               \
      call(__ATOMIC_RELAXED);            \
      break;                             \
    case __ATOMIC_ACQUIRE:               \
      call(__ATOMIC_ACQUIRE);            \
      break;                             \
    case __ATOMIC_RELEASE:               \
      call(__ATOMIC_RELEASE);            \
      break;                             \
    case __ATOMIC_ACQ_REL:               \
      call(__ATOMIC_ACQ_REL);            \
      break;                             \
    default:                             \
      call(__ATOMIC_SEQ_CST);            \
  }

[[gnu::always_inline]] inline void access(const Step& step, Memory& memory) {
  unsigned char* const at = &memory.words[step.offset];
  const bool writes = step.op == Op::kWrite;
  switch (step.size) {
    case 1:
      return writes ? write_as<unsigned char>(at) : read_as<unsigned char>(at);
    case 2:
      return writes ? write_as<unsigned short>(at) : read_as<unsigned short>(at);
    case 4:
      return writes ? write_as<unsigned int>(at) : read_as<unsigned int>(at);
    default:
      return writes ? write_as<unsigned long>(at) : read_as<unsigned long>(at);
  }
}

template <StepId Id>
[[gnu::noinline]] void make(const Step& step, Run& run) {
  Memory& memory = run.memory;
  unsigned int* const atomic = &memory.atomics[step.object < kAtomics ? step.object * 2 : 0];
  switch (step.op) {
    case Op::kRead:
    case Op::kWrite:
      access(step, memory);
      break;
    case Op::kAtomicPlain:
      if (step.offset != 0) {
        *const_cast<volatile unsigned int*>(atomic) = 0;
      } else {
        static_cast<void>(*const_cast<volatile unsigned int*>(atomic));
      }
      break;
    case Op::kAtomicLoad:
      switch (step.order) {
        case __ATOMIC_RELAXED:
          static_cast<void>(__atomic_load_n(atomic, __ATOMIC_RELAXED));
          break;
        case __ATOMIC_ACQUIRE:
          static_cast<void>(__atomic_load_n(atomic, __ATOMIC_ACQUIRE));
          break;
        default:
          static_cast<void>(__atomic_load_n(atomic, __ATOMIC_SEQ_CST));
      }
      break;
    case Op::kAtomicStore:
      switch (step.order) {
        case __ATOMIC_RELAXED:
          __atomic_store_n(atomic, 0, __ATOMIC_RELAXED);
          break;
        case __ATOMIC_RELEASE:
          __atomic_store_n(atomic, 0, __ATOMIC_RELEASE);
          break;
        default:
          __atomic_store_n(atomic, 0, __ATOMIC_SEQ_CST);
      }
      break;
#define GRIDLOCK_ADD(order) static_cast<void>(__atomic_fetch_add(atomic, 0, order))
    case Op::kAtomicAdd:
      GRIDLOCK_WITH_ORDER(step.order, GRIDLOCK_ADD)
      break;
    case Op::kAtomicSwapIf: {
      // All values are 0.
      unsigned int expected = step.offset == 0 ? 1 : 0;
      switch (step.order) {
        case __ATOMIC_RELAXED:
          __atomic_compare_exchange_n(atomic, &expected, 0, false, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED);
          break;
        case __ATOMIC_ACQUIRE:
          __atomic_compare_exchange_n(atomic, &expected, 0, false, __ATOMIC_ACQUIRE,
                                      __ATOMIC_ACQUIRE);
          break;
        case __ATOMIC_RELEASE:
          __atomic_compare_exchange_n(atomic, &expected, 0, false, __ATOMIC_RELEASE,
                                      __ATOMIC_RELAXED);
          break;
        case __ATOMIC_ACQ_REL:
          __atomic_compare_exchange_n(atomic, &expected, 0, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_ACQUIRE);
          break;
        default:
          __atomic_compare_exchange_n(atomic, &expected, 0, false, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST);
      }
      break;
    }
#define GRIDLOCK_FENCE(order) __atomic_thread_fence(order)
    case Op::kFence:
      GRIDLOCK_WITH_ORDER(step.order, GRIDLOCK_FENCE)
      break;
    case Op::kLock:
      pthread_mutex_lock(&memory.mutexes[step.object]);
      break;
    case Op::kUnlock:
      pthread_mutex_unlock(&memory.mutexes[step.object]);
      break;
    case Op::kReadLock:
      pthread_rwlock_rdlock(&memory.read_write);
      break;
    case Op::kWriteLock:
      pthread_rwlock_wrlock(&memory.read_write);
      break;
    case Op::kReadUnlock:
    case Op::kWriteUnlock:
      pthread_rwlock_unlock(&memory.read_write);
      break;
    case Op::kWaitLock:
      pthread_mutex_lock(&memory.wait_mutex);
      break;
    case Op::kWaitUnlock:
      pthread_mutex_unlock(&memory.wait_mutex);
      break;
    case Op::kWait:  // whoever notifies needs the mutex, which is free once this thread sleeps
      end_turn();
      pthread_cond_wait(&memory.condition, &memory.wait_mutex);
      return;
    case Op::kArrive:
      end_turn();
      pthread_barrier_wait(&memory.barrier);
      return;
    case Op::kWaited:
    case Op::kArrived:
      break;
    case Op::kNotify:
      pthread_cond_signal(&memory.condition);
      break;
    case Op::kStart:
      pthread_create(&run.handles[step.object], nullptr, run_thread, &run.threads[step.object]);
      break;
    case Op::kJoin:
      pthread_join(run.handles[step.object], nullptr);
      break;
  }
  end_turn();
}

using Make = void (*)(const Step& step, Run& run);
constexpr int kIds = kMaxThreads * kStepsPerThread;

template <StepId... Each>
constexpr std::array<Make, kIds> table_of(std::integer_sequence<int, Each...> /*all*/) {
  return {&make<Each>...};
}
constexpr std::array<Make, kIds> kMake = table_of(std::make_integer_sequence<int, kIds>());

void* run_thread(void* argument) {
  const ThreadRun& self = *static_cast<ThreadRun*>(argument);
  Run& run = *self.run;
  const std::vector<Step>& steps = run.program->threads[static_cast<std::size_t>(self.thread)];
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const StepId id = id_of(self.thread, static_cast<int>(i));
    const int turn = run.turns[static_cast<std::size_t>(id)];
    wait_for_turn(turn);
    const bool is_one = run.only == nullptr || id == run.only->first || id == run.only->second;
    if (!is_one && is_plain(steps[i].op)) {
      end_turn();
      continue;
    }
    // What an atomic operation orders stays; that it accesses memory is not to be seen.
    const bool is_blind = !is_one && is_atomic(steps[i].op);
    if (is_blind) __tsan_ignore_thread_begin();
    kMake[static_cast<std::size_t>(id)](steps[i], run);
    if (is_blind) __tsan_ignore_thread_end();
  }
  return nullptr;
}

void run_all(Run& run) {
  // NOLINTNEXTLINE(cert-fio38-c): a reference, no copy
  for (pthread_mutex_t& mutex : run.memory.mutexes) pthread_mutex_init(&mutex, nullptr);
  pthread_rwlock_init(&run.memory.read_write, nullptr);
  pthread_mutex_init(&run.memory.wait_mutex, nullptr);
  pthread_cond_init(&run.memory.condition, nullptr);
  const auto parties = static_cast<unsigned>(run.program->threads.size() - 1);
  pthread_barrier_init(&run.memory.barrier, nullptr, parties);
  for (int i = 0; i < kMaxThreads; ++i) run.threads[i] = {&run, i};
  begin_turns();
  run_thread(&run.threads[0]);
  pthread_barrier_destroy(&run.memory.barrier);
  pthread_cond_destroy(&run.memory.condition);
  pthread_mutex_destroy(&run.memory.wait_mutex);
  pthread_rwlock_destroy(&run.memory.read_write);
  // NOLINTNEXTLINE(cert-fio38-c): a reference, no copy
  for (pthread_mutex_t& mutex : run.memory.mutexes) pthread_mutex_destroy(&mutex);
}

}  // namespace

void interpret(const Program& program, const Race* only) {
  auto* const run = new Run{&program, only, std::vector<int>(kIds), {}, {}, {}};
  for (std::size_t i = 0; i < program.order.size(); ++i)
    run->turns[static_cast<std::size_t>(program.order[i])] = static_cast<int>(i);
  run_all(*run);
  delete run;
}

const void* code_of(StepId id) {
  return reinterpret_cast<const void*>(kMake[static_cast<std::size_t>(id)]);
}

}  // namespace gridlock::races
