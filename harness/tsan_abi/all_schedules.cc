// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/all_schedules.h"

#include <sys/mman.h>

#include "harness/tsan_abi/precise.h"
#include "harness/tsan_abi/weak_memory.h"

namespace gridlock::internal::controlled {

AllSchedules::~AllSchedules() {
  if (exhaustive_ != nullptr) munmap(exhaustive_, sizeof(Exhaustive));
}

bool AllSchedules::begin() {
  void* const memory = mmap(nullptr, sizeof(Exhaustive), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  exhaustive_ = static_cast<Exhaustive*>(memory);
  const bool preemptions = options_.preemption_bound >= 0;
  const bool delays = !preemptions && options_.delay_bound >= 0;
  const std::int32_t most = preemptions ? options_.preemption_bound : options_.delay_bound;
  exhaustive_->begin(preemptions ? Bound::kPreemptions
                     : delays    ? Bound::kDelays
                                 : Bound::kNone,
                     most < 0 ? 0 : static_cast<u32>(most));
  return true;
}

void AllSchedules::run() {
  executions_.plan_one_of_all();
  executions_.choose_by(exhaustive_);
  executions_.run();
  cut_ |= executions_.outcome().cut;
  polite_ |= executions_.outcome().polite;
  left_off_ |= executions_.outcome().left_off;
  hurried_ |= executions_.outcome().hurried;
}

bool AllSchedules::goes_on() {
  if (!exhaustive_->was_blocked()) traces_.insert(exhaustive_->trace());
  if (exhaustive_->end_execution()) return true;
  all_seen_ = exhaustive_->is_sound();
  result_.exhausted = all_seen_ && !left_off_;
  return false;
}

void AllSchedules::end() {
  executions_.choose_by(nullptr);
  executions_.shared()->recorded.is_on = false;
  result_.blocked = exhaustive_->blocked();
  result_.traces = traces_.size();
}

std::string AllSchedules::words() const {
  if (!all_seen_) return {};
  const auto some = [](u64 count) { return std::to_string(count); };
  std::string text = (left_off_ ? "" : "all ") + some(exhaustive_->complete()) + " schedules" +
                     (executions_.is_program() ? " of its calls that synchronise" : "") + " seen";
  if (options_.preemption_bound >= 0) {
    text +=
        " that have at most " + some(static_cast<u64>(options_.preemption_bound)) + " preemptions";
  } else if (options_.delay_bound >= 0) {
    text += " that have at most " + some(static_cast<u64>(options_.delay_bound)) + " delays";
  } else {
    text +=
        ", those left out differ only in the order of steps that have nothing to do with each "
        "other";
    if (result_.blocked > 0)
      text += "; " + some(result_.blocked) + " more turned out to be like others on their way";
  }
  // Nothing of the program was compiled for this.
  if (executions_.is_program() && !left_off_)
    text +=
        "; a proof if it has no data race and its atomic operations decide nothing, for those are "
        "no switches here";
  if (left_off_) {
    text += "; where a thread's tries were refused " + some(kMostRefusals) +
            " times, each because of another lock than before, an execution was left: what is "
            "behind was not seen";
  }
  if (cut_) text += "; a thread that looks sixteen times for a change waits for it";
  if (polite_) text += "; a thread that yields four times in a row lets another one go first";
  if (hurried_) {
    text += "; a thread that has read the same older store " + some(kStaleLooks) +
            " times in a row reads a newer one";
  }
  return text;
}

}  // namespace gridlock::internal::controlled
