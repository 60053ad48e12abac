#!/usr/bin/env python3
# run.py -- timings beside NumPy and CPython, in one run: a table, and JSON lines under tests/bench/results/.
#
#   python3 tests/bench/run.py --cnx build/cnx [--oracle build/oracle/bin/python] [--ranks 1,2] [--only NAME] [--out FILE]
#
# Each program prints the seconds of one repetition a line; the median counts.  Contestants take turns, so that a slow moment of
# the machine falls on all.  The ratio is NumPy's time over ours: above 1 is faster.

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))

# name, program, size, turns in a repetition, repetitions
CASES = [
    ("heat 256^2", "heat", 256, 60, 7),
    ("heat 1024^2", "heat", 1024, 10, 7),
    ("heat 4096^2", "heat", 4096, 2, 5),
    ("Black-Scholes 4 M", "black_scholes", 4000000, 1, 5),
    ("9-op chain 10 M", "chain", 10000000, 1, 5),
    ("sum 10 M", "sum", 10000000, 5, 7),
    ("one op on 10", "small_op", 10, 200000, 7),
    ("one op on 1,000", "small_op", 1000, 100000, 7),
    ("scalar loop", "scalar_loop", 0, 300000, 7),
]


def environment():
    env = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OPENBLAS_NUM_THREADS="1",
               PYTHONHASHSEED="0")
    return env


def seconds(command):
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=600)
    if done.returncode:
        sys.exit("bench: %s\n%s" % (" ".join(command), done.stderr))
    return [float(line) for line in done.stdout.split()]


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
    print("%-20s %12s" % ("", "NumPy") + "".join("%12s %7s" % ("%d rank%s" % (r, "s" * (r > 1)), "ratio") for r in ranks))
    rows = []
    for name, program, size, turns, reps in CASES:
        if options.only and options.only not in name:
            continue
        path = os.path.join(HERE, "programs", program + ".cnx")
        words = [path, str(size), str(turns), "1"]
        contestants = {"numpy": [options.oracle] + words}
        for r in ranks:
            contestants[r] = [options.cnx, "run"] + (["-n", str(r)] if r > 1 else []) + words
        if program == "small_op" or program == "scalar_loop":
            contestants = {k: v for k, v in contestants.items() if k in ("numpy", 1)}
        words[3] = "2" if size >= 1000000 else "3"
        for k in contestants:
            contestants[k][-1] = words[3]
        times = {k: [] for k in contestants}
        for _ in range(max(1, reps // 2)):
            for k, command in contestants.items():
                times[k] += seconds(command)
        medians = {k: statistics.median(v) for k, v in times.items()}
        report(name, medians, ranks, rows, isa)
    if not options.only or options.only in "start":
        medians = {"numpy": statistics.median(start_up([options.oracle, "-c", "import numpy"])),
                   1: statistics.median(start_up([options.cnx, "-c", "pass"]))}
        report("start", medians, ranks, rows, isa)
    if options.out:
        with open(options.out, "a", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(dict(row, machine=model, load=load, when=time.strftime("%Y-%m-%d"))) + "\n")


def report(name, medians, ranks, rows, isa):
    line = "%-20s %9.3f us" % (name, medians["numpy"] * 1e6)
    row = {"name": name, "isa": isa, "numpy_us": round(medians["numpy"] * 1e6, 3)}
    for r in ranks:
        if r in medians:
            line += " %8.3f us %6.2fx" % (medians[r] * 1e6, medians["numpy"] / medians[r])
            row["ranks_%d_us" % r] = round(medians[r] * 1e6, 3)
            row["ranks_%d_ratio" % r] = round(medians["numpy"] / medians[r], 3)
    print(line, flush=True)
    rows.append(row)


if __name__ == "__main__":
    main()
