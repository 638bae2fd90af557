# SPDX-License-Identifier: Apache-2.0
#
# Run by ctest, not by configure: GridlockDiscoverScenarios.cmake. An executable that is not built, or that does not
# answer, becomes one test that fails and says so: silence would look like success.
function(gridlock_add_scenario_tests executable directory timeout prefix labels)
  set(label_list "${labels}")
  if(NOT EXISTS "${executable}")
    add_test("${prefix}_NOT_BUILT" "${executable}" list)
    return()
  endif()
  execute_process(COMMAND "${executable}" list --json WORKING_DIRECTORY "${directory}" TIMEOUT 60
                  OUTPUT_VARIABLE json ERROR_VARIABLE complaint RESULT_VARIABLE code)
  if(NOT code STREQUAL "0")
    message("${executable} list --json: ${code}: ${complaint}")
    add_test("${prefix}_LIST_FAILS" "${executable}" list)
    return()
  endif()

  # ctest's own limit is for a runner that hangs: the scenario's deadline, the two seconds for its dump, one retry, and
  # time for symbols.
  math(EXPR limit "2 * ${timeout} + 120")
  string(JSON count LENGTH "${json}")
  if(count EQUAL 0)
    return()
  endif()
  math(EXPR last "${count} - 1")
  foreach(i RANGE ${last})
    string(JSON name GET "${json}" ${i} name)
    set(entry_labels ${label_list})
    if(name MATCHES "^([^/]+)/")
      list(APPEND entry_labels ${CMAKE_MATCH_1})
    endif()
    add_test("${prefix}.${name}" "${executable}" run --timeout ${timeout} ${name})
    set_tests_properties("${prefix}.${name}" PROPERTIES LABELS "${entry_labels}" SKIP_RETURN_CODE 77 TIMEOUT ${limit}
                                                        WORKING_DIRECTORY "${directory}")
  endforeach()
endfunction()
