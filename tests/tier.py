#!/usr/bin/env python3
# tier.py -- the compiled tier: the same bytes and warnings, and whatever fails, strips go on.
#
#   python3 tests/tier.py [--only NAME]
#
# Each case has a cache folder of its own and returns "" or what was wrong.  Programs run with
# --stats, whose row "compiled / strips" says what ran and why something was not compiled.  After
# each case no process of it may be left.

import argparse
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import jobs
import oracle

PROGRAM = """import numpy as np
x = np.linspace(0.0, 2.0, 3001).reshape(1, 3001) + np.zeros((5, 1))
y = x.copy()
for k in range(20):
    y[1:-1, 1:-1] = 0.25 * (x[:-2, 1:-1] + x[2:, 1:-1]) + 0.5 * x[1:-1, 1:-1] - x[1:-1, 2:] * x[1:-1, :-2]
    x[1:-1] = np.where(y[1:-1] > 0.5, y[1:-1] / (1.0 + y[1:-1]), y[1:-1] * 0.5)
print(x[2, ::500], y.sum())
z = np.arange(-4, 4) * 0.5
print(np.sqrt(z * 2.0) + 1.0 / (z * 0.5))
n = (z * 3).astype(np.int32) // 2 + np.arange(8, dtype=np.int16)
print(n, (n * 2 + 1j * z)[::3])
"""
# Works for some seconds, long enough for the automatic tier to compile; every turn must give the first one's bytes.
LONG = """import numpy as np
import time
x = np.linspace(0.0, 1.0, 100000)
print("ready", flush=True)
first, end, same = None, time.perf_counter() + %s, True
while time.perf_counter() < end:
    y = x * 0.5 + 0.25 - x * x * 0.125
    first = y if first is None else first
    same = same and bool((y == first).all())
print(same, first[::25000])
"""
LIMIT_S = 60.0


class Place:
    """A folder with a program and a cache."""

    def __init__(self, folder):
        self.folder, self.cache = folder, os.path.join(folder, "cache")
        self.program = self.write("program.cnx", PROGRAM)
        self.want = self.run("strips")[0]

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def start(self, tier, ranks=1, program=None, before=None, **variables):
        environment = dict(jobs.job_environment(), CNX_TIER=tier, CNX_CACHE_DIR=self.cache)
        environment.update(variables)
        return subprocess.Popen(jobs.job_command(ranks, ["run", "--stats", "--whole-below", "0", program or self.program]), env=environment,
                                cwd=self.folder, start_new_session=True, stdin=subprocess.DEVNULL, preexec_fn=before,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, tier, ranks=1, **options):
        """(what is printed and warned, row of the tier) of the program."""
        process = self.start(tier, ranks, **options)
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            jobs.job_kill(process)
            return "it did not end", ""
        warned, _, table = err.decode().partition("                   ")
        row = re.search(r"^compiled / strips .*$", table, re.M)
        return (process.returncode, out.decode(), warned), row.group() if row else table

    def kernels(self):
        return sorted(name for name in os.listdir(self.cache) if name.endswith(".so"))


def counts(row):
    """Of the row: runs compiled and by strips, kernels compiled and from the cache."""
    found = re.match(r"compiled / strips +(\d+) / (\d+) .*kernels: (\d+) compiled, (\d+) from the cache", row)
    return tuple(int(n) for n in found.groups()) if found else (-1, -1, -1, -1)


def expect(place, tier, note, strips=None, **options):
    """The program prints what strips print, and the row says `note`."""
    got, row = place.run(tier, **options)
    if got != place.want:
        return "another output: %r, not %r" % (got, place.want)
    if note not in row:
        return "%r is not in %r" % (note, row)
    if strips is not None and (counts(row)[1] > 0) != strips:
        return "strips: %r" % row
    return ""


def no_note(row):
    return not re.search("compiler|cache is|cache cannot|damaged|load|place", row)


def case_compiled(place):
    """No body of several ops runs on strips; the second run takes every kernel from the cache."""
    for made in (True, False):
        got, row = place.run("compiled")
        runs, strips, compiled, cached = counts(row)
        if got != place.want or not no_note(row) or strips or runs < 40:
            return "%r %r" % (got, row)
        if (compiled, cached) != ((len(place.kernels()), 0) if made else (0, len(place.kernels()))):
            return "%d files: %r" % (len(place.kernels()), row)
    mode = os.stat(place.cache).st_mode & 0o777
    return "" if mode == 0o700 else "mode %o" % mode


def case_one_of_a_node_compiles(place):
    if not shutil.which("mpirun"):
        return "skipped: no mpirun"
    got, row = place.run("compiled", ranks=2)
    compiled, cached = counts(row)[2:]
    if got != place.want or not no_note(row) or counts(row)[1]:
        return "%r %r" % (got, row)
    return "" if compiled == cached == len(place.kernels()) else "%d files: %r" % (len(place.kernels()), row)


def case_compiler_fails(place):
    return expect(place, "compiled", "the C compiler failed", strips=True, CC="/bin/false")


def case_no_compiler(place):
    return expect(place, "compiled", "no C compiler", strips=True, CC="/nowhere/cc") or \
        expect(place, "auto", "kernels: 0 compiled, 0 from the cache", CC="/nowhere/cc")


