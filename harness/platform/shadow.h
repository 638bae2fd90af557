// SPDX-License-Identifier: Apache-2.0
//
// AddressSanitizer checks the observer too, and keeps what it knows in mappings of its own.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define GRIDLOCK_HAS_SHADOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GRIDLOCK_HAS_SHADOW 1
#endif
#endif
#ifndef GRIDLOCK_HAS_SHADOW
#define GRIDLOCK_HAS_SHADOW 0
#endif
