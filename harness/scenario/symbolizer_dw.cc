// SPDX-License-Identifier: Apache-2.0
//
// The same answers by elfutils, where there is no llvm-symbolizer. Modules are foreign input and the library runs inside
// whoever asks, so that is a forked process with a bound on its time and memory, which writes its answers into a memory file.
#include "harness/scenario/symbolizer.h"

#if defined(GRIDLOCK_HAVE_LIBDW)
#include "harness/scenario/modules.h"
#include "harness/scenario/text.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cxxabi.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace gridlock::internal {
namespace {

template <auto Function>
struct Call {
  template <typename T>
  void operator()(T* value) const {
    Function(value);
  }
};
using Session = std::unique_ptr<Dwfl, Call<dwfl_end>>;
using Text = std::unique_ptr<char, Call<std::free>>;

std::string demangled(const char* name) {
  if (name == nullptr) return {};
  int status = 0;
  const Text text(abi::__cxa_demangle(name, nullptr, nullptr, &status));
  return status == 0 && text != nullptr ? text.get() : name;
}

std::string name_of(Dwarf_Die* function) {
  Dwarf_Attribute attribute;
  const char* linked = nullptr;
  if (Dwarf_Attribute* const found = dwarf_attr_integrate(function, DW_AT_linkage_name, &attribute);
      found != nullptr)
    linked = dwarf_formstring(found);
  return demangled(linked != nullptr ? linked : dwarf_diename(function));
}

int number_of(Dwarf_Die* die, unsigned attribute_name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  return dwarf_formudata(dwarf_attr(die, attribute_name, &attribute), &value) == 0
             ? static_cast<int>(value)
             : 0;
}

/// One module, looked into.
class Module {
 public:
  explicit Module(const std::string& path)
      : session_(dwfl_begin(&callbacks())), file_(open_program(path)) {
    if (session_ == nullptr || file_.get() < 0) return;
    // The session closes what it is given.
    module_ = dwfl_report_offline(session_.get(), path.c_str(), path.c_str(), dup(file_.get()));
    dwfl_report_end(session_.get(), nullptr, nullptr);
    if (module_ != nullptr) dwfl_module_getelf(module_, &bias_);
  }

  // Innermost first.
  Stack frames_at(std::uint64_t offset) {
    if (module_ == nullptr) return {};
    const Dwarf_Addr address = bias_ + offset;
    Frame place;
    Dwarf_Die unit;
    const bool has_unit = unit_at(address, &unit);
    if (Dwarf_Line* const line =
            has_unit ? dwarf_getsrc_die(&unit, address - dwarf_bias_) : nullptr;
        line != nullptr) {
      dwarf_lineno(line, &place.line);
      dwarf_linecol(line, &place.column);
      place.file = whole_path(dwarf_linesrc(line, nullptr, nullptr), folder_of_unit(&unit));
    }
    Stack stack;
    if (has_unit) stack = inlined_at(&unit, address, place);
    place.function = demangled(dwfl_module_addrname(module_, address));
    if (!place.function.empty()) stack.push_back(place);
    return stack;
  }

  Variable variable_at(std::uint64_t offset) {
    if (module_ == nullptr) return {};
    GElf_Off within = 0;
    GElf_Sym symbol;
    const char* const name =
        dwfl_module_addrinfo(module_, bias_ + offset, &within, &symbol, nullptr, nullptr, nullptr);
    if (name == nullptr || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT) return {};
    return {demangled(name), symbol.st_size};
  }

 private:
  static const Dwfl_Callbacks& callbacks() {
    static const Dwfl_Callbacks only = {.find_elf = dwfl_build_id_find_elf,
                                        .find_debuginfo = dwfl_standard_find_debuginfo,
                                        .section_address = dwfl_offline_section_address,
                                        .debuginfo_path = nullptr};
    return only;
  }

  static std::string whole_path(const char* file, const char* folder) {
    if (file == nullptr) return {};
    if (*file == '/' || folder == nullptr) return file;
    return std::string(folder) + "/" + file;
  }

  static const char* folder_of_unit(Dwarf_Die* unit) {
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
  }

  // libdw's own table needs .debug_aranges, which clang does not write.
  void find_units() {
    Dwarf* const all = dwfl_module_getdwarf(module_, &dwarf_bias_);
    Dwarf_Off next = 0;
    std::size_t header = 0;
    for (Dwarf_Off offset = 0; all != nullptr && dwarf_nextcu(all, offset, &next, &header, nullptr,
                                                              nullptr, nullptr) == 0;
         offset = next) {
      Dwarf_Die unit;
      if (dwarf_offdie(all, offset + header, &unit) == nullptr) continue;
      Dwarf_Addr base = 0;
      Dwarf_Addr begin = 0;
      Dwarf_Addr end = 0;
      for (std::ptrdiff_t at = 0; (at = dwarf_ranges(&unit, at, &base, &begin, &end)) > 0;)
        units_.push_back({begin, end, offset + header});
    }
  }

