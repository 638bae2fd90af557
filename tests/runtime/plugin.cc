// SPDX-License-Identifier: Apache-2.0
//
// A plug-in: what is made here has its place in the source in constants of this library, which are gone
// when it is unloaded.
#include "tests/runtime/plugin.h"

#include <mutex>
#include <new>

namespace {

using gridlock::Guard;
using gridlock::Lock;

struct Plugin {
  Lock mine;
  Lock named{"plug-in's lock"};
};
Plugin* g_plugin = nullptr;

void nest(Lock& other, bool mine_first) {
  if (mine_first) {
    const Guard first{g_plugin->mine};
    const Guard second{other};
  } else {
    const Guard first{other};
    const Guard second{g_plugin->mine};
  }
}

void use_both() {
  const Guard first{g_plugin->mine};
  const Guard second{g_plugin->named};
}

void hold(void* room, Lock& lock) { ::new (room) Guard<Lock>{lock}; }
void make(void* room) { ::new (room) Lock; }
void start(void* room) {
  ::new (room) gridlock::Thread{"from the plug-in", [] { use_both(); }};
}

const PluginCalls kCalls = {[] { g_plugin = new Plugin; },
                            [] { delete g_plugin; },
                            [] { return &g_plugin->mine; },
                            nest,
                            use_both,
                            hold,
                            make,
                            start};

}  // namespace

extern "C" const PluginCalls* plugin_calls() { return &kCalls; }
