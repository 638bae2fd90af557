// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace gridlock::internal {

/// The program was started with rights that its caller does not have (setuid, setgid, capabilities;
/// AT_SECURE of getauxval(3)). What the caller says in the environment is then not to be obeyed.
bool has_more_rights_than_its_caller() noexcept;

}  // namespace gridlock::internal
