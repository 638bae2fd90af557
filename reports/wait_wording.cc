// SPDX-License-Identifier: Apache-2.0
//
// The words for what a thread waits for and for what it holds.
#include "reports/frames.h"
#include "reports/object_types.h"
#include "reports/wording.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace gridlock::internal::reports {
namespace {

struct Wait {
  std::string thing;          ///< "an item of mail (Q1)"
  std::string_view label;     ///< "waits for an item"
  std::string_view dead_end;  ///< "nobody puts into it any more"
};

Wait wait_for(std::string_view operation, std::string_view type, const std::string& what) {
  if (is_queue(type)) {
    if (operation == "put") {
      return {"room in " + what, "waits for room", "nobody takes from it any more"};
    }
    if (operation == "join") {
      return {"the last item of " + what + " to be done", "waits for the last item",
              "nobody completes it any more"};
    }
    return {"an item of " + what, "waits for an item", "nobody puts into it any more"};
  }
  if (is_execution(type) || operation == "join") {
    const bool joins = operation == "join" && type != "Program";
    return {"the end of " + what, joins ? "joins" : "waits for the end",
            "it does not end any more"};
  }
  if (is_semaphore(type)) {
    return {"a permit of " + what, "asks for a permit", "nobody releases one any more"};
  }
  if (type == "Pipe") {
    return operation == "read"
               ? Wait{"something to read from " + what, "reads", "nobody writes to it any more"}
               : Wait{"room in " + what, "writes", "nobody reads from it any more"};
  }
  if (type == "Condition") {
    return {"a notification of " + what, "waits", "nobody notifies it any more"};
  }
  if (type == "Event") return {what + " to be set", "waits", "nobody sets it any more"};
  if (type == "Future") {
    return {"the value of " + what, "waits for the value", "nobody sets it any more"};
  }
  if (type == "Barrier") {
    return {"the others at " + what, "waits for the others", "too few are left to arrive"};
  }
  if (type == "Latch")
    return {"all counts of " + what, "waits", "too few are left to count it down"};
  if (type == "Address") {
    return {"a change of the value at " + what, "waits for a change", "nobody changes it any more"};
  }
  if (type == "Atomic") {
    return {"a change of " + what, "waits for a change", "nobody changes it any more"};
  }
  if (type == "OnceFlag") {
    return {what + " to have run", "waits until it has run", "nobody completes it any more"};
  }
  if (!is_lock(type)) return {what, "waits", "nobody lets it go on any more"};
  constexpr std::string_view kKept = "nobody releases it any more";
  if (type == "SharedLock" && operation == "lock") {
    return {what + " for writing", "asks to write", kKept};
  }
  if (operation == "lock_shared") return {what + " for reading", "asks to read", kKept};
  if (operation == "upgrade") {
    return {what + " to be free of other readers", "asks to upgrade", "a reader never leaves"};
  }
  return {what, "waits", kKept};
}

Wait wait_for(const WantedObject& wanted, const Names& names) {
  return wait_for(wanted.operation, names.type(wanted.object), names.of(wanted.object));
}

}  // namespace

std::string wanted_text(const ThreadInfo& thread, const Names& names) {
  if (!thread.wants) return "nothing";
  const std::string text = wait_for(*thread.wants, names).thing;
  return thread.wants->timed ? text + ", with a timeout" : text;
}

std::string wait_label(const WantedObject& wanted, const Names& names, std::size_t letters) {
  std::string how(wait_for(wanted, names).label);
  const Frame* const site = site_of(wanted.stack);
  if (site == nullptr) return how;
  // Where it waits says more than what exactly it waits for.
  const std::string place = " at " + short_place_text(*site);
  return how.size() + place.size() <= letters ? how + place : "waits" + place;
}

std::string dead_end_text(const WantedObject& wanted, const Names& names) {
  return std::string(wait_for(wanted, names).dead_end);
}

std::string holder_label(const HeldObject& held, std::string_view type) {
  if (held.mode == "permit") {
    return counted(static_cast<std::size_t>(std::max(held.count, 0)), "permit") + " held by";
  }
  if (type == "OnceFlag") return "being run by";
  return held.mode == "shared" || held.mode == "upgrade" ? "held for reading by" : "held by";
}

std::string held_text(const ThreadInfo& thread, const Names& names) {
  std::vector<std::string> parts;
  for (const HeldObject& held : thread.held) {
    std::string part = names.of(held.object);
    if (held.mode == "permit") {
      part = counted(static_cast<std::size_t>(std::max(held.count, 0)), "permit") + " of " + part;
    } else if (held.mode == "shared") {
      part += " for reading";
    } else if (held.mode == "upgrade") {
      part += " for reading, to be upgraded";
    }
    if (held.mode != "permit" && held.count > 1) {
      part += " " + std::to_string(held.count) + " times";
    }
    parts.push_back(std::move(part));
    if (parts.size() == kMaxItems && thread.held.size() > kMaxItems) {
      parts.push_back(std::to_string(thread.held.size() - kMaxItems) + " more");
      break;
    }
  }
  return parts.empty() ? "nothing" : joined(parts, ", ");
}

}  // namespace gridlock::internal::reports
