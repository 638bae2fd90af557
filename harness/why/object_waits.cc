// SPDX-License-Identifier: Apache-2.0
#include "harness/why/object_waits.h"

#include "harness/why/futex_call.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace gridlock::internal {
namespace {

enum class Kind { kMutex, kReader, kWriter, kCondition, kSemaphore, kBarrier, kOnce, kGuard };

struct Function {
  std::string_view name;
  Kind kind;
};

// The functions of glibc and libstdc++ that sleep in a futex; all of them are exported.
constexpr std::array kFunctions{
    Function{"pthread_mutex_lock", Kind::kMutex},
    Function{"pthread_mutex_timedlock", Kind::kMutex},
    Function{"pthread_mutex_clocklock", Kind::kMutex},
    Function{"pthread_rwlock_rdlock", Kind::kReader},
    Function{"pthread_rwlock_timedrdlock", Kind::kReader},
    Function{"pthread_rwlock_clockrdlock", Kind::kReader},
    Function{"pthread_rwlock_wrlock", Kind::kWriter},
    Function{"pthread_rwlock_timedwrlock", Kind::kWriter},
    Function{"pthread_rwlock_clockwrlock", Kind::kWriter},
    Function{"pthread_cond_wait", Kind::kCondition},
    Function{"pthread_cond_timedwait", Kind::kCondition},
    Function{"pthread_cond_clockwait", Kind::kCondition},
    Function{"sem_wait", Kind::kSemaphore},
    Function{"sem_timedwait", Kind::kSemaphore},
    Function{"sem_clockwait", Kind::kSemaphore},
    Function{"pthread_barrier_wait", Kind::kBarrier},
    Function{"pthread_once", Kind::kOnce},
    Function{"call_once", Kind::kOnce},
    Function{"cxa_guard_acquire", Kind::kGuard},
};

constexpr std::size_t kDeepest = 8;  // of the frames that may be glibc's

std::string_view plain(std::string_view symbol) {
  symbol = symbol.substr(0, symbol.find('@'));
  while (symbol.starts_with('_')) symbol.remove_prefix(1);
  return symbol;
}

// sem_wait and pthread_once sleep in functions that are not exported, and are no longer on the stack themselves. What they
// sleep for tells them apart from each other, and that it is glibc's own call from everything else.
const Function* hidden_function_of(const InspectedThread& thread, const FutexCall& call) {
  static constexpr Function kSemWait{"sem_wait", Kind::kSemaphore};
  static constexpr Function kPthreadOnce{"pthread_once", Kind::kOnce};
  if (thread.stack.empty() || plain(thread.symbols[0]) == "syscall") return nullptr;
  const std::string& module = thread.stack[0].module;
  if (!module.substr(module.rfind('/') + 1).starts_with("libc.so")) return nullptr;
  constexpr std::uint32_t kInProgress = 1;
  if (call.has_bits && call.expected == 0) return &kSemWait;
  if (!call.has_bits && (call.expected & 3) == kInProgress) return &kPthreadOnce;
  return nullptr;
}

const Function* function_of(const InspectedThread& thread, const FutexCall& call) {
  for (std::size_t i = 0; i < std::min(thread.symbols.size(), kDeepest); ++i) {
    const auto found = std::ranges::find(kFunctions, plain(thread.symbols[i]), &Function::name);
    if (found != kFunctions.end()) return &*found;
  }
  return hidden_function_of(thread, call);
}

/// Reads the members of an object of glibc.
class Words {
 public:
  Words(const InspectedProcess& process, std::uint64_t object)
      : process_(process), object_(object) {}
  std::uint32_t operator[](std::uint64_t offset) const {
    return process_.word_at(object_ + offset).value_or(0);
  }

