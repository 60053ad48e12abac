#!/usr/bin/env python3
# ops.py -- one operation at a time beside NumPy, on one rank: NumPy's time over ours, above 1 is faster.
#
#   python3 tests/bench/ops.py --cnx build/cnx [--oracle build/oracle/bin/python] [--only REGEX] [--groups G,..] [--sizes 1000,..]
#                              [--rounds 3] [--below 1.0] [--out FILE]
#
# A group is one program, the same text for both, made of a few lines of set-up and one timed loop per operation; the contestants
# take turns and the median of the rounds counts.  A round is the best of five loops of together about --budget seconds, the first
# turns aside (so memory is warm).  On one rank the clock is the processor's time, which other work on the machine moves less;
# reading the clock is a fence, so nothing timed is still pending.  Results are dropped as the next replaces them.

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run  # noqa: E402

SETUP = """
import sys, time
import numpy as np
rng = np.random.default_rng(1)
clock = time.perf_counter if len(sys.argv) > 1 else time.process_time
def timed(name, f, budget):
    f(1)
    t = clock()
    f(1)
    t = clock() - t
    turns = max(1, min(20000, int(budget / 5 / (t + 1e-9))))
    best = 1e9
    for part in range(5):
        t = clock()
        f(turns)
        best = min(best, (clock() - t) / turns)
    print(name, best, sep='\\t', flush=True)
"""

FLOAT = """
a = (rng.random(n) + 0.5).astype(T); b = (rng.random(n) + 0.5).astype(T); s = (rng.random(n) * 8 - 4).astype(T)
m = rng.random(n) < 0.5
"""

FLOAT_OPS = """
a + b | a - b | a * b | a / b | a * 2.5 | -a | np.sqrt(a) | np.abs(s) | a < b | np.where(m, a, b) | np.where(s > 0, a, b)
np.clip(s, -1, 1) | np.maximum(a, b) | np.minimum(s, a) | a // b | a % b | np.floor(s) | np.rint(s) | np.isnan(s) | np.sign(s)
a ** 2 | a ** b | a ** 3 | a ** 0.5 | np.square(a)
"""
MATHS = """
np.exp(s) | np.log(a) | np.sin(s) | np.cos(s) | np.tan(s) | np.tanh(s) | np.power(a, b) | np.log1p(a) | np.expm1(s) | np.arctan2(s, a)
np.hypot(a, b) | np.cbrt(s) | np.exp2(s) | np.log2(a) | np.log10(a) | np.arctan(s) | np.sinh(s) | np.cosh(s)
np.arcsin(a - 0.75) | np.arccos(a - 0.75) | np.arcsinh(s) | np.arccosh(a + 1) | np.arctanh(a - 0.75)
"""
FOLDS = """
a.sum() | a.mean() | a.var() | a.std() | a.min() | s.max() | s.argmax() | s.argmin() | np.ptp(s) | a.prod() | np.cumsum(a) | np.cumprod(a)
a.any() | a.all() | np.dot(a, b) | np.count_nonzero(a) | np.array_equal(a, a) | np.linalg.norm(a) | np.median(s)
np.diff(a)
"""

NARROW = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "complex64", "complex128"]
EACH_TYPE = "\n".join("x_%s = (rng.random(n) * 100).astype(np.%s); y_%s = (rng.random(n) * 100 + 1).astype(np.%s)" % (t, t, t, t)
                      for t in [t + "_" if t == "bool" else t for t in NARROW])
CASTS = " | ".join("x_%s.astype(np.%s)" % (a + "_" * (a == "bool"), b + "_" * (b == "bool"))
                   for a in NARROW for b in NARROW if a != b and not (a.startswith("complex") and not b.startswith("complex")))
ARITHMETIC = " | ".join("x_%s %s y_%s" % (t, op, t) for t in NARROW[1:] for op in ("+", "*", "<", "==", ">=", "//", "%", "&", "<<")
                        if not (t.startswith("complex") and op in ("<", ">=", "//", "%")) and not (t[0] in "cf" and op in ("&", "<<")))
