#!/usr/bin/env python3
# memory.py -- what a rank holds while one operation runs falls with the number of ranks.
#
#   python3 tests/mpi/memory.py [--ranks 1,2,4] [--only WORD] [--verbose]
#
# Each program makes its operands, runs one family of operations and nothing else.  OPERANDS is what the operation names, inputs and
# results, in bytes; the peak of every rank, all memory of arrays, buffers and scratch, must stay within
# 3 x OPERANDS / P + 1 MiB at a slack of 1 MiB.  A program may make its inputs only from arange, in place
# and by slices, so that making them does not set the peak.
#
# Exceptions, each with its reason (checked as "whole": the peak may be 3 x OPERANDS at any rank count):
#   none

import argparse
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import jobs  # noqa: E402

MIB = 1 << 20
N = 1 << 20  # elements of 8 bytes: 8 MiB an array

# name, operands in units of N * 8 bytes, program
PROGRAMS = [
    ("elementwise", 3, "a = np.arange(float(N)); b = np.arange(float(N))\nc = a * b + a\n"),
    ("shifted", 2, "a = np.arange(float(N)); b = np.zeros(N)\nb[1:-1] = a[:-2] + a[1:-1] + a[2:]\n"),
    ("shifted 2-D", 2, "a = np.arange(float(N)).reshape(1024, N // 1024); b = np.zeros((1024, N // 1024))\n"
                       "b[1:-1, 1:-1] = a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:]\n"),
    ("write inside of a reshape", 1, "a = np.arange(float(N)).reshape(1024, N // 1024)\na[1:-1, 1:-1] = a[1:-1, 1:-1] * 0.5\n"),
    ("write few rows of a reshape", 1, "a = np.arange(float(N)).reshape(4, N // 4)\na[:, 1:] += 1.0\n"),
    ("write a transpose", 2, "a = np.arange(float(N)).reshape(1024, N // 1024); b = np.zeros((1024, N // 1024))\nb.T[:] = a\n"),
    ("write a flat view", 2, "a = np.arange(float(N)); b = np.zeros((1024, N // 1024))\nb.reshape(-1)[:] = a\n"),
    ("write every third", 4, "a = np.arange(float(N)); b = np.zeros(3 * N)\nb[::3] = a\n"),
    ("transpose", 2, "a = np.arange(float(N)).reshape(1024, N // 1024)\nb = a.T.copy()\n"),
    ("reversal", 2, "a = np.arange(float(N))\nb = a[::-1].copy()\n"),
    ("reshape", 2, "a = np.arange(float(N)).reshape(1024, N // 1024).T\nb = a.reshape(-1)\n"),
    ("cast", 1.5, "a = np.arange(float(N))\nb = a.astype(np.float32)\n"),
    ("step", 1.5, "a = np.arange(float(N))\nb = a[::2].copy()\n"),
    ("sum", 1, "a = np.arange(float(N))\nprint(a.sum())\n"),
    ("sum axis 0", 1, "a = np.arange(float(N)).reshape(1024, N // 1024)\nb = a.sum(axis=0)\n"),
    ("sum axis 1", 1, "a = np.arange(float(N)).reshape(1024, N // 1024)\nb = a.sum(axis=1)\n"),
    ("sum axis 0 of few rows", 1, "a = np.arange(float(N)).reshape(4, N // 4)\nb = a.sum(axis=0)\n"),
    ("sum axis 1 of few rows", 1, "a = np.arange(float(N)).reshape(4, N // 4)\nb = a.sum(axis=1)\n"),
    ("sum of 3 axes", 1, "a = np.arange(float(N)).reshape(64, 128, N // 8192)\nb = a.sum(axis=1)\nc = a.sum(axis=(0, 2))\n"),
    ("sum of a transpose", 1, "a = np.arange(float(N)).reshape(1024, N // 1024).T\nb = a.sum(axis=0)\nprint(a.sum())\n"),
    ("max and argmax", 1, "a = np.arange(float(N)).reshape(1024, N // 1024)\nb = a.max(axis=0)\nc = a.argmax(axis=1)\nprint(a.max(), a.argmax())\n"),
    ("mean and var", 2, "a = np.arange(float(N))\nprint(a.mean(), a.var())\n"),
    ("prod", 1, "a = np.arange(float(N))\na[:] = 1.0\nprint(a.prod())\n"),
    ("cumsum", 2, "a = np.arange(float(N))\nb = np.cumsum(a)\n"),
    ("cumsum axis 0", 2, "a = np.arange(float(N)).reshape(1024, N // 1024)\nb = np.cumsum(a, axis=0)\n"),
    ("cumsum of few columns", 2, "a = np.arange(float(N)).reshape(N // 4, 4)\nb = np.cumsum(a, axis=0)\n"),
    ("cumsum of few rows", 2, "a = np.arange(float(N)).reshape(4, N // 4)\nb = np.cumsum(a, axis=1)\n"),
    ("sort", 2, "a = np.arange(float(N))\nb = np.sort(a)\n"),
    ("sort reversed", 2, "a = np.arange(float(N), 0.0, -1.0)\nb = np.sort(a)\n"),
    ("sort of equals", 2, "a = np.zeros(N)\na += 1.0\nb = np.sort(a)\n"),
    ("sort rows", 2, "a = np.arange(float(N), 0.0, -1.0).reshape(1024, N // 1024)\nb = np.sort(a)\n"),
    ("sort few rows", 2, "a = np.arange(float(N), 0.0, -1.0).reshape(2, N // 2)\nb = np.sort(a)\n"),
    ("sort rows of two axes", 2, "a = np.arange(float(N), 0.0, -1.0).reshape(4, 4, N // 16)\nb = np.sort(a)\n"),
    ("cumsum of rows of two axes", 2, "a = np.arange(float(N)).reshape(4, 4, N // 16)\nb = np.cumsum(a, axis=2)\n"),
    ("cumsum between two axes", 2, "a = np.arange(float(N)).reshape(4, N // 16, 4)\nb = np.cumsum(a, axis=1)\n"),
    ("argsort", 2, "a = np.arange(float(N), 0.0, -1.0)\nb = np.argsort(a)\n"),
    ("searchsorted", 3, "a = np.arange(float(N)); v = np.arange(float(N))\nb = np.searchsorted(a, v)\n"),
    ("take", 3, "a = np.arange(float(N)); i = np.arange(N - 1, -1, -1)\nb = a[i]\n"),
    ("take one place", 3, "a = np.arange(float(N)); i = np.zeros(N, dtype=int)\ni += 0\nb = a[i]\n"),
    ("take rows", 2, "a = np.arange(float(N)).reshape(1024, N // 1024)\nb = a[np.arange(1023, -1, -1)]\n"),
    ("put", 3, "a = np.arange(float(N)); v = np.arange(float(N)); i = np.arange(N - 1, -1, -1)\na[i] = v\n"),
    ("put one place", 3, "a = np.arange(float(N)); v = np.arange(float(N)); i = np.zeros(N, dtype=int)\ni += 0\na[i] = v\n"),
    ("put into a small array", 2, "a = np.zeros(1000); v = np.arange(float(N)); i = np.arange(N)\ni %= 1000\na[i] = v\n"),
    ("put a constant into a small array", 1, "a = np.zeros(1000); i = np.arange(N)\ni %= 1000\na[i] = 2.5\n"),
    ("put rows into a small array", 1.25, "a = np.zeros((100, 4)); v = np.arange(float(N)).reshape(N // 4, 4); i = np.arange(N // 4)\ni %= 100\na[i] = v\n"),
    ("take by one row", 3, "a = np.arange(float(N)); i = np.arange(N - 1, -1, -1).reshape(1, N)\nb = a[i]\n"),
    ("put by three rows", 3, "a = np.arange(float(3 * (N // 3))); v = np.arange(float(3 * (N // 3))).reshape(3, N // 3)\n"
                             "i = np.arange(3 * (N // 3)).reshape(3, N // 3)\na[i] = v\n"),
    ("put rows", 2, "a = np.arange(float(N)).reshape(1024, N // 1024); v = np.arange(float(N)).reshape(1024, N // 1024)\n"
                    "a[np.arange(1023, -1, -1)] = v\n"),
    ("mask get", 2.125, "a = np.arange(float(N))\nm = a >= 0\nb = a[m]\n"),
    ("mask get a half", 1.625, "a = np.arange(float(N))\nm = a < N // 2\nb = a[m]\n"),
    ("mask set", 1.125, "a = np.arange(float(N))\nm = a < N // 2\na[m] = 0.0\n"),
    ("nonzero", 2, "a = np.arange(float(N))\ni = np.nonzero(a)\n"),
    ("nonzero 2-D", 3, "a = np.arange(float(N)).reshape(1024, N // 1024)\ni = np.nonzero(a)\n"),
    ("nonzero of one row", 3, "a = np.arange(float(N)).reshape(1, N)\ni = np.nonzero(a)\n"),
    ("nonzero of two rows", 3, "a = np.arange(float(N)).reshape(2, N // 2)\ni = np.nonzero(a)\n"),
    ("nonzero of 4 axes", 5, "a = np.arange(float(N)).reshape(2, 2, 2, N // 8)\ni = np.nonzero(a)\n"),
    ("mask of one row", 2.125, "a = np.arange(float(N)).reshape(1, N)\nm = a >= 0\nb = a[m]\n"),
    ("nonzero of one end", 1.25, "a = np.arange(float(N))\na[N // 4:] = 0.0\ni = np.nonzero(a)\n"),
    ("weighted bincount", 2, "i = np.arange(N); w = np.arange(float(N))\ni %= 1000\nb = np.bincount(i, weights=w)\n"),
    ("weighted bincount of many bins", 3, "i = np.arange(N); w = np.arange(float(N))\nb = np.bincount(i, weights=w)\n"),
    ("weighted histogram", 2, "a = np.arange(float(N)); w = np.arange(float(N))\nb = np.histogram(a, bins=100, weights=w)\n"),
    ("bincount", 2, "i = np.arange(N)\nb = np.bincount(i)\n"),
    ("histogram", 1, "a = np.arange(float(N))\nb = np.histogram(a, bins=100)\n"),
    ("element reads", 1, "a = np.arange(float(N))\ns = 0.0\nfor k in range(1000):\n    s += a[k * 1000]\n"),
    ("element reads of a part", 0.125, "a = np.arange(N // 8)\ns = 0\nfor k in range(1000):\n    s += a[k * 100]\n    a[k] = s\n"),
    ("concatenate", 4, "a = np.arange(float(N)); b = np.arange(float(N))\nc = np.concatenate((a, b))\n"),
    ("stack", 4, "a = np.arange(float(N)); b = np.arange(float(N))\nc = np.stack((a, b), axis=1)\n"),
    ("roll", 2, "a = np.arange(float(N))\nb = np.roll(a, 1000)\n"),
    ("where", 2.125, "a = np.arange(float(N))\nb = np.where(a > 5.0, a, 0.0)\n"),
    ("matmul", 3, "a = np.arange(float(N)).reshape(1024, 1024); b = np.arange(float(N)).reshape(1024, 1024)\nc = a @ b\n"),
    ("matmul of long k", 2, "a = np.arange(float(N)).reshape(N // 8, 8); b = np.arange(float(N)).reshape(N // 8, 8)\nc = a.T @ b\n"),
    ("matmul of long rows", 3, "a = np.arange(float(N)).reshape(N // 8, 8)\nb = np.eye(8)\nc = a @ b\n"),
    ("matrix times vector", 1, "a = np.arange(float(N)).reshape(1024, N // 1024); x = np.arange(1024.0)\ny = a @ x\n"),
    ("vector times matrix", 1, "a = np.arange(float(N)).reshape(1024, N // 1024); x = np.arange(1024.0)\ny = x @ a\n"),
    ("dot", 2, "a = np.arange(float(N)); b = np.arange(float(N))\nprint(np.dot(a, b))\n"),
    ("outer", 1, "a = np.arange(1024.0); b = np.arange(1024.0)\nc = np.outer(a, b)\n"),
    ("save and load", 2, "a = np.arange(float(N))\nnp.save('memory.npy', a)\nb = np.load('memory.npy')\n"),
    ("save one row", 1, "a = np.arange(float(N)).reshape(1, N)\nnp.save('memory.npy', a)\n"),
    ("save three rows", 3, "a = np.arange(float(3 * N)).reshape(3, N)\nnp.save('memory.npy', a)\nb = np.load('memory.npy')\n"),
    ("save a transpose of few rows", 1, "a = np.arange(float(N)).reshape(4, N // 4).T\nnp.save('memory.npy', a)\n"),
    ("save a transpose", 1, "a = np.arange(float(N)).reshape(1024, N // 1024).T\nnp.save('memory.npy', a)\n"),
    ("read a real part", 3, "z = np.zeros(N, dtype=complex)\nz += 1j\nx = z.imag\n"),
    ("write a real part", 3, "z = np.zeros(N, dtype=complex); x = np.arange(float(N))\nz.real = x\n"),
    ("write inside of an imaginary part", 3, "z = np.zeros(N, dtype=complex); x = np.arange(float(N))\nz.imag[::2] = x[::2]\n"),
    ("fill", 1, "a = np.full(N, 2.5)\n"),
    ("eye", 1, "a = np.eye(1024)\n"),
    ("linspace", 1, "a = np.linspace(0.0, 1.0, N)\n"),
]
WHOLE = set()


