// SPDX-License-Identifier: Apache-2.0
//
// Compiled like user code, because it makes containers.
#include <gridlock/learned_order.h>

#include "harness/runtime/orders/learned_pairs.h"

#include <string>

namespace gridlock {
namespace {

Frame frame_of(const CallSite& site) {
  Frame frame;
  frame.function = site.function_name();
  frame.file = site.file_name();
  frame.line = static_cast<int>(site.line());
  frame.column = static_cast<int>(site.column());
  return frame;
}

Stack stack_of(std::uint32_t id) {
  Stack stack;
  internal::LearnedFrame found{};
  for (std::uint32_t i = 0; internal::learned_frame(id, i, &found); ++i) {
    if (found.is_site) {
      stack.push_back(frame_of(found.site));
    } else if (found.module[0] != 0) {
      Frame frame;
      frame.module = &found.module[0];
      frame.offset = found.offset;
      stack.push_back(std::move(frame));
    }
  }
  return stack;
}

Object object_of(std::uint32_t id) {
  internal::LearnedObject found{};
  internal::learned_object(id, &found);
  Object object;
  object.id = found.letter + std::to_string(found.number);
  object.type = found.type;
  object.name = found.name;
  if (found.has_site) object.created.push_back(frame_of(found.made_at));
  return object;
}

LearnedOrder order_of(const internal::LearnedPair& pair) {
  LearnedOrder order;
  order.objects.push_back(object_of(pair.from));
  if (pair.to != pair.from) order.objects.push_back(object_of(pair.to));
  ThreadInfo thread;
  thread.id = "T" + std::to_string(pair.thread);
  if (pair.thread_object != 0) thread.name = object_of(pair.thread_object).name;
  order.from = order.objects.front().id;
  order.to = order.objects.back().id;
  order.thread = thread.id;
  order.held_stack = stack_of(pair.held_stack);
  order.wanted_stack = stack_of(pair.wanted_stack);
  order.threads.push_back(std::move(thread));
  return order;
}

}  // namespace

std::vector<LearnedOrder> learned_order() {
  std::vector<LearnedOrder> orders;
  const std::uint32_t edges = internal::learned_edges();
  for (std::uint32_t edge = 1; edge <= edges; ++edge) {
    internal::LearnedPair pair{};
    if (internal::learned_pair(edge, &pair)) orders.push_back(order_of(pair));
  }
  return orders;
}

}  // namespace gridlock
