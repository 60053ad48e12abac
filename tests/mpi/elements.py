#!/usr/bin/env python3
# elements.py -- loops over elements of tiled arrays send a bounded number of messages.
#
#   python3 tests/mpi/elements.py [--ranks 2,3]
#
# Each loop runs K turns for two values of K.  SAME: the longer run sends no message more.  MORE: it does, since a
# statement writes the array between reads or a copy of it does not fit (--slack): the check itself can fail.

import argparse
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import jobs  # noqa: E402

SHORT, LONG = 400, 1600
SAME, MORE = "no more messages", "more messages"

# name, expectation, options, program
LOOPS = [
    ("reads", SAME, [], "s = 0.0\nfor i in range(K):\n    s += a[i * 7]\nprint(s)\n"),
    ("reads that are printed", SAME, [], "for i in range(K):\n    print(a[i * 7])\n"),
    ("reads of a 2-D view", SAME, [], "m = a.reshape(100, 200).T\ns = 0.0\nfor i in range(K):\n    s += m[i % 200, i % 100]\nprint(s)\n"),
    ("writes", SAME, [], "for i in range(K):\n    a[i * 3] = i\nprint(a.sum())\n"),
    ("recurrence", SAME, [], "for i in range(1, K):\n    a[i] = a[i - 1] * 0.5 + b[i]\nprint(a[K - 1], a.sum())\n"),
    ("reads between reading statements", SAME, [], "s = 0.0\nfor i in range(K):\n    s += a[i]\n    if i % 100 == 0:\n        c = a + b\nprint(s, c[5])\n"),
    ("iteration", SAME, [], "s = 0.0\nfor x in a[:K]:\n    s += x\nprint(s)\n"),
    ("reads between writing statements", MORE, [], "s = 0.0\nfor i in range(K):\n    s += a[i]\n    a += 1.0\nprint(s)\n"),
    ("reads of an array without room for copies", MORE, ["--slack", "64K"], "for i in range(K):\n    print(a[i * 7])\n"),
]


def run(text, turns, ranks, options, folder):
    path = os.path.join(folder, "loop.cnx")
    with open(path, "w", encoding="utf-8") as file:
        file.write("import numpy as np\nK = %d\na = np.arange(20000.0); b = np.arange(20000.0)\n%s" % (turns, text))
    return jobs.Batch([path], ranks, ["--stats"] + options).run()[path]


def check(text, expectation, ranks, options, folder):
    messages = []
    for turns in (SHORT, LONG):
        here, alone = run(text, turns, ranks, options, folder), run(text, turns, 1, [], folder)
        if here["status"] != 0 or here["stdout"] != alone["stdout"]:
            return "status %s, output %r: %s" % (here["status"], here["stdout"][:80], here["error"])
        messages.append(json.loads(here["stats"])["messages"])
    if (messages[0] == messages[1]) != (expectation == SAME):
        return "%d messages in %d turns, %d in %d" % (messages[0], SHORT, messages[1], LONG)
    return ""


def main():
    parser = argparse.ArgumentParser(usage="elements.py [--ranks LIST]")
    parser.add_argument("--ranks", default="2,3")
    failed, ranks = 0, parser.parse_args().ranks
    with tempfile.TemporaryDirectory(prefix="cnx-elements-") as folder:
        for p in [int(text) for text in ranks.split(",")]:
            for name, expectation, options, text in LOOPS:
                why = check(text, expectation, p, options, folder)
                if why:
                    print("elements: %s at %d ranks: expected %s: %s" % (name, p, expectation, why))
                failed += bool(why)
    print("elements: %d loops at %s ranks, %d failures" % (len(LOOPS), ranks, failed))
    sys.exit(1 if failed else 0)


main()
