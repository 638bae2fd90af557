// SPDX-License-Identifier: Apache-2.0
//
// Two programs and two pipes: a deadlock without any lock.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <cstdio>
#include <string>

namespace {

// Far more than a pipe holds.
std::string letters() { return std::string(std::size_t{1} << 20, 'x'); }

}  // namespace

GRIDLOCK_SCENARIO(
    subprocess_both_pipes_full,
    {.name = "subprocess/both-pipes-full",
     .summary = "Each of two programs writes until the other reads, and neither does",
     .story =
         "A filter reads from one pipe and writes to another. You want to send it a megabyte, and "
         "then read the megabyte that comes back. A pipe holds 64 kilobytes.\n\n"
         "The filter reads some of your letters and writes them out again. Nobody reads what it "
         "writes, because you are still writing. So its output fills up, and it waits for room "
         "there. Now it does not read any more, its input fills up as well, and you wait for room "
         "too. With a small test text all went well.\n\n"
         "In the report your thread waits for room in the input of the filter. Below that it says "
         "what the filter does meanwhile: it waits for you.",
     .expect = gridlock::finds(gridlock::FindingKind::kDeadlock),
     .twin = "subprocess/communicate"}) {
  gridlock::Subprocess filter{{"cat"}, gridlock::SubprocessOptions::piped("filter")};
  filter.write(letters());  // wrong: all of it, before anything is read
  filter.close_input();
  std::size_t received = 0;
  for (std::string part; !(part = filter.read()).empty();) received += part.size();
  std::printf("%zu letters came back\n", received);
}

GRIDLOCK_SCENARIO(
    subprocess_communicate,
    {.name = "subprocess/communicate",
     .summary = "Writes and reads at the same time, whatever the pipes hold",
     .story =
         "The same filter and the same megabyte. communicate() writes as much as fits, reads what "
         "is there, and goes on so until both are through; then it waits for the end. Whichever "
         "pipe is full, the other one is being emptied.\n\n"
         "A second thread that reads would do as well.",
     .expect = gridlock::clean(),
     .twin = "subprocess/both-pipes-full"}) {
  gridlock::Subprocess filter{{"cat"}, gridlock::SubprocessOptions::piped("filter")};
  const gridlock::Completed done = filter.communicate(letters());
  std::printf("%zu letters came back\n", done.out.size());
}

GRIDLOCK_SCENARIO(
    subprocess_open_input,
    {.name = "subprocess/open-input",
     .summary = "Waits for a program that waits for the end of its input",
     .story =
         "sort has to see the last line before it can write the first. It got three lines, and "
         "now its result is read. But where is the end of the input? As long as somebody could "
         "write another line, sort has to wait for it, and the only one who could is the one that "
         "waits for sort.",
     .expect = gridlock::finds(gridlock::FindingKind::kDeadlock),
     .twin = "subprocess/close-input"}) {
  gridlock::Subprocess sort{{"sort"}, gridlock::SubprocessOptions::piped()};
  sort.write("pear\napple\nfig\n");
  std::printf("%s", sort.read().c_str());  // wrong: the input is still open
}

GRIDLOCK_SCENARIO(
    subprocess_close_input,
    {.name = "subprocess/close-input",
     .summary = "Closes the input, and the program can finish",
     .story =
         "close_input() is the end of the file that sort reads. With it sort writes its result and "
         "ends.",
     .expect = gridlock::clean(),
     .twin = "subprocess/open-input"}) {
  gridlock::Subprocess sort{{"sort"}, gridlock::SubprocessOptions::piped()};
  sort.write("pear\napple\nfig\n");
  sort.close_input();
  std::printf("%s", sort.read().c_str());
  sort.wait();
}