  bool unit_at(Dwarf_Addr address, Dwarf_Die* unit) {
    if (!looked_for_units_) find_units();
    looked_for_units_ = true;
    const Dwarf_Addr at = address - dwarf_bias_;
    Dwarf_Addr bias = 0;
    for (const Range& range : units_)
      if (range.begin <= at && at < range.end)
        return dwarf_offdie(dwfl_module_getdwarf(module_, &bias), range.unit, unit) != nullptr;
    return false;
  }

  struct Range {
    Dwarf_Addr begin;
    Dwarf_Addr end;
    Dwarf_Off unit;
  };

  // The functions around a place, outermost first. dwarf_getscopes() would not look into namespaces, where clang leaves them.
  static bool find_scopes(Dwarf_Die* parent, Dwarf_Addr at, std::vector<Dwarf_Die>& path,
                          int depth) {
    constexpr int kMaxDepth = 200;
    Dwarf_Die child;
    if (depth == kMaxDepth || dwarf_child(parent, &child) != 0) return false;
    do {
      switch (dwarf_tag(&child)) {
        case DW_TAG_namespace:
        case DW_TAG_class_type:
        case DW_TAG_structure_type:
          if (find_scopes(&child, at, path, depth + 1)) return true;
          break;
        case DW_TAG_subprogram:
        case DW_TAG_inlined_subroutine:
        case DW_TAG_lexical_block:
          if (dwarf_haspc(&child, at) <= 0) break;
          path.push_back(child);
          find_scopes(&child, at, path, depth + 1);
          return true;
        default:
          break;
      }
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
  }

  // What the compiler expanded there. Leaves in `place` where the last of it was called.
  Stack inlined_at(Dwarf_Die* unit, Dwarf_Addr address, Frame& place) const {
    std::vector<Dwarf_Die> scopes;
    if (!find_scopes(unit, address - dwarf_bias_, scopes, 0)) return {};
    Dwarf_Files* files = nullptr;
    if (dwarf_getsrcfiles(unit, &files, nullptr) != 0) files = nullptr;
    Stack stack;
    for (std::size_t i = scopes.size(); i-- > 0;) {
      Dwarf_Die* const scope = &scopes[i];
      if (dwarf_tag(scope) != DW_TAG_inlined_subroutine) continue;
      place.function = name_of(scope);
      stack.push_back(place);
      const int file = number_of(scope, DW_AT_call_file);
      const char* const path =
          files != nullptr ? dwarf_filesrc(files, static_cast<std::size_t>(file), nullptr, nullptr)
                           : nullptr;
      place = {};
      place.file = whole_path(path, folder_of_unit(unit));
      place.line = number_of(scope, DW_AT_call_line);
      place.column = number_of(scope, DW_AT_call_column);
    }
    return stack;
  }

  Session session_;
  Fd file_;
  Dwfl_Module* module_ = nullptr;
  Dwarf_Addr bias_ = 0;
  Dwarf_Addr dwarf_bias_ = 0;
  std::vector<Range> units_;
  bool looked_for_units_ = false;
};

// Texts that end with a zero byte, one after the other.
class Answers {
 public:
  void add(std::string_view text) { (text_ += text.substr(0, text.find('\0'))) += '\0'; }
  void add(std::uint64_t number) { add(std::to_string(number)); }
  bool write_to(int fd) const {
    for (std::size_t at = 0; at < text_.size();) {
      const ssize_t written = write(fd, text_.data() + at, text_.size() - at);
      if (written <= 0) return false;
      at += static_cast<std::size_t>(written);
    }
    return true;
  }
  void clear() { text_.clear(); }

