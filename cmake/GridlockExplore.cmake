# SPDX-License-Identifier: Apache-2.0
#
# gridlock_explore(TARGET): TARGET is compiled so that each access to memory, atomic operation and call that
# synchronises can be a switch of threads, and is linked with the library that chooses them, in place of
# ThreadSanitizer's: gridlock::explore() of <gridlock/explore.h> works in it. The target is an executable and
# its own sources are what is seen; libraries of the project that it links want the function, too.
include_guard(GLOBAL)

function(gridlock_explore target)
  if(NOT TARGET gridlock::explore)
    message(FATAL_ERROR "gridlock_explore(${target}): this Gridlock has no gridlock::explore, which needs clang on x86-64 Linux")
  endif()
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "gridlock_explore(${target}): schedules are chosen in what clang compiles, and this project's compiler is ${CMAKE_CXX_COMPILER_ID}")
  endif()
  # -O1 keeps what the source does apart, and a read before each write of the same object is a step of its own. Clang leaves out
  # members and elements of a local object that other threads know of, because nobody got the pointer to the very member
  # (LLVM 19); an analysis of pointers that gives up at once counts all of them as known.
  target_compile_options(${target} PRIVATE -fsanitize=thread "SHELL:-mllvm -tsan-instrument-read-before-write"
                                           "SHELL:-mllvm -capture-tracking-max-uses-to-explore=0"
                                           -O1 -g -fno-omit-frame-pointer -fno-optimize-sibling-calls)
  # For loops of a million, say, that are to be short here.
  target_compile_definitions(${target} PRIVATE GRIDLOCK_EXPLORED=1)
  target_link_libraries(${target} PRIVATE gridlock::explore)
endfunction()
