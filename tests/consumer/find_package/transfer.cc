// SPDX-License-Identifier: Apache-2.0
//
// Two transfers between two accounts. `transfer broken` takes the locks in two orders and counts
// without any lock; `transfer fixed` has one order, and counts under it. Turns lets the threads go
// one after the other, so that neither form can hang, and hides nothing.
#include <gridlock/gridlock.h>

#include <cstring>

namespace {

struct Account {
  gridlock::Lock lock;
  int balance = 100;
};

Account checking{gridlock::Lock{"checking"}};
Account savings{gridlock::Lock{"savings"}};
int transfers = 0;

void move_money(Account& first, Account& second, bool counted_under_lock) {
  const gridlock::Guard one{first.lock};
  const gridlock::Guard two{second.lock};
  --first.balance;
  ++second.balance;
  if (counted_under_lock) ++transfers;
}

}  // namespace

int main(int argc, char** argv) {
  const bool fixed = argc == 2 && std::strcmp(argv[1], "fixed") == 0;
  gridlock::Turns turns;
  gridlock::Thread saver{
      "saver", [&] {
        turns.wait_for(0);
        move_money(checking, savings, fixed);
        if (!fixed) ++transfers;
        turns.done();
        turns.wait_for(2);  // alive until the other is done: the two orders can meet
      }};
  gridlock::Thread spender{"spender", [&] {
                             turns.wait_for(1);
                             move_money(fixed ? checking : savings, fixed ? savings : checking,
                                        fixed);
                             if (!fixed) ++transfers;
                             turns.done();
                           }};
  saver.join();
  spender.join();
  return transfers == 2 ? 0 : 1;
}