def sleepers(mark):
    """Pids of processes whose command line has the mark."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/cmdline" % name, "rb") as file:
                    if mark.encode() in file.read():
                        found.append(int(name))
            except OSError:
                pass
    return found


def hanging(place):
    mark = "9%d.%d" % (os.getpid(), int(time.time() * 1000) % 1000000)
    return mark, place.write("slow-cc", "#!/bin/sh\nsleep %s\n" % mark, 0o755)


def gone(mark):
    deadline = time.monotonic() + 3
    while sleepers(mark) and time.monotonic() < deadline:
        time.sleep(0.02)
    return "" if not sleepers(mark) else "the compiler is still there"


def case_compiler_hangs(place):
    mark, compiler = hanging(place)
    return expect(place, "compiled", "the C compiler took too long", strips=True, CC=compiler,
                  CNX_COMPILE_LIMIT="1") or gone(mark)


def case_nobody_waits(place):
    """In the automatic tier a compiler that hangs costs nothing and ends with the program, however that ends."""
    mark, compiler = hanging(place)
    program = place.write("long.cnx", LONG % 1.0)
    for end in (None, signal.SIGKILL, signal.SIGTERM):
        process = place.start("auto", program=program, CC=compiler)
        process.stdout.readline()
        deadline = time.monotonic() + 20
        while end and not sleepers(mark) and time.monotonic() < deadline:
            time.sleep(0.01)
        if end:
            if not sleepers(mark):
                return "no compiler was started"
            process.send_signal(end)
        try:
            process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            jobs.job_kill(process)
            return "it waited"
        if gone(mark):
            return "after %s: %s" % (end, gone(mark))
    return ""


def case_auto(place):
    """The automatic tier compiles what works, and the bytes stay; where others work too, that takes its time."""
    for seconds in (3.0, 40.0):
        program = place.write("long.cnx", LONG % seconds)
        got, row = place.run("auto", program=program)
        runs, strips, compiled, _ = counts(row)
        if "True [" not in got[1] or not no_note(row):
            return "%r %r" % (got, row)
        if strips > 50 and runs > 50 and compiled > 0:
            return ""
    return row


def case_damaged_cache(place):
    """A kernel's file that is cut, changed or exchanged is not loaded; it is made again."""
    place.run("compiled")
    names = place.kernels()
    paths = [os.path.join(place.cache, name) for name in names]
    for k, path in enumerate(paths):
        with open(path, "rb") as file:
            data = file.read()
        damaged = [b"rubbish" * 1000, data[:len(data) // 2], data[:4096] + b"\x00" + data[4097:], b""][k % 4]
        if damaged == data:
            damaged = data[:4096] + b"\x01" + data[4097:]
        with open(path, "wb") as file:
            file.write(damaged)
    why = expect(place, "compiled", "a damaged file in the cache", strips=False)
    if why:
        return why
    shutil.copy(paths[0], paths[1])
    return expect(place, "compiled", "a damaged file in the cache", strips=False) or \
        expect(place, "compiled", "kernels: 0 compiled, %d from the cache" % len(names), strips=False)


def case_cache_of_others(place):
    """A folder that others may write to, and one behind a link, are not used."""
    os.mkdir(place.cache)
    os.chmod(place.cache, 0o777)
    why = expect(place, "compiled", "the cache is not this user's own", strips=True)
    os.chmod(place.cache, 0o700)
    link = os.path.join(place.folder, "link")
    os.symlink(place.cache, link)
    return why or expect(place, "compiled", "the cache is not this user's own", strips=True, CNX_CACHE_DIR=link)


def case_cache_unwritable(place):
    os.mkdir(place.cache, 0o500)
    why = ""
    if os.geteuid():
        why = expect(place, "compiled", "the cache cannot be written", strips=True)
    os.chmod(place.cache, 0o700)
    return why or expect(place, "compiled", "the cache cannot be written", strips=True,
                         CNX_CACHE_DIR="/proc/nowhere/cache")


def case_cache_full(place):
    """Files cannot grow, as on a full disk."""
    def before():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000))
    return expect(place, "compiled", "the cache cannot be written", strips=True, before=before)


def case_programs(place):
    """Part of the corpus against the oracle, every body compiled."""
    environment = dict(os.environ, CNX_TIER="compiled", CNX_CACHE_DIR=place.cache, CNX=jobs.cnx_path())
    command = [sys.executable, os.path.join(oracle.ROOT, "tests/run_programs.py"), "--modes", "plain", "--no-launched",
               "--suites", "tests/numpy", "--ranks"]
    for ranks, only in (("1", "tests/numpy/dtype_[cfi]*"), ("2", "warnings"), ("2", "conditions_of")):
        done = subprocess.run(command + [ranks, "--only", only], env=environment, cwd=oracle.ROOT, check=False,
                              stdout=subprocess.PIPE, text=True)
        if done.returncode or not re.search(r"programs: [1-9]\d* passed, 0 failed", done.stdout):
            return done.stdout[-400:]
    return ""


def case_unknown_tier(place):
    process = place.start("quick")
    _, err = process.communicate(timeout=LIMIT_S)
    return "" if process.returncode and b"unknown CNX_TIER 'quick'" in err else "%s %r" % (process.returncode, err)


CASES = {name[5:]: function for name, function in list(globals().items()) if name.startswith("case_")}


def main():
    parser = argparse.ArgumentParser(usage="tier.py [--only NAME]")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    passed = failed = skipped = 0
    for name, case in CASES.items():
        if options.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                why = case(Place(folder))
            except (OSError, subprocess.SubprocessError) as error:
                why = str(error)
        if why.startswith("skipped"):
            skipped += 1
            print("tier: %s %s" % (name, why))
        elif why:
            failed += 1
            print("FAIL %s\n     %s" % (name, why), flush=True)
        else:
            passed += 1
    print("tier: %d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
