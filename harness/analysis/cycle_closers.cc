// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/cycle_closers.h"

namespace gridlock::internal {

bool CycleClosers::init(u32 edges) noexcept { return closers_.reserve(edges + 1); }

void CycleClosers::release() noexcept {
  closers_.release();
  index_.release();
}

void CycleClosers::forget_removed(const LockOrderEdges& edges) noexcept {
  u32 kept = 0;
  for (u32 i = 0; i < closers_.size(); ++i) {
    if (!edges.is_removed(closers_[i].edge)) closers_[kept++] = closers_[i];
  }
  if (kept == closers_.size()) return;
  closers_.resize(kept);
  index_.release();
  for (u32 i = 0; i < kept; ++i) index_.insert(closers_[i].edge, i);
}

u64 CycleClosers::bytes() const noexcept { return u64{closers_.size()} * sizeof(Closer); }

void CycleClosers::add(EdgeId edge, u64 causes) noexcept {
  if (const u32* known = index_.find(edge)) {
    closers_[*known].causes |= causes;
    return;
  }
  if (closers_.full() || !index_.insert(edge, closers_.size())) return;
  closers_[closers_.add()] = {edge, causes};
}

}  // namespace gridlock::internal
