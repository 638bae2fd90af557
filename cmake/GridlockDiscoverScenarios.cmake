# SPDX-License-Identifier: Apache-2.0
#
# gridlock_discover_scenarios(target [TIMEOUT seconds] [LABELS label...] [PREFIX prefix])
#
# One ctest entry, scenario.NAME (or PREFIX.NAME), for each scenario of an executable that links gridlock::main. The
# executable is asked for them when ctest runs, so the entries are never older than the build. Each entry is
# `target run --timeout TIMEOUT NAME`, has the labels "scenario", its group (of group/form) and those given, and counts as
# skipped when what the scenario declares needs ThreadSanitizer and the build has none. TIMEOUT is 30 unless given.
include_guard(GLOBAL)

function(gridlock_discover_scenarios target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;PREFIX" "LABELS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "gridlock_discover_scenarios(${target}): unknown argument: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 30)
  endif()
  if(NOT arg_PREFIX)
    set(arg_PREFIX scenario)
  endif()
  set(labels scenario ${arg_LABELS})

  # ctest includes this file; generator expressions in it are evaluated for the configuration.
  set(base ${CMAKE_CURRENT_BINARY_DIR}/${target}_scenarios)
  file(GENERATE OUTPUT ${base}-$<CONFIG>.cmake CONTENT
"include([==[${CMAKE_CURRENT_FUNCTION_LIST_DIR}/GridlockScenarioTests.cmake]==])
gridlock_add_scenario_tests([==[$<TARGET_FILE:${target}>]==] [==[${CMAKE_CURRENT_BINARY_DIR}]==]
                            ${arg_TIMEOUT} [==[${arg_PREFIX}]==] [==[${labels}]==])
")
  file(GENERATE OUTPUT ${base}.cmake CONTENT
"set(configured \"${base}-\${CTEST_CONFIGURATION_TYPE}.cmake\")
if(NOT EXISTS \"\${configured}\")
  set(configured \"${base}-${CMAKE_BUILD_TYPE}.cmake\")
endif()
include(\"\${configured}\")
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${base}.cmake)
endfunction()
