// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/play.h"

#include <gridlock/gridlock.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <random>
#include <ranges>
#include <utility>
#include <vector>

#include "tests/random_programs/played_objects.h"
#include "tests/schedule/scheduler.h"

namespace gridlock::random_programs {
namespace {

using schedule::Scheduler;
using traces::Op;
using traces::Patience;
using traces::Run;
using traces::Verb;

[[noreturn]] void end(int code, const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::fflush(stdout);
  ::_exit(code);
}

struct BodyFailed {};

class Player {
 public:
  explicit Player(const traces::Program& program, Run run = Run::kFree)
      : program_(program),
        run_(run),
        objects_(program.objects.size()),
        numbers_(program.threads.size()) {
    for (u32 i = 1; i < program.objects.size(); ++i) make(program.objects[i], objects_[i]);
    numbers_.back() = this_thread_id();
    for (u32 i = 0; i < program.threads.size(); ++i) {
      const traces::ThreadText& thread = program.threads[i];
      if (thread.is_timer) make_timer(i, thread);
    }
  }

  void run() { run_thread(static_cast<u32>(program_.threads.size() - 1)); }
  /// The Gridlock number of a thread of the program, 0 before its start.
  u32 number_of(u32 thread) const { return numbers_[thread]; }

 private:
  // Behind the delay, which the timer sees to.
  void make_timer(u32 thread, const traces::ThreadText& text) {
    const auto function = [this, thread] {
      const std::vector<Op>& ops = program_.threads[thread].ops;
      bool first = false;
      run(ops, 1, ops.size(), first);
    };
    objects_[text.object].timer =
        std::make_unique<Timer>(kWhile, function, program_.objects[text.object].name);
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
      const Verb verb = ops[at].verb;
      if (verb == Verb::kYield || verb == Verb::kIfHang || verb == Verb::kIfCalm) {
        const bool jumps = (verb == Verb::kIfHang && run_ != Run::kHang) ||
                           (verb == Verb::kIfCalm && run_ == Run::kHang);
        at = jumps ? ops[at].jump : at + 1;
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
        wait_on_condition(objects_[op.other], objects_[op.number], &object.flag,
                          op.patience == Patience::kTimed);
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
        object.timer ? object.timer->join() : object.thread.join();
        break;
      case Verb::kCancel:
        if (object.timer) object.timer->cancel();
        break;
      case Verb::kDrop:
        object.timer.reset();
        break;
      case Verb::kMap:
        map(op);
        return op.jump;
      case Verb::kCompleted:
        completed(ops, at, first);
        return op.jump;
      case Verb::kSubmit:
        submit(op.object);
        break;
      case Verb::kShutDown:
        object.pool->shutdown(op.number != 0 ? Pending::kCancel : Pending::kRun);
        break;
      case Verb::kRaise:
        object.flag = true;
        break;
      case Verb::kUntil:
        poll(object.flag);
        break;
      case Verb::kMake:
        make(program_.objects[op.object], object);
        break;
      case Verb::kMeet:  // the schedule knows when
        break;
      default:
        signal(op, object);
        break;
    }
    return at + 1;
  }

