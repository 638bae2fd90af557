# SPDX-License-Identifier: Apache-2.0
#
# The man page and the completions of shells: the command makes them of its own table of options.
include_guard(GLOBAL)
if(CMAKE_CROSSCOMPILING)
  message(STATUS "gridlock: no man page and no completions: the command does not run on this machine")
  return()
endif()

set(gridlock_manual_dir ${PROJECT_BINARY_DIR}/manual)
file(MAKE_DIRECTORY ${gridlock_manual_dir})
set(gridlock_manual_files)

# gridlock_manual_file(FILE DESTINATION ARGUMENTS...): FILE is what `gridlock ARGUMENTS` prints.
function(gridlock_manual_file file destination)
  set(path ${gridlock_manual_dir}/${file})
  add_custom_command(OUTPUT ${path} COMMAND gridlock_command ${ARGN} > ${path} DEPENDS gridlock_command VERBATIM)
  install(FILES ${path} DESTINATION ${destination})
  set(gridlock_manual_files ${gridlock_manual_files} ${path} PARENT_SCOPE)
endfunction()

gridlock_manual_file(gridlock.1 ${CMAKE_INSTALL_MANDIR}/man1 --man)
gridlock_manual_file(gridlock ${CMAKE_INSTALL_DATADIR}/bash-completion/completions --completion bash)
gridlock_manual_file(_gridlock ${CMAKE_INSTALL_DATADIR}/zsh/site-functions --completion zsh)
gridlock_manual_file(gridlock.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d --completion fish)
# Debian's zsh looks elsewhere for what packages bring.
install(FILES ${gridlock_manual_dir}/_gridlock DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
add_custom_target(gridlock_manual ALL DEPENDS ${gridlock_manual_files})
