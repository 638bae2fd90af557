// SPDX-License-Identifier: Apache-2.0
//
// Between the half of learned_order() that allocates and the half that the observer does. Included
// by an instrumented file, so it has no inline functions.
#pragma once

#include <gridlock/identity.h>

namespace gridlock::internal {

struct LearnedPair {
  std::uint32_t from;
  std::uint32_t to;
  std::uint32_t thread_object;
  std::uint32_t thread;
  std::uint32_t held_stack;
  std::uint32_t wanted_stack;
};

/// How many edges there are; not each is a pair.
std::uint32_t learned_edges() noexcept;
/// Edge 1 .. learned_edges(). False: no pair of locks.
bool learned_pair(std::uint32_t edge, LearnedPair* pair) noexcept;

struct LearnedObject {
  char letter;
  std::uint32_t number;
  const char* type;
  const char* name;
  bool has_site;
  CallSite made_at;
};
void learned_object(std::uint32_t object, LearnedObject* out) noexcept;

/// Frame `index` of a stack; a place that the caller gave is the first. False: there is none.
struct LearnedFrame {
  bool is_site;
  CallSite site;
  std::uint64_t offset;
  char module[1024];
};
bool learned_frame(std::uint32_t stack, std::uint32_t index, LearnedFrame* frame) noexcept;

}  // namespace gridlock::internal
