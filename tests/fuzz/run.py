#!/usr/bin/env python3
# run.py -- random programs under NumPy and under cnx, compared; a failing one is shrunk.
#
#   python3 tests/fuzz/run.py [N]        N programs (default 200) from a fresh printed seed
#     --seed S         the seed to start from, to see a failure again
#     --chains         programs of chains.py: long element-wise chains over one shape
#     --stencils       programs of stencils.py: loops that write what they read shifted
#     --corpus         the fixed programs of tests/fuzz/corpus/ instead
#     --ranks 1,2,3,4  --modes plain,tiled,flushed,unfused
#     --keep DIR       where shrunk programs go (default: a temporary folder that stays)
#
# Ends with "N passed, N failed"; status 1 on a difference or when fewer than 90 % of the programs
# end without an error under NumPy.

import argparse
import ast
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import jobs  # noqa: E402
import oracle  # noqa: E402

CLEAN_SHARE = 0.90
SHRINK_TRIES = 120


def parse_options():
    parser = argparse.ArgumentParser(usage="run.py [N] [options]", description="see the file's head")
    parser.add_argument("count", nargs="?", type=int, default=200)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--corpus", action="store_true")
    parser.add_argument("--chains", action="store_true")
    parser.add_argument("--stencils", action="store_true")
    parser.add_argument("--ranks", default="1,2,3,4")
    parser.add_argument("--modes", default="plain,tiled")
    parser.add_argument("--deadline", type=float, default=20.0)
    parser.add_argument("--keep")
    parser.add_argument("--no-shrink", action="store_true")
    return parser.parse_args()


def make_programs(options, folder):
    """Paths of the programs to run."""
    if options.corpus:
        return [os.path.join(oracle.ROOT, path) for path in oracle.suite_programs("tests/fuzz/corpus")]
    import chains
    import generate
    import stencils

    make = (chains.generate_chains if options.chains else stencils.generate_stencils if options.stencils
            else generate.generate)
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(4), "big")
    print("fuzz: %d programs, seed %d" % (options.count, seed), flush=True)
    paths = []
    for number in range(options.count):
        path = os.path.join(folder, "seed_%d.cnx" % (seed + number))
        with open(path, "w", encoding="utf-8") as file:
            file.write(make(seed + number))
        paths.append(path)
    return paths


class Shrinker:
    """Deletes statements of a failing program as long as it still differs in the same configuration."""

    def __init__(self, folder, numpy, ranks, flags, deadline_s):
        self.path = os.path.join(folder, "shrink.cnx")
        self.numpy = numpy
        self.ranks, self.flags, self.deadline_s = ranks, flags, deadline_s
        self.tries = 0

    def differs(self, text):
        self.tries += 1
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)
        expected = self.numpy.derive(self.path)
        if expected["error"].startswith(("NameError", "IndentationError", "SyntaxError")):
            return False
        got = jobs.Batch([self.path], self.ranks, self.flags, self.deadline_s).run()[self.path]
        return bool(jobs.difference(expected, got))

    @staticmethod
    def statements(text):
        lines = text.split("\n")
        return ["\n".join(lines[node.lineno - 1:node.end_lineno]) for node in ast.parse(text).body]

    def shrink(self, text):
        parts = self.statements(text)
        chunk = max(1, len(parts) // 2)
        while chunk and self.tries < SHRINK_TRIES:
            at = len(parts) - chunk
            while at > -chunk and self.tries < SHRINK_TRIES:
                low = max(0, at)
                fewer = parts[:low] + parts[low + chunk:]
                if fewer and self.differs("\n".join(fewer) + "\n"):
                    parts = fewer
                at -= chunk
            chunk //= 2
        return "\n".join(parts) + "\n"


def main():
    options = parse_options()
    if not os.path.exists(jobs.cnx_path()):
        sys.exit("fuzz: no %s; run make first" % jobs.cnx_path())
    oracle.become_oracle()
    folder = tempfile.mkdtemp(prefix="cnx-fuzz-")
    programs = make_programs(options, folder)
    numpy = oracle.Oracle()
    expected = {path: numpy.derive(path) for path in programs}
    clean = sum(result["status"] == 0 for result in expected.values())
    print("fuzz: %d of %d programs end without an error" % (clean, len(programs)))
    passed = failed = 0
    first = {}
    for ranks in [int(text) for text in options.ranks.split(",")]:
        for mode in options.modes.split(","):
            results = jobs.Batch(programs, ranks, jobs.MODES[mode], options.deadline).run()
            bad = 0
            for path in programs:
                why = jobs.difference(expected[path], results[path])
                if why:
                    bad += 1
                    if path not in first:
                        first[path] = (ranks, mode)
                        print("FAIL %s (%d ranks, %s)\n     %s" % (path, ranks, mode, why[:400]))
            print("fuzz, %d rank%s, %s: %d passed, %d failed"
                  % (ranks, "s" * (ranks > 1), mode, len(programs) - bad, bad), flush=True)
            passed, failed = passed + len(programs) - bad, failed + bad
    if first and not options.no_shrink:
        path, (ranks, mode) = next(iter(first.items()))
        with open(path, encoding="utf-8") as file:
            text = file.read()
        small = Shrinker(folder, numpy, ranks, jobs.MODES[mode], options.deadline).shrink(text)
        keep = options.keep or folder
        os.makedirs(keep, exist_ok=True)
        where = os.path.join(keep, "shrunk_" + os.path.basename(path))
        with open(where, "w", encoding="utf-8") as file:
            file.write(small)
        print("fuzz: shrunk to %s (%d ranks, %s)\n%s" % (where, ranks, mode, small))
    numpy.close()
    if clean < CLEAN_SHARE * len(programs):
        print("fuzz: fewer than %.0f %% of the programs end without an error" % (100 * CLEAN_SHARE))
        failed += 1
    if not failed:
        shutil.rmtree(folder)
    print("fuzz: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
