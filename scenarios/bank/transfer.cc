// SPDX-License-Identifier: Apache-2.0
//
// Money goes from one account to another: two locks, and no natural order between them.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <mutex>

namespace {

constexpr int kTimes = 1000;

struct Account {
  Account(int n, std::string_view name) : number(n), lock(name) {}
  int number;
  gridlock::Lock lock;
  long balance = 1000;
};

struct Bank {
  Account alice{1, "account of Alice"};
  Account bob{2, "account of Bob"};

  void check_total() {
    const std::scoped_lock both{alice.lock, bob.lock};
    gridlock::assert_that(alice.balance + bob.balance == 2000, "no money appears or disappears");
  }
};

void move_money(Account& from, Account& to, long amount) {
  from.balance -= amount;
  to.balance += amount;
}

// `between` is called when the first lock is held.
template <typename Between>
void transfer_from_to(Account& from, Account& to, long amount, Between between) {
  const gridlock::Guard first{from.lock};
  between();
  const gridlock::Guard second{to.lock};  // wrong: another may hold it and want the first
  move_money(from, to, amount);
}

template <typename Transfer>
void there_and_back(Transfer transfer) {
  Bank bank;
  gridlock::Rendezvous start{2};
  {
    gridlock::Thread there{"Alice to Bob", [&] {
                             start.meet();
                             for (int i = 0; i < kTimes; ++i) transfer(bank.alice, bank.bob, 1);
                           }};
    gridlock::Thread back{"Bob to Alice", [&] {
                            start.meet();
                            for (int i = 0; i < kTimes; ++i) transfer(bank.bob, bank.alice, 1);
                          }};
  }
  bank.check_total();
}

}  // namespace

GRIDLOCK_SCENARIO(
    transfer_predicted,
    {.name = "bank-transfer/predicted",
     .summary = "Two transfers in opposite directions, one after the other",
     .story =
         "A transfer locks the account that pays and then the account that receives. That reads "
         "well, and each transfer by itself is right. Alice pays Bob, and when that is done, Bob "
         "pays Alice.\n\n"
         "There is one function and one line for each lock, so it is not easy to see that the "
         "order is not always the same: it depends on who pays. If both had paid at once, each "
         "could have locked its own account and waited for the other.\n\n"
         "In the report both arrows of the cycle have the same lines. What differs is which "
         "account stands there.",
     .expect = gridlock::finds(gridlock::FindingKind::kLockOrderCycle),
     .twin = "bank-transfer/by-number"}) {
  Bank bank;
  gridlock::Turns turns;
  gridlock::Thread there{"Alice to Bob", [&] {
                           transfer_from_to(bank.alice, bank.bob, 10, [] {});
                           turns.done();
                         }};
  gridlock::Thread back{"Bob to Alice", [&] {
                          turns.wait_for(1);
                          transfer_from_to(bank.bob, bank.alice, 10, [] {});
                        }};
}

GRIDLOCK_SCENARIO(
    transfer_hung,
    {.name = "bank-transfer/hung",
     .summary = "Two transfers in opposite directions, at the same time",
     .story =
         "This time both pay at the same moment. Alice's transfer has her account and wants Bob's; "
         "Bob's has his and wants hers. No money moves any more.\n\n"
         "In the report, each thread holds the account from which it pays, since the first line of "
         "the transfer, and waits in the second.",
     .expect = gridlock::finds(gridlock::FindingKind::kDeadlock),
     .twin = "bank-transfer/scoped-lock"}) {
  Bank bank;
  gridlock::Rendezvous both_hold_one{2};
  const auto meet = [&] { both_hold_one.meet(); };
  gridlock::Thread there{"Alice to Bob", [&] { transfer_from_to(bank.alice, bank.bob, 10, meet); }};
  gridlock::Thread back{"Bob to Alice", [&] { transfer_from_to(bank.bob, bank.alice, 10, meet); }};
}

GRIDLOCK_SCENARIO(
    transfer_by_number,
    {.name = "bank-transfer/by-number",
     .summary = "The account with the smaller number is locked first, whoever pays",
     .story = "Accounts have numbers, so there is an order after all. The transfer locks the "
              "smaller number first, and who pays decides only about the sign. Both threads then "
              "ask for Alice's account first.\n\n"
              "Where there is no number, the address of the object does as well: compare it with "
              "std::less.",
     .expect = gridlock::clean(),
     .twin = "bank-transfer/predicted"}) {
  there_and_back([](Account& from, Account& to, long amount) {
    const bool from_is_first = from.number < to.number;
    const gridlock::Guard first{from_is_first ? from.lock : to.lock};
    const gridlock::Guard second{from_is_first ? to.lock : from.lock};
    move_money(from, to, amount);
  });
}

GRIDLOCK_SCENARIO(
    transfer_scoped_lock,
    {.name = "bank-transfer/scoped-lock",
     .summary = "Both accounts are locked together",
     .story = "std::scoped_lock takes both locks in whatever order they are named, and never waits "
              "for one while it holds the other. The total stays 2000.\n\n"
              "A transfer from an account to itself would name one lock twice: test for that "
              "first, as in any form of this function.",
     .expect = gridlock::clean(),
     .twin = "bank-transfer/hung"}) {
  there_and_back([](Account& from, Account& to, long amount) {
    const std::scoped_lock both{from.lock, to.lock};
    move_money(from, to, amount);
  });
}