  static void poll(const std::atomic<bool>& flag) {
    constexpr int kMax = 10'000;
    for (int i = 0; !flag.load(); ++i) {
      if (i == kMax) end(kUnreported, "it polls forever");
      Scheduler::yield();
    }
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
        if (object.joinable) return object.joinable->put(1);
        try {
          object.queue->put(1);
        } catch (const QueueClosed&) {  // NOLINT(bugprone-empty-catch): so it goes on
        }
        return;
      case Verb::kGet:
        return get(op, object);
      case Verb::kTaskDone:
        return object.joinable ? object.joinable->task_done() : object.queue->task_done();
      case Verb::kDrain:
        return object.joinable ? object.joinable->join() : object.queue->join();
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

  void wait(const Op& op, Object& object) const {
    const bool timed = op.patience == Patience::kTimed;
    if (program_.objects[op.object].kind == traces::Kind::kTask) {
      if (!object.task) return;  // it was not submitted, or refused
      timed ? void(object.task->wait_for(kWhile)) : object.task->wait();
    } else if (object.event) {
      timed ? void(object.event->wait_for(kWhile)) : object.event->wait();
    } else {
      timed ? void(object.future->wait_for(kWhile)) : object.future->wait();
    }
  }

  std::size_t scoped(const std::vector<Op>& ops, std::size_t at, bool& first) {
    std::size_t end = at + 1;
    for (u32 open = 1; open > 0; ++end) {
      if (ops[end].verb == Verb::kScoped) ++open;
      if (ops[end].verb == Verb::kUnscoped) --open;
    }
    const auto inside = [&] {
      run(ops, at + 1, end - 1, first);
      Scheduler::step();
    };
    const std::vector<u32>& which = ops[at].objects;
    if (objects_[which[0]].rlock) {
      hold_all(which, &Object::rlock, inside);
    } else if (objects_[which[0]].shared) {
      hold_all(which, &Object::shared, inside);
    } else {
      hold_all(which, &Object::lock, inside);
    }
    return end;
  }

  template <typename Member, typename Inside>
  void hold_all(const std::vector<u32>& which, Member member, const Inside& inside) {
    const auto each = [&](std::size_t i) -> auto& { return *(objects_[which.at(i)].*member); };
    if (which.size() == 2) {
      const std::scoped_lock hold(each(0), each(1));
      return inside();
    }
    const std::scoped_lock hold(each(0), each(1), each(2));
    inside();
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
    if (program_.objects[object].kind == traces::Kind::kPool) return start_pool(object);
    for (u32 i = 0; i < program_.threads.size(); ++i) {
      if (program_.threads[i].object != object) continue;
      if (program_.threads[i].is_timer) return start_timer(i);
      objects_[object].thread = Thread(program_.objects[object].name, [this, i] { run_thread(i); });
      numbers_[i] = objects_[object].thread.id();
    }
  }

  // Nothing begins if it is cancelled.
  void start_timer(u32 thread) {
    const std::size_t before = Scheduler::numbers().size();
    objects_[program_.threads[thread].object].timer->start();
    const std::vector<u32> numbers = Scheduler::numbers();
    if (numbers.size() > before) numbers_[thread] = numbers[before];
  }

  // Its workers begin in the order of their names, which is that of the program.
  void start_pool(u32 pool) {
    const traces::Declared& declared = program_.objects[pool];
    const std::size_t before = Scheduler::numbers().size();
    objects_[pool].pool = std::make_unique<Executor>(ExecutorOptions{
        .workers = declared.number, .name = declared.name, .capacity = declared.capacity});
    std::size_t next = before;
    for (u32 i = 0; i < program_.threads.size(); ++i) {
      if (program_.threads[i].pool == pool) numbers_[i] = Scheduler::numbers().at(next++);
    }
  }

  const traces::TaskText& task_text(u32 task) const {
    for (const traces::TaskText& each : program_.tasks) {
      if (each.object == task) return each;
    }
    std::abort();
  }

  void run_task(u32 task) {
    const std::vector<Op>& ops = task_text(task).ops;
    bool first = false;
    run(ops, 0, ops.size(), first);
    Scheduler::step();
  }

  void submit(u32 task) {
    try {
      objects_[task].task =
          std::make_unique<Future<void>>(objects_[task_text(task).pool].pool->submit(
              program_.objects[task].name, [this, task] { run_task(task); }));
    } catch (const ExecutorShutDown&) {  // NOLINT(bugprone-empty-catch): refused
    }
  }

  void map(const Op& op) {
    Executor& pool = *objects_[task_text(op.objects.at(0)).pool].pool;
    try {
      pool.map([this](u32 task) { run_task(task); }, op.objects);
    } catch (const ExecutorShutDown&) {  // NOLINT(bugprone-empty-catch): refused
    } catch (const TaskCancelled&) {     // NOLINT(bugprone-empty-catch): not run
    }
  }

  void completed(const std::vector<Op>& ops, std::size_t at, bool& first) {
    std::vector<Future<void>*> submitted;
    for (const u32 task : ops[at].objects) {
      if (objects_[task].task) submitted.push_back(objects_[task].task.get());
    }
    auto futures =
        std::views::transform(submitted, [](Future<void>* each) -> Future<void>& { return *each; });
    for (const Future<void>& each : as_completed(futures)) {
      each.wait();  // it is fulfilled
      run(ops, at + 1, ops[at].jump - 1, first);
      Scheduler::step();
    }
  }

  const traces::Program& program_;
  Run run_;
  std::vector<Object> objects_;
  std::vector<u32> numbers_;
};

}  // namespace

// Behind the end of a schedule that hangs, whoever was woken for nothing looks once more.
void play(const traces::Program& program, std::span<const u32> turns, bool hangs, traces::Run run) {
  Player player(program, run);
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
