#!/usr/bin/env python3
# run_programs.py -- every program of the corpus through cnx, compared with the oracle's recordings.
#
# Compared: standard output byte for byte, the exit status, the error's last line on standard error,
# warnings by line, kind and message.  Programs run many to a job (see jobs.py), at several rank
# counts and in several modes; programs whose header has `# args:` or `# stdin:` are launched for
# real, one job each, as are some twenty more.
#
#   python3 tests/run_programs.py                    all suites, 1 2 3 4 7 ranks, all modes
#     --ranks 1,4      --suites tests/lang,tests/numpy
#     --modes plain,tiled,flushed,unfused@2,unrenamed@3,checked@2   MODE@N: only at N ranks, where --ranks has them
#     --only PATTERN   programs whose path matches the glob or contains the text
#     --jobs N         jobs at a time (default 1)
#     --list-failures  only the paths of failing programs
#     --tiled-report   from --stats: which array programs really ran several tiles
#
# Ends with "N passed, N failed" a suite and status 1 when anything failed.

import argparse
import concurrent.futures
import fnmatch
import json
import os
import shutil
import sys
import tempfile

import jobs
import oracle

LAUNCHED_EVERY = 16  # one program in so many is also launched for real
TILED_SHARE = 0.95


def parse_options():
    parser = argparse.ArgumentParser(usage="run_programs.py [options]", description="see the file's head")
    parser.add_argument("--ranks", default="1,2,3,4,7")
    parser.add_argument("--modes", default="plain,tiled,flushed,unfused@2,unrenamed@3,checked@2")
    parser.add_argument("--suites", default=",".join(oracle.SUITES))
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--deadline", type=float, default=20.0)
    parser.add_argument("--list-failures", action="store_true")
    parser.add_argument("--tiled-report", action="store_true")
    parser.add_argument("--no-launched", action="store_true")
    return parser.parse_args()


def matches(path, pattern):
    return not pattern or pattern in path or fnmatch.fnmatch(path, pattern)


def suite_expectations(suite, pattern):
    """{absolute path: expected result} and the paths whose recording is absent or stale."""
    recorded, expected, stale = oracle.recording_load(suite), {}, []
    for path in oracle.suite_programs(suite):
        if not matches(path, pattern):
            continue
        full = os.path.join(oracle.ROOT, path)
        answer = recorded.get(path)
        if answer is None or answer["sha"] != oracle.text_sha(full):
            stale.append(path)
        else:
            expected[full] = answer
    return expected, stale


def needs_launch(path):
    args, stdin = oracle.program_options(path)
    return args is not None or stdin is not None


def short(path):
    return os.path.relpath(path, oracle.ROOT)


class Report:
    """Counts and prints; one summary line a suite, rank count and mode."""

    def __init__(self, list_only):
        self.list_only = list_only
        self.passed = self.failed = 0
        self.paths = set()

    def failure(self, path, why):
        if self.list_only:
            if path not in self.paths:
                print(path)
        else:
            print("FAIL %s\n     %s" % (path, why[:400]))
        self.paths.add(path)

    def summary(self, title, passed, failed):
        self.passed += passed
        self.failed += failed
        if not self.list_only:
            print("%s: %d passed, %d failed" % (title, passed, failed), flush=True)


def compare(report, title, expected, results):
    failed = 0
    for path in sorted(expected):
        why = jobs.difference(expected[path], results[path])
        if why:
            failed += 1
            report.failure(short(path), "(%s) %s" % (title, why))
    report.summary(title, len(expected) - failed, failed)


def modes_at(text, ranks):
    """The modes of --modes that run at a rank count."""
    pairs = [mode.partition("@") for mode in text.split(",")]
    return [name for name, _, only in pairs if not only or int(only) == ranks]


def run_batches(options, report, suite, expected):
    programs = sorted(path for path in expected if not needs_launch(path))
    if not programs:
        return
    for ranks in [int(text) for text in options.ranks.split(",")]:
        for mode in modes_at(options.modes, ranks):
            parts = [programs[start::options.jobs] for start in range(options.jobs)]
            batches = [jobs.Batch(part, ranks, jobs.MODES[mode], options.deadline) for part in parts if part]
            with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
                results = {}
                for part in pool.map(jobs.Batch.run, batches):
                    results.update(part)
            title = "%s, %d rank%s, %s" % (suite, ranks, "s" * (ranks > 1), mode)
            compare(report, title, {path: expected[path] for path in programs}, results)


def launch(path, ranks):
    """A result as the oracle's, from `cnx run` in an empty folder."""
    args, stdin = oracle.program_options(path)
    folder = tempfile.mkdtemp(prefix="cnx-run-")
    try:
        status, out, err = jobs.job_run(ranks, ["run", path] + (args or []), 60.0, stdin or "", folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if status is None:
        return {"stdout": out, "status": None, "error": "no end after 60 s", "warnings": []}
    error, warnings = oracle.parse_stderr(err, status)
    return {"stdout": out, "status": status, "error": error, "warnings": warnings}


def run_launched(options, report, everything):
    """The programs that ask for it and one in LAUNCHED_EVERY of the others, each as a job of its own."""
    plain = sorted(path for path in everything if not needs_launch(path))
    chosen = sorted(set(path for path in everything if needs_launch(path)) | set(plain[::LAUNCHED_EVERY]))
    counts = [int(text) for text in options.ranks.split(",")][:2]
    for ranks in counts:
        results = {path: launch(path, ranks) for path in chosen}
        compare(report, "launched, %d rank%s" % (ranks, "s" * (ranks > 1)),
                {path: everything[path] for path in chosen}, results)


def tiled_report(options, report, everything):
    """At least TILED_SHARE of the programs with an array longer than the rank count ran several tiles."""
    ranks = max(int(text) for text in options.ranks.split(","))
    programs = sorted(path for path in everything if not needs_launch(path))
    results = jobs.Batch(programs, ranks, jobs.MODES["tiled"] + ["--stats"], options.deadline).run()
    eligible, whole = 0, []
    for path in programs:
        try:
            stats = json.loads(results[path].get("stats") or "{}")
        except ValueError:
            stats = {}
        if stats.get("longest_axis", 0) > ranks:
            eligible += 1
            if stats.get("tiles_max", 0) <= ranks:
                whole.append(short(path))
    if not eligible:
        print("tiled report: no counters came back (does `cnx batch --stats` write PREFIX.stats?)")
        report.failed += 1
        return
    share = 1 - len(whole) / eligible
    print("tiled report: %d of %d array programs ran several tiles (%.0f %%)"
          % (eligible - len(whole), eligible, 100 * share))
    for path in whole:
        print("  whole: " + path)
    report.failed += share < TILED_SHARE


def main():
    options = parse_options()
    if not os.path.exists(jobs.cnx_path()):
        sys.exit("run_programs: no %s; run make first" % jobs.cnx_path())
    report, everything = Report(options.list_failures), {}
    for suite in options.suites.split(","):
        expected, stale = suite_expectations(suite.rstrip("/"), options.only)
        for path in stale:
            report.failure(path, "no recording of this text; run tests/oracle.py --record")
        report.failed += len(stale)
        everything.update(expected)
        if not options.tiled_report:
            run_batches(options, report, suite, expected)
    if options.tiled_report:
        tiled_report(options, report, everything)
    elif not options.no_launched and everything:
        run_launched(options, report, everything)
    if not options.list_failures:
        print("programs: %d passed, %d failed" % (report.passed, report.failed))
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
