// SPDX-License-Identifier: Apache-2.0
//
// `runtime_plugin_bare_host LIBRARY`: a program without Gridlock. Its thread has used that of the
// plug-in, and ends when the plug-in is unloaded.
#include <dlfcn.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

struct PluginCalls {
  void (*open)();
  void (*close)();
  void* (*lock)();
  void* nest;
  void (*use_both)();
};

int main(int, char** argv) {
  void* const library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) std::abort();
  const auto* const plugin =
      reinterpret_cast<const PluginCalls* (*)()>(dlsym(library, "plugin_calls"))();
  std::atomic<int> step{0};
  plugin->open();
  std::thread user{[&] {
    plugin->use_both();
    step = 1;
    while (step != 2) std::this_thread::yield();
  }};
  while (step != 1) std::this_thread::yield();
  plugin->close();
  dlclose(library);
  step = 2;
  user.join();
  std::puts("all done");
  return 0;
}
