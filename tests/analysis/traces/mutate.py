#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes the rules of the analysis out one at a time and plays the traces over the real primitives: each has to be missed by a row.

  mutate.py [--source DIR] [--build DIR] [--rows FILTER] [NAME...]
  mutate.py --check [--source DIR]     only looks whether each rule's text is still there

Changes the sources in place, builds traces_test, runs it, and puts the sources back; so it wants a tree of its own. Prints
a table in Markdown; exit code 1 if a rule can go without any row noticing, 2 if a rule's text is no longer there.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

COMPATIBILITY = "harness/analysis/compatibility.cc"
FEASIBILITY = "harness/analysis/feasibility.cc"
WRITERS = "harness/analysis/waiting_writers.cc"
GIVERS = "harness/analysis/kept_back_givers.cc"
HOLDERS = "harness/analysis/permit_holders.cc"
NODES = "harness/analysis/order_nodes.h"
SEARCH = "harness/analysis/cycle_search.cc"
GRAPH = "harness/analysis/lock_order_graph.cc"
SEGMENTS = "harness/analysis/segments.cc"
PREDICTION = "harness/analysis/prediction.cc"
EDGES = "harness/analysis/request_edges.cc"
THREADS = "harness/analysis/live_threads.cc"
PERMITS = "harness/analysis/permit_releases.cc"
STATES = "harness/analysis/channel_states.h"
CHANNELS = "harness/analysis/signal_channels.cc"
ORDERS = "harness/analysis/signal_orders.cc"
FOLLOWED = "harness/analysis/followed_waits.cc"
FOLLOWED_HEADER = "harness/analysis/followed_waits.h"
CONDITIONS = "harness/analysis/conditions.cc"
ROUNDS = "harness/analysis/condition_rounds.cc"
HOLDS = "harness/analysis/holds_across_signals.cc"
BARRIERS = "harness/analysis/barrier_orders.cc"
ONCE = "harness/analysis/once_orders.cc"
PUBLICATION = "harness/analysis/publication.h"
WAITS = "harness/analysis/wait_for_graph.cc"
PIECES = 8

