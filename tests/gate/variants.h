// SPDX-License-Identifier: Apache-2.0
//
// What the programs of the gate share (harness/README.md). They are always compiled with -fsanitize=thread;
// `program NAME` runs one variant, `program --list` prints NAME and whether ThreadSanitizer must see
// a race in it ("race") or not ("silent").
//
// In every racing variant T1 writes g_x and then does something with the observer; T2, later in
// time (gridlock::Turns, which ThreadSanitizer does not see), does the same and then writes g_x.
// Nothing orders the two writes, unless the observer does. The silent variants order them by what a
// user would rely on.
#pragma once

#include <gridlock/gridlock.h>

#include <cstdio>
#include <cstring>
#include <span>

namespace {

using namespace std::chrono_literals;

long g_x = 0;

// T1 writes and then calls `first`; T2 calls `second` after that and then writes.
template <typename First, typename Second>
void race(First first, Second second) {
  gridlock::Turns turns;
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        first();
                        turns.done();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        turns.wait_for(1);
                        second();
                        g_x = 2;
                      }};
}

// Both threads change g_x a thousand times inside `guarded`.
template <typename Guarded>
void both(Guarded guarded) {
  gridlock::Rendezvous start{2};
  const auto body = [&] {
    start.meet();
    for (int i = 0; i < 1000; ++i) guarded([] { ++g_x; });
  };
  gridlock::Thread t1{"t1", body};
  gridlock::Thread t2{"t2", body};
}

struct Variant {
  const char* name;
  bool races;
  void (*run)();
};

int run_variant(std::span<const Variant> variants, int argc, char** argv) {
  const bool list = argc == 2 && std::strcmp(argv[1], "--list") == 0;
  for (const Variant& variant : variants) {
    if (list) {
      std::printf("%s %s\n", variant.name, variant.races ? "race" : "silent");
    } else if (argc == 2 && std::strcmp(argv[1], variant.name) == 0) {
      variant.run();
      return 0;
    }
  }
  return list ? 0 : 2;
}

}  // namespace
