// SPDX-License-Identifier: Apache-2.0
//
// Boost.Stacktrace resolves addresses of this process. A module that the process under test had
// loaded is normally loaded here too (it is the same executable), at another address: its own load
// address plus the offset is the same code.
#include "harness/scenario/symbolizer.h"

#if defined(GRIDLOCK_HAVE_BOOST_STACKTRACE)
#define BOOST_STACKTRACE_LINK  // the backend is in libboost_stacktrace_backtrace
#include <link.h>
#include <unistd.h>

#include <array>
#include <boost/stacktrace/frame.hpp>
#include <cstddef>
#include <utility>

namespace gridlock::internal {
namespace {

std::string own_executable() {
  std::array<char, 4096> path;
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

std::map<std::string, std::uintptr_t> load_addresses() {
  std::map<std::string, std::uintptr_t> modules;
  dl_iterate_phdr(
      [](dl_phdr_info* module, std::size_t, void* out) {
        auto& found = *static_cast<std::map<std::string, std::uintptr_t>*>(out);
        // The executable comes first and has no name.
        const bool nameless = module->dlpi_name == nullptr || *module->dlpi_name == '\0';
        found.emplace(nameless ? own_executable() : module->dlpi_name, module->dlpi_addr);
        return 0;
      },
      &modules);
  return modules;
}

}  // namespace

SymbolTable resolve_in_process(std::span<const CodeAddress> addresses) {
  const std::map<std::string, std::uintptr_t> modules = load_addresses();
  SymbolTable symbols;
  for (const CodeAddress& address : addresses) {
    const auto module = modules.find(address.module);
    if (module == modules.end()) continue;
    const std::uintptr_t here = module->second + address.offset;
    const boost::stacktrace::frame found(
        reinterpret_cast<boost::stacktrace::frame::native_frame_ptr_t>(here));
    Frame frame;
    frame.function = found.name();
    frame.file = found.source_file();
    frame.line = static_cast<int>(found.source_line());
    if (!frame.function.empty()) symbols.emplace(address, Stack{std::move(frame)});
  }
  return symbols;
}

}  // namespace gridlock::internal
#else
namespace gridlock::internal {

SymbolTable resolve_in_process(std::span<const CodeAddress>) { return {}; }

}  // namespace gridlock::internal
#endif
