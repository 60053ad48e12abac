#!/usr/bin/env python3
# small.py -- the cost of small things beside CPython and NumPy: operations on tiny arrays and the scalar language.
#
#   python3 tests/bench/small.py [--cnx build/cnx] [--oracle build/oracle/bin/python] [--only WORD] [--rounds 5] [--table arrays|language]
#
# Both run the same text: each row is a loop of some turns in a function.  The contestants take turns, one process a
# round; a row's ratio is their time over ours, each the least over the rounds, which other work on the machine moves
# least; so above 1 is faster.

import argparse
import os
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
    ("list pop insert", "lm.insert(3, 9); lm.pop(3)"),
    ("list pop(0) append", "lm.append(lm.pop(0))"),
    ("list extend del", "lm.extend(t); del lm[-3:]"),
    ("list slice set", "lm[2:5] = t"),
    ("list copy", "l.copy()"),
    ("list(range)", "list(range(20))"),
    ("list.index", "l.index(50)"),
    ("list.count", "l.count(50)"),
    ("list.reverse", "lm.reverse()"),
    ("list ==", "l == l2"),
    ("tuple ==", "t == t2"),
    ("tuple <", "t < t3"),
    ("tuple(list)", "tuple(l)"),
    ("matrix get", "z = mat[1][2]"),
    ("matrix set", "mat[1][2] = 5.0"),
    ("item +=", "l[7] += 1"),
    ("dict +=", "d['a'] += 1"),
    ("attribute +=", "p.n += 1"),
    ("attribute chain", "z = o.p.x"),
    ("dict.setdefault", "d.setdefault('a', 0)"),
    ("dict.pop", "d['z'] = 1; d.pop('z')"),
    ("dict del", "d['z'] = 1; del d['z']"),
    ("dict.update", "d.update(d2)"),
    ("dict(d)", "dict(d)"),
    ("dict keys loop", "for q in di: pass"),
    ("dict values loop", "for q in di.values(): pass"),
    ("dict 100 items", "for q, w in di.items(): pass"),
    ("sorted(dict)", "sorted(d)"),
    ("dict tuple key", "dt[(1, 2)]"),
    ("dict of lists", "dl.setdefault(3, []).append(1); dl[3].pop()"),
    ("set add discard", "st.add(9); st.discard(9)"),
    ("set | &", "st | st2; st & st2"),
    ("set display", "{1, x, 3}"),
    ("set(list)", "set(l)"),
    ("str split", "s.split()"),
    ("str split ','", "line.split(',')"),
    ("str.strip", "'  abc \\n'.strip()"),
    ("str.find", "s.find('wor')"),
    ("str in", "'wor' in s"),
    ("str.startswith", "s.startswith('hello')"),
    ("str.endswith", "s.endswith('world')"),
    ("str.lower", "s.lower()"),
    ("str.isdigit", "s.isdigit()"),
    ("str.count", "s.count('o')"),
    ("str.format", "'{} and {}'.format(x, s)"),
    ("str.format spec", "'{:>8.2f}|{:5d}'.format(y, x)"),
    ("str.rjust", "'7'.rjust(5)"),
    ("str.zfill", "'7'.zfill(5)"),
    ("str *", "s * 3"),
    ("str <", "s < s2"),
    ("str reversed", "s[::-1]"),
    ("str.join comprehension", "''.join([q for q in s])"),
    ("str.join generator", "','.join(str(q) for q in t)"),
    ("ord chr", "chr(ord('a') + 1)"),
    ("f-string float", "f'{y}'"),
    ("f-string width", "f'{x:5d}'"),
    ("f-string .2f", "f'{y:.2f}'"),
    ("f-string !r", "f'{s!r}'"),
    ("% .3f", "'%.3f' % y"),
    ("% %d", "'%d' % x"),
    ("% %s tuple", "'%s=%s' % (s, x)"),
    ("str(float)", "str(y)"),
    ("repr(str)", "repr(s)"),
    ("str(list)", "str(t)"),
    ("print to nothing", "' '.join(map(str, t))"),
    ("int(float)", "int(y)"),
    ("float(int)", "float(x)"),
    ("int / int", "z = x / 2"),
    ("int // int", "z = x // 2"),
    ("float // %", "z = y // 2.0; w = y % 2.0"),
    ("bit ops", "z = (x & 3 | x << 2) ^ x >> 1"),
    ("negate", "z = -x"),
    ("pow mod", "pow(x, 20, 13)"),
    ("big int +", "z = big + big"),
    ("big int %", "z = big % 1000007"),
    ("big int //", "z = big // 10"),
    ("big factorial", "fact(30)"),
    ("str(big)", "str(big)"),
    ("complex *", "z = cz * cz + 1j"),
    ("complex abs", "abs(cz)"),
    ("math.sin", "math.sin(y)"),
    ("math.floor", "math.floor(y)"),
    ("math.pi", "z = math.pi"),
    ("max(a, b)", "max(x, 3)"),
    ("min(key)", "min(words, key=len)"),
    ("sum(range)", "sum(range(100))"),
    ("any(list)", "any(zl)"),
    ("all(generator)", "all(q < 100 for q in l)"),
    ("filter", "list(filter(None, t))"),
    ("map lambda", "list(map(lambda v: v + 1, t))"),
    ("sort key lambda", "sorted(pairs, key=lambda v: v[1])"),
    ("sort reverse", "sorted(l, reverse=True)"),
    ("sort floats", "sorted(fl)"),
    ("sort tuples", "sorted(pairs)"),
    ("zip lists", "for q, w in zip(l, l2): pass"),
    ("enumerate list", "for q, w in enumerate(l): pass"),
    ("range(len)", "for q in range(len(t)): t[q]"),
    ("range step", "for q in range(0, 20, 2): pass"),
    ("nested loops", "for q in range(5):\n    for w in range(5): pass"),
    ("for else", "for q in t:\n    if q > 5: break\nelse: pass"),
    ("while break", "n = 0\nwhile True:\n    n += 1\n    if n > 5: break"),
    ("list comp if", "[q for q in l if q % 2]"),
    ("list comp call", "[f1(q) for q in t]"),
    ("nested comp", "[[i * j for j in range(4)] for i in range(4)]"),
    ("dict comp items", "{w: q for q, w in d.items()}"),
    ("default argument", "fd(1)"),
    ("f(*args)", "fv(1, 2, 3)"),
    ("f(**kw)", "fk(a=1, b=2)"),
    ("f(**d)", "fk(**d2)"),
    ("nested function", "mk2(3)"),
    ("closure counter", "count()"),
    ("recursion fact", "rfact(10)"),
    ("lambda call", "lam(3)"),
    ("bound method", "bm()"),
    ("static method", "P.stat(3)"),
    ("class method", "P.cls(3)"),
    ("class attribute", "z = P.attr"),
    ("setter", "p.prop2 = 3"),
    ("__slots__ get", "z = sl.x"),
    ("__slots__ set", "sl.x = 3"),
    ("getattr", "getattr(p, 'x')"),
    ("getattr default", "getattr(p, 'nope', 0)"),
    ("hasattr", "hasattr(p, 'x')"),
    ("setattr", "setattr(p, 'x', 3)"),
    ("Vec +", "v1 + v1"),
    ("Vec ==", "v1 == v2"),
    ("Vec <", "v1 < v2"),
    ("__getitem__", "box[3]"),
    ("__setitem__", "box[3] = 4"),
    ("__len__", "len(box)"),
    ("__contains__", "3 in box"),
    ("__iter__ generator", "for q in box: pass"),
    ("__iter__ __next__", "for q in Up(5): pass"),
    ("__call__", "adder(3)"),
    ("__bool__", "if truthy: pass"),
    ("__str__", "str(v1)"),
    ("__repr__", "repr(v1)"),
    ("__hash__ key", "dv[v1]"),
    ("__eq__ in list", "v2 in vl"),
    ("dataclass-like", "Rec(1, 2.0, 'x')"),
    ("subclass init", "Sub(1, 2)"),
    ("isinstance tuple", "isinstance(x, (str, int))"),
    ("type(x) is", "type(x) is int"),
    ("is None", "z = x is None"),
    ("try key error", "try: d['nope']\nexcept KeyError: pass"),
    ("try finally", "try: z = 1\nfinally: w = 2"),
    ("raise in call", "try: bad()\nexcept ValueError as e: pass"),
    ("own exception", "try: raise Oops(3)\nexcept Oops as e: z = e.args"),
    ("generator send", "next(g_inf)"),
    ("yield from", "for q in gen2(10): pass"),
    ("generator expression", "for q in (v + 1 for v in t): pass"),
    ("unpack star", "q, *w = t"),
    ("unpack nested", "(q, w), e = nest"),
    ("tuple display", "z = (x, y, s)"),
    ("list *", "[0] * 100"),
    ("global set", "gset()"),
    ("walrus", "if (q := x + 1) > 3: pass"),
    ("slice object", "l[1:-1:2]"),
    ("str += int", "z = s + str(x)"),
    ("bytes-like hex", "hex(x)"),
    ("bin", "bin(x)"),
    ("divmod float", "divmod(y, 0.7)"),
    ("round int", "round(y)"),
    ("sum floats", "sum(fl)"),
    ("id", "p is r"),
    ("callable", "callable(f0)"),
    ("iter next", "next(iter(t))"),
    ("list(zip)", "list(zip(t, t))"),
    ("list(map(int))", "list(map(int, digits))"),
    ("str split int", "[int(q) for q in nums.split()]"),
    ("queue", "bfs(graph)"),
    ("sieve(200)", "sieve(200)"),
    ("matmul 6x6", "matmul(m6, m6)"),
    ("n-body step", "nbody(bodies, 0.001)"),
    ("mandelbrot point", "mandel(-0.7, 0.2)"),
    ("word count", "wordcount(text)"),
    ("bubble sort", "bubble(l[20:0:-1])"),
    ("quicksort", "quick(l[::-7])"),
    ("collatz", "collatz(27)"),
    ("gcd", "gcd(1071, 462)"),
    ("binary search", "bsearch(l2, 77)"),
    ("levenshtein", "lev('kitten', 'sitting')"),
    ("csv build", "csv(pairs)"),
    ("tree build walk", "walk(build(5))"),
    ("linked list", "chain(20)"),
    ("newton sqrt", "newton(2.0)"),
    ("string reverse words", "' '.join(reversed(s.split()))"),
    ("caesar", "caesar(s)"),
    ("prime factors", "factors(5040)"),
    ("memo fib", "mfib(15, {})"),
    ("permutations", "perms([1, 2, 3])"),
    ("horner", "horner(coef, 0.5)"),
    ("heat 1-d", "heat(fl)"),
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
class Oops(Exception):
    pass
