// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace gridlock::internal {

/// A call that a handler has interrupted goes on behind it, whichever handler it was (SA_RESTART). A call with a limit, which a
/// slice is, never does by itself.
bool handlers_let_calls_go_on() noexcept;

}  // namespace gridlock::internal