 private:
  std::string text_;
};

std::vector<std::string> read_answers(int fd) {
  std::string text;
  std::array<char, 65536> buffer;
  off_t at = 0;
  for (ssize_t got = 0; (got = pread(fd, buffer.data(), buffer.size(), at)) > 0; at += got)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  std::vector<std::string> answers;
  for (std::size_t begin = 0, end = 0; (end = text.find('\0', begin)) != std::string::npos;
       begin = end + 1)
    answers.push_back(text.substr(begin, end - begin));
  return answers;
}

/// What the process has mapped already: terabytes with a sanitizer, whose shadow counts.
rlim_t mapped_now() {
  std::ifstream file("/proc/self/statm");
  rlim_t pages = 0;
  file >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

void bound_this_process(std::chrono::milliseconds at_most) {
  const rlim_t most = mapped_now() + kSymbolizerMemory;
  const rlimit memory{most, most};
  setrlimit(RLIMIT_AS, &memory);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  unsetenv("DEBUGINFOD_URLS");  // nothing is asked of the network
  for (const int signal : {SIGALRM, SIGSEGV, SIGBUS, SIGABRT}) std::signal(signal, SIG_DFL);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_UNBLOCK, &all, nullptr);
  itimerval limit{};
  limit.it_value.tv_sec = at_most.count() / 1000;
  limit.it_value.tv_usec = at_most.count() % 1000 * 1000 + 1;
  setitimer(ITIMER_REAL, &limit, nullptr);
}

// answer(module, offset, answers) for each address, in a process of its own; the addresses are sorted by module. What was
// answered before it ended counts.
template <typename Answer>
std::vector<std::string> ask(std::span<const CodeAddress> addresses,
                             std::chrono::milliseconds at_most, std::vector<std::string>& notes,
                             Answer answer) {
  const Fd file(memfd_create("gridlock-symbols", MFD_CLOEXEC));
  const pid_t child = file.get() >= 0 ? fork() : -1;
  if (child < 0) {
    notes.emplace_back("elfutils: no process can be started: some frames have no names");
    return {};
  }
  if (child == 0) {
    bound_this_process(at_most);
    std::unique_ptr<Module> module;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      if (i == 0 || addresses[i].module != addresses[i - 1].module)
        module = std::make_unique<Module>(original_bytes(addresses[i].module));
      Answers answers;
      answer(*module, addresses[i].offset, i, answers);
      if (!answers.write_to(file.get())) break;
    }
    syscall(SYS_exit_group, 0);  // nothing of the program's runs here
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status))
    notes.emplace_back(WTERMSIG(status) == SIGALRM
                           ? "elfutils took too long: some frames have no names"
                           : "elfutils could not read a module: some frames have no names");
  return read_answers(file.get());
}

std::uint64_t to_number(const std::string& text) {
  return std::strtoull(text.c_str(), nullptr, 10);
}

}  // namespace

bool has_libdw() { return true; }

SymbolTable resolve_with_libdw(std::span<const CodeAddress> addresses,
                               std::chrono::milliseconds at_most, std::vector<std::string>& notes) {
  constexpr std::size_t kFields = 5;
  const std::vector<std::string> answers =
      ask(addresses, at_most, notes,
          [](Module& module, std::uint64_t offset, std::size_t index, Answers& out) {
            for (const Frame& frame : module.frames_at(offset)) {
              out.add(index);
              out.add(frame.function);
              out.add(frame.file);
              out.add(static_cast<std::uint64_t>(frame.line));
              out.add(static_cast<std::uint64_t>(frame.column));
            }
          });
  SymbolTable symbols;
  for (std::size_t at = 0; at + kFields <= answers.size(); at += kFields) {
    const std::uint64_t index = to_number(answers[at]);
    if (index >= addresses.size()) break;
    Frame frame;
    frame.function = answers[at + 1];
    frame.file = answers[at + 2];
    frame.line = static_cast<int>(to_number(answers[at + 3]));
    frame.column = static_cast<int>(to_number(answers[at + 4]));
    symbols[addresses[index]].push_back(std::move(frame));
  }
  return symbols;
}

std::map<CodeAddress, Variable> variables_with_libdw(std::span<const CodeAddress> addresses,
                                                     std::chrono::milliseconds at_most,
                                                     std::vector<std::string>& notes) {
  constexpr std::size_t kFields = 3;
  const std::vector<std::string> answers =
      ask(addresses, at_most, notes,
          [](Module& module, std::uint64_t offset, std::size_t index, Answers& out) {
            const Variable variable = module.variable_at(offset);
            if (variable.name.empty()) return;
            out.add(index);
            out.add(variable.name);
            out.add(variable.size);
          });
  std::map<CodeAddress, Variable> variables;
  for (std::size_t at = 0; at + kFields <= answers.size(); at += kFields) {
    const std::uint64_t index = to_number(answers[at]);
    if (index >= addresses.size()) break;
    variables[addresses[index]] = {answers[at + 1], to_number(answers[at + 2])};
  }
  return variables;
}

}  // namespace gridlock::internal
#else
namespace gridlock::internal {

bool has_libdw() { return false; }

SymbolTable resolve_with_libdw(std::span<const CodeAddress>, std::chrono::milliseconds,
                               std::vector<std::string>&) {
  return {};
}

std::map<CodeAddress, Variable> variables_with_libdw(std::span<const CodeAddress>,
                                                     std::chrono::milliseconds,
                                                     std::vector<std::string>&) {
  return {};
}

}  // namespace gridlock::internal
#endif
