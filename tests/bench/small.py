#!/usr/bin/env python3
# small.py -- the cost of small things beside CPython and NumPy: operations on tiny arrays and the scalar language.
#
#   python3 tests/bench/small.py [--cnx build/cnx] [--oracle build/oracle/bin/python] [--only WORD] [--rounds 5] [--table arrays|language]
#
# Both run the same text: each row is a loop of some turns in a function.  The contestants take turns, one process a
# round; a row's ratio is the median over the rounds of their time over ours, so above 1 is faster.

import argparse
import os
import statistics
import subprocess
import sys
import tempfile

ARRAYS_SETUP = """import numpy as np
a = np.arange(10) * 1.5 + 0.5
b = np.arange(10) * 0.25 + 1.0
c = np.zeros(10)
i = np.arange(10)
j = np.arange(10) + 3
m = a > 5
big = np.arange(1000) * 0.5
big2 = np.arange(1000) * 0.25
g = np.arange(16.0).reshape(4, 4)
row = np.arange(4.0)
f32 = np.arange(10).astype(np.float32)
cx = a * 1j
x = np.float64(2.5)
y = np.float64(0.5)
k = np.int64(7)
"""

# name, statement
ARRAYS = [
    ("a + b", "a + b"),
    ("c = a + b", "r = a + b"),
    ("1000: big + big2", "big + big2"),
    ("a * 2.0", "a * 2.0"),
    ("2 * a", "2 * a"),
    ("a + x (np.float64)", "a + x"),
    ("i + j (int64)", "i + j"),
    ("a + i (mixed)", "a + i"),
    ("f32 * 2", "f32 * 2"),
    ("cx * cx", "cx * cx"),
    ("g + row (broadcast)", "g + row"),
    ("g.T + g", "g.T + g"),
    ("a < b", "a < b"),
    ("a == 3", "a == 3"),
    ("m & m", "m & m"),
    ("-a", "-a"),
    ("a ** 2", "a ** 2"),
    ("np.sqrt(a)", "np.sqrt(a)"),
    ("np.exp(a)", "np.exp(a)"),
    ("np.abs(a)", "np.abs(a)"),
    ("np.add(a, b, out=c)", "np.add(a, b, out=c)"),
    ("np.maximum(a, b)", "np.maximum(a, b)"),
    ("np.where(m, a, b)", "np.where(m, a, b)"),
    ("c += a", "c += a"),
    ("c *= 1.0", "c *= 1.0"),
    ("c[:] = a", "c[:] = a"),
    ("c[1:-1] = a[2:]", "c[1:-1] = a[2:]"),
    ("a[1:] + a[:-1]", "a[1:] + a[:-1]"),
    ("a[3]", "a[3]"),
    ("c[3] = 1.5", "c[3] = 1.5"),
    ("c[3] += 1.0", "c[3] += 1.0"),
    ("g[1, 2]", "g[1, 2]"),
    ("g[1, 2] = 0.5", "g[1, 2] = 0.5"),
    ("a[1:-1]", "a[1:-1]"),
    ("g[1:-1, 1:-1]", "g[1:-1, 1:-1]"),
    ("g[1]", "g[1]"),
    ("a[i] (gather)", "a[i]"),
    ("a[m] (mask)", "a[m]"),
    ("a.sum()", "a.sum()"),
    ("np.sum(a)", "np.sum(a)"),
    ("a.max()", "a.max()"),
    ("a.mean()", "a.mean()"),
    ("m.any()", "m.any()"),
    ("a.argmax()", "a.argmax()"),
    ("g.sum(axis=0)", "g.sum(axis=0)"),
    ("np.dot(a, b)", "np.dot(a, b)"),
    ("a @ b", "a @ b"),
    ("g @ g", "g @ g"),
    ("np.zeros(10)", "np.zeros(10)"),
    ("np.arange(10)", "np.arange(10)"),
    ("np.array([1.0, 2.0, 3.0])", "np.array([1.0, 2.0, 3.0])"),
    ("a.copy()", "a.copy()"),
    ("a.reshape(2, 5)", "a.reshape(2, 5)"),
    ("a.astype(np.float32)", "a.astype(np.float32)"),
    ("g.T", "g.T"),
    ("len(a)", "len(a)"),
    ("a.shape", "a.shape"),
    ("a.dtype", "a.dtype"),
    ("a.size", "a.size"),
    ("x + y (np.float64)", "x + y"),
    ("x * 2.0", "x * 2.0"),
    ("k + 1 (np.int64)", "k + 1"),
    ("x < y", "x < y"),
    ("float(x)", "float(x)"),
    ("a.sum() * 2.0", "a.sum() * 2.0"),
    ("np.sqrt(2.0)", "np.sqrt(2.0)"),
    ("np.sqrt(x)", "np.sqrt(x)"),
    ("for e in a", "for e in a: pass"),
    ("a.tolist()", "a.tolist()"),
    ("np.concatenate((a, b))", "np.concatenate((a, b))"),
    ("sort(a)", "np.sort(a)"),
]

