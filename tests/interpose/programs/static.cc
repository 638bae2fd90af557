// SPDX-License-Identifier: Apache-2.0
//
// Nothing can be preloaded into it.
int main() { return 0; }
