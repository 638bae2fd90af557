// SPDX-License-Identifier: Apache-2.0
//
// A live process. Every thread is seized and interrupted (ptrace), so that all stand still at one moment and no signal
// is sent; then registers, stacks and the words of what they wait for are read, and all go on.
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <system_error>

#include "harness/why/unwinding.h"

namespace gridlock::internal {
namespace {

namespace fs = std::filesystem;

std::string proc(int pid) { return "/proc/" + std::to_string(pid); }

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string not_permitted(int pid) {
  std::string line = "process " + std::to_string(pid) + " may not be looked at: ";
  const std::string scope = text_of("/proc/sys/kernel/yama/ptrace_scope");
  if (scope.empty() || scope[0] == '0') return line + "run this as its user, or as root";
  return line + "run this as root, or write 0 to /proc/sys/kernel/yama/ptrace_scope (it has " +
         scope.substr(0, 1) + ")";
}

std::vector<int> threads_of(int pid) {
  std::vector<int> tids;
  std::error_code error;
  for (fs::directory_iterator at(proc(pid) + "/task", error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename();
    int tid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), tid).ec == std::errc{})
      tids.push_back(tid);
  }
  std::ranges::sort(tids,
                    [pid](int a, int b) { return (a != pid) != (b != pid) ? a == pid : a < b; });
  return tids;
}

/// Those that stand still; they go on with its end, however that comes about.
class StoppedThreads {
 public:
  explicit StoppedThreads(int pid) : pid_(pid) {
    // A thread may be started while the others are being stopped.
    for (bool is_news = true; is_news;) {
      is_news = false;
      for (const int tid : threads_of(pid)) {
        if (!seen_.insert(tid).second) continue;
        is_news = true;
        stop(tid);
      }
    }
  }
  ~StoppedThreads() {
    for (const Stopped& thread : threads_)
      ptrace(PTRACE_DETACH, thread.tid, nullptr, reinterpret_cast<void*>(thread.signal));  // NOLINT
  }
  StoppedThreads(const StoppedThreads&) = delete;
  StoppedThreads& operator=(const StoppedThreads&) = delete;
  struct Stopped {
    int tid;
    long signal;  // that was on its way to it; 0: none
  };
  const std::vector<Stopped>& threads() const { return threads_; }

 private:
  void stop(int tid) {
    if (ptrace(PTRACE_SEIZE, tid, nullptr, nullptr) != 0) {
      if (errno == ESRCH) return;  // it has ended meanwhile
      if (errno == EPERM && is_traced(tid))
        throw std::runtime_error("process " + std::to_string(pid_) + " is being debugged already");
      throw std::runtime_error(not_permitted(pid_));
    }
    ptrace(PTRACE_INTERRUPT, tid, nullptr, nullptr);
    int status = 0;
    if (waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status)) return;
    const bool is_signal = status >> 16 == 0;
    threads_.push_back({tid, is_signal ? WSTOPSIG(status) : 0});
  }
  static bool is_traced(int tid) {
    const std::string status = text_of("/proc/" + std::to_string(tid) + "/status");
    const std::size_t at = status.find("TracerPid:\t");
    return at != std::string::npos && status.compare(at + 11, 2, "0\n") != 0;
  }

  int pid_;
  std::vector<Stopped> threads_;
  std::set<int> seen_;
};

class LiveSource : public InspectedProcess::Source {
 public:
  LiveSource(int pid, DwflSession session) : pid_(pid), session_(std::move(session)) {}
  bool read(std::uint64_t address, std::span<std::byte> into) const override {
    iovec local{into.data(), into.size()};
    iovec remote{reinterpret_cast<void*>(address), into.size()};  // NOLINT: an address over there
    return process_vm_readv(pid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(into.size());
  }
  bool is_private(std::uint64_t address) const override {
    std::ifstream maps(proc(pid_) + "/maps");
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    char dash = 0;
    std::string permissions;
    for (std::string rest; maps >> std::hex >> begin >> dash >> end >> permissions;
         std::getline(maps, rest)) {
      if (begin <= address && address < end) return permissions.ends_with('p');
    }
    return false;
  }
  std::string variable_at(std::uint64_t address) const override {
    return symbol_at(session_.get(), address);
  }

 private:
  int pid_;
  DwflSession session_;
};

std::vector<std::string> arguments_of(int pid) {
  std::vector<std::string> words;
  const std::string line = text_of(proc(pid) + "/cmdline");
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find('\0', at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  if (!words.empty()) words.erase(words.begin());
  return words;
}

}  // namespace

InspectedProcess InspectedProcess::of_process(int pid) {
  std::error_code error;
  if (!fs::exists(proc(pid), error))
    throw std::runtime_error("there is no process " + std::to_string(pid));
  InspectedProcess process;
  process.pid = pid;
  process.program = fs::read_symlink(proc(pid) + "/exe", error).string();
  if (error == std::errc::permission_denied) throw std::runtime_error(not_permitted(pid));
  if (process.program.empty())
    throw std::runtime_error("process " + std::to_string(pid) +
                             " has no program: it has ended, or is the kernel's");
  process.arguments = arguments_of(pid);

  DwflSession session = begin_session(dwfl_linux_proc_find_elf);
  if (dwfl_linux_proc_report(session.get(), pid) != 0 ||
      dwfl_report_end(session.get(), nullptr, nullptr) != 0)
    throw std::runtime_error(dwfl_error("process " + std::to_string(pid)));
  // What is slow comes before the stop: the files of the modules are opened, and their symbols read.
  dwfl_getmodules(
      session.get(),
      [](Dwfl_Module* module, void**, const char*, Dwarf_Addr, void*) {
        Dwarf_Addr bias = 0;
        dwfl_module_getelf(module, &bias);
        dwfl_module_eh_cfi(module, &bias);
        dwfl_module_getsymtab(module);
        return static_cast<int>(DWARF_CB_OK);
      },
      nullptr, 0);

  const auto begin = std::chrono::steady_clock::now();
  {
    const StoppedThreads stopped(pid);
    for (const auto& [tid, signal] : stopped.threads()) {
      InspectedThread& thread = process.threads.emplace_back();
      thread.tid = tid;
      user_regs_struct registers{};
      iovec room{&registers, sizeof registers};
      if (ptrace(PTRACE_GETREGSET, tid, 1 /* NT_PRSTATUS */, &room) == 0)
        thread.asleep = call_of(&registers);
    }
    if (dwfl_linux_proc_attach(session.get(), pid, /*assume_ptrace_stopped=*/true) != 0)
      throw std::runtime_error(dwfl_error("process " + std::to_string(pid)));
    read_stacks(session.get(), process);
    process.source = std::make_shared<LiveSource>(pid, std::move(session));
    process.keep_words();
  }
  process.stopped_ns = static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count());
  for (InspectedThread& thread : process.threads) {
    thread.name = text_of(proc(pid) + "/task/" + std::to_string(thread.tid) + "/comm");
    if (!thread.name.empty() && thread.name.back() == '\n') thread.name.pop_back();
  }
  return process;
}

}  // namespace gridlock::internal
