// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/play.h"

#include <gridlock/gridlock.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

#include "tests/schedule/scheduler.h"

namespace gridlock::random_programs {
namespace {

using schedule::Scheduler;
using traces::Kind;
using traces::Mode;
using traces::Op;
using traces::Patience;
using traces::Verb;

constexpr auto kWhile = std::chrono::seconds(10);  // of a clock that does not move by itself

struct BodyFailed {};

// Of each object that which its kind needs.
struct Object {
  std::unique_ptr<Lock> lock;
  std::unique_ptr<RLock> rlock;
  std::unique_ptr<SharedLock> shared;
  std::unique_ptr<Semaphore> semaphore;
  std::unique_ptr<Event> event;
  std::unique_ptr<Promise<int>> promise;
  std::unique_ptr<Future<int>> future;
  std::unique_ptr<Condition> condition;
  std::unique_ptr<Queue<int>> queue;
  std::unique_ptr<Barrier> barrier;
  std::unique_ptr<OnceFlag> once;
  std::atomic<u32> writer{0};  // of a shared lock: this_thread_id()
  std::atomic<bool> flag{false};
  Thread thread;
};

class Player {
 public:
  explicit Player(const traces::Program& program)
      : program_(program), objects_(program.objects.size()), numbers_(program.threads.size()) {
    for (u32 i = 1; i < program.objects.size(); ++i) make(program.objects[i], objects_[i]);
    numbers_.back() = this_thread_id();
  }

  void run() { run_thread(static_cast<u32>(program_.threads.size() - 1)); }
  /// The Gridlock number of a thread of the program, 0 before its start.
  u32 number_of(u32 thread) const { return numbers_[thread]; }

 private:
  static void make(const traces::Declared& declared, Object& object) {
    const std::string& name = declared.name;
    const u32 number = declared.number;
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
        return;
    }
  }

  // A thread that begins stands at a point already.
  void run_thread(u32 thread) {
    const bool is_main = thread + 1 == program_.threads.size();
    const std::vector<Op>& ops = program_.threads[thread].ops;
    bool first = !is_main;
    run(ops, 0, ops.size(), first);
  }

  void run(const std::vector<Op>& ops, std::size_t begin, std::size_t end, bool& first) {
    for (std::size_t at = begin; at < end;) {
      if (ops[at].verb == Verb::kYield) {
        ++at;
        continue;
      }
      if (!std::exchange(first, false)) Scheduler::step();
      at = act(ops, at, first);
    }
  }

  // Returns where it goes on.
  std::size_t act(const std::vector<Op>& ops, std::size_t at, bool& first) {
    const Op& op = ops[at];
    Object& object = objects_[op.object];
    switch (op.verb) {
      case Verb::kLock:
        take(op, object);
        break;
      case Verb::kTry:
        return take(op, object) ? at + 1 : op.jump;
      case Verb::kUnlock:
      case Verb::kRelease:
        give_back(object);
        break;
      case Verb::kScoped:
        return scoped(ops, at, first);
      case Verb::kUpgrade:
        object.shared->upgrade();
        object.writer = this_thread_id();
        break;
      case Verb::kTryUpgrade:
        if (object.shared->try_upgrade()) object.writer = this_thread_id();
        break;
      case Verb::kDowngrade:
        object.writer = 0;
        object.shared->downgrade();
        break;
      case Verb::kIfRaised:
        wait_on_condition(objects_[op.other], objects_[op.number], &object.flag, false);
        return op.jump;
      case Verb::kSleep:
        wait_on_condition(object, objects_[op.other], nullptr, op.patience == Patience::kTimed);
        return at + 2;  // the lock is held again
      case Verb::kOnce:
        call(ops, at, first);
        return op.jump;
      case Verb::kStart:
        start(op.object);
        break;
      case Verb::kJoin:
        object.thread.join();
        break;
      case Verb::kRaise:
        object.flag = true;
        break;
      default:
        signal(op, object);
        break;
    }
    return at + 1;
  }

  void signal(const Op& op, Object& object) {
    switch (op.verb) {
      case Verb::kSet:
        if (object.event) return object.event->set();
        return object.promise->set_value(1);
      case Verb::kClear:
        return object.event->clear();
      case Verb::kWait:
        wait(op, object);
        return;
      case Verb::kPut:
        try {
          object.queue->put(1);
        } catch (const QueueClosed&) {  // NOLINT(bugprone-empty-catch): so it goes on
        }
        return;
      case Verb::kGet:
        if (op.patience == Patience::kForEver) {
          (void)object.queue->get();
        } else if (op.patience == Patience::kTimed) {
          (void)object.queue->get_for(kWhile);
        } else {
          (void)object.queue->try_get();
        }
        return;
      case Verb::kTaskDone:
        return object.queue->task_done();
      case Verb::kDrain:
        return object.queue->join();
      case Verb::kClose:
        return object.queue->close();
      case Verb::kArrive:
        return object.barrier->arrive_and_wait();
      case Verb::kNotify:
        if (op.number == 0) return object.condition->notify_all();
        return object.condition->notify_one();
      default:
        std::abort();
    }
  }

