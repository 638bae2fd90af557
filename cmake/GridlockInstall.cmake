# SPDX-License-Identifier: Apache-2.0
#
# `cmake --install BUILD --prefix X`, so that another project says find_package(gridlock CONFIG REQUIRED) and links
#   gridlock::gridlock   the primitives, in a program of its own
#   gridlock::watch      nothing: a program with std::mutex or pthread_mutex_t, watched for good
#   gridlock::gtest      tests that fail for what is found in them
#   gridlock::explore    by gridlock_explore(target): tests whose schedules are chosen (from a build with clang)
#   gridlock::controlled the primitives in such tests, in place of gridlock::gridlock
#   gridlock::main       scenarios of its own: the whole `gridlock` command as main()
# and has the command `gridlock` with its man page and completions, the docs, the JSON schema and an example of a suppressions
# file. The same as files for pkg-config, and, by `cpack`, as a Debian package.
# Included last by the top CMakeLists.txt, when all targets are there.
include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

option(GRIDLOCK_INSTALL "Make the install rules" ${PROJECT_IS_TOP_LEVEL})
if(NOT GRIDLOCK_INSTALL)
  return()
endif()

# Archives that carry a sanitizer force it upon every program that links them. Without one they serve both: the observer and the
# hook ask for ThreadSanitizer at run time, through weak symbols.
if(GRIDLOCK_SANITIZER OR GRIDLOCK_COVERAGE)
  install(CODE "message(FATAL_ERROR \"gridlock: install from a build without GRIDLOCK_SANITIZER and GRIDLOCK_COVERAGE \
(this one has '${GRIDLOCK_SANITIZER}'); what is installed works in programs with and without ThreadSanitizer\")")
  return()
endif()

set(gridlock_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gridlock)

# Two sets of targets: a program alone needs the first, and no other library for it.
set(gridlock_main_parts)
if(GRIDLOCK_BUILD_CLI)
  set(gridlock_main_parts gridlock_scenario gridlock_reports gridlock_why gridlock_history gridlock_cli gridlock_main)
endif()
foreach(target gridlock_tsan_hook ${gridlock_main_parts})
  string(REPLACE gridlock_ "" part ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${part})
endforeach()

install(TARGETS gridlock gridlock_tsan_hook
        EXPORT gridlock-targets
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILE_SET tables DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR}/gridlock)
install(EXPORT gridlock-targets NAMESPACE gridlock:: DESTINATION ${gridlock_package_dir})

# In front of libc: for `gridlock exec`, which looks for it beside the command and in ../lib, and for programs that link it.
if(TARGET gridlock_watch)
  set_target_properties(gridlock_watch PROPERTIES EXPORT_NAME watch_library)
  set_target_properties(gridlock_watch_needed PROPERTIES EXPORT_NAME watch)
  install(TARGETS gridlock_watch gridlock_watch_needed EXPORT gridlock-watch-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT gridlock-watch-targets NAMESPACE gridlock:: DESTINATION ${gridlock_package_dir})
endif()

# In place of ThreadSanitizer's runtime, for programs of clang.
if(TARGET gridlock_explore)
  set_target_properties(gridlock_explore PROPERTIES EXPORT_NAME explore)
  set_target_properties(gridlock_controlled PROPERTIES EXPORT_NAME controlled)
  install(TARGETS gridlock_explore gridlock_controlled EXPORT gridlock-explore-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT gridlock-explore-targets NAMESPACE gridlock:: DESTINATION ${gridlock_package_dir})
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/GridlockExplore.cmake DESTINATION ${gridlock_package_dir})
  # For `gridlock explore` of programs that were not built for it, which looks for it as for the one above.
  install(TARGETS gridlock_whole_program LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()

# Tests: sources, because they are compiled with the GoogleTest of each project.
set_target_properties(gridlock_gtest PROPERTIES EXPORT_NAME gtest)
install(TARGETS gridlock_gtest EXPORT gridlock-gtest-targets)
install(EXPORT gridlock-gtest-targets NAMESPACE gridlock:: DESTINATION ${gridlock_package_dir})
set_target_properties(gridlock_catch2 PROPERTIES EXPORT_NAME catch2)
set_target_properties(gridlock_doctest PROPERTIES EXPORT_NAME doctest)
install(TARGETS gridlock_catch2 gridlock_doctest EXPORT gridlock-targets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/harness/gtest/include/gridlock DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/harness/gtest/ DESTINATION ${CMAKE_INSTALL_DATADIR}/gridlock/gtest
        FILES_MATCHING PATTERN "*.cc" PATTERN include EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/GridlockDiscoverTests.cmake DESTINATION ${gridlock_package_dir})

set(GRIDLOCK_MAIN_NEEDS_STACKTRACE OFF)
set(GRIDLOCK_MAIN_NEEDS_LIBDW OFF)
set(GRIDLOCK_MAIN_NEEDS_SQLITE OFF)
if(GRIDLOCK_BUILD_CLI)
  get_property(libraries TARGET gridlock_scenario PROPERTY LINK_LIBRARIES)
  get_target_property(why_libraries gridlock_why LINK_LIBRARIES)
  if("dw" IN_LIST why_libraries)
    set(GRIDLOCK_MAIN_NEEDS_LIBDW ON)
  endif()
  get_target_property(history_libraries gridlock_history LINK_LIBRARIES)
  if("sqlite3" IN_LIST history_libraries)
    set(GRIDLOCK_MAIN_NEEDS_SQLITE ON)
  endif()
  if("Boost::stacktrace_backtrace" IN_LIST libraries)  # an imported target is known in its own folder only
    set(GRIDLOCK_MAIN_NEEDS_STACKTRACE ON)
  endif()
  install(TARGETS ${gridlock_main_parts} EXPORT gridlock-main-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT gridlock-main-targets NAMESPACE gridlock:: DESTINATION ${gridlock_package_dir})
  install(TARGETS gridlock_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  include(GridlockManual)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/GridlockDiscoverScenarios.cmake
                ${PROJECT_SOURCE_DIR}/cmake/GridlockScenarioTests.cmake
          DESTINATION ${gridlock_package_dir})
  install(FILES ${PROJECT_SOURCE_DIR}/reports/schema/report.v1.schema.json
                ${PROJECT_SOURCE_DIR}/reports/schema/history.v1.schema.json
          DESTINATION ${CMAKE_INSTALL_DATADIR}/gridlock/schema)
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/gridlock-config.cmake.in
                              ${PROJECT_BINARY_DIR}/gridlock-config.cmake INSTALL_DESTINATION ${gridlock_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gridlock-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gridlock-config.cmake ${PROJECT_BINARY_DIR}/gridlock-config-version.cmake
        DESTINATION ${gridlock_package_dir})

include(GridlockPkgConfig)

install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)  # Debian's name of it
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
install(FILES ${PROJECT_SOURCE_DIR}/docs/examples/gridlock.supp DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

if(PROJECT_IS_TOP_LEVEL)
  include(GridlockPackage)
endif()