class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y
    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)
    def __eq__(self, other):
        return self.x == other.x and self.y == other.y
    def __lt__(self, other):
        return self.x < other.x
    def __hash__(self):
        return 7
    def __repr__(self):
        return f"Vec({self.x}, {self.y})"
class Box:
    def __init__(self):
        self.at = [1, 2, 3, 4]
    def __getitem__(self, k):
        return self.at[k]
    def __setitem__(self, k, v):
        self.at[k] = v
    def __len__(self):
        return 4
    def __contains__(self, v):
        return v in self.at
    def __iter__(self):
        for v in self.at:
            yield v
class Up:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return self
    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n
class Adder:
    def __call__(self, v):
        return v
class Truthy:
    def __bool__(self):
        return True
class Rec:
    def __init__(self, a, b, c="", d=None):
        self.a = a
        self.b = b
        self.c = c
        self.d = d
class Sub(P):
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y
class Slots:
    __slots__ = ("x", "y")
    def __init__(self):
        self.x = 1
class Node:
    def __init__(self, v, left=None, right=None):
        self.v = v
        self.left = left
        self.right = right
class O:
    pass
P.attr = 5
P.stat = staticmethod(lambda v: v)
P.cls = classmethod(lambda c, v: v)
def set_prop2(self, v):
    self.x = v
