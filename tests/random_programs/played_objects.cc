// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/played_objects.h"

namespace gridlock::random_programs {
namespace {

using traces::Kind;
using traces::Mode;
using traces::Op;
using traces::Patience;

template <typename L>
bool take_lock(L& lock, Patience patience) {
  if (patience == Patience::kForEver) {
    lock.lock();
    return true;
  }
  return patience == Patience::kTimed ? lock.try_lock_for(kWhile) : lock.try_lock();
}

void make_ipc(const traces::Declared& declared, Object& object) {
  const std::string& name = declared.name;
  if (declared.kind == Kind::kLock) {
    object.ipc_lock = std::make_unique<IpcLock>(name);
  } else if (declared.kind == Kind::kSemaphore) {
    object.ipc_semaphore = std::make_unique<IpcSemaphore>(declared.number, name);
  } else {
    object.joinable = std::make_unique<JoinableQueue<int>>(declared.number, name);
  }
}

template <typename S>
bool take_permit(S& semaphore, Patience patience) {
  if (patience == Patience::kNone) return semaphore.try_acquire();
  if (patience == Patience::kTimed) return semaphore.try_acquire_for(kWhile);
  semaphore.acquire();
  return true;
}

template <typename Q>
void get_from(Q& queue, Patience patience) {
  if (patience == Patience::kForEver) {
    (void)queue.get();
  } else if (patience == Patience::kTimed) {
    (void)queue.get_for(kWhile);
  } else {
    (void)queue.try_get();
  }
}

}  // namespace

void make(const traces::Declared& declared, Object& object) {
  const std::string& name = declared.name;
  const u32 number = declared.number;
  if (declared.ipc) return make_ipc(declared, object);
  switch (declared.kind) {
    case Kind::kLock:
      object.lock = std::make_unique<Lock>(name);
      return;
    case Kind::kRLock:
      object.rlock = std::make_unique<RLock>(name);
      return;
    case Kind::kShared:
      object.shared = std::make_unique<SharedLock>(
          name, declared.writers_first ? Prefer::kWriters : Prefer::kReaders);
      return;
    case Kind::kSemaphore:
      object.semaphore = name.starts_with("bounded")
                             ? std::make_unique<BoundedSemaphore>(number, name)
                             : std::make_unique<Semaphore>(number, name);
      return;
    case Kind::kEvent:
      object.event = std::make_unique<Event>(name);
      return;
    case Kind::kFuture:
      object.promise = std::make_unique<Promise<int>>(name);
      object.future = std::make_unique<Future<int>>(object.promise->get_future());
      return;
    case Kind::kCondition:
      object.condition = std::make_unique<Condition>(name);
      return;
    case Kind::kQueue:
      object.queue = std::make_unique<Queue<int>>(number, name);
      return;
    case Kind::kBarrier:
      object.barrier = std::make_unique<Barrier>(number, name);
      return;
    case Kind::kOnce:
      object.once = std::make_unique<OnceFlag>(name);
      return;
    case Kind::kFlag:
    case Kind::kThread:
    case Kind::kPool:
    case Kind::kTask:
    case Kind::kCompleted:
      return;
  }
}

bool take(const Op& op, Object& object) {
  if (object.lock) return take_lock(*object.lock, op.patience);
  if (object.rlock) return take_lock(*object.rlock, op.patience);
  if (object.ipc_lock) return take_lock(*object.ipc_lock, op.patience);
  if (object.shared && op.mode == Mode::kExclusive) {
    const bool taken = take_lock(*object.shared, op.patience);
    if (taken) object.writer = this_thread_id();
    return taken;
  }
  if (object.shared) {
    if (op.patience == Patience::kNone) return object.shared->try_lock_shared();
    if (op.patience == Patience::kTimed) return object.shared->try_lock_shared_for(kWhile);
    object.shared->lock_shared();
    return true;
  }
  if (object.ipc_semaphore) return take_permit(*object.ipc_semaphore, op.patience);
  return take_permit(*object.semaphore, op.patience);
}

void give_back(Object& object) {
  if (object.lock) return object.lock->unlock();
  if (object.rlock) return object.rlock->unlock();
  if (object.semaphore) return object.semaphore->release();
  if (object.ipc_lock) return object.ipc_lock->unlock();
  if (object.ipc_semaphore) return object.ipc_semaphore->release();
  if (object.writer.load() != this_thread_id()) return object.shared->unlock_shared();
  object.writer = 0;
  object.shared->unlock();
}

void get(const Op& op, Object& object) {
  object.joinable ? get_from(*object.joinable, op.patience) : get_from(*object.queue, op.patience);
}

void wait_on_condition(Object& condition, Object& lock, const std::atomic<bool>* test, bool timed) {
  const auto wait = [&](auto& mutex) {
    const auto is_raised = [&] { return test->load(); };
    if (test != nullptr && timed) {
      (void)condition.condition->wait_for(mutex, kWhile, is_raised);
    } else if (test != nullptr) {
      condition.condition->wait(mutex, is_raised);
    } else if (timed) {
      (void)condition.condition->wait_for(mutex, kWhile);
    } else {
      condition.condition->wait(mutex);
    }
  };
  lock.rlock ? wait(*lock.rlock) : wait(*lock.lock);
}

}  // namespace gridlock::random_programs
