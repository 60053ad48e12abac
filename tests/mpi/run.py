#!/usr/bin/env python3
# run.py -- test_net.c under mpirun: every collective right, every way to part or die told in one line.
#
#   python3 tests/mpi/run.py [--ranks 1,2,3,4]
#
# Builds test_net from the files of runtime/exec that need no other part of cnx, into build/mpi.

import argparse
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import jobs  # noqa: E402
import oracle  # noqa: E402

SOURCES = ["tests/mpi/test_net.c", "runtime/base.c"] + [
    "runtime/exec/%s.c" % name for name in ("net", "collective", "stream", "guard", "ident", "join")]
LIMIT_S = 10.0

# mode: status, the one line on standard error; {last} is the last rank
WRONG = {
    "kind": (1, r"went different ways: rank 0 is at test\.cnx:8, rank {last} at test\.cnx:6, after statement 6 \(test\.cnx:6\)$"),
    "size": (1, r"went different ways: rank 0 is at test\.cnx:6, rank {last} at test\.cnx:6, after statement 6 "),
    "end": (1, r"went different ways: rank 0 is at test\.cnx:8, rank {last} at its end, after statement 6 "),
    "early": (1, r"went different ways: rank 0 is at test\.cnx:8, rank {last} at test\.cnx:10, after statement 6 "),
    "silent": (1, r"went different ways: rank 0 is at test\.cnx:6, rank {last} at test\.cnx:6, after statement 6 "),
    "mute": (1, r"went different ways: rank 0 is at .*, rank {last} at "),
    "kill": (137, r"rank {last} on \S+ \(pid \d+\) was killed by signal 9 at test\.cnx:6; the job has ended$"),
    "crash": (139, r"rank {last} on \S+ \(pid \d+\) was killed by signal 11 at test\.cnx:6; the job has ended$"),
    "fail": (1, r"rank {last} on \S+ at test\.cnx:6: the disk is on fire; the job has ended$"),
    "assert": (1, r"that was rank {last} on \S+ at test\.cnx:6, statement 6; the job has ended$"),
}


def build():
    folder = os.path.join(oracle.ROOT, "build", "mpi")
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(folder, "test_net")
    subprocess.run(["mpicc", "-std=gnu11", "-O2", "-g", "-Wall", "-DHAVE_MPI", "-I.", "-o", program] + SOURCES,
                   cwd=oracle.ROOT, check=True)
    return program


def run(program, ranks, mode):
    """(status, stdout, stderr, seconds) of one job; status None when it ran past the limit."""
    launcher = [] if ranks == 1 else ["mpirun", "-q", "--oversubscribe", "-n", str(ranks)]
    start = time.monotonic()
    process = subprocess.Popen(launcher + [program, mode], env=jobs.job_environment(), start_new_session=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    family = set()
    while process.poll() is None and time.monotonic() - start < LIMIT_S:
        family.update(jobs.process_descendants(process.pid))
        time.sleep(0.02)
    seconds, status = time.monotonic() - start, process.returncode
    if status is None:
        jobs.job_kill(process)
    out, err = process.communicate()
    time.sleep(0.1)
    left = [pid for pid in family if jobs.process_alive(pid)]
    if left:
        err += b"\ncnx: processes are left: %r" % left
    return status, out.decode(), err.decode(), seconds


def wrong(program, ranks, mode, want, pattern):
    status, _, err, seconds = run(program, ranks, mode)
    if status != want:
        return "status %s after %.1f s, expected %d: %s" % (status, seconds, want, err[-400:])
    lines = [line for line in err.splitlines() if line.startswith("cnx: ")]
    said = [line for line in lines if re.search(pattern.format(last=ranks - 1), line)]
    if len(said) != 1 or len(lines) != 1 + (mode == "assert"):
        return "expected one line of %r, got: %s" % (pattern, err[-400:])
    return ""


def main():
    parser = argparse.ArgumentParser(usage="run.py [--ranks LIST]")
    parser.add_argument("--ranks", default="1,2,3,4")
    options = parser.parse_args()
    if not shutil.which("mpicc"):
        print("mpi: skipped: no mpicc")
        return 0
    program, passed, failed = build(), 0, 0
    for ranks in [int(text) for text in options.ranks.split(",")]:
        status, out, err, _ = run(program, ranks, "ok")
        whys = {"ok": "" if status == 0 and out == "ok\n" else "status %s: %s" % (status, (out + err)[-400:])}
        for mode, (want, pattern) in WRONG.items():
            if ranks > 1:
                whys[mode] = wrong(program, ranks, mode, want, pattern)
        for mode, why in whys.items():
            if why:
                print("FAIL %s, %d ranks\n     %s" % (mode, ranks, why), flush=True)
            passed, failed = passed + (not why), failed + bool(why)
    print("mpi: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
