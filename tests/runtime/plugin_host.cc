// SPDX-License-Identifier: Apache-2.0
//
// `runtime_plugin_host LIBRARY WHAT`: uses the plug-in, unloads it, and goes on.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

#include "tests/runtime/plugin.h"

namespace {

using gridlock::Lock;

class Loaded {
 public:
  explicit Loaded(const char* path) : library_(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) {
      std::puts(dlerror());
      std::abort();
    }
    calls_ = reinterpret_cast<decltype(&plugin_calls)>(dlsym(library_, "plugin_calls"))();
  }
  const PluginCalls* operator->() const { return calls_; }
  void unload() {
    if (dlclose(library_) != 0) std::abort();
  }

 private:
  void* library_;
  const PluginCalls* calls_;
};

// A finding about a thread that once used the plug-in's locks: what it did last is listed.
void then_misuse(Lock& ours) { ours.unlock(); }

}  // namespace

int main(int, char** argv) {
  Loaded plugin{argv[1]};
  const char* const what = argv[2];
  const auto is = [&](const char* name) { return std::strcmp(what, name) == 0; };
  static Lock ours{"ours"};
  static gridlock::Event step{"step"};
  alignas(64) static char room[256];
  plugin->open();
  if (is("order")) plugin->nest(ours, false);
  if (is("waits")) {
    Lock* const lock = plugin->lock();
    lock->lock();
    gridlock::Thread waiter{"waits", [&] {
                              step.set();
                              plugin->nest(ours, true);
                            }};
    step.wait();
    lock->unlock();
    waiter.join();
  }
  if (is("cycle")) {
    plugin->nest(ours, false);
    plugin->nest(ours, true);
  }
  if (is("misuse")) plugin->nest(ours, false);
  if (is("outlives")) plugin->make(room);
  if (is("held")) plugin->hold(room, ours);
  if (is("thread")) {
    plugin->start(room);
    auto* const thread = std::launder(reinterpret_cast<gridlock::Thread*>(room));
    thread->join();
    plugin->nest(ours, true);
  }
  plugin->close();
  plugin.unload();
  if (is("misuse")) then_misuse(ours);
  if (is("outlives")) {
    auto* const lock = std::launder(reinterpret_cast<Lock*>(room));
    lock->unlock();
  }
  if (is("held")) {
    Lock another{"another"};
    another.unlock();
  }
  if (is("thread")) then_misuse(ours);
  std::puts("all done");
  return 0;
}
