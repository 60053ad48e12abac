#!/usr/bin/env python3
# run.py -- timings beside NumPy and CPython, in one run: a table, and JSON lines under tests/bench/results/.
#
#   python3 tests/bench/run.py --cnx build/cnx [--oracle build/oracle/bin/python] [--ranks 1,2] [--only NAME] [--out FILE]
#
# Each program prints the seconds of one repetition a line; the median counts, the first of a
# run aside.  Contestants take turns, so that a slow moment of the machine falls on all.  The ratio is NumPy's time over ours: above 1
# is faster; the share is that of C written by hand (peers.c) over ours.

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))

# name, program, size, turns in a repetition, repetitions, the same by hand in C (peers.c), the ratio to reach and beside whom
CASES = [
    ("heat 256^2", "heat", 256, 300, 7, "heat", 0.85, "C"),
    ("heat 1024^2", "heat", 1024, 30, 7, "heat", 0.90, "C"),
    ("heat 4096^2", "heat", 4096, 4, 5, "heat", 0.95, "C"),
    ("Black-Scholes 4 M", "black_scholes", 4000000, 1, 5, "", 4, "NumPy"),
    ("9-op chain 10 M", "chain", 10000000, 1, 5, "chain", 0.90, "C"),
    ("sum 10 M", "sum", 10000000, 5, 7, "sum", 0.90, "C"),
    ("sum((a-b)**2) 10 M", "square_difference", 10000000, 3, 5, "square_difference", 0.90, "C"),
    ("jacobi_1d 3200", "jacobi_1d", 3200, 3000, 5, "", 1, "NumPy"),
    ("jacobi_2d 700^2", "jacobi_2d", 700, 30, 5, "", 1, "NumPy"),
    ("heat_3d 70^3", "heat_3d", 70, 30, 5, "", 1, "NumPy"),
    ("fdtd_2d 600x700", "fdtd_2d", 600, 30, 5, "", 1, "NumPy"),
    ("hdiff 128^2x160", "hdiff", 128, 3, 5, "", 1, "NumPy"),
    ("cavity_flow 101^2", "cavity_flow", 101, 10, 5, "", 1, "NumPy"),
    ("arc_distance 1 M", "arc_distance", 1000000, 2, 5, "", 1, "NumPy"),
    ("one op on 10", "small_op", 10, 200000, 7, "", 1.5, "NumPy"),
    ("one op on 1,000", "small_op", 1000, 100000, 7, "", 1, "NumPy"),
    ("scalar loop", "scalar_loop", 0, 300000, 7, "", 1, "NumPy"),
]
ONE_RANK = ("small_op", "scalar_loop", "jacobi_1d", "cavity_flow")


def environment():
    env = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OPENBLAS_NUM_THREADS="1",
               PYTHONHASHSEED="0")
    return env


def seconds(command):
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=600)
    if done.returncode:
        sys.exit("bench: %s\n%s" % (" ".join(command), done.stderr))
    return [float(line) for line in done.stdout.split()]


def build_peers(folder):
    """The programs in C, with this machine's compiler; None where there is none."""
    path = os.path.join(folder, "peers")
    command = [os.environ.get("CC", "cc"), "-O3", "-march=native", "-fopenmp-simd", "-o", path, os.path.join(HERE, "peers.c"), "-lm"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return path


def start_up(command, count=15):
    times = []
    for _ in range(count):
        t = time.perf_counter()
        subprocess.run(command, check=True, env=environment())
        times.append(time.perf_counter() - t)
    return times


def cpu():
    flags = open("/proc/cpuinfo", encoding="utf-8").read()
    isa = "avx512" if "avx512f" in flags else "avx2"
    model = [line.split(":")[1].strip() for line in flags.splitlines() if line.startswith("model name")]
    return isa, model[0] if model else platform.processor()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cnx", default="build/cnx")
    parser.add_argument("--oracle", default=os.environ.get("CNX_ORACLE", "build/oracle/bin/python"))
    parser.add_argument("--ranks", default="1,2")
    parser.add_argument("--only", default="")
    parser.add_argument("--out", default="")
    options = parser.parse_args()
    ranks = [int(r) for r in options.ranks.split(",")]
    isa, model = cpu()
    load = os.getloadavg()[0]
    print("%s, %s, load %.2f before%s" % (model, isa, load, " -- not idle" if load > 0.5 else ""))
    print("%-20s %12s" % ("", "NumPy") + "".join("%12s %7s" % ("%d rank%s" % (r, "s" * (r > 1)), "ratio") for r in ranks)
          + "           C  share   goal")
    rows = []
    folder = tempfile.TemporaryDirectory()
    peers = build_peers(folder.name)
    for name, program, size, turns, reps, peer, goal, beside in CASES:
        if options.only and options.only not in name:
            continue
        path = os.path.join(HERE, "programs", program + ".cnx")
        words = [path, str(size), str(turns), "1"]
        contestants = {"numpy": [options.oracle] + words}
        for r in ranks:
            contestants[r] = [options.cnx, "run"] + (["-n", str(r)] if r > 1 else []) + words
        if program in ONE_RANK:
            contestants = {k: v for k, v in contestants.items() if k in ("numpy", 1)}
        if peer and peers:
            contestants["C"] = [peers, peer] + words[1:]
        for k in contestants:
            contestants[k][-1] = "3" if size >= 1000000 else "4"
        times = {k: [] for k in contestants}
        for _ in range(max(1, reps // 2)):
            for k, command in contestants.items():
                times[k] += seconds(command)[1:] # what is warm: a loop's first turns are planned and its bodies compiled
        medians = {k: statistics.median(v) for k, v in times.items()}
        report(name, medians, ranks, rows, isa, goal, beside)
    if not options.only or options.only in "start":
        medians = {"numpy": statistics.median(start_up([options.oracle, "-c", "import numpy"])),
                   1: statistics.median(start_up([options.cnx, "-c", "pass"]))}
        report("start", medians, ranks, rows, isa, 1, "NumPy")
    if options.out:
        with open(options.out, "a", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(dict(row, machine=model, load=load, when=time.strftime("%Y-%m-%d"))) + "\n")


def report(name, medians, ranks, rows, isa, goal, beside):
    line = "%-20s %9.3f us" % (name, medians["numpy"] * 1e6)
    row = {"name": name, "isa": isa, "numpy_us": round(medians["numpy"] * 1e6, 3)}
    for r in ranks:
        if r in medians:
            line += " %8.3f us %6.2fx" % (medians[r] * 1e6, medians["numpy"] / medians[r])
            row["ranks_%d_us" % r] = round(medians[r] * 1e6, 3)
            row["ranks_%d_ratio" % r] = round(medians["numpy"] / medians[r], 3)
    line = "%-75s" % line
    if "C" in medians:
        line += " %9.3f us" % (medians["C"] * 1e6)
        row["c_us"] = round(medians["C"] * 1e6, 3)
        row["share_of_c"] = round(medians["C"] / medians[1], 3) if 1 in medians else None
        line += " %5.2f" % row["share_of_c"] if 1 in medians else ""
    else:
        line += " " * 18
    row["goal"], row["beside"] = goal, beside
    print("%s   %g x %s" % (line, goal, beside), flush=True)
    rows.append(row)


if __name__ == "__main__":
    main()