 private:
  const InspectedProcess& process_;
  std::uint64_t object_;
};

bool is_alive(const InspectedProcess& process, int tid) {
  return std::ranges::count(process.threads, tid, &InspectedThread::tid) != 0;
}

// A join sleeps while the word has the tid of the thread, and the kernel clears it and wakes as if for another process.
// The functions of glibc that sleep there are not exported.
bool is_join(const InspectedProcess& process, const FutexCall& call) {
  return !call.is_private && is_alive(process, static_cast<int>(call.expected));
}

// struct __pthread_mutex_s: lock, count, owner, users, kind.
void set_mutex(const InspectedProcess& process, std::uint64_t address, ObjectWait& wait) {
  constexpr std::uint32_t kTypeMask = 3;
  constexpr std::uint32_t kRecursive = 1;
  const Words mutex(process, address);
  const bool is_recursive = (mutex[16] & kTypeMask) == kRecursive;
  wait.object = address;
  wait.type = is_recursive ? "RLock" : "Lock";
  wait.operation = "lock";
  wait.holder = static_cast<int>(mutex[8]);
  if (is_recursive && wait.holder != 0) wait.count = static_cast<int>(std::max(mutex[4], 1U));
  if (wait.holder == 0) wait.unknown = "it is free just now, or its holder is not noted in it";
}

// struct __pthread_rwlock_arch_t: readers, writers, wrphase_futex, writers_futex, two more, cur_writer. Readers wait on
// the first where writers go first, else on the third; writers on the third or the fourth.
void set_rwlock(const InspectedProcess& process, const FutexCall& call, bool reads,
                ObjectWait& wait) {
  constexpr std::uint32_t kReaderWaits = 4;
  constexpr std::uint32_t kReaderShift = 3;
  std::uint64_t offset = call.word % 8 == 4 ? 12 : 8;
  if (reads && (call.expected & kReaderWaits) != 0 && call.expected >> kReaderShift != 0)
    offset = 0;
  wait.object = call.word - offset;
  wait.type = "SharedLock";
  wait.operation = reads ? "lock_shared" : "lock";
  const Words lock(process, wait.object);
  wait.holder = static_cast<int>(lock[24]);
  const std::uint32_t readers = lock[0] >> kReaderShift;
  if (wait.holder == 0 && readers != 0) {
    wait.unknown = "it is held by " + std::to_string(readers) +
                   (readers == 1 ? " reader, and glibc does not say by which thread"
                                 : " readers, and glibc does not say by which threads");
  }
}

// struct __pthread_cond_s has two words to sleep on, at 40 and 44, and is aligned to 8. Behind the wait the mutex is taken
// again, which is a wait for that.
void set_condition(const InspectedProcess& process, const FutexCall& call, ObjectWait& wait) {
  constexpr std::uint32_t kContended = 2;
  const auto owner = static_cast<int>(Words(process, call.word)[8]);
  if (call.expected == kContended && owner != 0 && is_alive(process, owner))
    return set_mutex(process, call.word, wait);
  wait.object = call.word - (call.word % 8 == 0 ? 40 : 44);
  wait.type = "Condition";
  wait.operation = "wait";
  wait.unknown = "a condition variable does not say which thread notifies it";
}

void set_other(const InspectedProcess& process, Kind kind, const FutexCall& call,
               ObjectWait& wait) {
  wait.object = call.word;
  switch (kind) {
    case Kind::kSemaphore:
      wait.type = "Semaphore";
      wait.operation = "acquire";
      wait.unknown = "a semaphore does not say which threads have its permits";
      break;
    case Kind::kBarrier: {  // in, current_round, count
      wait.object = call.word - 4;
      const Words barrier(process, wait.object);
      wait.type = "Barrier";
      wait.operation = "arrive";
      wait.unknown = std::to_string(barrier[0] - barrier[4]) + " of " + std::to_string(barrier[8]) +
                     " have arrived; it does not say which threads the others are";
      break;
    }
    case Kind::kOnce:
    case Kind::kGuard:
      wait.type = "OnceFlag";
      wait.operation = "call_once";
      wait.unknown = kind == Kind::kGuard
                         ? "a static variable does not say which thread initialises it"
                         : "a once flag does not say which thread runs its function";
      break;
    default:
      wait.type = "Futex";
      wait.operation = "wait";
      break;
  }
}

}  // namespace

std::optional<ObjectWait> object_wait_of(const InspectedProcess& process,
                                         const InspectedThread& thread) {
  const std::optional<FutexCall> call = futex_call_of(thread);
  if (!call) return std::nullopt;
  ObjectWait wait;
  wait.is_timed = call->is_timed;
  wait.is_private = call->is_private || process.source->is_private(call->word);
  wait.is_being_woken = process.word_at(call->word) != call->expected;
  const Function* const function = function_of(thread, *call);
  if (function == nullptr && is_join(process, *call)) {
    wait.object = call->word;
    wait.type = "Thread";
    wait.operation = "join";
    wait.holder = static_cast<int>(call->expected);
    wait.is_private = true;
  } else if (function == nullptr) {
    wait.object = call->word;
    wait.type = "Futex";
    wait.operation = "wait";
    wait.unknown = "a word of the program's own does not say which thread changes it";
  } else if (function->kind == Kind::kMutex) {
    set_mutex(process, call->word, wait);
  } else if (function->kind == Kind::kReader || function->kind == Kind::kWriter) {
    set_rwlock(process, *call, function->kind == Kind::kReader, wait);
  } else if (function->kind == Kind::kCondition) {
    set_condition(process, *call, wait);
  } else {
    set_other(process, function->kind, *call, wait);
  }
  return wait;
}

}  // namespace gridlock::internal
