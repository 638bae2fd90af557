// SPDX-License-Identifier: Apache-2.0
//
// Loads a library, for itself alone, and calls what is in it. It is linked with libc and nothing else.
#include <dlfcn.h>
#include <stdio.h>  // NOLINT(modernize-deprecated-headers): as little as possible

int main(int words, char** argv) {
  if (words != 3) return 2;
  void* const library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return 3;
  const auto go = reinterpret_cast<int (*)(const char*)>(dlsym(library, "go"));
  if (go == nullptr) return 4;
  printf("%d\n", go(argv[2]));
  return 7;
}
