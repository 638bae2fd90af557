// SPDX-License-Identifier: Apache-2.0
//
// Between plugin.cc and the programs that load it.
#pragma once

#include <gridlock/gridlock.h>

struct PluginCalls {
  void (*open)();
  void (*close)();
  gridlock::Lock* (*lock)();
  void (*nest)(gridlock::Lock& other, bool mine_first);
  void (*use_both)();
  void (*hold)(void* room, gridlock::Lock& lock);  // makes a Guard in `room`
  void (*make)(void* room);                        // a Lock
  void (*start)(void* room);                       // a Thread
};
extern "C" const PluginCalls* plugin_calls();
