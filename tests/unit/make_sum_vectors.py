"""Write sum_vectors.h: float sums whose bits test_sum.c must find.

    python make_sum_vectors.py > sum_vectors.h        (NumPy 2.3)

The rules for large sums are written out here once more, from their definition and without the C
code; small sums come from NumPy itself.  Both sides make the same operands: element i of case c is
drawn from one 64-bit hash, so that a value is an exact product of a 53-bit integer and a power of two.
"""
import math
from fractions import Fraction

import numpy as np

LANES, GROUP, LEAF, COLUMN_LEAF, SMALL = 32, 128, 1024, 128, 8192
MASK = (1 << 64) - 1


def hashed(i):
    x = (i + 1) * 0x9E3779B97F4A7C15 & MASK
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


def element(case, i):
    h = hashed(case * 1000003 + i)
    return math.ldexp((h >> 11) - (1 << 52), -52 - (h & 31))


def operand(case, shape, f):
    size = int(np.prod(shape))
    if np.dtype(f).kind == "c":
        flat = np.array([complex(element(case, 2 * i), element(case, 2 * i + 1)) for i in range(size)])
    else:
        flat = np.array([element(case, i) for i in range(size)])
    return flat.astype(f).reshape(shape)


def leaf(groups, f):
    total = np.zeros(LANES, f)
    for g in groups:
        lane = np.zeros(LANES, f)
        for j in range(0, len(g), LANES):
            part = g[j:j + LANES]
            lane[:len(part)] += part
        total = total + lane
    while len(total) > 1:
        half = len(total) // 2
        total = total[:half] + total[half:]
    return total[0]


def rounded(values, f):
    total = sum((Fraction(float(v)) for v in values), Fraction(0))
    if f == np.float64:
        return f(total.numerator / total.denominator)
    guess = f(float(total))
    near = [guess, np.nextafter(guess, f(np.inf)), np.nextafter(guess, f(-np.inf))]
    return min(near, key=lambda c: (abs(Fraction(float(c)) - total), int(c.view(np.uint32)) & 1))


def rows_sum(block, f):
    shape = list(block.shape)
    width = shape.pop()
    while width < LANES and shape:
        width *= shape.pop()
    rows = block.reshape(-1, width)
    cut = [[r[i:i + GROUP] for i in range(0, width, GROUP)] for r in rows]
    if width >= LEAF:
        per = LEAF // GROUP
        leaves = [leaf(c[i:i + per], f) for c in cut for i in range(0, len(c), per)]
    else:
        per = LEAF // width
        leaves = [leaf(sum(cut[i:i + per], []), f) for i in range(0, len(rows), per)]
    return rounded(leaves, f)


def columns_sum(values, f):
    level = []
    for i in range(0, len(values), COLUMN_LEAF):
        total = f(0)
        for v in values[i:i + COLUMN_LEAF]:
            total = f(total + v)
        level.append(total)
    while len(level) > 1:
        level = [f(level[i] + level[i + 1]) if i + 1 < len(level) else level[i]
                 for i in range(0, len(level), 2)]
    return level[0]


def is_small(shape, red):
    run, d = 1, len(shape)
    while d and red[d - 1]:
        d -= 1
        run *= shape[d]
    return int(np.prod(shape)) <= SMALL or (d < len(shape) and not any(red[:d]) and run <= SMALL)


def summed(a, red, f):
    kept = [d for d in range(a.ndim) if not red[d]]
    axes = [d for d in range(a.ndim) if red[d]]
    if is_small(a.shape, red):
        return a.sum(axis=tuple(axes), dtype=f)
    if np.dtype(f).kind == "c":
        real = np.float32 if f == np.complex64 else np.float64
        out = np.zeros([a.shape[d] for d in kept], f)
        out.real, out.imag = summed_large(a.real, kept, axes, real), summed_large(a.imag, kept, axes, real)
        return out
    return summed_large(a, kept, axes, f)


def summed_large(a, kept, axes, f):
    b = a.transpose(kept + axes)
    out = np.zeros([a.shape[d] for d in kept], f)
    for i in np.ndindex(*out.shape):
        block = np.ascontiguousarray(b[i])
        out[i] = rows_sum(block, f) if axes[-1] == a.ndim - 1 else columns_sum(list(block.ravel()), f)
    return out


SHAPES = [((7,), "r"), ((130,), "r"), ((5, 9), "rk"), ((12, 40), "kr"), ((3, 5, 7), "rkr"), ((8192,), "r"), ((90, 91), "rr"),
          ((2, 8193), "kr"), ((10000,), "r"), ((100, 100), "rr"), ((30, 500), "rr"), ((9, 9, 200), "rrr"), ((4000, 3), "rr"),
          ((3000, 4), "rk"), ((2, 9000), "kr"), ((9, 1025), "rr"), ((60, 5, 40), "rkr"), ((40, 9, 33), "rkk"),
          ((5, 1000, 3), "rrk"), ((9, 1200), "rr"), ((33, 31, 9), "rrr"), ((2, 2, 4100), "rkr")]


def fnv(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & MASK
    return h


def main():
    print("/* sum_vectors.h -- bits of float sums; written by make_sum_vectors.py.  Operands are dense in K order. */")
    case = 0
    for shape, flags in SHAPES:
        for name in ("float64", "float32", "complex128", "complex64"):
            f = np.dtype(name).type
            a = operand(case, shape, f)
            out = np.ascontiguousarray(summed(a, [c == "r" for c in flags], f))
            dims = ", ".join(map(str, shape))
            print('VECTOR(%d, DT_%s, %d, DIMS(%s), "%s", UINT64_C(0x%016x))'
                  % (case, name.upper(), len(shape), dims, flags, fnv(out.tobytes())))
            case += 1


if __name__ == "__main__":
    main()