NUMBERS = " | ".join("x_%s %s" % (t, op) for t in NARROW[1:] for op in ("+ 3", "* 3", "< 50", "// 7", "% 10", "& 15", ">> 1")
                     if not (t.startswith("complex") and op[0] in "</%") and not (t[0] in "cf" and op[0] in "&>"))
FOLDED = " | ".join("x_%s.%s()" % (t + "_" * (t == "bool"), f) for t in NARROW
                    for f in ("sum", "mean", "prod", "min", "max", "argmin", "argmax", "any", "all", "cumsum", "std")
                    if not (t.startswith("complex") and f[:3] in ("min", "max", "arg")))

# group: sizes, set-up lines, operations; one that begins with ':' is a statement
GROUPS = {
    "f64": ((1000, 100000, 10000000), "T = np.float64" + FLOAT,
            FLOAT_OPS + "a.astype(np.float32) | a.astype(np.int64) | a.copy() | np.zeros(n) | np.ones(n)"),
    "f32": ((1000, 100000, 10000000), "T = np.float32" + FLOAT, FLOAT_OPS + "a.astype(np.float64) | a.astype(np.int32)"),
    "math-f64": ((1000, 100000, 10000000), "T = np.float64" + FLOAT, MATHS),
    "math-f32": ((1000, 100000, 10000000), "T = np.float32" + FLOAT, MATHS),
    "i64": ((1000, 100000, 10000000), """
a = rng.integers(1, 1000, n); b = rng.integers(1, 100, n); s = a - 500; m = a < 500
""", """
a + b | a * b | a / b | a // b | a % b | a // 7 | a % 7 | a << 1 | a & b | ~a | a < b | a == b | np.where(m, a, b) | np.abs(s) | np.maximum(a, b)
np.clip(s, -10, 10) | a ** 2 | a.astype(np.float64) | a.astype(np.int32) | a.astype(bool) | np.sqrt(a)
a.sum() | a.min() | a.max() | a.argmax() | a.prod() | np.cumsum(a) | a.mean() | np.dot(a, b) | a.any() | np.count_nonzero(a) | np.arange(n)
"""),
    "i32": ((100000,), "a = rng.integers(1, 1000, n).astype(np.int32); b = rng.integers(1, 100, n).astype(np.int32); s = a - 500",
            "a + b | a * b | a // b | a % b | a < b | np.abs(s) | a.sum() | a.min() | a.argmax() | a.astype(np.float64) | a.astype(np.int8)"),
    "u8": ((100000,), "a = rng.integers(0, 256, n).astype(np.uint8); b = rng.integers(1, 256, n).astype(np.uint8)",
           "a + b | a * b | a // b | a < b | a ^ b | a.sum() | a.min() | a.argmax() | a.astype(np.float32) | a >> 1"),
    "c128": ((1000, 100000, 2000000), """
a = rng.random(n) + 1j * rng.random(n); b = rng.random(n) + 1j * rng.random(n); m = rng.random(n) < 0.5
""", """
a + b | a * b | a / b | a * 2.0 | np.abs(a) | a.real + a.imag | np.conj(a) | a == b | np.where(m, a, b) | a ** 2 | np.exp(a) | np.sqrt(a)
np.log(a) | np.sin(a) | a.sum() | a.mean() | a.prod() | np.dot(a, b) | np.angle(a) | a.astype(np.complex64)
"""),
    "bool": ((1000, 100000, 10000000), "a = rng.random(n) < 0.5; b = rng.random(n) < 0.5; z = np.zeros(n, dtype=bool); o = ~z",
             "a & b | a|b | ~a | a ^ b | a == b | a.sum() | z.any() | o.all() | np.count_nonzero(a) | a.argmax() | a.astype(np.float64) | a.mean()"),
    "f32-folds": ((1000, 100000, 10000000), "T = np.float32" + FLOAT, FOLDS),
    "f64-folds": ((1000, 100000, 10000000), "T = np.float64" + FLOAT, FOLDS),
    "shape": ((4000, 1000), """
a = rng.random((n, n)); b = rng.random((n, n)); v = rng.random(n); c = rng.random((n, 1))
x = rng.random(2 * n * n // 4); y = rng.random(2 * n * n // 4); t3 = rng.random((n * n // 16, 3)); i2 = rng.integers(0, 9, (n, n))
""", """
a.T.copy() | a + b.T | a + v | a + c | v + c | a[::2] + b[::2] | a[:, ::2] + b[:, ::2] | x[::2] + y[::2] | x[::-1] + y | a[::-1, ::-1].copy()
a[1:-1, 1:-1] + a[:-2, 1:-1] | np.flip(a, 1) + 1 | a.sum(axis=0) | a.sum(axis=1) | a.sum() | a.mean(axis=0) | a.mean(axis=1) | a.var(axis=0)
a.var(axis=1) | a.max(axis=0) | a.max(axis=1) | a.min() | a.argmax(axis=0) | a.argmax(axis=1) | (a > 2).any(axis=0) | (a > 2).any(axis=1)
a.T.sum(axis=0) | t3.sum(axis=0) | t3.sum(axis=1) | t3.max(axis=0) | t3.max(axis=1) | t3.mean(axis=0) | t3.argmax(axis=1) | i2.sum(axis=0)
i2.sum(axis=1) | i2.max(axis=1) | np.cumsum(a, axis=0) | np.cumsum(a, axis=1) | a @ v | v @ a | np.sqrt((t3 ** 2).sum(axis=1)) | np.outer(v, v)
np.roll(a, 1, axis=0) | np.roll(a, 1, axis=1) | np.concatenate((a, b)) | np.stack((a, b)) | np.tile(v, (n, 1)) | np.repeat(v, n) | np.diff(a, axis=0)
a.ravel() + 1 | a.T.ravel() | np.trace(a) | np.linalg.norm(a) | a[:, 0].copy() | a[0] + 1
"""),
    "matmul": ((2, 8, 16, 32, 64, 128, 256, 512, 1024, 2048), """
a = rng.random((n, n)); b = rng.random((n, n)); f = a.astype(np.float32); g = b.astype(np.float32); z = a + 1j * b; v = rng.random(n)
""", """
a @ b | a.T @ b | a @ b.T | f @ g | z @ z | a @ v | v @ a | a.T @ v | f @ f[0] | f[0] @ f | z @ z[0] | np.outer(v, v)
"""),
    "matmul-forms": ((1000,), """
s3 = rng.random((n, 3, 3)); s16 = rng.random((n // 5, 16, 16)); s64 = rng.random((n // 25, 64, 64)); p = rng.random((n * 100, 3)); m3 = rng.random((3, 3))
tall = rng.random((n * 20, 50)); wide = rng.random((50, n * 20)); big = rng.random((n, n)); i = rng.integers(0, 9, (n // 4, n // 4)); j = i.astype(np.int32)
""", """
s3 @ s3 | s3 @ m3 | s3 @ m3[0] | s16 @ s16 | s64 @ s64 | p @ m3 | p @ m3[0] | m3 @ p.T | tall.T @ tall | wide @ tall | tall @ wide[:, :50]
big[:, ::2] @ big[::2] | big @ big[:, :1] | big[:1] @ big | i @ i | j @ j | i @ i[0] | i[0] @ i | (i > 4) @ (i > 4)
"""),
    "order": ((1000, 100000, 1000000), """
a = rng.random(n); f = a.astype(np.float32); k = rng.integers(0, 1000000, n); p = rng.permutation(n); m = a < 0.5; w = np.sort(a); k8 = (k % 256).astype(np.uint8)
k32 = k.astype(np.int32); o = a.copy(); h = rng.integers(0, 64, n)
""", """
np.sort(a) | np.sort(f) | np.sort(k) | np.sort(k32) | np.sort(k8) | np.argsort(a) | np.argsort(k) | np.argsort(a, kind='stable') | np.sort(w) | np.unique(h)
np.unique(k) | a[p] | a.take(p) | a[m] | np.where(m) | np.nonzero(a) | np.concatenate((a, a)) | np.searchsorted(w, a) | np.partition(a, n // 2)
np.bincount(h) | np.histogram(a, 50) | np.argmax(m) | np.flatnonzero(m) | np.median(a) | np.percentile(a, 30) | np.isin(h, [1, 2, 3]) | a[m].sum() | np.interp(a, w, w)
"""),
    "small": ((10, 1000), """
a = rng.random(n) + 0.5; b = rng.random(n) + 0.5; m = a < 1.0; k = rng.integers(0, n, n); l = a.tolist(); i = rng.integers(0, 9, n); c = a.reshape(-1, 2)
""", """
a + b | a * 2.0 | -a | a < b | np.sqrt(a) | np.sin(a) | np.exp(a) | np.where(m, a, b) | np.clip(a, 0.6, 0.9) | np.maximum(a, b) | a ** 2 | a[1:-1] + b[:-2]
a.sum() | a.mean() | a.std() | a.var() | a.min() | a.max() | a.argmax() | a.prod() | np.cumsum(a) | np.dot(a, b) | a @ b | np.linalg.norm(a) | m.any() | m.all() | m.sum()
np.sum(a) | np.max(a) | np.mean(a) | np.any(m) | np.count_nonzero(m) | (a < b).all() | np.allclose(a, b) | np.array_equal(a, b) | c.sum(axis=0) | c.sum(axis=1) | c.max(axis=1)
a.copy() | a.astype(np.float32) | np.zeros(n) | np.ones(n) | np.empty(n) | np.full(n, 2.0) | np.zeros_like(a) | np.ones_like(a) | np.arange(n) | np.arange(0.0, n) | np.linspace(0, 1, n)
np.eye(10) | np.array(l) | a.tolist() | np.asarray(a) | a[1:-1] | a[::2] | a[::-1] | a[None, :] | c.T | a.reshape(-1, 2) | c.ravel() | a[m] | a[k] | a.take(k) | np.where(m)
np.nonzero(m) | np.concatenate((a, b)) | np.stack((a, b)) | np.vstack((a, b)) | np.hstack((a, b)) | np.column_stack((a, b)) | np.roll(a, 1) | np.diff(a) | np.outer(a[:10], b[:10])
np.meshgrid(a[:10], b[:10]) | np.tile(a, 2) | np.repeat(a, 2) | np.pad(a, 1) | np.flip(a) | np.sort(a) | np.argsort(a) | np.unique(i) | np.bincount(i) | np.searchsorted(a, b)
np.median(a) | np.percentile(a, 30) | np.histogram(a, 5) | np.interp(a, b, b) | np.isin(i, [1, 2]) | np.isnan(a) | np.round(a, 2) | np.abs(a) | np.sign(a) | i // 3 | i % 3 | i + 1 | i == 3
np.trace(c) | np.argmax(a) | np.ptp(a) | np.cross(a[:3], b[:3]) | np.squeeze(a) | np.expand_dims(a, 0) | a.shape | a.size | a.dtype | a.T | len(a) | a.item(3)
: a[1:-1] = b[1:-1] | : a[:] = 0.5 | : a += b | : a *= 0.5 | : a[m] = 0.5 | : a[k] = 0.5 | : a[3] = 0.5 | : a[1:3] = b[1:3] | : np.add(a, b, out=a) | : c[:, 0] = 1.0 | : c[0] = c[1]
"""),
    "scalars": ((10,), """
a = rng.random(n) + 0.5; b = rng.random((n, n)); i = rng.integers(0, 9, n); x = np.float64(1.5); y = np.float64(2.5); k = np.int64(3); j = np.int64(4); f = 1.5; z = np.float32(1.5)
""", """
x + y | x * y | x - 1.0 | 2.0 * x | x / y | x ** 2 | -x | x < y | x == 1.5 | abs(x) | k + j | k * 2 | k // 2 | k % 2 | k + 1.5 | z + z | x + z | np.sqrt(x) | np.sin(x) | np.exp(f) | np.sqrt(f) | np.abs(x)
np.maximum(x, y) | float(x) | int(k) | bool(x) | x.item() | str(x) | round(x, 2) | np.float64(f) | np.int64(3) | np.isnan(x) | np.floor(x) | max(x, y) | a[3] | a[-1] | a[k] | b[3, 4] | b[3][4] | i[3] | a[3] + a[4] | a[3] * 2.0 | a.item(3) | a[3] < 1.0
: a[3] = 0.5 | : a[3] = x | : b[3, 4] = 0.5 | : a[3] += 1.0 | : b[3, 4] = b[4, 3] + 0.5 | : i[3] = 7 | : a[3], a[4] = a[4], a[3]
"""),
    "mix": ((1000, 100), """
u = rng.random((n, n)); w = rng.random((n, n)); v = rng.random(n); p = rng.permutation(n); q = rng.integers(0, n, n); c = rng.random((n, 3)); m = u < 0.5; i = rng.integers(0, 9, (n, n))
""", """
: u[1:-1, 1:-1] = 0.25 * (w[2:, 1:-1] + w[:-2, 1:-1] + w[1:-1, 2:] + w[1:-1, :-2]) | : u[1:, :] -= 0.5 * (w[1:, :] - w[:-1, :]) | : u[:, 1:] -= 0.5 * (w[:, 1:] - w[:, :-1]) | : u[0, :] = v | : u[:, 0] = v | : u[:, -1] = u[:, -2]
: u[:] = w | : u[...] = 0.5 | : u[::2, ::2] = 0.5 | : u[::-1] = w | : u += v | : u *= v[:, None] | : u[m] = 0.5 | : u[p] = w | : u[:, p] = w | : u[p, q] = v | : u[m] += 1.0 | : np.add(u, w, out=u)
u[::-1] + w | u[:, ::-1] + w | u * v[:, None] + v | v[:, None] - v[None, :] | (u - v) ** 2 | u.T + v | u[p] | u[:, p] | u[p, q] | u[np.ix_(p, q)] | u[m] | np.where(m, u, w) | np.where(m) | u[u > 0.5].sum()
np.pad(u, 1) | np.meshgrid(v, v) | np.tile(u, (2, 2)) | np.repeat(u, 2, axis=0) | np.repeat(u, 2, axis=1) | np.roll(u, 1) | np.roll(u, (1, 1), axis=(0, 1)) | np.flip(u, 0).copy() | np.rot90(u).copy()
np.triu(u) | np.tril(u) | np.eye(n) | np.diag(v) | np.diag(u) | np.hstack((u, w)) | np.vstack((u, w)) | np.stack((u, w), axis=2) | np.concatenate((u, w), axis=1) | np.gradient(v) | np.gradient(u, axis=0)
np.linalg.norm(u, axis=1) | np.linalg.norm(c, axis=1) | np.argsort(u, axis=1) | np.sort(u, axis=0) | np.sort(u, axis=1) | np.median(u, axis=0) | np.median(u, axis=1) | u.prod(axis=0) | u.std(axis=1)
np.cumsum(u) | np.cumsum(u, axis=0) | np.diff(u, axis=1) | np.diff(u, axis=0) | np.allclose(u, w) | np.array_equal(u, w) | np.abs(u - w).max() | ((u - w) ** 2).sum() | (u * w).sum() | np.sqrt((c * c).sum(axis=1))
m.sum(axis=0) | m.sum(axis=1) | m.any(axis=0) | m.all(axis=1) | i.sum(axis=0) | i.max(axis=0) | i.argmax(axis=1) | u.argmin(axis=1) | u.argmax(axis=0) | np.count_nonzero(m, axis=1) | u.round(2) | np.unique(i)
np.maximum.reduce(u) | np.add.reduce(u, axis=1) | np.outer(v, v) | u.reshape(-1).sum() | u.T.copy() | u.T.reshape(-1) | u.flatten() | np.mean(u, axis=0) | u[5] + u[6] | u[:, 5] + u[:, 6] | u[:, 5].copy()
"""),
    "casts": ((1000, 100000), EACH_TYPE, CASTS),
    "types": ((1000, 100000), EACH_TYPE, ARITHMETIC + " | " + NUMBERS),
    "type-folds": ((1000, 100000), EACH_TYPE, FOLDED),
    "random": ((1000, 100000, 1000000), """
np.random.seed(1)
""", """
rng.random(n) | rng.standard_normal(n) | rng.normal(1.0, 2.0, n) | rng.integers(0, 100, n) | rng.integers(0, 1 << 40, n) | rng.uniform(-1, 1, n) | rng.standard_exponential(n)
rng.permutation(n) | rng.random(n, dtype=np.float32) | np.random.rand(n) | np.random.randn(n) | np.random.randint(0, 100, n) | np.random.uniform(-1, 1, n)
np.random.normal(0, 1, n) | rng.choice(n, n) | rng.poisson(3.0, n) | np.random.permutation(n)
"""),
}


