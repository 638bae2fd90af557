# SPDX-License-Identifier: Apache-2.0
#
# How our own targets are compiled. Nothing global: each target asks for what it needs.
include_guard(GLOBAL)

# Lines and functions (-g1) are all that stacks need, and compile a sixth faster; `dev` has everything, for the debugger.
set(GRIDLOCK_DEBUG_INFO -g CACHE STRING "Debug information of our own targets: -g, -g1")
set(GRIDLOCK_PRECOMPILE OFF CACHE STRING "Precompiled headers: ON, OFF, or TESTS: not for what projects that contain this one \
compile, too (docs/design/continuous_integration.md)")
set_property(CACHE GRIDLOCK_PRECOMPILE PROPERTY STRINGS ON OFF TESTS)

# Most of the compiler's time on a tool goes into templates of JSON and of the standard library, the same in each file.
if(PROJECT_IS_TOP_LEVEL)
  set(unity OFF)
else()
  set(unity ON)
endif()
option(GRIDLOCK_UNITY "Compile the runner, the reports, the command and GoogleTest programs of ours eight files at a time \
(docs/design/continuous_integration.md)" ${unity})

# So names that are local to a file have to differ within a target.
function(gridlock_unity target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${GRIDLOCK_UNITY} UNITY_BUILD_BATCH_SIZE 8)
endfunction()

set(GRIDLOCK_TOOL_OPTIMISATION "" CACHE STRING "How the runner, the reports and the command are optimised where that is not as the rest: -O0 halves their \
time in the compiler")

set(GRIDLOCK_TEST_OPTIMISATION "" CACHE STRING "How GoogleTest programs of ours are optimised where that is not as the rest: -O0 \
halves their time in the compiler, and what they test is in the library")

# A GoogleTest program of ours. What it tests is in libraries, and whose ways the fuzzer counts is in them, too.
function(gridlock_test_options target)
  target_compile_options(${target} PRIVATE ${GRIDLOCK_TEST_OPTIMISATION})
  if(GRIDLOCK_SANITIZER MATCHES "fuzzer")
    target_compile_options(${target} PRIVATE -fno-sanitize=fuzzer-no-link)
  endif()
endfunction()

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

# Counters in a file that is mapped while the process runs (%c): most processes of the tests end by _exit or a signal. All
# processes of one program count in one file (%m).
function(gridlock_coverage target)
  if(GRIDLOCK_COVERAGE)
    target_compile_options(${target} PRIVATE -fprofile-instr-generate=${PROJECT_BINARY_DIR}/profiles/%m%c.profraw
                                             -fcoverage-mapping "SHELL:-mllvm -runtime-counter-relocation")
    target_link_options(${target} PUBLIC $<BUILD_INTERFACE:-fprofile-instr-generate>)
  endif()
endfunction()

# An ordinary target of ours: warnings, frame pointers, debug information, and the preset's sanitizer.
function(gridlock_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  gridlock_warnings(${target})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:gridlock_private>)
  target_compile_options(${target} PRIVATE ${GRIDLOCK_DEBUG_INFO} -fno-omit-frame-pointer)
  gridlock_coverage(${target})
  if(GRIDLOCK_SANITIZER)
    target_compile_options(${target} PRIVATE -fsanitize=${GRIDLOCK_SANITIZER})
    target_link_options(${target} PUBLIC $<BUILD_INTERFACE:-fsanitize=${GRIDLOCK_SANITIZER}>)
    # The check of virtual tables asks by a pipe whether memory can be read: where the tests refuse pipes, it is wrong.
    if(GRIDLOCK_SANITIZER MATCHES "undefined")
      target_compile_options(${target} PRIVATE -fno-sanitize=vptr -fno-sanitize-recover=undefined)
    endif()
  endif()
endfunction()

# A target that belongs to the tools: the runner, the reports, the command. Each works in one thread. ThreadSanitizer would make them
# several times slower, and where they are installed they are without it, too.
function(gridlock_tool_target target)
  gridlock_target(${target})
  if(GRIDLOCK_SANITIZER STREQUAL "thread")
    target_compile_options(${target} PRIVATE -fno-sanitize=thread)
  endif()
  target_compile_options(${target} PRIVATE ${GRIDLOCK_TOOL_OPTIMISATION})
  gridlock_unity(${target})
endfunction()

# Sources of a tool, of the folder that asks, in which tests with a sanitizer spend their time, reading logs and reports: optimised there.
# So they are compiled by themselves, without the headers that were precompiled for the others.
function(gridlock_hot_sources)
  if(GRIDLOCK_SANITIZER)
    set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS -O1)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

# A target that belongs to the observer: never instrumented by ThreadSanitizer, always optimised, nothing that could
# call into instrumented code (harness/README.md).
function(gridlock_observer_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  gridlock_warnings(${target})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:gridlock_private>)
  target_compile_options(${target} PRIVATE -O2 ${GRIDLOCK_DEBUG_INFO} -fno-omit-frame-pointer -fno-builtin -fno-exceptions -fno-rtti
                                           -fno-sanitize=thread)
  gridlock_coverage(${target})
  if(GRIDLOCK_SANITIZER MATCHES "address|undefined")
    target_compile_options(${target} PRIVATE -fsanitize=${GRIDLOCK_SANITIZER})
  endif()
  if(GRIDLOCK_SANITIZER MATCHES "undefined")
    target_compile_options(${target} PRIVATE -fno-sanitize=vptr -fno-sanitize-recover=undefined)
  endif()
endfunction()

# What most scenarios and programs of ours include; those that are explored are compiled with other options (tests/explore).
set(gridlock_program_precompiled <gridlock/gridlock.h> <gridlock/scenario.h> <algorithm> <chrono> <cstdio> <mutex> <shared_mutex>
                                 <string> <thread> <vector>)

# What most files of the observer include; a second observer (tests/faults) wants it, too.
set(gridlock_observer_precompiled <atomic> <cerrno> <chrono> <climits> <csignal> <cstddef> <cstdint> <cstring> <new>
                                  <type_traits> <utility>)

# gridlock_precompiled(NAME HEADERS... LIBS targets... [LIBRARY] [OBSERVER|TOOL|TEST]): precompiled headers for targets
# of ours that link `targets`; LIBRARY: those are installed; OBSERVER, TOOL, TEST: what they belong to.
function(gridlock_precompiled name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "LIBRARY;OBSERVER;TOOL;TEST" "" "LIBS")
  if(NOT GRIDLOCK_PRECOMPILE OR (GRIDLOCK_PRECOMPILE STREQUAL "TESTS" AND arg_LIBRARY))
    return()
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Nothing but a target to hang the precompiled headers on.\n")
  add_library(${name} OBJECT ${source})
  if(arg_OBSERVER)
    gridlock_observer_target(${name})
  elseif(arg_TOOL)
    gridlock_tool_target(${name})
  else()
    gridlock_target(${name})
  endif()
  if(arg_TEST)
    gridlock_test_options(${name})
  endif()
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  target_precompile_headers(${name} PRIVATE ${arg_UNPARSED_ARGUMENTS})
  # Without the time in it the same headers give the same file, which ccache needs.
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

# gridlock_use_precompiled(TARGET NAME): TARGET is one of ours and links what NAME was made with.
function(gridlock_use_precompiled target name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()