  static void wait(const Op& op, Object& object) {
    const bool timed = op.patience == Patience::kTimed;
    if (object.event) {
      timed ? void(object.event->wait_for(kWhile)) : object.event->wait();
    } else {
      timed ? void(object.future->wait_for(kWhile)) : object.future->wait();
    }
  }

  template <typename L>
  static bool take_lock(L& lock, Patience patience) {
    if (patience == Patience::kForEver) {
      lock.lock();
      return true;
    }
    return patience == Patience::kTimed ? lock.try_lock_for(kWhile) : lock.try_lock();
  }

  static bool take(const Op& op, Object& object) {
    if (object.lock) return take_lock(*object.lock, op.patience);
    if (object.rlock) return take_lock(*object.rlock, op.patience);
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
    if (op.patience == Patience::kNone) return object.semaphore->try_acquire();
    if (op.patience == Patience::kTimed) return object.semaphore->try_acquire_for(kWhile);
    object.semaphore->acquire();
    return true;
  }

  // A shared lock as it is held by now.
  static void give_back(Object& object) {
    if (object.lock) return object.lock->unlock();
    if (object.rlock) return object.rlock->unlock();
    if (object.semaphore) return object.semaphore->release();
    if (object.writer.load() != this_thread_id()) return object.shared->unlock_shared();
    object.writer = 0;
    object.shared->unlock();
  }

  std::size_t scoped(const std::vector<Op>& ops, std::size_t at, bool& first) {
    std::size_t end = at + 1;
    for (u32 open = 1; open > 0; ++end) {
      if (ops[end].verb == Verb::kScoped) ++open;
      if (ops[end].verb == Verb::kUnscoped) --open;
    }
    const std::scoped_lock hold(*objects_[ops[at].objects[0]].lock,
                                *objects_[ops[at].objects[1]].lock);
    run(ops, at + 1, end - 1, first);
    Scheduler::step();
    return end;
  }

  static void wait_on_condition(Object& object, Object& lock, const std::atomic<bool>* test,
                                bool timed) {
    const auto wait = [&](auto& mutex) {
      if (test != nullptr) {
        object.condition->wait(mutex, [&] { return test->load(); });
      } else if (timed) {
        (void)object.condition->wait_for(mutex, kWhile);
      } else {
        object.condition->wait(mutex);
      }
    };
    lock.rlock ? wait(*lock.rlock) : wait(*lock.lock);
  }

  void call(const std::vector<Op>& ops, std::size_t at, bool& first) {
    const std::size_t end = ops[at].jump - 1;
    try {
      call_once(*objects_[ops[at].object].once, [&] {
        run(ops, at + 1, end, first);
        Scheduler::step();
        if (ops[end].number == 0) throw BodyFailed{};
      });
    } catch (const BodyFailed&) {  // NOLINT(bugprone-empty-catch): and another may try
    }
  }

  void start(u32 object) {
    for (u32 i = 0; i < program_.threads.size(); ++i) {
      if (program_.threads[i].object != object) continue;
      objects_[object].thread = Thread(program_.objects[object].name, [this, i] { run_thread(i); });
      numbers_[i] = objects_[object].thread.id();
    }
  }

  const traces::Program& program_;
  std::vector<Object> objects_;
  std::vector<u32> numbers_;
};

[[noreturn]] void end(int code, const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::fflush(stdout);
  ::_exit(code);
}

}  // namespace

// Behind the end of a schedule that hangs, whoever was woken for nothing looks once more.
void play(const traces::Program& program, std::span<const u32> turns, bool hangs) {
  Player player(program);
  std::size_t turn = 0;
  schedule::Script script;
  script.at_points = false;
  script.next = [&](const schedule::Controlled&, schedule::Script::Threads) {
    if (turn == turns.size() && !hangs) end(kDiverged, "it goes on behind the end of its schedule");
    return turn < turns.size() ? player.number_of(turns[turn++]) : 0U;
  };
  script.fail = [&](const std::string& why) {
    if (turn < turns.size() || !hangs) end(kDiverged, "turn " + std::to_string(turn) + ": " + why);
    end(kUnreported, why);
  };
  const Scheduler scheduler(std::move(script));
  player.run();
  if (turn < turns.size() || hangs) end(kDiverged, "all have ended before the schedule");
}

void play_freely(const traces::Program& program, unsigned seed) {
  Player player(program);
  std::mt19937 random(seed);
  schedule::Script script;
  script.next = [&](const schedule::Controlled&, schedule::Script::Threads threads) {
    std::vector<u32> ready;
    for (const auto& each : threads) {
      if (Scheduler::can_go_on(*each) || Scheduler::waits_for_time(*each))
        ready.push_back(each->number);
    }
    return ready.empty() ? 0U : ready[random() % ready.size()];
  };
  script.fail = [](const std::string& why) { end(kUnreported, why); };
  const Scheduler scheduler(std::move(script));
  player.run();
}

}  // namespace gridlock::random_programs
