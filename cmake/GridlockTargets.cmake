# SPDX-License-Identifier: Apache-2.0
#
# How our own targets are compiled. Nothing global: each target asks for what it needs.
include_guard(GLOBAL)

# Include root for "harness/..." lines; never exported.
add_library(gridlock_private INTERFACE)
target_include_directories(gridlock_private INTERFACE ${PROJECT_SOURCE_DIR})

function(gridlock_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                                           -Wold-style-cast -Wcast-align -Woverloaded-virtual)
  if(GRIDLOCK_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# An ordinary target of ours: warnings, frame pointers, debug information, and the preset's sanitizer.
function(gridlock_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  gridlock_warnings(${target})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:gridlock_private>)
  target_compile_options(${target} PRIVATE -g -fno-omit-frame-pointer)
  if(GRIDLOCK_SANITIZER)
    target_compile_options(${target} PRIVATE -fsanitize=${GRIDLOCK_SANITIZER})
    target_link_options(${target} PUBLIC $<BUILD_INTERFACE:-fsanitize=${GRIDLOCK_SANITIZER}>)
  endif()
endfunction()

# A target that belongs to the observer: never instrumented by ThreadSanitizer, always optimised, nothing that could
# call into instrumented code (harness/README.md).
function(gridlock_observer_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  gridlock_warnings(${target})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:gridlock_private>)
  target_compile_options(${target} PRIVATE -O2 -g -fno-omit-frame-pointer -fno-builtin -fno-exceptions -fno-rtti
                                           -fno-sanitize=thread)
  if(GRIDLOCK_SANITIZER STREQUAL "address")
    target_compile_options(${target} PRIVATE -fsanitize=address)
  endif()
endfunction()
