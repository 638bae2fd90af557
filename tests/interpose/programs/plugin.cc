// SPDX-License-Identifier: Apache-2.0
//
// A library in C++ that is loaded by a program without it: its statics are initialised by functions that come with it.
#include <cstdio>
#include <cstring>
#include <thread>

namespace {

struct Made {
  Made() { std::puts("made"); }
  int value = 1;
};
int made() {
  static const Made one;
  return one.value;
}
int itself() {
  static const int value = itself() + 1;
  return value;
}

}  // namespace

extern "C" int go(const char* what) {
  if (std::strcmp(what, "itself") == 0) return itself();
  int there = 0;
  std::thread thread([&] { there = made(); });
  const int here = made();
  thread.join();
  return here + there + made();
}
