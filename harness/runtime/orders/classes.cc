// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/orders/classes.h"

#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/orders/order.h"
#include "harness/runtime/registry/process_graph.h"

namespace gridlock::internal {

bool g_lock_classes = false;

namespace {

struct Membership {
  NodeId node;  // 0: not known yet
  u32 level;
  // In the entry of a node:
  ObjectId first;  // the lock whose alias it is; 0: no node
  u32 size;        // of the class
  bool described;  // to the graph
};

constinit RawMutex& g_mutex = mutex_of(MutexRank::kClasses);  // guards what follows
Table<Membership> g_members;
KeyMap g_nodes;  // key of the class -> node

bool is_lock(ObjectId object) noexcept { return is_lock_type(object_info(object).type); }

// By the text of the place: the same place in two translation units has two CallSites.
u64 key_of(const ObjectInfo& info, u32 level) noexcept {
  u64 key = mix((u64{info.made_at.line()} << 32) | info.made_at.column());
  for (const char* at = info.made_at.file_name(); *at != 0; ++at)
    key = mix(key ^ static_cast<u8>(*at));
  return mix(key ^ ((u64{level} << 8) | static_cast<u8>(info.type))) | 1;
}

void leave(ObjectId object) noexcept {
  const NodeId node = g_members[object].node;
  if (node != 0) --g_members[node].size;
  g_members[object].node = 0;
}

// The class stays, and how many it has had; where its first lock goes it is shown as its node, which has the same
// name.
void forget_member(ObjectId object) noexcept {
  const RawGuard guard(g_mutex);
  const NodeId node = g_members[object].node;
  if (node != 0 && g_members[node].first == object) g_members[node].first = node;
  g_members[object] = Membership{};
}

NodeId new_class(ObjectId first, u64 key) noexcept {
  const NodeId node = add_lasting_alias(first);
  if (node == 0) return first;  // no room: alone
  g_members[node].first = first;
  g_nodes.insert(key, node);
  return node;
}

void join(ObjectId object) noexcept {
  const u64 key = key_of(object_info(object), g_members[object].level);
  const u32* const known = g_nodes.find(key);
  const NodeId node = known != nullptr ? *known : new_class(object, key);
  g_members[object].node = node;
  ++g_members[node].size;
}

}  // namespace

bool init_classes(u32 objects) noexcept {
  g_lock_classes = options().lock_classes;
  return !g_lock_classes ||
         (g_members.reserve(objects + 1) &&
          follow_objects([](ObjectId object) noexcept { return g_members.reach(object + 1); },
                         &forget_member));
}

NodeId class_of(ObjectId object) noexcept {
  if (!is_lock(object) || !object_info(object).has_site) return object;
  const RawGuard guard(g_mutex);
  if (g_members[object].node == 0) join(object);
  const NodeId node = g_members[object].node;
  if (!g_members[node].described)
    g_members[node].described = lock_order_graph().describe(node, NodeKind::kClass, false);
  return node;
}

ObjectId first_of_class(NodeId node) noexcept {
  const RawGuard guard(g_mutex);
  const ObjectId first = g_members[node].first;
  return first != 0 ? first : node;
}

u32 class_size(ObjectId object) noexcept {
  if (!g_lock_classes || !is_lock(object)) return 0;
  const RawGuard guard(g_mutex);
  const NodeId node = g_members[object].node;
  return node == 0 ? 0 : g_members[node].size;
}

void set_lock_level(Core& core, ObjectType type, u32 level) noexcept {
  const ObjectId object = id_of(core, type);
  if (object == 0 || !g_lock_classes) return;
  {
    const RawGuard guard(g_mutex);
    leave(object);
    g_members[object].level = level;
    join(object);
  }
  forget_seen_order();  // it stands for another node now
}

}  // namespace gridlock::internal
