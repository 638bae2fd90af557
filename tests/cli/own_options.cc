// SPDX-License-Identifier: Apache-2.0
//
// A program with ThreadSanitizer options of its own.

// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): ThreadSanitizer's name
extern "C" const char* __tsan_default_options();
// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): ThreadSanitizer's name
extern "C" const char* __tsan_default_options() { return "exitcode=77"; }
