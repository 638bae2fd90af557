// SPDX-License-Identifier: Apache-2.0
//
// Something that is made on first use, by the first thread that needs it: double-checked locking and the
// singleton (Meyers and Alexandrescu, "C++ and the perils of double-checked locking", 2004).
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <atomic>

namespace {

constexpr int kPort = 8080;

struct Settings {
  int port = kPort;
};

void check(const Settings& settings) {
  gridlock::assert_that(settings.port == kPort, "who gets the settings gets them complete");
}

// One thread after the other; nothing orders them but what `get` does itself.
template <typename Get>
void first_and_second(Get get) {
  gridlock::Turns turns;
  gridlock::Thread first{"first", [&] {
                           check(get());
                           turns.done();
                         }};
  gridlock::Thread second{"second", [&] {
                            turns.wait_for(1);
                            check(get());
                          }};
}

// Both at once, so that either may be the first.
template <typename Get>
void both_at_once(Get get) {
  gridlock::Rendezvous start{2};
  const auto work = [&] {
    start.meet();
    check(get());
  };
  gridlock::Thread first{"first", work};
  gridlock::Thread second{"second", work};
}

// The place for the object, so that nobody has to delete it.
struct Place {
  Settings settings{.port = 0};
  Settings* make() {
    settings.port = kPort;
    return &settings;
  }
};

}  // namespace

GRIDLOCK_SCENARIO(
    double_checked_plain,
    {.name = "double-checked/plain-pointer",
     .summary = "The first look at a pointer is without the lock, and the pointer is plain",
     .story =
         "The settings are read on first use. To take the lock at every use seems too dear, so the "
         "function looks first without it: is the pointer set? Only if not, it takes the lock, "
         "looks again, and makes the settings.\n\n"
         "The second look is right. The first one is not: it reads a plain pointer that another "
         "thread may be writing. And even who sees the new pointer need not see what it points to: "
         "nothing makes the settings' contents visible before the pointer.\n\n"
         "In the report, one side of the first race holds the lock and the other holds nothing. A "
         "lock helps only if both take it.",
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "double-checked/atomic-pointer"}) {
  gridlock::Lock lock{"settings lock"};
  Place place;
  Settings* settings = nullptr;
  first_and_second([&]() -> const Settings& {
    if (settings == nullptr) {  // wrong: looks without the lock
      const gridlock::Guard guard{lock};
      if (settings == nullptr) settings = place.make();
    }
    return *settings;
  });
}

GRIDLOCK_SCENARIO(
    double_checked_atomic,
    {.name = "double-checked/atomic-pointer",
     .summary = "The pointer is atomic: stored with release, loaded with acquire",
     .story = "The same two looks, but the pointer is a std::atomic. The store is a release: all "
              "that was written before it comes along. The load is an acquire: whoever sees the "
              "pointer sees the settings complete. The look without the lock is now allowed, and "
              "costs nearly nothing.",
     .expect = gridlock::clean(),
     .twin = "double-checked/plain-pointer"}) {
  gridlock::Lock lock{"settings lock"};
  Place place;
  std::atomic<Settings*> settings = nullptr;
  both_at_once([&]() -> const Settings& {
    Settings* seen = settings.load(std::memory_order_acquire);
    if (seen == nullptr) {
      const gridlock::Guard guard{lock};
      seen = settings.load(std::memory_order_relaxed);
      if (seen == nullptr) {
        seen = place.make();
        settings.store(seen, std::memory_order_release);
      }
    }
    return *seen;
  });
}

GRIDLOCK_SCENARIO(
    double_checked_call_once,
    {.name = "double-checked/call-once",
     .summary = "call_once does both looks, and does them right",
     .story = "A OnceFlag is double-checked locking ready made: the first one makes the settings, "
              "who comes meanwhile waits, and who comes later passes with one look. There is no "
              "pointer to get wrong.",
     .expect = gridlock::clean(),
     .twin = "double-checked/plain-pointer"}) {
  gridlock::OnceFlag made{"settings made"};
  Place place;
  both_at_once([&]() -> const Settings& {
    gridlock::call_once(made, [&] { place.make(); });
    return place.settings;
  });
}

namespace {

// The classic, as it stands in many books.
class LazySingleton {
 public:
  static LazySingleton& instance() {
    static Place place;
    if (current == nullptr) {  // wrong: two may see this at once
      place.make();
      current = &only;
      current->settings_ = &place.settings;
    }
    return *current;
  }
  [[nodiscard]] const Settings& settings() const { return *settings_; }

 private:
  const Settings* settings_ = nullptr;
  static LazySingleton* current;
  static LazySingleton only;
};
LazySingleton* LazySingleton::current = nullptr;
LazySingleton LazySingleton::only;

class LocalSingleton {
 public:
  static LocalSingleton& instance() {
    static LocalSingleton only;
    return only;
  }
  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  LocalSingleton() { settings_.port = kPort; }
  Settings settings_{.port = 0};
};

class OnceSingleton {
 public:
  static OnceSingleton& instance() {
    gridlock::call_once(made, [] { only.settings_.port = kPort; });
    return only;
  }
  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  Settings settings_{.port = 0};
  static gridlock::OnceFlag made;
  static OnceSingleton only;
};
gridlock::OnceFlag OnceSingleton::made;
OnceSingleton OnceSingleton::only;

}  // namespace

GRIDLOCK_SCENARIO(
    singleton_lazy,
    {.name = "singleton/lazy",
     .summary = "instance() looks at a static pointer and makes the object if there is none",
     .story =
         "There shall be one object of this class, made by whoever asks first. instance() looks at "
         "a static pointer and makes the object if it is null. With one thread that is right, and "
         "the function does not show that it is ever called from two.\n\n"
         "Two threads that ask at once may both see null, and make it twice; or one gets an object "
         "that the other has not filled in yet.\n\n"
         "In the report, both stacks go through instance(): the write where it makes the object, "
         "and the read in the if.",
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "singleton/function-local"}) {
  first_and_second([]() -> const Settings& { return LazySingleton::instance().settings(); });
}

GRIDLOCK_SCENARIO(
    singleton_local,
    {.name = "singleton/function-local",
     .summary = "A static variable inside the function: the language makes it once",
     .story = "Since C++11 a static variable in a function is made by the first thread that comes "
              "there, and others wait until it is complete. It is the shortest form, and it is "
              "right. The compiler writes the double-checked locking.",
     .expect = gridlock::clean(),
     .twin = "singleton/lazy"}) {
  both_at_once([]() -> const Settings& { return LocalSingleton::instance().settings(); });
}

GRIDLOCK_SCENARIO(
    singleton_once,
    {.name = "singleton/once-flag",
     .summary = "A OnceFlag beside the object says whether it was made",
     .story = "Where the object must lie somewhere else (it is made from arguments, or can be made "
              "again in a test), a OnceFlag does what the static variable does. If the making "
              "throws, the next one who comes tries again.",
     .expect = gridlock::clean(),
     .twin = "singleton/lazy"}) {
  both_at_once([]() -> const Settings& { return OnceSingleton::instance().settings(); });
}
