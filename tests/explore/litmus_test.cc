// SPDX-License-Identifier: Apache-2.0
//
// The litmus programs of the literature on memory models, each with the outcomes that it has and no others. Which of those that
// C++20 allows cannot be had is said where it is so.
#include "tests/explore/litmus.h"

namespace gridlock {
namespace {

const Outcomes kNone;

// Store buffering: each thread stores, and reads what the other one stores.
template <typename Between>
auto store_buffering(Orders orders, Between between) {
  return Litmus(
      2,
      [=](Shared& s) {
        s.x.store(1, orders.store);
        between();
        s.r[0] = s.y.load(orders.load);
      },
      [=](Shared& s) {
        s.y.store(1, orders.store);
        between();
        s.r[1] = s.x.load(orders.load);
      });
}
const auto kNothingBetween = [] {};

TEST(Litmus, StoreBuffering) {
  expect_outcomes_without_reduction(store_buffering(kAllRelaxed, kNothingBetween),
                                    all_but(kNone, 2));
  expect_outcomes_without_reduction(store_buffering(kReleaseAcquire, kNothingBetween),
                                    all_but(kNone, 2));
  expect_outcomes_without_reduction(store_buffering(kAllSequential, kNothingBetween),
                                    all_but({"00"}, 2));
}

TEST(Litmus, StoreBufferingWithFences) {
  const auto ordered = [] { std::atomic_thread_fence(kSequential); };
  const auto not_ordered = [] { std::atomic_thread_fence(kAcquireRelease); };
  expect_outcomes_without_reduction(store_buffering(kAllRelaxed, ordered), all_but({"00"}, 2));
  expect_outcomes_without_reduction(store_buffering(kAllRelaxed, not_ordered), all_but(kNone, 2));
}

// A fence on one side, seq_cst operations on the other one.
TEST(Litmus, StoreBufferingWithAFenceAndSequentialOperations) {
  const auto program = [](std::memory_order store, std::memory_order load) {
    return Litmus(
        2,
        [](Shared& s) {
          s.x.store(1, kRelaxed);
          std::atomic_thread_fence(kSequential);
          s.r[0] = s.y.load(kRelaxed);
        },
        [=](Shared& s) {
          s.y.store(1, store);
          s.r[1] = s.x.load(load);
        });
  };
  expect_outcomes_without_reduction(program(kSequential, kSequential), all_but({"00"}, 2));
  expect_outcomes_without_reduction(program(kSequential, kAcquire), all_but(kNone, 2));
  expect_outcomes_without_reduction(program(kRelease, kSequential), all_but(kNone, 2));
}

// Message passing: r0 is the flag, r1 what it guards.
template <typename Publish, typename Take>
auto message_passing(Publish publish, Take take) {
  return Litmus(
      2,
      [=](Shared& s) {
        s.x.store(1, kRelaxed);
        publish(s.y);
      },
      [=](Shared& s) {
        s.r[0] = take(s.y);
        s.r[1] = s.x.load(kRelaxed);
      });
}
auto storing(std::memory_order order) {
  return [order](std::atomic<int>& flag) { flag.store(1, order); };
}
auto loading(std::memory_order order) {
  return [order](std::atomic<int>& flag) { return flag.load(order); };
}

TEST(Litmus, MessagePassing) {
  const Outcomes all = all_but(kNone, 2);
  const Outcomes passed = all_but({"10"}, 2);
  expect_outcomes_without_reduction(message_passing(storing(kRelaxed), loading(kRelaxed)), all);
  expect_outcomes_without_reduction(message_passing(storing(kRelease), loading(kRelaxed)), all);
  expect_outcomes_without_reduction(message_passing(storing(kRelaxed), loading(kAcquire)), all);
  expect_outcomes_without_reduction(message_passing(storing(kRelease), loading(kAcquire)), passed);
  expect_outcomes_without_reduction(message_passing(storing(kSequential), loading(kSequential)),
                                    passed);
}

TEST(Litmus, MessagePassingWithFences) {
  const auto publish = [](std::memory_order order) {
    return [order](std::atomic<int>& flag) {
      std::atomic_thread_fence(order);
      flag.store(1, kRelaxed);
    };
  };
  const auto take = [](std::memory_order order) {
    return [order](std::atomic<int>& flag) {
      const int read = flag.load(kRelaxed);
      std::atomic_thread_fence(order);
      return read;
    };
  };
  const Outcomes passed = all_but({"10"}, 2);
  expect_outcomes_without_reduction(message_passing(publish(kRelease), take(kAcquire)), passed);
  expect_outcomes_without_reduction(message_passing(publish(kSequential), take(kSequential)),
                                    passed);
  expect_outcomes_without_reduction(message_passing(publish(kRelease), loading(kAcquire)), passed);
  expect_outcomes_without_reduction(message_passing(storing(kRelease), take(kAcquire)), passed);
  // The wrong way round.
  expect_outcomes_without_reduction(message_passing(publish(kAcquire), take(kAcquire)),
                                    all_but(kNone, 2));
  expect_outcomes_without_reduction(message_passing(publish(kRelease), take(kRelease)),
                                    all_but(kNone, 2));
}

// Independent reads of independent writes: do two readers agree which store came first?
template <typename Between>
auto independent_reads(Orders orders, Between between) {
  return Litmus(
      4, [=](Shared& s) { s.x.store(1, orders.store); },
      [=](Shared& s) { s.y.store(1, orders.store); },
      [=](Shared& s) {
        s.r[0] = s.x.load(orders.load);
        between();
        s.r[1] = s.y.load(orders.load);
      },
      [=](Shared& s) {
        s.r[2] = s.y.load(orders.load);
        between();
        s.r[3] = s.x.load(orders.load);
      });
}

TEST(Litmus, IndependentReadsOfIndependentWrites) {
  const Outcomes all = all_but(kNone, 4);
  const Outcomes agreed = all_but({"1010"}, 4);
  expect_outcomes(independent_reads(kAllRelaxed, kNothingBetween), all);
  expect_outcomes(independent_reads(kReleaseAcquire, kNothingBetween), all);
  expect_outcomes(independent_reads(kAllSequential, kNothingBetween), agreed);
  // Loads that are all seq_cst agree, whatever the stores are; and fences between them do.
  expect_outcomes(independent_reads({kRelaxed, kSequential}, kNothingBetween), agreed);
  expect_outcomes(independent_reads({kSequential, kAcquire}, kNothingBetween), all);
  expect_outcomes(independent_reads(kAllRelaxed, [] { std::atomic_thread_fence(kSequential); }),
                  agreed);
}

// Two steps whose order nothing but their places in the one order of seq_cst operations tells. That z is read as 1 says that x is stored; that x is
// read as 0 says which of the two came first. A search that takes them to commute misses that.
TEST(Litmus, SequentialLoadsOfOneObjectAreOrdered) {
  const auto look = [](std::size_t to) {
    return [to](Shared& s) {
      s.r[to] = s.z.load(kRelaxed);
      s.r[to + 1] = s.x.load(kSequential);
    };
  };
  const auto publish = [](Shared& s) {
    s.x.store(1, kRelaxed);
    s.z.store(1, kRelaxed);
  };
  expect_outcomes(Litmus(4, publish, look(0), look(2)), all_but(kNone, 4));
}

TEST(Litmus, FencesAreOrderedWithEachOtherAndWithSequentialOperations) {
  const auto ordered = [] { std::atomic_thread_fence(kSequential); };
  const auto store = [](Shared& s) {
    s.x.store(1, kSequential);
    s.z.store(1, kRelaxed);
  };
  const auto store_and_fence = [=](Shared& s) {
    s.x.store(1, kRelaxed);
    ordered();
    s.z.store(1, kRelaxed);
  };
  const auto fence_and_look = [=](Shared& s) {
    ordered();
    s.r[0] = s.z.load(kRelaxed);
    s.r[1] = s.x.load(kRelaxed);
  };
  expect_outcomes_without_reduction(Litmus(2, store, fence_and_look), all_but(kNone, 2));
  expect_outcomes_without_reduction(Litmus(2, store_and_fence, fence_and_look), all_but(kNone, 2));
  const auto store_then_fence = [=](Shared& s) {
    s.x.store(1, kRelaxed);
    s.z.store(1, kRelaxed);
    ordered();
  };
  const auto look = [](Shared& s) {
    s.r[0] = s.z.load(kRelaxed);
    s.r[1] = s.x.load(kSequential);
  };
  expect_outcomes_without_reduction(Litmus(2, store_then_fence, look), all_but(kNone, 2));
}

// Load buffering: 11 needs a load that reads a store which comes later. C++20 allows it; here values come from stores that were
// made, so it does not happen, and nothing comes out of thin air.
TEST(Litmus, LoadBufferingDoesNotHappen) {
  for (const Orders orders : {kAllRelaxed, kReleaseAcquire, kAllSequential}) {
    expect_outcomes_without_reduction(Litmus(
                                          2,
                                          [=](Shared& s) {
                                            s.r[0] = s.x.load(orders.load);
                                            s.y.store(1, orders.store);
                                          },
                                          [=](Shared& s) {
                                            s.r[1] = s.y.load(orders.load);
                                            s.x.store(1, orders.store);
                                          }),
                                      all_but({"11"}, 2));
  }
}

TEST(Litmus, CoherenceOfTwoReads) {
  for (const Orders orders : {kAllRelaxed, kReleaseAcquire, kAllSequential}) {
    expect_outcomes_without_reduction(Litmus(
                                          2, [=](Shared& s) { s.x.store(1, orders.store); },
                                          [=](Shared& s) {
                                            s.r[0] = s.x.load(orders.load);
                                            s.r[1] = s.x.load(orders.load);
                                          }),
                                      all_but({"10"}, 2));
  }
}

// Two readers agree in which order two threads stored.
TEST(Litmus, CoherenceOfTwoReaders) {
  Outcomes allowed;
  for (const std::string& outcome : all_but(kNone, 4, 3)) {
    const std::string first = outcome.substr(0, 2);
    const std::string second = outcome.substr(2, 2);
    const auto goes_back = [](const std::string& read) { return read[1] == '0' && read[0] != '0'; };
    const bool differ = (first == "12" && second == "21") || (first == "21" && second == "12");
    if (!goes_back(first) && !goes_back(second) && !differ) allowed.insert(outcome);
  }
  const auto reader = [](std::size_t to) {
    return [to](Shared& s) {
      s.r[to] = s.x.load(kRelaxed);
      s.r[to + 1] = s.x.load(kRelaxed);
    };
  };
  expect_outcomes(Litmus(
                      4, [](Shared& s) { s.x.store(1, kRelaxed); },
                      [](Shared& s) { s.x.store(2, kRelaxed); }, reader(0), reader(2)),
                  allowed);
}

// One's own store, or a later one; and never a store that comes behind.
TEST(Litmus, CoherenceOfAReadAndAWrite) {
  expect_outcomes_without_reduction(Litmus(
                                        1,
                                        [](Shared& s) {
                                          s.x.store(1, kRelaxed);
                                          s.r[0] = s.x.load(kRelaxed);
                                        },
                                        [](Shared& s) { s.x.store(2, kRelaxed); }),
                                    {"1", "2"});
  // The store of 1 comes behind the load, in the order of x, too: where 2 is read, 1 is last.
  auto program = Litmus(
      2,
      [](Shared& s) {
        s.r[0] = s.x.load(kRelaxed);
        s.x.store(1, kRelaxed);
      },
      [](Shared& s) { s.x.store(2, kRelaxed); });
  program.finally([](Shared& s) { s.r[1] = s.x.load(kRelaxed); });
  expect_outcomes_without_reduction(program, {"01", "02", "21"});
}

// What is read by a thread that this one has heard of since is the oldest that it may read.
TEST(Litmus, CoherenceAcrossThreads) {
  const auto program = [](Orders orders) {
    return Litmus(
        3, [](Shared& s) { s.x.store(1, kRelaxed); },
        [=](Shared& s) {
          s.r[0] = s.x.load(kRelaxed);
          s.y.store(1, orders.store);
        },
        [=](Shared& s) {
          s.r[1] = s.y.load(orders.load);
          s.r[2] = s.x.load(kRelaxed);
        });
  };
  expect_outcomes(program(kAllRelaxed), all_but(kNone, 3));
  expect_outcomes(program(kReleaseAcquire), all_but({"110"}, 3));
  expect_outcomes(program(kAllSequential), all_but({"110"}, 3));
}

// The modification order is the order of the stores, so of what C++20 allows x=1, y=1 does not happen.
TEST(Litmus, TwoTimesTwoWrites) {
  for (const Orders orders : {kAllRelaxed, kReleaseAcquire, kAllSequential}) {
    auto program = Litmus(
        2,
        [=](Shared& s) {
          s.x.store(1, orders.store);
          s.y.store(2, orders.store);
        },
        [=](Shared& s) {
          s.y.store(1, orders.store);
          s.x.store(2, orders.store);
        });
    program.finally([](Shared& s) {
      s.r[0] = s.x.load(kRelaxed);
      s.r[1] = s.y.load(kRelaxed);
    });
    expect_outcomes_without_reduction(program, {"12", "21", "22"});
  }
}

// A read behind a write of another object: R of the literature.
TEST(Litmus, AWriteAndAReadOfAnotherObject) {
  const auto program = [](Orders orders) {
    auto result = Litmus(
        2,
        [=](Shared& s) {
          s.x.store(1, orders.store);
          s.y.store(1, orders.store);
        },
        [=](Shared& s) {
          s.y.store(2, orders.store);
          s.r[0] = s.x.load(orders.load);
        });
    result.finally([](Shared& s) { s.r[1] = s.y.load(kRelaxed); });
    return result;
  };
  expect_outcomes_without_reduction(program(kAllRelaxed), {"01", "02", "11", "12"});
  expect_outcomes_without_reduction(program(kReleaseAcquire), {"01", "02", "11", "12"});
  expect_outcomes_without_reduction(program(kAllSequential), {"01", "11", "12"});
}

TEST(Litmus, ReadModifyWritesAreAtomic) {
  for (const std::memory_order order : {kRelaxed, kAcquireRelease, kSequential}) {
    const auto add = [order](std::size_t to) {
      return [=](Shared& s) { s.r[to] = s.x.fetch_add(1, order); };
    };
    auto added = Litmus(3, add(0), add(1));
    added.finally([](Shared& s) { s.r[2] = s.x.load(kRelaxed); });
    expect_outcomes_without_reduction(added, {"012", "102"});
    const auto take = [order](std::size_t to) {
      return [=](Shared& s) {
        int expected = 0;
        s.r[to] = s.x.compare_exchange_strong(expected, 1, order, kRelaxed) ? 1 : 0;
      };
    };
    expect_outcomes_without_reduction(Litmus(2, take(0), take(1)), {"01", "10"});
  }
}

// A compare-exchange that fails is a load, and as weak as one. It fails only by a value that is another one.
TEST(Litmus, AFailedCompareExchangeMayReadAnOlderStore) {
  const auto program = [](std::memory_order order) {
    return Litmus(
        2,
        [](Shared& s) {
          s.x.store(1, kRelaxed);
          s.y.store(1, kRelease);
        },
        [order](Shared& s) {
          s.r[0] = s.y.load(order);
          int expected = 3;
          s.x.compare_exchange_strong(expected, 2, kRelaxed);
          s.r[1] = expected;
        });
  };
  expect_outcomes_without_reduction(program(kRelaxed), all_but(kNone, 2));
  expect_outcomes_without_reduction(program(kAcquire), all_but({"10"}, 2));
  // It reads 1 and succeeds, or 0 and fails, the older one or the newest.
  expect_outcomes_without_reduction(Litmus(
                                        2, [](Shared& s) { s.x.store(1, kRelaxed); },
                                        [](Shared& s) {
                                          int expected = 1;
                                          s.r[0] =
                                              s.x.compare_exchange_strong(expected, 2, kRelaxed);
                                          s.r[1] = expected;
                                        }),
                                    {"00", "11"});
}

// A read-modify-write goes on with the release sequence whose store it read; another store, by whomever, ends it.
TEST(Litmus, ReleaseSequences) {
  const auto program = [](auto go_on) {
    return Litmus(
        1,
        [](Shared& s) {
          s.x.store(1, kRelaxed);
          s.y.store(1, kRelease);
        },
        [=](Shared& s) {
          if (s.y.load(kRelaxed) == 1) go_on(s.y);
        },
        [](Shared& s) { s.r[0] = s.y.load(kAcquire) == 2 ? s.x.load(kRelaxed) : 3; });
  };
  expect_outcomes(program([](std::atomic<int>& y) { y.fetch_add(1, kRelaxed); }), {"1", "3"});
  expect_outcomes(program([](std::atomic<int>& y) { y.store(2, kRelaxed); }), {"0", "1", "3"});
  // C++20 has no sequence of the thread's own stores.
  expect_outcomes_without_reduction(
      Litmus(
          1,
          [](Shared& s) {
            s.x.store(1, kRelaxed);
            s.y.store(1, kRelease);
            s.y.store(2, kRelaxed);
          },
          [](Shared& s) { s.r[0] = s.y.load(kAcquire) == 2 ? s.x.load(kRelaxed) : 3; }),
      {"0", "1", "3"});
}

// Write to read causality.
TEST(Litmus, WriteToReadCausality) {
  const auto program = [](Orders orders) {
    return Litmus(
        3, [=](Shared& s) { s.x.store(1, orders.store); },
        [=](Shared& s) {
          s.r[0] = s.x.load(orders.load);
          s.y.store(1, orders.store);
        },
        [=](Shared& s) {
          s.r[1] = s.y.load(orders.load);
          s.r[2] = s.x.load(orders.load);
        });
  };
  expect_outcomes(program(kAllRelaxed), all_but(kNone, 3));
  expect_outcomes(program(kReleaseAcquire), all_but({"110"}, 3));
  expect_outcomes(program(kAllSequential), all_but({"110"}, 3));
}

// A chain of three threads.
TEST(Litmus, AChainOfMessages) {
  const auto program = [](Orders orders) {
    return Litmus(
        3,
        [=](Shared& s) {
          s.x.store(1, kRelaxed);
          s.y.store(1, orders.store);
        },
        [=](Shared& s) {
          s.r[0] = s.y.load(orders.load);
          s.z.store(1, orders.store);
        },
        [=](Shared& s) {
          s.r[1] = s.z.load(orders.load);
          s.r[2] = s.x.load(kRelaxed);
        });
  };
  expect_outcomes(program(kAllRelaxed), all_but(kNone, 3));
  expect_outcomes(program(kReleaseAcquire), all_but({"110"}, 3));
  expect_outcomes(program(kAllSequential), all_but({"110"}, 3));
}

// Where memory is sequentially consistent none of it happens.
TEST(Litmus, SequentialMemoryHasTheOutcomesOfInterleavingsAlone) {
  ExploreOptions options = all_weak();
  options.memory = ExploreMemory::kSequential;
  EXPECT_EQ(store_buffering(kAllRelaxed, kNothingBetween).run(options), all_but({"00"}, 2));
  EXPECT_EQ(message_passing(storing(kRelaxed), loading(kRelaxed)).run(options), all_but({"10"}, 2));
  EXPECT_EQ(independent_reads(kAllRelaxed, kNothingBetween).run(options), all_but({"1010"}, 4));
}

}  // namespace
}  // namespace gridlock
