#!/usr/bin/env python3
# shown.py -- what people see besides their program's output: listings, plans, counters, the command
# line, the prompt.
#
#   python3 tests/shown.py [--only NAME] [--write]
#
# Each case is a function that returns "" or what was wrong.  Listings and plans of the lecture's
# stencil are compared with tests/shown/ to the letter; --write makes those files anew, to be read
# before they are kept.

import argparse
import os
import re
import sys

import jobs
import oracle

SHOWN = os.path.join(oracle.ROOT, "tests", "shown")
LISTINGS = {
    "stencil.ops": ["ops", "samples/stencil.cnx"],
    "stencil.plan2": ["explain", "samples/stencil.cnx", "-p", "2"],
    "stencil.plan4": ["explain", "-p", "4", "samples/stencil.cnx"],
}


def run(arguments, ranks=1, stdin="", folder=oracle.ROOT):
    """(status, standard output, standard error) of one cnx."""
    status, out, err = jobs.job_run(ranks, arguments, stdin=stdin, cwd=folder)
    return status, out, err


def first_difference(got, want):
    for number, (a, b) in enumerate(zip(got.splitlines() + ["(end)"], want.splitlines() + ["(end)"]), 1):
        if a != b:
            return "line %d is %r, not %r" % (number, a, b)
    return ""


def case_listings(write=False):
    """Listings and plans to the letter."""
    for name, arguments in LISTINGS.items():
        status, out, err = run(arguments)
        path = os.path.join(SHOWN, name)
        if write:
            with open(path, "w", encoding="utf-8") as file:
                file.write(out)
        with open(path, encoding="utf-8") as file:
            wrong = first_difference(out, file.read())
        if status or err or wrong:
            return "%s: %s" % (name, wrong or "status %d: %s" % (status, err))
    return ""


def case_lecture(write=False):
    """The lecture's facts are in the plan: the parts of v[1:-1], one element to each neighbour a turn,
    three tasks from four statements."""
    for shards in (2, 4, 5):
        status, out, _ = run(["explain", "samples/stencil.cnx", "-p", str(shards)])
        borders = [1000 * k // shards for k in range(1, shards)]
        cuts = [1] + borders + [999]
        parts = " ".join("v[%d:%d]" % pair for pair in zip(cuts, cuts[1:]))
        turn = out.partition("line 15, turn 2")[2].partition("\n\n")[0]
        wanted = ["  shard %d -> %d  v[%d:%d]  1 element\n" % move for k, at in enumerate(borders)
                  for move in ((k, k + 1, at - 1, at), (k + 1, k, at, at + 1))]
        if status or "center  v[1:-1]            %d tiles  %s\n" % (shards, parts) not in out:
            return "%d shards: no row of center with %s" % (shards, parts)
        if sorted(line + "\n" for line in turn.splitlines() if "shard " in line) != sorted(wanted):
            return "%d shards: other messages a turn:\n%s" % (shards, turn)
        if turn.count("  #") != 3 or "t3 forwarded" not in turn:
            return "%d shards: not three tasks a turn:\n%s" % (shards, turn)
        total = "  %d messages in all, %d bytes a turn" % (len(wanted), 8 * len(wanted))
        if total not in turn:
            return "%d shards: %r is not in\n%s" % (shards, total, turn)
    return ""


BYTES = r"[\d.]+ (?:bytes|[KMGT]iB)"
STATS = [
    ("statements", r"\d+", r"\d+ windows planned, none replayed"),
    ("tasks / kernels", r"\d+ / \d+", r"[\d.]+ statements a kernel; \d+ tasks were cut into tiles"),
    ("moved", BYTES, r"(?P<cell>[\d.]+) bytes a cell and turn of (?P<turns>\d+); " + BYTES + " copied together"),
    ("sent", BYTES, r"(?P<messages>\d+) messages; (?P<reductions>\d+) reductions and \d+ other collective calls"),
    ("memory now / peak", r"[\d.]+ / " + BYTES, r"\d+ allocations, in the loop none after turn (?P<last>\d+)"),
    ("seconds", r"\d+\.\d{3}", r"kernels \d+\.\d{3}, waiting \d+\.\d{3}, planning \d+\.\d{3}"),
]


def stats_match(err, ranks):
    """The match of --stats' table of a program with a loop, or None."""
    pattern = " +" + " +".join("rank %d" % r for r in range(ranks)) + " *\n"
    for name, column, note in STATS:
        pattern += name + "(?: +" + column + "){%d} +" % ranks + note + "\n"
    return re.fullmatch(pattern, err)


def case_stats(write=False):
    """The counters' table, one column a rank; what it says of the stencil's loop."""
    for ranks in (1, 2, 3):
        status, _, err = run(["run", "--stats", "--whole-below", "0", "samples/stencil.cnx"], ranks)
        found = stats_match(err, ranks)
        if status or not found:
            return "%d ranks, status %d: another table:\n%s" % (ranks, status, err)
        # three tasks a turn, each with two or three operands of eight bytes
        if found["turns"] != "100" or not 60 < float(found["cell"]) < 66 or int(found["last"]) > 50:
            return "%d ranks: it is no loop of 100 turns with 64 bytes a cell:\n%s" % (ranks, err)
        if int(found["messages"]) < 2 * (ranks - 1) * 100 or (int(found["reductions"]) == 0) != (ranks == 1):
            return "%d ranks: other messages:\n%s" % (ranks, err)
    status, _, err = run(["--stats", "-c", "x = 1"])
    if status or not re.search(r"\nstatements +0 ", err) or "bytes a cell" in err:
        return "a program without arrays: " + err
    return ""


def main():
    parser = argparse.ArgumentParser(usage="shown.py [options]", description="see the file's head")
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    cases = [(name[5:], f) for name, f in globals().items() if name.startswith("case_") and options.only in name]
    failed = 0
    for name, case in cases:
        wrong = case(write=options.write)
        failed += bool(wrong)
        if wrong:
            print("shown: %s: %s" % (name, wrong))
    print("shown: %d passed, %d failed" % (len(cases) - failed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
