# SPDX-License-Identifier: Apache-2.0
#
# gridlock_discover_tests(target [PAGES folder] [HANG seconds] [gtest_discover_tests' own arguments])
#
# gtest_discover_tests() for an executable that links gridlock::gtest. PAGES: a page for each test that fails for what was found in it,
# FOLDER/Suite.Test.html. HANG: after how many seconds without any work a test is taken to hang (60 unless given).
include_guard(GLOBAL)
include(GoogleTest)

function(gridlock_discover_tests target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PAGES;HANG" "")
  set(list ${target}_gridlock_tests)
  gtest_discover_tests(${target} TEST_LIST ${list} ${arg_UNPARSED_ARGUMENTS})
  set(environment)
  if(arg_PAGES)
    cmake_path(ABSOLUTE_PATH arg_PAGES BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
    list(APPEND environment GRIDLOCK_TEST_PAGES=set:${arg_PAGES})
  endif()
  if(arg_HANG)
    list(APPEND environment GRIDLOCK_TEST_TIMEOUT=set:${arg_HANG})
  endif()
  if(environment)
    # The tests are known when ctest runs: what it reads last gives them more properties.
    set(file ${CMAKE_CURRENT_BINARY_DIR}/${list}.cmake)
    file(CONFIGURE OUTPUT ${file} @ONLY CONTENT [[
foreach(test IN LISTS @list@)
  set_tests_properties("${test}" PROPERTIES ENVIRONMENT_MODIFICATION "@environment@")
endforeach()
]])
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${file})
  endif()
endfunction()
