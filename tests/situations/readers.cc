// SPDX-License-Identifier: Apache-2.0
//
// Readers and writers.
#include "tests/situations/situations.h"

#include <shared_mutex>
#include <thread>

namespace gridlock::situations {
namespace {

// In kHang: until a writer waits for `lock`, which prefers writers. The caller must not hold it.
void until_writer_waits(Play& play, SharedLock& lock) {
  if (!play.hangs()) return;
  while (lock.try_lock_shared()) {
    lock.unlock_shared();
    Play::look_again();
  }
}
// The same for a caller that does.
void until_writer_waits_elsewhere(Play& play, SharedLock& lock) {
  if (play.hangs()) Thread{"looks", [&] { until_writer_waits(play, lock); }}.join();
}

// One reads m, then n; the other n, then m; and each has a writer.
void crossed_readers(Play& play, Prefer prefer, bool writers) {
  SharedLock m{"m", prefer};
  SharedLock n{"n", prefer};
  const auto read = [&](SharedLock& first, SharedLock& second) {
    const std::shared_lock hold{first};
    play.meet();
    until_writer_waits(play, second);
    const std::shared_lock more{second};
  };
  const auto write = [&](SharedLock& lock) {
    play.meet();
    if (writers) play.touch(lock);
  };
  play.run({[&] { write(m); }, [&] { write(n); }, [&] { read(m, n); }, [&] { read(n, m); }});
}

// A thread that reads m and reads it again, beside one that writes.
void read_again(Play& play, Prefer prefer, bool writer) {
  SharedLock m{"m", prefer};
  play.run({[&] {
              play.meet();
              if (writer) play.touch(m);
            },
            [&] {
              const std::shared_lock hold{m};
              play.meet();
              if (prefer == Prefer::kWriters) until_writer_waits_elsewhere(play, m);
              const std::shared_lock again{m};
            }});
}

// In the lucky run the writer comes when the reader has gone, or not at all.
void read_again_then_write(Play& play, bool writer) {
  SharedLock m{"m", Prefer::kWriters};
  play.run({[&] {
              const std::shared_lock hold{m};
              play.meet();
              until_writer_waits_elsewhere(play, m);
              const std::shared_lock again{m};
            },
            [&] {
              play.meet();
              if (writer) play.touch(m);
            }});
}

void read_again_gated(Play& play, bool writer_too) {
  SharedLock m{"m", Prefer::kWriters};
  Lock g{"g"};
  play.run({[&] {
              play.meet();
              if (writer_too) {
                play.take(g, m);
              } else {
                play.touch(m);
              }
            },
            [&] {
              const std::lock_guard gate{g};
              const std::shared_lock hold{m};
              play.meet();
              until_writer_waits_elsewhere(play, m);
              const std::shared_lock again{m};
            }});
}

// A cycle of readers over three locks; the last one writes, or not.
void ring_of_three(Play& play, bool last_writes) {
  SharedLock m{"m"};
  SharedLock n{"n"};
  SharedLock o{"o"};
  play.run({[&] { play.nest(Reading{m}, n); }, [&] { play.nest(Reading{n}, o); },
            [&] {
              if (last_writes) {
                play.nest(Reading{o}, m);
              } else {
                Reading again{m};
                play.nest(Reading{o}, again);
              }
            }});
}

void upgrades(Play& play, bool both, bool try_only) {
  SharedLock m{"m"};
  const auto body = [&](bool upgrade) {
    m.lock_shared();
    play.meet();
    bool exclusive = false;
    play.attempt([&] {
      if (!upgrade) return;
      if (try_only) {
        exclusive = m.try_upgrade();
      } else {
        m.upgrade();
        exclusive = true;
      }
    });
    if (exclusive) {
      m.unlock();
    } else {
      m.unlock_shared();
    }
  };
  play.run({[&] { body(both); }, [&] { body(true); }});
}

// Both as upgradeable readers.
void upgrades_in_turn(Play& play) {
  SharedLock m{"m"};
  const auto body = [&] {
    m.lock_upgradeable();
    m.upgrade();
    m.unlock();
  };
  play.run({body, body});
}

// One has a, reads m, as the upgradeable reader or any other, and upgrades; the other reads m and takes a.
void upgrade_under_lock(Play& play, bool upgradeable, bool wants_a) {
  SharedLock m{"m"};
  Lock a{"a"};
  play.run({[&] {
              const std::shared_lock hold{m};
              play.meet();
              if (wants_a) play.take(a);
            },
            [&] {
              const std::lock_guard hold{a};
              upgradeable ? m.lock_upgradeable() : m.lock_shared();
              play.meet();
              bool exclusive = false;
              play.attempt([&] {
                m.upgrade();
                exclusive = true;
              });
              if (exclusive) {
                m.unlock();
              } else {
                upgradeable ? m.unlock_upgradeable() : m.unlock_shared();
              }
            }});
}

void downgraded(Play& play, bool other_writes) {
  SharedLock m{"m"};
  Lock a{"a"};
  play.run({[&] {
              m.lock();
              m.downgrade();
              const std::shared_lock hold{m, std::adopt_lock};
              play.meet();
              play.take(a);
            },
            [&] {
              if (other_writes) {
                play.nest(a, m);
              } else {
                Reading reading{m};
                play.nest(a, reading);
              }
            }});
}

constexpr std::array kSituations = {
    Situation{"writer-waits-for-reader", "a m", "deadlock",
              [](Play& play) {
                SharedLock m{"m"};
                Lock a{"a"};
                play.run({[&] { play.nest(Reading{m}, a); }, [&] { play.nest(a, m); }});
              },
              [](Play& play) {
                SharedLock m{"m"};
                Lock a{"a"};
                Reading again{m};
                play.run({[&] { play.nest(Reading{m}, a); }, [&] { play.nest(a, again); }});
              }},
    Situation{"reader-waits-for-writer", "a m", "deadlock",
              [](Play& play) {
                SharedLock m{"m"};
                Lock a{"a"};
                Reading reading{m};
                play.run({[&] { play.nest(m, a); }, [&] { play.nest(a, reading); }});
              },
              [](Play& play) {
                SharedLock m{"m"};
                Lock a{"a"};
                Reading reading{m};
                play.run({[&] { play.nest(Reading{m}, a); }, [&] { play.nest(a, reading); }});
              }},
    Situation{"both-write-the-second", "m n", "deadlock",
              [](Play& play) {
                SharedLock m{"m"};
                SharedLock n{"n"};
                play.run({[&] { play.nest(Reading{m}, n); }, [&] { play.nest(Reading{n}, m); }});
              },
              [](Play& play) {
                SharedLock m{"m"};
                SharedLock n{"n"};
                Reading read_n{n};
                play.run(
                    {[&] { play.nest(Reading{m}, read_n); }, [&] { play.nest(Reading{n}, m); }});
              }},
    Situation{"ring-of-three", "m n o", "deadlock", [](Play& play) { ring_of_three(play, true); },
              [](Play& play) { ring_of_three(play, false); }},
    Situation{"crossed-readers-behind-writers", "m n", "deadlock",
              [](Play& play) { crossed_readers(play, Prefer::kWriters, true); },
              [](Play& play) { crossed_readers(play, Prefer::kWriters, false); }},
    Situation{"crossed-readers-who-go-first", "m n", "deadlock",
              [](Play& play) { crossed_readers(play, Prefer::kWriters, true); },
              [](Play& play) { crossed_readers(play, Prefer::kReaders, true); }},
    Situation{"read-again-behind-a-writer", "m", "deadlock",
              [](Play& play) { read_again(play, Prefer::kWriters, true); },
              [](Play& play) { read_again(play, Prefer::kWriters, false); }},
    Situation{"read-again-before-the-writer", "m", "deadlock",
              [](Play& play) { read_again_then_write(play, true); },
              [](Play& play) { read_again_then_write(play, false); }},
    Situation{"read-again-going-first", "m", "deadlock",
              [](Play& play) { read_again(play, Prefer::kWriters, true); },
              [](Play& play) { read_again(play, Prefer::kReaders, true); }},
    Situation{"read-again-the-writer-gated", "m", "deadlock",
              [](Play& play) { read_again_gated(play, false); },
              [](Play& play) { read_again_gated(play, true); }},
    Situation{"read-again-the-writer-is-over", "m", "deadlock",
              [](Play& play) { read_again(play, Prefer::kWriters, true); },
              [](Play& play) {
                SharedLock m{"m", Prefer::kWriters};
                Thread{"writer", [&] { play.take(m); }}.join();
                play.run({[&] {
                  Reading again{m};
                  play.take(again, again);
                }});
              }},
    Situation{"two-upgrade", "m", "deadlock", [](Play& play) { upgrades(play, true, false); },
              [](Play& play) { upgrades(play, false, false); }},
    Situation{"two-try-to-upgrade", "m", "deadlock",
              [](Play& play) { upgrades(play, true, false); },
              [](Play& play) { upgrades(play, true, true); }},
    Situation{"upgrade-under-a-lock", "a m", "deadlock",
              [](Play& play) { upgrade_under_lock(play, false, true); },
              [](Play& play) { upgrade_under_lock(play, false, false); }},
    Situation{"downgraded", "a m", "deadlock", [](Play& play) { downgraded(play, true); },
              [](Play& play) { downgraded(play, false); }},
    Situation{"two-upgrade-in-turn", "m", "deadlock",
              [](Play& play) { upgrades(play, true, false); }, upgrades_in_turn},
    Situation{"upgradeable-under-a-lock", "a m", "deadlock",
              [](Play& play) { upgrade_under_lock(play, true, true); },
              [](Play& play) { upgrade_under_lock(play, true, false); }},
    Situation{"read-then-written-by-one", nullptr, "self-deadlock",
              [](Play& play) {
                SharedLock m{"m"};
                play.run({[&] { play.nest(Reading{m}, m); }});
              },
              [](Play& play) {
                SharedLock m{"m"};
                play.run({[&] {
                  const std::shared_lock hold{m};
                  if (m.try_lock()) m.unlock();
                }});
              }},
};

}  // namespace

std::span<const Situation> readers() { return kSituations; }

}  // namespace gridlock::situations