# name -> changes: file, what is there, what comes in its place.
MUTATIONS = {
    "one thread": [(FEASIBILITY, "if (same) return rejection_.blame(InfeasibleReason::kOneThread, 0);", "(void)same;")],
    "gate": [(FEASIBILITY, "if (!met || !nodes.keeps_out(node)) continue;", "if (node != 0 || met) continue;"),
             (COMPATIBILITY, "node == other && !both_read && nodes.keeps_out(node)", "node == other && node == 0 && both_read")],
    "gate: unless both hold it for reading": [
        (FEASIBILITY, "(steps_->shared_holders(node) != 0 && !is_shared(held[i]))", "steps_->shared_holders(node) != 0"),
        (COMPATIBILITY, "const bool both_read = is_shared(in_a[a]) && is_shared(in_b[b]);", "const bool both_read = false;")],
    "gate: held for another": [
        (COMPATIBILITY, "if (outer_gates_ == nullptr) return true;", "if (outer_gates_ != nullptr) return true;")],
    "gate: held for another, until the wait": [
        (HOLDS, "      if (!ends.ordered) continue;\n", "")],
    "gate: held for another, judged again at the release": [
        (PREDICTION, "if (holds_.releases(thread_node, object)) edges_.reconsider(object);", "holds_.releases(thread_node, object);")],
    "gate: unless it is inactive": [
        (NODES, "kind(node) != NodeKind::kClass && !traits_[node].inactive", "kind(node) != NodeKind::kClass")],
    "ordered, all of it": [(COMPATIBILITY, "return !order.ordered ||\n         rejection_->blame(InfeasibleReason::kOrdered, order.through, order.causes);",
                            "(void)order; return true;")],
    "ordered by the start of a thread": [(PREDICTION, "child.segment = segments_.add(0, parent.segment);",
                                          "child.segment = segments_.add(0, 0);")],
    "ordered by the join of a thread": [(PREDICTION, "thread_node.segment = segments_.add(thread_node.segment, last);",
                                         "thread_node.segment = segments_.add(thread_node.segment, last * 0);")],
    "ordered, through signals": [(ORDERS, "  if (before == 0 || via == 0) return;", "  if (before == 0 || via != 0) return;")],
    "ordered, through a barrier": [(BARRIERS, "if (generation.number == party->arrivals)",
                                    "if (false && generation.number == party->arrivals)")],
    "ordered, through a once flag": [(ONCE, "if (body.end != 0) thread_node.segment", "if (false && body.end != 0) thread_node.segment")],
    "a once flag orders its body only": [(SEGMENTS, "  segment.via |= kApart;\n", "")],
    "a once body is after what its runner has heard": [(ONCE, "  body.via = hub != 0 ? edges_->add_alias(flag) : 0;\n  body.heard",
                                                        "  body.via = 0;\n  body.heard")],
    "or: and whoever else might have run it": [(ONCE, "if (!has_heard_the_same(body, thread_node.segment)) hear_less", "if (false) hear_less")],
    "readers only": [(COMPATIBILITY, "if (!nodes.prefers_writers(node)) return rejection_->blame(InfeasibleReason::kReadersOnly, node);", "")],
    "no writer": [(COMPATIBILITY, "return nodes.first_writer(node) != 0 || rejection_->blame(InfeasibleReason::kNoWriter, node);",
                   "return true;"),
                  (WRITERS, "if (count == 0) return true;", "if (count < 100000) return true;")],
    "no writer: the writer itself has to be possible": [
        (WRITERS, "if (!compatibility_->compatible((*steps_)[i].context, context)) return false;", "(void)i;")],
    "unpublished": [(COMPATIBILITY, "if (context.unpublished) return rejection_->blame(InfeasibleReason::kUnpublished, from);", "(void)context;")],
    "not a lock": [(COMPATIBILITY, "if (!nodes.is_active(from)) return rejection_->blame(InfeasibleReason::kInactive, from);", "(void)nodes;"),
                   (COMPATIBILITY, "return nodes.is_active(to) || rejection_->blame(InfeasibleReason::kInactive, to);", "(void)to; return true;")],
    "which signal is waited for": [(COMPATIBILITY, "return before || rejection_->blame(InfeasibleReason::kOrdered, node);",
                                    "(void)before; return true;")],
    "judging again when a reason goes": [(SEARCH, "  u32 left = reconsider_steps_;",
                                          "u32 left = reconsider_steps_;\n  if (left != 0) return;")],
    "a second signaller takes the order back": [(CHANNELS, "    parts_.orders->no_longer_orders(source.node);\n    parts_.orders->distrust(source.later);\n", "")],
    "or: every giver has to be kept back": [(GIVERS, "      all = is_kept_back(giver, length);\n", "")],
    "or: before its first signal": [
        (FOLLOWED, "asked = giver.newest;", "asked = asked_->newest_by(giver.thread);"),
        (FOLLOWED, "    if (giver.told) continue;\n", ""),
        (STATES, "(known == kSeveralSignal && thread_node.signals_known", "(known == kSeveralSignal && thread_node.thread == 0 && thread_node.signals_known"),
        (CHANNELS, "  if (known && !parts_.states->is_followed(signal)) return;",
         "  if (known && source.waited_for) parts_.waits->tell_givers(source);\n  if (known && !parts_.states->is_followed(signal)) return;")],
    "or: a wait for the first signal": [(CHANNELS, "const u32 most = parts_.states->is_sole(signal) ? kMaxMarks : 1;", "const u32 most = kMaxMarks;"),
                                        (GIVERS, "bool all = (*steps_)[i].context.to_epoch == 1;", "bool all = true;")],
    "or: a giver that waits itself": [(GIVERS, "      return (*steps_)[i].to == node && step.segment == context.segment;",
                                       "      return true;")],
    "the end of a queue is a signal": [(CHANNELS, "give(thread_node, signal, false);", "{}")],
    "who saw the end does not wait again": [(CHANNELS, "  thread_node.receipts_known[ChannelStates::index_of(signal) % 8] = ChannelStates::index_of(signal);\n  if (source->end", "  if (source->end")],
    "what a joined thread asked makes room": [(THREADS, "if (lives(context.thread)) return false;", "if (context.thread != 0) return false;")],
    "receipts are counted": [(CHANNELS, "  count_receipt(thread_node, signal);\n", "")],
    "receipts that need no signal": [(CHANNELS, "return number > signal.free ? number - signal.free : 0;", "return number;")],
    "a signal that is not given yet": [(FOLLOWED, "(count == 0 || marks[count - 1] < (*asked_)[newest].context.segment)", "count == 0")],
    "a task that is done before the next is taken": [(FOLLOWED, "if (!has_done_all(", "if (true || !has_done_all(")],
    "an item that came too late": [(CHANNELS, "      source->closer == 0 || comes_after_end(", "      source->closer != 0 || comes_after_end(")],
    "who waits may be waited for": [(FOLLOWED, "if (known == nullptr || depth_ == kDeepest) return;",
                                     "if (known == nullptr || depth_ != kDeepest) return;")],
    "a thread's requests are what a join waits for": [(PREDICTION, "  waits_.follow_thread(number, node);\n", "")],
    "a join of a join": [(FOLLOWED, "if (const u32* const thread = thread_of_node_.find(node)) return follow_thread(*thread, node);",
                          "")],
    "more threads than parties": [(BARRIERS, "barrier->threads > parties", "(parties == 0 && barrier->threads > parties)")],
    "a permit that others release": [(PERMITS, "edges_->graph().set_active(node, by_holder);", "edges_->graph().set_active(node, true);")],
    "a permit nobody has released": [(PERMITS, "  edges_->graph().set_active(node, false);\n", "")],
    "gate: as many as there are permits": [
        (FEASIBILITY, "if (nodes.is_permits(node) && exclusive + same <= nodes.permits(node)) continue;", ""),
        (COMPATIBILITY, "nodes.is_permits(node) &&", "node == 0 &&")],
    "gate: no more than there are permits": [
        (FEASIBILITY, "nodes.is_permits(node) && exclusive + same <= nodes.permits(node)", "nodes.is_permits(node)"),
        (HOLDERS, "    if (taken(length, node) + store_->permits_held(held_set, node) > store_->nodes().permits(node))",
         "    if (taken(length, node) == 100000)")],
    "a permit: all of them are kept": [(HOLDERS, "if (!kept) return rejection_->blame(InfeasibleReason::kPermitsLeft, node);", "(void)kept;")],
    "a permit: by others than the steps": [(HOLDERS, "  if (already == permits) return true;\n", "  return already == permits;\n")],
    "a permit: by who waits himself": [(HOLDERS, "all = is_kept_waiting(holders_[i], length);", "all = length != 0;")],
    "a permit: what a keeper lacked comes": [(GRAPH, "if (store_.nodes().is_permits(from)) reconsider(from, on_cycle, argument);", "")],
    "a permit more is a request": [(EDGES, "if (again && (permits == 0 || node != permits)) continue;", "if (again) continue;")],
    "a permit: how many are held": [(EDGES, "for (u32 j = permits != 0 ? held.permits : 1;", "for (u32 j = 1;")],
    "published by a release": [(PUBLICATION, "return made.thread == thread && made.epoch == epoch;", "(void)epoch; return made.thread == thread;")],
    "a test that is true at once is a wait": [(CONDITIONS, "  if (signal.number == 0) source->true_at_first = true;", "  source->true_at_first = true;")],
    "or: not one that begins true": [(CONDITIONS, "  if (signal.number == 0) source->true_at_first = true;", "")],
    "or: not when somebody who came before made it true": [(CONDITIONS, "++looked_at > kMaxRequests ||", "++looked_at > kMaxRequests && !")],
    "or: the first notification after that": [(ROUNDS, "    if (rounds_[id].requests >= request) return rounds_[id].number;", "    if (rounds_[id].next == 0 && request != 0) return rounds_[id].number;")],
    "or: the lock is asked for again": [(CONDITIONS, "  if (request.count != 0) parts_.edges->add_held(request, lock.object, lock.node, context);\n", "")],
    "a notification that is over is remembered": [(FOLLOWED, "  while (source.told_round != source.last_round) {", "  if (source.told_round == 0 && source.last_round != 0) source.told_round = source.last_round;\n  while (source.told_round != source.last_round) {")],
    "an event that is cleared needs the next set": [(CHANNELS, "return receipts(thread_node, signal) / 2 + 1;", "return 1;")],
    "all signals that there were": [(CHANNELS, "if (!parts_.states->is_followed(signal)) return false;", "if (thread_node.thread != 0) return false;")],
    "or: until there is one more": [(ORDERS, "    if (!order.ordered) {\n      distrust", "    if (false) {\n      distrust")],
    "or: unless that comes after the receipt": [(ORDERS, "    if (!order.ordered) {\n      distrust", "    if (after != 0) {\n      distrust")],
    "a join of a queue needs each task": [(CHANNELS, "return items == 0 ? 1 : items;", "return items == 0 ? 1 : 1;")],
    "the end of a queue orders": [(CHANNELS, "if (source->end != 0 && source->closer", "if (false && source->closer")],
    "or: until a second one closes it": [(CHANNELS, "    parts_.orders->distrust(source->end);\n", "")],
    "or: unless that one comes after the end": [(CHANNELS, "  if (comes_after_end(thread_node.thread, before, *source)) return;\n", "")],
    "to close a queue may be in the place of an item": [(CHANNELS, "  } else if (signallers_.find(key) == nullptr &&\n             !add_signaller(", "  } else if (false && !add_signaller("),
                                                        (CHANNELS, "if (parts_.states->is_followed(signal) && !parts_.orders->comes_after_all(before, *source))", "if (false)")],
    "a lock that is held across a signal": [(HOLDS, "if (hold.released != 0 && comes_after_hold(thread_node, hold, mode, &through))",
                                               "if (false && comes_after_hold(thread_node, hold, mode, &through))")],
    "or: for reading only readers pass": [(HOLDS, "if (hold.mode == Mode::kShared && mode == Mode::kShared) return false;", "(void)mode;")],
    "or: as long as the signal orders": [(HOLDS, "segments_->add(thread_node.segment, hold.released, through)", "segments_->add(thread_node.segment, hold.released)")],
    "a second signaller that comes after the first": [(CHANNELS, "const u32 firm = may_be_firm ? parts_.orders->marks_before(thread_node.segment, source) : 0;", "const u32 firm = may_be_firm && source.signals == 0 ? 1 : 0;")],
    "happening: a cycle": [(WAITS, "HangVerdict verdict{Standstill::kCycle, cycle_from(snapshot, self)};",
                            "HangVerdict verdict{Standstill::kCycle, 0};")],
    "happening: starvation": [(WAITS, "if (!snapshot.waiters[first].stuck) return {Standstill::kNone, 0};",
                               "if (first != kNobody) return {Standstill::kNone, 0};")],
    "happening: a reader waits behind a writer": [(WAITS, "return !other.is_waiter && other.waits_to_write;", "return false;")],
    "happening: who upgrades does not wait for himself": [(WAITS, "return other.holds && !other.is_waiter;",
                                                           "return other.holds;")],
    "happening: a writer waits for readers": [(WAITS, "      return other.holds;\n", "      return false;\n")],
    "happening: a permit of one holder is his": [(WAITS, "if (length >= 2) return", "if (length >= 2000) return")],
    "happening: somebody who runs could release": [(WAITS, "      return running;\n", "      (void)running;\n      return false;\n")],
}