def operations(text):
    return [op.strip() for line in text.strip().split("\n") for op in line.split(" | ")
            if op.strip()]


def program(size, setup, ops, budget):
    lines = [SETUP, "n = %d" % size, setup.strip()]
    for i, op in enumerate(ops):
        changed = re.match(r": (\w+) \W*=", op)
        lines += ["def f%d(turns):" % i, "    global " + changed[1] if changed else "    pass", "    for turn in range(turns):",
                  "        " + (op[2:] if op[0] == ":" else "r = " + op),
                  "timed(%r, f%d, %r)" % (op, i, budget)]
    return "\n".join(lines) + "\n"


def times(command):
    done = subprocess.run(command, capture_output=True, text=True, env=run.environment(), timeout=3600)
    if done.returncode:
        print("bench: %s\n%s" % (" ".join(command), done.stderr[-600:]), file=sys.stderr)
    return {line.split("\t")[0]: float(line.split("\t")[1]) for line in done.stdout.splitlines() if "\t" in line}


def one_group(options, folder, name, size, ops):
    path = os.path.join(folder, "ops.cnx")
    with open(path, "w", encoding="utf-8") as file:
        file.write(program(size, GROUPS[name][1], ops, options.budget))
    contestants = {"numpy": [options.oracle, path], "cnx": [options.cnx, "run", path]}
    if options.ranks > 1:
        contestants = {k: v + ["wall"] for k, v in contestants.items()}
        contestants["cnx"][2:2] = ["-n", str(options.ranks)]
    found = {k: [] for k in contestants}
    for _ in range(options.rounds):
        for k, command in contestants.items():
            found[k].append(times(command))
    rows = []
    for op in ops:
        median = {k: statistics.median([t[op] for t in rounds if op in t] or [0]) for k, rounds in found.items()}
        if median["numpy"] and median["cnx"]:
            rows.append({"group": name, "size": size, "op": op, "numpy_us": round(median["numpy"] * 1e6, 3),
                         "cnx_us": round(median["cnx"] * 1e6, 3), "ratio": round(median["numpy"] / median["cnx"], 3)})
        else:
            print("bench: no time for %s in %s" % (op, name), file=sys.stderr)
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cnx", default="build/cnx")
    parser.add_argument("--oracle", default=os.environ.get("CNX_ORACLE", "build/oracle/bin/python"))
    parser.add_argument("--groups", default=",".join(GROUPS))
    parser.add_argument("--sizes", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--budget", type=float, default=0.03)
    parser.add_argument("--below", type=float, default=1e9, help="print only ratios below this")
    parser.add_argument("--out", default="")
    options = parser.parse_args()
    isa, model = run.cpu()
    print("%s, %s, load %.2f before" % (model, isa, os.getloadavg()[0]))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.groups.split(","):
            ops = [op for op in operations(GROUPS[name][2]) if re.search(options.only, op)]
            sizes = [n for n in GROUPS[name][0] if not options.sizes or str(n) in options.sizes.split(",")]
            for size in sizes if ops else ():
                for row in one_group(options, folder, name, size, ops):
                    rows.append(dict(row, isa=isa, machine=model))
                    if row["ratio"] < options.below:
                        print("%-10s %9d  %-42s %12.2f us %12.2f us %7.2fx" % (
                            name, size, row["op"], row["numpy_us"], row["cnx_us"], row["ratio"]), flush=True)
    if rows:
        slow = sum(row["ratio"] < 1 for row in rows)
        print("%d operations, %d slower than NumPy, median ratio %.2f" % (
            len(rows), slow, statistics.median(row["ratio"] for row in rows)))
    if options.out:
        with open(options.out, "a", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(dict(row, when=time.strftime("%Y-%m-%d"))) + "\n")


if __name__ == "__main__":
    main()
