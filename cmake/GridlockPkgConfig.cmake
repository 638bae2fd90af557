# SPDX-License-Identifier: Apache-2.0
#
# gridlock.pc and gridlock-watch.pc, for builds without CMake. They find their folder from where they lie, so that the prefix
# may be moved.
include_guard(GLOBAL)
set(folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH up /${folder} /)
string(REGEX REPLACE "/$" "" up "${up}")

# gridlock_pc(NAME TEXT...)
function(gridlock_pc name)
  string(JOIN "\n" text ${ARGN})
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/pkgconfig/$<CONFIG>/${name}.pc CONTENT
"# SPDX-License-Identifier: Apache-2.0
prefix=\${pcfiledir}/${up}
libdir=\${prefix}/${CMAKE_INSTALL_LIBDIR}
includedir=\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}

Name: ${name}
Version: ${PROJECT_VERSION}
${text}
")
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/$<CONFIG>/${name}.pc DESTINATION ${folder})
endfunction()

# The hook's objects, as install(TARGETS) places them.
set(objects)
get_target_property(sources gridlock_tsan_hook SOURCES)
foreach(source IN LISTS sources)
  string(APPEND objects " \${libdir}/gridlock/objects-$<CONFIG>/gridlock_tsan_hook/${source}${CMAKE_CXX_OUTPUT_EXTENSION}")
endforeach()
gridlock_pc(gridlock
  "Description: Locks, threads and queues that find deadlocks and data races"
  "Cflags: -I\${includedir} -pthread -fno-omit-frame-pointer -fno-optimize-sibling-calls"
  "Libs:${objects} -L\${libdir} -lgridlock -pthread")

if(TARGET gridlock_watch)
  # Nothing in the program asks for the library, so the linker is told to.
  gridlock_pc(gridlock-watch
    "Description: Finds deadlocks of std::mutex and pthread_mutex_t in the program that links it"
    "Libs: -L\${libdir} -Wl,--push-state,--no-as-needed -lgridlock_watch -Wl,--pop-state")
endif()
