# SPDX-License-Identifier: Apache-2.0
#
# `cpack -G DEB` in the build folder of the preset `install`: one package for Debian, with what `cmake --install` installs.
include_guard(GLOBAL)
set(CPACK_PACKAGE_NAME gridlock)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "Gridlock <gridlock@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "finds deadlocks and data races in C and C++ programs")
set(CPACK_PACKAGE_DESCRIPTION "\
Gridlock watches the locks, conditions and threads of a program, as it is or
built with Gridlock's own, and says which deadlocks happened or can happen,
with the places in the source. The command also explains processes that hang.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES OFF)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)        # dpkg-shlibdeps (dpkg-dev) says which libraries the command needs
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)  # what links libgridlock_watch.so needs this package
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS llvm)     # llvm-symbolizer: functions and lines in reports
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++ | c++-compiler, cmake, pkg-config, libdw-dev, libsqlite3-dev, libgtest-dev, graphviz")
include(CPack)