def builds(source, build):
    built = subprocess.run(["cmake", "--build", build, "--target", "traces_test"], cwd=source, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, check=False)
    if built.returncode != 0:
        print(built.stdout[-2000:], file=sys.stderr)
    return built.returncode == 0


def run(source, build, rows):
    """The rows that failed, or None if it does not compile."""
    if not builds(source, build):
        return None
    # In pieces, because each mostly waits for its children.
    pieces = [subprocess.Popen([f"{build}/tests/analysis/traces_test", f"--gtest_filter={rows}-*CanHang*"], cwd=source, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=os.environ | {"GTEST_TOTAL_SHARDS": str(PIECES), "GTEST_SHARD_INDEX": str(index)})
              for index in range(PIECES)]
    failed = {}
    for piece in pieces:
        output = piece.communicate()[0]
        if piece.returncode not in (0, 1):
            failed.setdefault(f"crash {piece.returncode}", {"crash"})
        for check, row in re.findall(r"^\[  FAILED  \] Table/Traces\.(\w+)/(\w+),", output, re.M):
            failed.setdefault(row, set()).add(check)
    return failed


def check(source):
    gone = [f"{name}: {file} no longer has: {old}" for name, changes in MUTATIONS.items() for file, old, _ in changes
            if old not in (source / file).read_text()]
    print("\n".join(gone) or f"{len(MUTATIONS)} rules: as they stand in the sources")
    return 2 if gone else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--source", type=pathlib.Path, default=pathlib.Path.cwd())
    parser.add_argument("--build", default="build/dev")
    parser.add_argument("--rows", default="*", help="only these, as a filter of GoogleTest: *queues*")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if arguments.check:
        return check(arguments.source)
    if not builds(arguments.source, arguments.build):  # else each rule would "not compile"
        print(f"mutate.py: {arguments.build}: traces_test cannot be built as it stands", file=sys.stderr)
        return 2
    print("| taken out | rows that fail | predicted or explained | happening | every schedule | one of them |")
    print("|---|---|---|---|---|---|")
    unnoticed = 0
    for name, changes in MUTATIONS.items():
        if arguments.names and name not in arguments.names:
            continue
        before = {}
        for file, old, new in changes:
            path = arguments.source / file
            text = path.read_text()
            before.setdefault(path, text)
            if text.count(old) == 0:
                for kept, original in before.items():
                    kept.write_text(original)
                print(f"mutate.py: {name}: {file} no longer has: {old}", file=sys.stderr)
                return 2
            path.write_text(text.replace(old, new))
        try:
            failed = run(arguments.source, arguments.build, arguments.rows)
        finally:
            for path, text in before.items():
                path.write_text(text)
        if failed is None:
            print(f"| {name} | does not compile | | | | |", flush=True)
            unnoticed += 1
            continue
        unnoticed += 0 if failed else 1
        columns = [sum(check in checks for checks in failed.values())
                   for check in ("IsPredictedAndTheTwinIsNot", "IsFoundWhenItHappens", "TheTwinIsSilentInEverySchedule")]
        print(f"| {name} | {len(failed)} | " + " | ".join(map(str, columns)) + f" | {min(failed, default='-')} |", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
