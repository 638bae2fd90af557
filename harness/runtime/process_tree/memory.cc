// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/process_tree/memory.h"

#include "harness/platform/futex.h"
#include "harness/platform/processes.h"
#include "harness/runtime/process_tree/tree.h"

namespace gridlock::internal {
namespace {

constexpr u64 kSmallest = 64;
constexpr u64 kPage = 4096;
static_assert(kSmallest << (kSizeClasses - 1) == kPage);
constexpr u64 kHeaderSize = (sizeof(TreeHeader) + kSmallest - 1) / kSmallest * kSmallest;

// What the header and the list of processes take.
constexpr u64 own_size(u32 max_processes) noexcept {
  return kHeaderSize + u64{max_processes} * sizeof(TreeProcess);
}

std::atomic<TreeHeader*> g_header{nullptr};  // written once, under the mutex of the process tree

/// What a free block begins with.
struct FreeBlock {
  u64 next;  // offset, 0: none
  u64 size;
};

u64 rounded(u64 bytes) noexcept {
  if (bytes > kPage) return (bytes + kPage - 1) / kPage * kPage;
  u64 size = kSmallest;
  while (size < bytes) size *= 2;
  return size;
}

FreeBlock* block_at(TreeHeader* header, u64 offset) noexcept {
  return reinterpret_cast<FreeBlock*>(reinterpret_cast<uptr>(header) + offset);
}

u64* list_for(TreeHeader* header, u64 size) noexcept {
  if (size > kPage) return &header->free_large;
  u32 index = 0;
  while ((kSmallest << index) < size) ++index;
  return &header->free_small[index];
}

// Every change is one store: a process killed before it leaves the list as it was.
void* take_free(TreeHeader* header, u64 size) noexcept {
  u64* link = list_for(header, size);
  while (*link != 0 && block_at(header, *link)->size != size) link = &block_at(header, *link)->next;
  if (*link == 0) return nullptr;
  FreeBlock* const block = block_at(header, *link);
  *link = block->next;
  return block;
}

// Fresh memory is zeroed by the kernel, and a page that nobody writes to is never there.
void* take_fresh(TreeHeader* header, u64 size) noexcept {
  const u64 align = size > kPage ? kPage : kSmallest;
  const u64 start = (header->used + align - 1) / align * align;
  if (start > header->size || size > header->size - start) return nullptr;
  header->used = start + size;
  return block_at(header, start);
}

void clear(void* block, u64 size) noexcept {
  auto* const words = static_cast<volatile u64*>(block);
  for (u64 i = 0; i < size / sizeof(u64); ++i) words[i] = 0;
}

}  // namespace

TreeHeader* tree_header() noexcept { return g_header.load(std::memory_order_acquire); }

TreeHeader* make_tree_memory(u32 max_processes, u64 bytes) noexcept {
  const u64 size = (own_size(max_processes) + bytes + kPage - 1) / kPage * kPage;
  auto* const header = static_cast<TreeHeader*>(reserve_shared_pages(size));
  if (header != nullptr) fill_tree_memory(header, max_processes, size);
  return header;
}

void fill_tree_memory(TreeHeader* header, u32 max_processes, u64 size) noexcept {
  header->max_processes = max_processes;
  header->processes = reinterpret_cast<TreeProcess*>(reinterpret_cast<uptr>(header) + kHeaderSize);
  header->size = size;
  header->used = own_size(max_processes);
}

void publish_tree_memory(TreeHeader* header) noexcept {
  g_header.store(header, std::memory_order_release);
}

void* tree_allocate(u64 bytes) noexcept {
  TreeHeader* const header = tree_header();
  if (header == nullptr || bytes > header->size) return nullptr;
  const u64 size = rounded(bytes);
  void* block = nullptr;
  {
    const RobustGuard guard(header->memory);
    block = take_free(header, size);
    if (block == nullptr) return take_fresh(header, size);
  }
  clear(block, size);
  return block;
}

void tree_free(void* block, u64 bytes) noexcept {
  TreeHeader* const header = tree_header();
  if (header == nullptr || block == nullptr) return;
  const u64 size = rounded(bytes);
  auto* const freed = static_cast<FreeBlock*>(block);
  const RobustGuard guard(header->memory);
  u64* const list = list_for(header, size);
  freed->size = size;
  freed->next = *list;
  // The block has to be complete when the list shows it, also to a process that comes after a kill.
  std::atomic_signal_fence(std::memory_order_release);
  *list = reinterpret_cast<uptr>(block) - reinterpret_cast<uptr>(header);
}

}  // namespace gridlock::internal
