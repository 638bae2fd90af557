// SPDX-License-Identifier: Apache-2.0
//
// A program that has no lock itself: all of them are in a library.
int run_bank(int argc, char** argv);

int main(int argc, char** argv) { return run_bank(argc, argv); }
