// SPDX-License-Identifier: Apache-2.0
//
// What the bytes of an object in a state mean (model.h):
//   lock, rlock   0 owner + 1, 1 depth
//   shared        0 writer + 1, 1 writers that wait, from 2 on how often each thread reads
//   semaphore     0 permits
//   event, future, flag   0 set
//   condition     the line of waiters, each thread + 1
//   queue         0 items, 1 items not done, 2 closed
//   barrier       0 arrived
//   once          0 thread + 1 that runs the body, kOnceDone
//   pool          0 tasks in its queue, 1 shut down, from 2 on the queue, each an object
//   task          0 over, 1 submitted
//   thread        of a timer: 0 cancelled, 1 fired
//   completed     0 how many it was told of, 1 begun, from 2 on which of its tasks take part
#pragma once

#include <algorithm>

#include "tests/random_programs/model.h"

namespace gridlock::random_programs {

inline constexpr std::uint8_t kOnceDone = 0xff;
inline constexpr std::size_t kFirstReader = 2;
inline constexpr std::size_t kFirstTask = 2;
using Parts = decltype(State::Object::part);

inline std::uint8_t small(u32 value) { return static_cast<std::uint8_t>(value); }

inline bool has_readers(const Parts& part) {
  return std::any_of(part.begin() + kFirstReader, part.end(),
                     [](std::uint8_t times) { return times != 0; });
}
inline bool has_readers_besides(Parts part, u32 thread) {
  part[kFirstReader + thread] = 0;
  return has_readers(part);
}

}  // namespace gridlock::random_programs