P.prop2 = property(lambda self: self.x, set_prop2)
p.n = 0
o = O()
o.p = p
sl = Slots()
v1 = Vec(1, 2)
v2 = Vec(1, 3)
vl = [v1, v1, v2]
dv = {v1: 1}
box = Box()
adder = Adder()
truthy = Truthy()
bm = p.get
lam = lambda v: v + 1
l2 = list(range(100))
lm = list(range(100))
zl = [0] * 50
fl = [((7 * k) % 31) * 0.5 for k in range(31)]
pairs = [(k * 7 % 11, k) for k in range(11)]
t2 = (1, 2, 3)
t3 = (1, 2, 4)
nest = ((1, 2), 3)
d2 = {"a": 1, "b": 2}
dt = {(1, 2): 3}
dl = {}
st2 = {2, 3, 4}
s2 = "hello there"
line = "a,b,c,d,e"
digits = "1234567"
nums = "12 345 6 7890"
big = 3 ** 100
cz = 1.5 + 2.5j
mat = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
m6 = [[float(i * 6 + j) for j in range(6)] for i in range(6)]
text = "the quick brown fox jumps over the lazy dog and the cat " * 2
graph = {k: [(k * 2) % 20, (k + 3) % 20] for k in range(20)}
coef = [1.0, -2.0, 0.5, 3.0, -1.0]
bodies = [[float(k), k * 0.5, 1.0, 0.1 * k, 0.2, -0.1 * k, 1.0 + k] for k in range(4)]
gval = 0
def gset():
    global gval
    gval = 1
def bad():
    raise ValueError("bad")
def f1(a):
    return a
def fv(*args):
    return args
def fk(**kw):
    return kw
def mk2(v):
    def inner(w):
        return v + w
    return inner(1)
def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
count = counter()
def fact(n):
    r = 1
    for k in range(2, n + 1):
        r *= k
    return r