LANGUAGE_SETUP = """
class P:
    def __init__(self, x):
        self.x = x
    def get(self):
        return self.x
    @property
    def prop(self):
        return self.x
    def __add__(self, other):
        return self
class Q:
    pass
class R(P):
    def get(self):
        return super().get()
def f0():
    pass
def f3(a, b, c):
    return a
def fd(a, b=2, *, c=3):
    return a
def gen(n):
    for i in range(n):
        yield i
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
p = P(3)
r = R(4)
l = list(range(100))
words = ["alpha", "beta", "gamma", "delta"] * 5
d = {"a": 1, "b": 2, "c": 3}
di = {k: k for k in range(100)}
s = "hello world"
t = (1, 2, 3)
st = {1, 2, 3}
x = 7
y = 2.5
"""

LANGUAGE = [
    ("pass", "pass"),
    ("int +", "z = x + 3"),
    ("int * % //", "z = x * 5 % 3 // 2"),
    ("float arithmetic", "z = y * 1.5 + 2.0 / y"),
    ("int **", "z = x ** 3"),
    ("float **", "z = y ** 2"),
    ("big int *", "z = 123456789012345678901 * 98765432109876543210"),
    ("compare chain", "z = 1 < x < 9"),
    ("if / else", "z = 1 if x > 3 else 2"),
    ("while", "n = 0\nwhile n < 10: n += 1"),
    ("sum loop", "n = 0\nfor q in l: n += q"),
    ("call f()", "f0()"),
    ("call f(a, b, c)", "f3(1, 2, 3)"),
    ("call keyword", "fd(1, c=4)"),
    ("fib(8)", "fib(8)"),
    ("lambda", "(lambda v: v)(1)"),
    ("method call", "p.get()"),
    ("super().get()", "r.get()"),
    ("attribute get", "z = p.x"),
    ("attribute set", "p.x = 3"),
    ("property", "p.prop"),
    ("__add__", "p + p"),
    ("P(3)", "P(3)"),
    ("Q()", "Q()"),
    ("isinstance", "isinstance(p, P)"),
    ("list get", "z = l[5]"),
    ("list set", "l[5] = 5"),
    ("list append pop", "l.append(1); l.pop()"),
    ("list slice", "l[2:5]"),
    ("list display", "[1, x, 3]"),
    ("tuple unpack", "q, w, e = t"),
    ("swap", "q = 1; w = 2; q, w = w, q"),
    ("dict get", "z = d['b']"),
    ("dict set", "d['b'] = 2"),
    ("dict.get", "d.get('z', 0)"),
    ("dict int get", "di[55]"),
    ("dict display", "{'a': 1, 'b': x}"),
    ("dict items", "for q, w in d.items(): pass"),
    ("x in list", "50 in l"),
    ("x in dict", "'b' in d"),
    ("x in set", "2 in st"),
    ("str index", "s[4]"),
    ("str slice", "s[2:7]"),
    ("str +", "s + s"),
    ("str ==", "s == 'hello worle'"),
    ("str methods", "s.upper().split()"),
    ("str.replace", "s.replace('o', '0')"),
    ("f-string int", "f'{x}'"),
    ("f-string", "f'{x} and {y:.3f} {s}'"),
    ("% format", "'%d %s' % (x, s)"),
    ("str(int)", "str(x)"),
    ("repr(float)", "repr(y)"),
    ("int(str)", "int('1234')"),
    ("float(str)", "float('12.34')"),
    ("join", "' '.join(words)"),
    ("list comprehension", "[q * 2 for q in l]"),
    ("dict comprehension", "{q: q for q in t}"),
    ("set comprehension", "{q % 7 for q in l}"),
    ("generator", "for q in gen(10): pass"),
    ("sum(generator)", "sum(q for q in l)"),
    ("sum(list)", "sum(l)"),
    ("min max", "min(l); max(l)"),
    ("len", "len(l)"),
    ("abs", "abs(-3)"),
    ("range loop", "for q in range(10): pass"),
    ("enumerate", "for q, w in enumerate(t): pass"),
    ("zip", "for q, w in zip(t, t): pass"),
    ("map", "list(map(f0 and str, t))"),
    ("sorted", "sorted(words)"),
    ("sorted key", "sorted(words, key=len)"),
    ("list.sort ints", "l[::-1].sort()"),
    ("reversed", "for q in reversed(t): pass"),
    ("try", "try: z = 1\nexcept ValueError: pass"),
    ("try raise except", "try: raise ValueError('x')\nexcept ValueError: pass"),
    ("try index error", "try: l[1000]\nexcept IndexError: pass"),
    ("with", "with cm: pass"),
    ("closure", "mk(3)()"),
    ("global get", "x"),
    ("bool ops", "z = x and y or s"),
    ("not", "z = not x"),
    ("math.sqrt", "math.sqrt(y)"),
    ("list + list", "t + t"),
    ("list * n", "[0] * 10"),
    ("any(generator)", "any(q > 5 for q in t)"),
    ("str iteration", "for q in s: pass"),
    ("assert", "assert x"),
    ("starred call", "f3(*t)"),
    ("divmod", "divmod(x, 3)"),
    ("round", "round(y, 1)"),
    ("hash", "hash(s)"),
    ("class body", "class Z: pass"),
    ("string build", "q = ''\nfor w in words: q += w"),
    ("nested list", "[[q] for q in t]"),
]

