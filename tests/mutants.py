#!/usr/bin/env python3
# mutants.py -- faults planted in the planner must be caught by the tests.
#
#   python3 tests/mutants.py [--only NAME] [--ranks 2,3]
#
# Each mutant is one replacement in a copy of the tree, which is built and then run on a few programs in the modes that should tell.
# A mutant that passes them all is a hole in the tests: status 1.  The tree itself is not touched.

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# name, file, what stands there, what is planted, programs, modes
MUTANTS = [
    ("nothing planted", "runtime/plan/depend.c", "DEPEND_NONE", "DEPEND_NONE", "renamed_writes", "plain,tiled,checked"),
    ("a halo that is not fetched", "runtime/plan/window.c", "below[d] > s->valid_below[d] ||", "", "repeated_windows", "tiled"),
    ("a trace key without what outlives the window", "runtime/plan/trace.c", "(int64_t)(s->refs == s->pending) << 23", "0",
     "repeated_windows", "plain,checked"),
    ("a trace key without valid halos", "runtime/plan/trace.c", "    put_ints(s->ndim, s->valid_below);\n    put_ints(s->ndim, s->valid_above);\n",
     "", "repeated_windows", "tiled,checked"),
    ("constants that a trace takes for equal", "runtime/plan/trace.c", "return a->dtype == b->dtype &&", "return a->dtype == b->dtype || a == b ||",
     "repeated_windows", "tiled"),
    ("a rename without the copy of the rest", "runtime/exec/instance.c", "(i->fresh || !kept)", "(i->fresh && !kept && d > 99)",
     "renamed_writes", "tiled"),
    ("a spare that is kept over another write", "runtime/plan/rename.c", "to->spare_version == to->version &&", "", "renamed_writes", "tiled"),
    ("a copy that is read after its source changed", "runtime/plan/copies.c", "|| overwritten(w, c, &v, j))", "|| (j < 0 && overwritten(w, c, &v, j)))",
     "dead_copies", "tiled"),
    ("a dependence that is missed", "runtime/plan/depend.c", "? DEPEND_CROSS : DEPEND_NONE", "? DEPEND_NONE : DEPEND_NONE",
     "renamed_writes", "tiled"),
]


def planted(folder, path, old, new):
    full = os.path.join(folder, path)
    with open(full, encoding="utf-8") as file:
        text = file.read()
    if text.count(old) < 1:
        sys.exit("mutants: %r is not in %s any more" % (old, path))
    with open(full, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))
    return text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--ranks", default="1,2,3")
    options = parser.parse_args()
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")
        shutil.copytree(ROOT, tree, symlinks=True, ignore=shutil.ignore_patterns(".git", "oracle", "san"))
        for name, path, old, new, program, modes in MUTANTS:
            if options.only not in name:
                continue
            text = planted(tree, path, old, new)
            build = subprocess.run(["make", "-j2", "CFLAGS_EXTRA=-Wno-error"], cwd=tree, capture_output=True, text=True)
            if build.returncode:
                sys.exit("mutants: %s does not build:\n%s" % (name, build.stderr[-2000:]))
            env = dict(os.environ, CNX=os.path.join(tree, "build", "cnx"))
            run = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "run_programs.py"), "--ranks", options.ranks, "--modes", modes,
                                  "--no-launched", "--suites", "tests/numpy", "--only", program], env=env, capture_output=True, text=True)
            caught = run.returncode != 0
            right = caught == (old != new) # the tree as it is passes
            print("%-55s %s" % (name, "caught" if caught else "passes"), flush=True)
            if not right:
                missed.append(name)
            with open(os.path.join(tree, path), "w", encoding="utf-8") as file:
                file.write(text)
    print("mutants: %d as they should not be %s" % (len(missed), missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
