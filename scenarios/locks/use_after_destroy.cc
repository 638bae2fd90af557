// SPDX-License-Identifier: Apache-2.0
//
// A lock cannot protect the object that it is part of from going away.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <memory>
#include <optional>

namespace {

struct Account {
  gridlock::Lock lock{"account"};
  long balance = 100;
};

}  // namespace

GRIDLOCK_SCENARIO(
    use_after_destroy_closed,
    {.name = "use-after-destroy/closed",
     .summary = "A thread locks the lock of an object that was closed before",
     .story =
         "The branch keeps the account in its books and gives the clerk a pointer to it. Then the "
         "customer closes the account: the object is destroyed, and its lock with it. The clerk "
         "still has the pointer, and does what one should do before touching an account: he takes "
         "its lock.\n\n"
         "The place in the books is still there, so nothing crashes. In most programs the memory "
         "would soon belong to something else, and the lock operation would change a few bytes of "
         "that. A lock inside an object says who may use the object, never whether there is "
         "one.\n\n"
         "In the report, look at the line where the lock was used, and ask who decided that "
         "the object could go.",
     .expect = gridlock::finds(gridlock::FindingKind::kMisuseUseAfterDestroy),
     .twin = "use-after-destroy/shared"}) {
  std::optional<Account> books{std::in_place};
  Account* const pointer = &*books;
  books.reset();  // wrong: the clerk still has the pointer
  gridlock::Thread clerk{"clerk", [&] { const gridlock::Guard guard{pointer->lock}; }};
}

GRIDLOCK_SCENARIO(
    use_after_destroy_shared,
    {.name = "use-after-destroy/shared",
     .summary = "The object lives as long as anybody has it",
     .story = "The books and the clerk share the account by a std::shared_ptr. When the customer "
              "closes it, the books let go of it; the clerk's part keeps it alive until he has "
              "finished. Whether the account is closed is then a question to the account itself, "
              "under its lock.",
     .expect = gridlock::clean(),
     .twin = "use-after-destroy/closed"}) {
  auto books = std::make_shared<Account>();
  gridlock::Thread clerk{"clerk", [account = books] {
                           const gridlock::Guard guard{account->lock};
                           account->balance -= 10;
                         }};
  books.reset();
}