LANGUAGE_SETUP += """
import math
class CM:
    def __enter__(self):
        return self
    def __exit__(self, *a):
        return False
cm = CM()
def mk(v):
    def inner():
        return v
    return inner
"""


def program(setup, rows, scale):
    """Prints a line a row: nanoseconds of processor time a turn, the best of five short loops."""
    lines = ["import time", setup]
    for n, (_, text) in enumerate(rows):
        lines.append("def run%d(n):" % n)
        used = [name for name in ("c", "p") if text.startswith(name + " ") and "=" in text[:6] and "==" not in text]
        for name in used:
            lines.append("    global " + name)
        lines.append("    for _ in range(n):")
        lines += ["        " + line for line in text.split("\n")]
    lines.append("""
def measure(f):
    n = 50
    t = time.process_time()
    f(n)
    t = (time.process_time() - t) / n
    n = int(%g / max(t, 1e-8)) + 10
    best = 1e9
    for _ in range(5):
        t = time.process_time()
        f(n)
        best = min(best, (time.process_time() - t) / n)
    print(best * 1e9)
""" % scale)
    lines += ["measure(run%d)" % n for n in range(len(rows))]
    return "\n".join(lines) + "\n"


def run(command):
    env = dict(os.environ, PYTHONHASHSEED="0", OPENBLAS_NUM_THREADS="1")
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=900)
    if done.returncode:
        sys.exit("small: %s\n%s%s" % (" ".join(command), done.stdout[-400:], done.stderr))
    return [float(line) for line in done.stdout.split()]


def table(title, setup, rows, options):
    rows = [r for r in rows if options.only in r[0]]
    if not rows:
        return 0
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as to:
        to.write(program(setup, rows, options.seconds))
    ours, theirs = [], []
    for turn in range(options.rounds):
        pair = [(ours, [options.cnx, "run", to.name]), (theirs, [options.oracle, to.name])]
        for times, command in pair[::1 if turn % 2 else -1]:
            times.append(run(command))
    os.unlink(to.name)
    print("%-28s %12s %12s %8s" % (title, "theirs ns", "ours ns", "ratio"))
    slower = 0
    for k, (name, _) in enumerate(rows):
        mine, other = [t[k] for t in ours], [t[k] for t in theirs]
        ratio = statistics.median(o / m for o, m in zip(other, mine))
        slower += ratio < 1
        print("%-28s %12.1f %12.1f %8.2f%s" % (name, statistics.median(other), statistics.median(mine), ratio,
                                              "  slower" if ratio < 1 else ""))
    print("%d of %d rows are slower" % (slower, len(rows)))
    return slower


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cnx", default="build/cnx")
    parser.add_argument("--oracle", default=os.environ.get("CNX_ORACLE", "build/oracle/bin/python"))
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.003, help="of one loop")
    parser.add_argument("--table", choices=["arrays", "language"])
    options = parser.parse_args()
    print("load %.2f before" % os.getloadavg()[0])
    slower = 0
    if options.table != "language":
        slower += table("arrays", ARRAYS_SETUP, ARRAYS, options)
    if options.table != "arrays":
        slower += table("language", LANGUAGE_SETUP, LANGUAGE, options)
    return slower > 0


if __name__ == "__main__":
    sys.exit(main())
