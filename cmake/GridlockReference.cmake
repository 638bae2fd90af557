# SPDX-License-Identifier: Apache-2.0
#
# Target api_reference: HTML of the public headers in api_reference/html/index.html of the build tree. Not part of `all`.
include_guard(GLOBAL)
find_package(Doxygen QUIET)
if(NOT DOXYGEN_FOUND)
  message(STATUS "gridlock: no doxygen, so no target api_reference")
  return()
endif()

set(gridlock_reference_dir ${PROJECT_BINARY_DIR}/api_reference)
add_custom_target(api_reference
  COMMAND ${CMAKE_COMMAND} -E make_directory ${gridlock_reference_dir}
  COMMAND ${CMAKE_COMMAND} -E env GRIDLOCK_VERSION=${PROJECT_VERSION} GRIDLOCK_REFERENCE=${gridlock_reference_dir}
          $<TARGET_FILE:Doxygen::doxygen> docs/Doxyfile
  COMMAND ${CMAKE_COMMAND} -E echo "API reference: ${gridlock_reference_dir}/html/index.html"
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} VERBATIM)
