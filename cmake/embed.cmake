# SPDX-License-Identifier: Apache-2.0
#
# gridlock_embed(target SYMBOL file): makes the text of `file` available to `target` as
#   extern const std::string_view gridlock::internal::reports::SYMBOL;
# and the hex digits of its SHA-256 as SYMBOLSha256,
# without any tool besides CMake. The script part below writes the .cc file at build time, when `file` has changed.

if(CMAKE_SCRIPT_MODE_FILE)
  file(READ "${INPUT}" hex HEX)
  # Bytes rather than a string literal: no limit on the length, no delimiter that the text could contain.
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(REPEAT "'\\\\x[0-9a-f][0-9a-f]'," 16 sixteen)
  string(REGEX REPLACE "(${sixteen})" "\\1\n    " bytes "${bytes}")
  file(SHA256 "${INPUT}" sum)
  file(WRITE "${OUTPUT}" "// Made from ${INPUT} by cmake/embed.cmake.
#include <string_view>

namespace gridlock::internal::reports {
namespace {
constexpr char kBytes[] = {
    ${bytes}'\\0'};
}  // namespace
extern const std::string_view ${SYMBOL};
const std::string_view ${SYMBOL}(kBytes, sizeof(kBytes) - 1);
extern const std::string_view ${SYMBOL}Sha256;
const std::string_view ${SYMBOL}Sha256 = \"${sum}\";
}  // namespace gridlock::internal::reports
")
  return()
endif()

include_guard(GLOBAL)
set(GRIDLOCK_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(gridlock_embed target symbol file)
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cc)
  set_property(SOURCE ${output} PROPERTY SKIP_UNITY_BUILD_INCLUSION ON)  # bytes, and each calls them kBytes
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D INPUT=${file} -D OUTPUT=${output} -D SYMBOL=${symbol} -P ${GRIDLOCK_EMBED_SCRIPT}
    DEPENDS ${file} ${GRIDLOCK_EMBED_SCRIPT}
    COMMENT "Embedding ${file}"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
