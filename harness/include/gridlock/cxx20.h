// SPDX-License-Identifier: Apache-2.0
//
// The first thing that each public header includes. An older language level gets one error that
// says what is missing: nothing else of the headers is read then.
#pragma once

#if defined(__cplusplus) && __cplusplus >= 202002L
#define GRIDLOCK_CXX20 1
#else
#error Gridlock needs C++20: compile with -std=c++20
#endif
