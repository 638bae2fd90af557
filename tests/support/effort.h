// SPDX-License-Identifier: Apache-2.0
//
// How much a test tries, by what one try costs in this build.
#pragma once

namespace gridlock::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

/// `plain` in a build without a sanitizer, else a fifth: there each try costs about ten times as much, and the
/// presets without one make them all.
constexpr unsigned effort(unsigned plain) { return kSanitized ? (plain + 4) / 5 : plain; }

}  // namespace gridlock::test