def check(name, operands, result, p, table):
    """"" when the largest peak of a rank is within the bound, else what is wrong."""
    if result["status"] != 0 or not result["stdout"].endswith("done\n"):
        return "status %s: %s" % (result["status"], result["error"])
    most = json.loads(result["stats"])["memory_peak"]
    limit = 3 * operands / (1 if name in WHOLE else p) + MIB
    table.setdefault(name, {})[p] = most / operands
    if most > limit:
        return "a rank held %.1f MiB = %.2f x operands / P, the bound is %.1f MiB" % (
            most / MIB, most / operands * p, limit / MIB)
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ranks", default="1,2,4")
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    ranks = [int(r) for r in options.ranks.split(",")]
    chosen = [p for p in PROGRAMS if options.only in p[0]]
    failed, table = 0, {}
    with tempfile.TemporaryDirectory(prefix="cnx-memory-") as folder:
        paths = [os.path.join(folder, "%d.cnx" % k) for k in range(len(chosen))]
        for path, (_, _, text) in zip(paths, chosen):
            with open(path, "w", encoding="utf-8") as file:
                file.write("import numpy as np\nN = %d\n%sprint('done')\n" % (N, text))
        for p in ranks:
            results = jobs.Batch(paths, p, ["--stats", "--slack", "1M"], deadline_s=60.0).run()
            for path, (name, operands, _) in zip(paths, chosen):
                why = check(name, operands * N * 8, results[path], p, table)
                if why:
                    print("memory: %s at %d ranks: %s" % (name, p, why))
                failed += bool(why)
    if options.verbose:
        for name, row in table.items():
            print("%-26s %s" % (name, "  ".join("%d: %5.2f / P" % (p, x * p) for p, x in row.items())))
    print("memory: %d programs at %s ranks, %d failures" % (len(chosen), options.ranks, failed))
    sys.exit(1 if failed else 0)


main()