def rfact(n):
    return 1 if n <= 1 else n * rfact(n - 1)
def gen2(n):
    yield from range(n)
def inf():
    while True:
        yield 1
g_inf = inf()
def bfs(g):
    seen = {0}
    queue = [0]
    while queue:
        k = queue.pop(0)
        for n in g[k]:
            if n not in seen:
                seen.add(n)
                queue.append(n)
    return seen
def sieve(n):
    flags = [True] * (n + 1)
    flags[0] = flags[1] = False
    k = 2
    while k * k <= n:
        if flags[k]:
            for m in range(k * k, n + 1, k):
                flags[m] = False
        k += 1
    return [k for k in range(n + 1) if flags[k]]
def matmul(a, b):
    n = len(a)
    c = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            acc = 0.0
            for k in range(n):
                acc += a[i][k] * b[k][j]
            c[i][j] = acc
    return c
def nbody(bodies, dt):
    for i, a in enumerate(bodies):
        for b in bodies[i + 1:]:
            dx = a[0] - b[0]
            dy = a[1] - b[1]
            dz = a[2] - b[2]
            mag = dt / (dx * dx + dy * dy + dz * dz + 0.01) ** 1.5
            a[3] -= dx * b[6] * mag
            a[4] -= dy * b[6] * mag
            a[5] -= dz * b[6] * mag
            b[3] += dx * a[6] * mag
            b[4] += dy * a[6] * mag
            b[5] += dz * a[6] * mag
    for b in bodies:
        b[0] += dt * b[3]
        b[1] += dt * b[4]
        b[2] += dt * b[5]
def mandel(cr, ci):
    zr = zi = 0.0
    for k in range(50):
        if zr * zr + zi * zi > 4.0:
            return k
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
    return 50
def wordcount(text):
    counts = {}
    for w in text.split():
        counts[w] = counts.get(w, 0) + 1
    return sorted(counts.items(), key=lambda e: (-e[1], e[0]))
def bubble(a):
    n = len(a)
    for i in range(n):
        for j in range(n - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
    return a
def quick(a):
    if len(a) <= 1:
        return a
    pivot = a[len(a) // 2]
    return quick([v for v in a if v < pivot]) + [v for v in a if v == pivot] + quick([v for v in a if v > pivot])
def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps
def gcd(a, b):
    while b:
        a, b = b, a % b
    return a
def bsearch(a, v):
    lo, hi = 0, len(a)
    while lo < hi:
        mid = (lo + hi) // 2
        if a[mid] < v:
            lo = mid + 1
        else:
            hi = mid
    return lo
def lev(a, b):
    row = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, cb in enumerate(b, 1):
            cur = min(row[j] + 1, row[j - 1] + 1, last + (ca != cb))
            last, row[j] = row[j], cur
    return row[-1]
def csv(pairs):
    out = []
    for a, b in pairs:
        out.append("%d,%s" % (a, b))
    return "\\n".join(out)
def build(n):
    return None if n == 0 else Node(n, build(n - 1), build(n - 1))
def walk(node):
    return 0 if node is None else node.v + walk(node.left) + walk(node.right)
def chain(n):
    head = None
    for k in range(n):
        head = Node(k, head)
    total = 0
    while head is not None:
        total += head.v
        head = head.left
    return total
def newton(a):
    z = a
    for _ in range(8):
        z = 0.5 * (z + a / z)
    return z
def caesar(s):
    out = ""
    for ch in s:
        if ch.isalpha():
            out += chr((ord(ch) - 97 + 3) % 26 + 97)
        else:
            out += ch
    return out
def factors(n):
    out = []
    k = 2
    while k * k <= n:
        while n % k == 0:
            out.append(k)
            n //= k
        k += 1
    if n > 1:
        out.append(n)
    return out
def mfib(n, memo):
    if n in memo:
        return memo[n]
    memo[n] = n if n < 2 else mfib(n - 1, memo) + mfib(n - 2, memo)
    return memo[n]
def perms(a):
    if not a:
        return [[]]
    return [[a[i]] + rest for i in range(len(a)) for rest in perms(a[:i] + a[i + 1:])]
def horner(c, x):
    acc = 0.0
    for v in c:
        acc = acc * x + v
    return acc
def heat(u):
    return [u[0]] + [u[i] + 0.1 * (u[i - 1] - 2 * u[i] + u[i + 1]) for i in range(1, len(u) - 1)] + [u[-1]]
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
        mine, other = min(t[k] for t in ours), min(t[k] for t in theirs)
        ratio = other / mine
        slower += ratio < 1
        print("%-28s %12.1f %12.1f %8.2f%s" % (name, other, mine, ratio, "  slower" if ratio < 1 else ""))
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
