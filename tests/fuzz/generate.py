#!/usr/bin/env python3
# generate.py -- random array programs from a seed.
#
# The generator runs each statement under NumPy as it goes: it sees real shapes, dtypes and values,
# keeps what works, and so most programs end without an error; a few failing statements are kept
# inside try/except, and one program in twenty ends with an uncaught error.  Programs print what
# is exact on both sides: integers, IEEE arithmetic, sums of at most 8,192 elements.
#
#   python3 tests/fuzz/generate.py SEED            prints one program
#   python3 tests/fuzz/generate.py --corpus N DIR  writes programs of the seeds 1 to N
#
# Invariant: the same seed gives the same text.

import contextlib
import io
import os
import random
import sys
import warnings

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import oracle  # noqa: E402

SUM_LIMIT = 8192  # elements of a float sum that prints in full
HUGE = 2 ** 40


class Program:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seed = seed
        self.lines = ["import numpy as np"]
        self.names = []
        self.count = 0
        self.space = {}
        self.rerun()

    # -- running what is there ------------------------------------------------------------------

    def rerun(self):
        """Runs the accepted lines from the start (after a statement failed half way)."""
        self.space = {}
        self.execute("\n".join(self.lines))
        self.names = [name for name in self.names if name in self.space]

    def execute(self, text):
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(text, "<fuzz>", "exec"), self.space)

    def accept(self, text, name=None):
        """Appends a statement if it runs and leaves tame values; True when it did."""
        try:
            self.execute(text)
        except Exception:
            if self.chance(0.15) and name is None and "\n" not in text:
                self.lines += ["try:", "    " + text, "except Exception as error:",
                               "    print(type(error).__name__, error)"]
            self.rerun()
            return False
        if name is not None and name not in self.names:
            self.names.append(name)
        if not all(self.tame(self.space[known]) for known in self.names):
            if name is not None and name in self.names:
                self.names.remove(name)
            self.rerun()
            return False
        self.lines += text.split("\n")
        return True

    def tame(self, value):
        """Small enough to print and to go on with."""
        import numpy as np

        if np.ndim(value) > 4 or np.size(value) > 40000:
            return False
        if np.size(value) == 0 or value.dtype.kind not in "fc":
            return True
        return bool(np.isfinite(value).all()) and bool(np.abs(value).max() < HUGE)

    # -- choosing -------------------------------------------------------------------------------

    def chance(self, share):
        return self.random.random() < share

    def pick(self, *items):
        return self.random.choice(items)

    def new(self):
        self.count += 1
        return "a%d" % self.count

    def arrays(self, test=lambda value: True):
        """Names of arrays that pass the test, later ones more often."""
        found = [name for name in self.names if getattr(self.space[name], "ndim", 0) > 0
                 and self.space[name].size > 0 and test(self.space[name])]
        return found + found[-4:]

    def array(self, test=lambda value: True):
        found = self.arrays(test)
        return self.random.choice(found) if found else None

    def scalar(self, kind):
        if kind == "b":
            return self.pick("True", "False")
        if kind == "f":
            return self.pick("0.5", "2", "1.25", "-3.0", "0.1", "7", "1e3")
        return str(self.random.randint(1, 9))

    def slice_text(self, extent):
        """A slice of an axis that is not empty where that is possible."""
        start = self.random.randint(0, max(0, extent - 1))
        stop = self.random.randint(start, extent)
        step = self.pick("", "", ":2", ":3", ":-1", ":-2")
        if step.startswith(":-"):
            left = "" if stop >= extent else str(stop)
            return "%s:%s%s" % (left, "" if start == 0 else start - 1, step)
        form = self.random.random()
        if form < 0.25:
            return ":" + step if step else ":"
        if form < 0.5 and extent > 2:
            return "%d:%s%s" % (self.random.randint(0, 2), self.pick("", "-1"), step)
        return "%d:%d%s" % (start, stop, step)

    def index_text(self, shape, keep=False):
        """Basic index: slices, and integers unless every axis is to be kept."""
        parts = []
        for extent in shape:
            if not keep and self.chance(0.15):
                parts.append(str(self.random.randint(-extent, extent - 1)))
            else:
                parts.append(self.slice_text(extent))
        if len(parts) > 1 and self.chance(0.2):
            parts = parts[:-1]
        if not keep and self.chance(0.1):
            parts.insert(self.random.randint(0, len(parts)), self.pick("None", "..."))
        return ", ".join(parts)

    def operand(self, shape, inside=False):
        """Text of something that broadcasts with `shape` (to it, when `inside`)."""
        import numpy as np

        def fits(value):
            try:
                return np.broadcast_shapes(value.shape, shape) == tuple(shape) or \
                    (not inside and np.prod(np.broadcast_shapes(value.shape, shape)) < 20000)
            except ValueError:
                return False

        name = self.array(fits)
        if name is None or self.chance(0.2):
            scalars = [known for known in self.names if getattr(self.space[known], "ndim", 1) == 0]
            return self.random.choice(scalars) if scalars and self.chance(0.4) else self.scalar("i")
        return name

    # -- statements -----------------------------------------------------------------------------

    def shape(self):
        kind = self.random.random()
        if kind < 0.12:
            return self.pick((0,), (0, 3), (3, 0), (1, 1), (1, 1, 1), (2, 0, 3), (1, 7), (7, 1), (1,), (2,), (1, 100), (100, 1))
        kind = self.random.random()
        if kind < 0.45:
            return (self.pick(1, 3, 5, 8, 13, 30, 57, 100, 1000, 9000),)
        if kind < 0.85:
            return (self.pick(1, 2, 5, 7, 12, 30, 64), self.pick(1, 3, 4, 9, 16, 33, 100))
        return (self.pick(1, 2, 4, 6), self.pick(2, 3, 5, 11), self.pick(1, 4, 7, 10))

    def make(self):
        name, shape = self.new(), self.shape()
        count = 1
        for extent in shape:
            count *= extent
        kind = self.random.random()
        if kind < 0.6:
            dtype = self.pick("np.int64", "np.int64", "np.float64", "np.float64", "np.int32", "np.int8",
                              "np.uint8", "np.float32", "np.bool_", "np.complex128")
            values = "np.arange(%d) * %d %% %d" % (count, self.pick(1, 3, 7, 11, 7919), self.pick(5, 13, 50, 101))
            if dtype == "np.bool_":
                values = "np.arange(%d) * 7 %% 5 > 2" % count
            text = "%s = (%s).astype(%s)" % (name, values, dtype)
            if dtype == "np.float64" and self.chance(0.5):
                text += " / " + self.pick("4", "8", "3", "7")
            if len(shape) > 1:
                text = "%s = (%s).reshape%r" % (name, text.partition(" = ")[2], shape)
        elif kind < 0.75:
            text = "%s = np.%s(%r, dtype=%s)" % (name, self.pick("zeros", "ones"), shape,
                                                 self.pick("int", "float", "np.float32", "np.int16"))
        elif kind < 0.85:
            text = "%s = np.full(%r, %s)" % (name, shape, self.pick("3", "0.5", "True", "7.25"))
        elif kind < 0.95:
            text = "%s = np.linspace(0, %d, %d)" % (name, self.pick(1, 8, 10), self.pick(5, 9, 17, 101))
        else:
            text = "%s = np.eye(%d)" % (name, self.pick(2, 5, 12))
        return self.accept(text, name)

    def view(self):
        source, name = self.array(), self.new()
        if source is None:
            return False
        shape = self.space[source].shape
        kind = self.random.random()
        if kind < 0.55:
            form = "%s[%s]" % (source, self.index_text(shape))
        elif kind < 0.7:
            form = source + ".T"
        elif kind < 0.8:
            form = source + self.pick(".ravel()", ".reshape(-1)")
        elif kind < 0.9:
            size = self.space[source].size
            divisors = [d for d in range(1, 60) if size % d == 0]
            form = "%s.reshape(%d, -1)" % (source, self.random.choice(divisors))
        elif len(shape) > 1:
            axes = list(range(len(shape)))
            self.random.shuffle(axes)
            form = self.pick("%s.transpose(%s)" % (source, ", ".join(map(str, axes))), source + ".diagonal()")
        else:
            form = "%s[:, None]" % source
        return self.accept("%s = %s" % (name, form), name)

    def expression(self, shape=None, depth=2):
        """An element-wise expression; its first operand has `shape` when given."""
        import numpy as np

        source = self.array(lambda value: shape is None or value.shape == tuple(shape))
        if source is None:
            return None
        value = self.space[source]
        kind = value.dtype.kind
        other = self.operand(value.shape, shape is not None)
        if depth > 1 and self.chance(0.3):
            inner = self.expression(value.shape, depth - 1)
            other = "(%s)" % inner if inner else other
        if kind == "b":
            return self.pick("%s & (%s > 1)", "%s | (%s > 3)", "%s ^ (%s == 2)", "%s + %s") % (source, other)
        if kind in "iu" and self.chance(0.3):
            return self.pick("%s %% (%s %% 7 + 8)" % (source, source), "%s // 3" % source, "%s & %s" % (source, self.pick("7", "12")),
                             "%s << 1" % source, "%s >> 2" % source, "np.abs(%s)" % source, "~%s" % source,
                             "%s ** 2" % source, "-%s" % source, "np.minimum(%s, 50)" % source)
        if kind == "f" and self.chance(0.3):
            return self.pick("np.sqrt(np.abs(%s))", "np.floor(%s)", "np.abs(%s)", "-%s", "%s ** 2", "np.rint(%s)",
                             "np.sign(%s)", "%s %% 5", "%s // 0.5", "np.clip(%s, -2, 9)", "%s / 3",
                             "np.trunc(%s)") % source
        if kind == "c":
            return self.pick("%s + %s", "%s - %s", "%s * %s") % (source, other)
        if np.prod(value.shape) and self.chance(0.2):
            return self.pick("np.where(%s > %s, %s, 0)" % (source, other, source), "np.maximum(%s, %s)" % (source, other),
                             "np.minimum(%s, %s)" % (source, other), "(%s > %s) * 1" % (source, other),
                             "np.where(%s %% 2 == 0, %s, %s)" % (source, other, source))
        return "%s %s %s" % (source, self.pick("+", "-", "*", "+", "-"), other)

    def elementwise(self):
        name, text = self.new(), self.expression()
        return text is not None and self.accept("%s = %s" % (name, text), name)

    def inplace(self):
        target = self.array()
        if target is None:
            return False
        value = self.space[target]
        left = target
        if self.chance(0.5):
            left = "%s[%s]" % (target, self.index_text(value.shape, keep=True))
        try:
            shape = eval(left, self.space).shape
        except Exception:
            return False
        right = self.expression(shape, 1) if self.chance(0.4) else self.operand(shape, True)
        if right is None:
            return False
        operators = {"f": ["+=", "-=", "*=", "="], "b": ["^=", "|=", "="]}.get(value.dtype.kind, ["+=", "-=", "*=", "=", "="])
        operator = self.random.choice(operators)
        if operator == "=" and "[" not in left:
            left += "[...]" if self.chance(0.3) else "[:]"
        return self.accept("%s %s %s" % (left, operator, right))

    def overlap(self):
        """Reads and writes of shifted or reversed parts of one array."""
        target = self.array(lambda value: value.shape[0] > 2 and value.dtype.kind != "b")
        if target is None:
            return False
        extent = self.space[target].shape[0]
        shift = self.random.randint(1, min(4, extent - 1))
        form = self.pick("{a}[{k}:] {op} {a}[:-{k}]", "{a}[:-{k}] {op} {a}[{k}:]", "{a}[:] {op} {a}[::-1]",
                         "{a}[{k}:] {op} {a}[:-{k}] - {a}[{k}:]", "{a}[::-1] {op} {a}",
                         "{a}[{k}:] {op} {a}[:-{k}][::-1]", "{a}[1:-1] {op} {a}[:-2] + {a}[2:]")
        return self.accept(form.format(a=target, k=shift, op=self.pick("=", "+=", "-=")))

    def reduction(self):
        source, name = self.array(), self.new()
        if source is None:
            return False
        value = self.space[source]
        method = self.pick("sum", "sum", "max", "min", "any", "all", "argmax", "argmin", "cumsum", "mean")
        if method in ("sum", "mean", "cumsum") and value.dtype.kind in "fc" and value.size > SUM_LIMIT:
            return False
        axis = ""
        if self.chance(0.5):
            axis = "axis=%d" % self.random.randint(-value.ndim, value.ndim - 1)
            if method not in ("cumsum",) and self.chance(0.3):
                axis += ", keepdims=True"
        return self.accept("%s = %s.%s(%s)" % (name, source, method, axis), name)

    def mask(self):
        source = self.array(lambda value: value.dtype.kind in "iuf")
        if source is None:
            return False
        test = "%s %s %s" % (source, self.pick(">", "<", "==", ">=", "!="), self.scalar("i"))
        kind = self.random.random()
        if kind < 0.35:
            name = self.new()
            return self.accept("%s = %s[%s]" % (name, source, test), name)
        if kind < 0.7:
            return self.accept("%s[%s] %s %s" % (source, test, self.pick("=", "+=", "*="), self.scalar("i")))
        if kind < 0.85:
            return self.accept("%s[%s] = %s[%s][::-1]" % (source, test, source, test))
        name = self.new()
        return self.accept("%s = np.nonzero(%s)[%d].copy()" % (name, test, self.random.randrange(self.space[source].ndim)), name)

    def fancy(self):
        source = self.array()
        if source is None:
            return False
        extent = self.space[source].shape[0]
        index = "np.arange(%d) * %d %% %d" % (self.pick(1, 3, extent, 2 * extent + 1), self.pick(1, 2, 7, 11), extent)
        if self.chance(0.3):
            index = "[%s]" % ", ".join(str(self.random.randint(-extent, extent - 1)) for _ in range(self.random.randint(1, 4)))
        if self.chance(0.55):
            name = self.new()
            return self.accept("%s = %s[%s]" % (name, source, index), name)
        right = self.pick(self.scalar("i"), "%s[%s]" % (source, index), "%s[%s][::-1]" % (source, index))
        return self.accept("%s[%s] %s %s" % (source, index, self.pick("=", "+="), right))

    def join(self):
        source, name = self.array(), self.new()
        if source is None:
            return False
        shape = self.space[source].shape
        other = self.array(lambda value: value.shape == shape)
        kind = self.random.random()
        if kind < 0.4:
            text = "np.concatenate([%s, %s], axis=%d)" % (source, other, self.random.randrange(len(shape)))
        elif kind < 0.6:
            text = "np.stack([%s, %s], axis=%d)" % (source, other, self.random.randint(0, len(shape)))
        elif kind < 0.8:
            text = "np.sort(%s, axis=%s)" % (source, self.pick("-1", "0"))
        elif kind < 0.9:
            text = source + self.pick(".copy()", ".astype(float)", ".astype(np.int16)", ".flatten()")
        else:
            square = self.array(lambda value: value.ndim == 2 and value.dtype.kind == "i" and value.shape[0] < 70)
            text = "%s @ %s.T" % (square, square) if square else source + ".copy()"
        return self.accept("%s = %s" % (name, text), name)

    def element(self):
        source, name = self.array(), self.new()
        if source is None:
            return False
        at = ", ".join(str(self.random.randint(-extent, extent - 1)) for extent in self.space[source].shape)
        if self.chance(0.5):
            return self.accept("%s = %s[%s]" % (name, source, at), name)
        return self.accept("%s[%s] = %s" % (source, at, self.scalar("i")))

    def inner(self):
        """A statement for the body of a block, as text; it creates no name."""
        lines, names = list(self.lines), list(self.names)
        before = len(self.lines)
        for _ in range(6):
            if self.pick(self.inplace, self.overlap, self.mask, self.element)() and self.names == names:
                break
        body = self.lines[before:]
        self.lines, self.names = lines, names
        self.rerun()
        return body

    # -- the corners: empty and one-element arrays, subsets of axes, out= over its own operand ------

    def any_array(self, test=lambda value: True):
        """The name of an array that may be empty."""
        found = [name for name in self.names if getattr(self.space[name], "ndim", 0) > 0 and test(self.space[name])]
        return self.random.choice(found) if found else None

    def axes_text(self, ndim):
        """axis=None, one axis or a tuple of some, counted from either end."""
        kind = self.random.random()
        if kind < 0.2:
            return "axis=None"
        if kind < 0.5:
            return "axis=%d" % self.random.randint(-ndim, ndim - 1)
        axes = self.random.sample(range(ndim), self.random.randint(0, ndim))
        return "axis=(%s)" % "".join("%d, " % (axis - self.pick(0, ndim)) for axis in axes)

    def axes_reduction(self):
        source, name = self.any_array(), self.new()
        if source is None:
            return False
        value = self.space[source]
        kind, options = value.dtype.kind, [self.axes_text(value.ndim)]
        method = self.pick("sum", "sum", "prod", "max", "min", "any", "all")
        if method in ("sum", "prod") and kind in "fc" and (value.size > SUM_LIMIT or method == "prod"):
            method = "max"
        if self.chance(0.4):
            options.append("keepdims=True")
        if method in ("sum", "prod") and kind in "biu" and self.chance(0.3):
            options.append("dtype=" + self.pick("np.int64", "np.int32", "np.uint8", "np.int16"))
        if method in ("sum", "prod", "max", "min") and kind != "b" and (value.size == 0 or self.chance(0.3)):
            options.append("initial=" + self.pick("0", "3", "100"))
            if self.chance(0.5):
                options.append("where=%s %% 2 == %d" % (source, self.pick(0, 1)))
        return self.accept("%s = np.%s(%s, %s)" % (name, method, source, ", ".join(options)), name)

    def scan(self):
        source, name = self.any_array(lambda value: value.dtype.kind in "biu" or value.size < 1000), self.new()
        if source is None:
            return False
        value = self.space[source]
        axis = self.pick("", "axis=%d" % self.random.randint(-value.ndim, value.ndim - 1))
        if value.dtype.kind in "biu" and self.chance(0.3):
            return self.accept("%s = %s.cumprod(%s)" % (name, source, axis), name)
        if self.chance(0.3) and axis and value.dtype.kind in "if":
            return self.accept("np.cumsum(%s, %s, out=%s)" % (source, axis, source))
        return self.accept("%s = np.cumsum(%s%s)" % (name, source, ", " * bool(axis) + axis), name)

    def out_overlap(self):
        """A ufunc that writes over what it reads, moved or turned."""
        name = self.array(lambda value: value.dtype.kind in "iuf")
        if name is None:
            return False
        value = self.space[name]
        spots = [name, name + "[::-1]"]
        if value.shape[0] > 2:
            spots += [name + "[1:]", name + "[:-1]", name + "[2::2]", name + "[1:-1:2]"]
        if value.ndim == 2 and value.shape[0] == value.shape[1]:
            spots += [name + ".T", name + ".T[::-1]", name + "[:, ::-1]"]
        if value.ndim == 2 and value.shape[1] > 1:
            spots += [name + "[:, 1:]", name + "[:, :-1]", name + "[:, :1]", name + "[:1]"]
        left, right, target = (self.random.choice(spots) for _ in range(3))
        if self.chance(0.3):
            return self.accept("%s %s %s" % (target, self.pick("=", "+=", "-="), right))
        where = ", where=%s %% 3 == 0" % left if self.chance(0.3) else ""
        ufunc = self.pick("np.add", "np.subtract", "np.minimum", "np.maximum")
        return self.accept("%s(%s, %s, out=%s%s)" % (ufunc, left, right, target, where))

    def view_written(self):
        """A write through a view made on the spot: reshape, ravel, diagonal, newaxis, a mask or list on it."""
        source = self.array(lambda value: value.dtype.kind in "iuf")
        if source is None:
            return False
        value = self.space[source]
        views = [source + ".reshape(-1)[%s]" % self.slice_text(value.size), source + ".ravel()[::-2]",
                 source + "[None]", source + "[..., None]", source + ".T[%d:]" % self.pick(0, 1), source + "[::-1]"]
        divisors = [d for d in range(1, 40) if value.size % d == 0]
        views.append("%s.reshape(%d, -1)[:, ::-1]" % (source, self.random.choice(divisors)))
        views.append("%s.reshape(-1, %d)[%s]" % (source, self.random.choice(divisors), self.pick("::2", "::-1", "1:", "-1")))
        view = self.random.choice(views)
        shape = eval(view, self.space).shape
        size = shape[0] if shape else 0
        spot = self.pick("[...]", "[...]", "[%s %% 3 == 1]" % view, "[%s]" % self.slice_text(size))
        if self.chance(0.3) and size:
            spot = "[[%s]]" % ", ".join(str(self.random.randint(-size, size - 1)) for _ in range(self.random.randint(0, 5)))
        right = self.scalar("i") if self.chance(0.4) else self.pick("%s%s * 2", "%s%s[::-1]", "%s%s + 1") % (view, spot)
        return self.accept("%s%s %s %s" % (view, spot, self.pick("=", "+=", "="), right))

    def fancy_more(self):
        """Index arrays beside slices, several of them, masks of one axis, duplicates."""
        source = self.array(lambda value: value.ndim > 1)
        if source is None:
            return False
        view = source + self.pick("", "", "[::-1]", ".T", "[:, ::-1]", "[1:]")
        shape = eval(view, self.space).shape
        if 0 in shape:
            return False

        def listed(extent, count):
            return "[%s]" % ", ".join(str(self.random.randint(-extent, extent - 1)) for _ in range(count))

        count = self.random.randint(0, 6)
        index = self.pick("%s, %s" % (listed(shape[0], count), listed(shape[1], count)),
                          ":, %s" % listed(shape[1], count),
                          "%s, %s" % (listed(shape[0], count), self.slice_text(shape[1])),
                          "%s, %d" % (listed(shape[0], count), self.random.randrange(shape[1])),
                          "np.arange(%d) %% 2 == 0" % shape[0],
                          ":, np.arange(%d) %% 3 > 0" % shape[1],
                          "np.arange(%d) %% 2 == 0, %d" % (shape[0], self.random.randrange(shape[1])),
                          "np.array(%s)[:, None], np.array(%s)" % (listed(shape[0], 3), listed(shape[1], 2)),
                          "None, %s" % listed(shape[0], count))
        if self.chance(0.5):
            name = self.new()
            return self.accept("%s = %s[%s]" % (name, view, index), name)
        right = self.scalar("i") if self.chance(0.5) else self.pick("%s[%s] * 2", "%s[%s][::-1]") % (view, index)
        return self.accept("%s[%s] %s %s" % (view, index, self.pick("=", "+="), right))

    def reshuffle(self):
        source, name = self.any_array(), self.new()
        if source is None:
            return False
        value = self.space[source]
        axis, steps = self.random.randint(-value.ndim, value.ndim - 1), self.random.randint(-5, 5)
        text = self.pick("np.roll(%s, %d)" % (source, steps), "np.roll(%s, %d, axis=%d)" % (source, steps, axis),
                         "np.tile(%s, %s)" % (source, self.pick("2", "(2, 1)", "(1, 3)", "0", "(2, 2, 1)")),
                         "np.repeat(%s, %d)" % (source, abs(steps) % 4), "np.repeat(%s, 2, axis=%d)" % (source, axis),
                         "np.pad(%s, %d)" % (source, abs(steps) % 3), "np.pad(%s, (1, 2), 'edge')" % source,
                         "np.pad(%s, 1, 'wrap')" % source, "np.flip(%s, %d)" % (source, axis),
                         "np.array_split(%s, 3, axis=%d)[%d]" % (source, axis, self.random.randint(-1, 2)),
                         "np.concatenate([%s, %s[:0], %s], axis=%d)" % (source, source, source, axis),
                         "np.stack([%s, %s], axis=%d)" % (source, source, axis),
                         "np.argsort(%s, axis=%d, kind='stable')" % (source, axis), "np.sort(%s, axis=None)" % source,
                         "np.moveaxis(%s, 0, -1)" % source, "np.diff(%s, axis=%d)" % (source, axis),
                         "np.unique(%s)" % source, "np.argmax(%s, axis=%d)" % (source, axis),
                         "np.argmin(%s)" % source, "np.count_nonzero(%s, axis=%d)" % (source, axis),
                         "np.take(%s, [0, -1, 0], axis=%d)" % (source, axis), "np.outer(%s, %s[:1])" % (source, source),
                         "np.nonzero(%s)[%d].copy()" % (source, axis), "np.delete(%s, 0, axis=%d)" % (source, axis),
                         "np.squeeze(%s)" % source, "np.expand_dims(%s, %d)" % (source, axis),
                         "np.diagonal(%s, %d)" % (source, steps), "np.searchsorted(np.sort(%s, None), [0, 3])" % source,
                         "np.trace(%s)" % source, "np.tril(%s, %d)" % (source, steps), "%s.take([0, 1])" % source)
        return self.accept("%s = %s" % (name, text), name)

    def product(self):
        """Integer products of every small shape: vectors, one row, one column, stacks, empty ones."""
        def made(shape):
            count = 1
            for extent in shape:
                count *= extent
            return "(np.arange(%d) %% %d).reshape(%r)" % (count, self.pick(3, 5, 7), shape)

        n, k, m = (self.pick(0, 1, 1, 2, 3, 7, 13) for _ in range(3))
        left = self.pick((k,), (n, k), (n, k), (1, k), (2, n, k))
        right = self.pick((k,), (k, m), (k, m), (k, 1), (2, k, m), (3, 1, k, m))
        name, texts = self.new(), [made(left), made(right)]
        if self.chance(0.3):
            texts[0] = made(left[:-2] + left[:-3:-1]) + ".swapaxes(-1, %d)" % (-2 if len(left) > 1 else -1)
        if self.chance(0.3):
            texts[1] += ".astype(%s)" % self.pick("float", "np.float32", "np.int8")
        form = "%s @ %s" if self.chance(0.7) else self.pick("np.dot(%s, %s)", "np.inner(%s, %s)", "np.matmul(%s, %s)")
        return self.accept("%s = %s" % (name, form % tuple(texts)), name)

    def block(self):
        source = self.array(lambda value: value.dtype.kind in "iu" or
                            value.dtype.kind == "f" and value.size <= SUM_LIMIT)
        if source is None:
            return False
        head = self.pick("for i in range(%d):" % self.random.randint(2, 6),
                         "if %s.sum() %s %s:" % (source, self.pick(">", "<"), self.pick("10", "100", "0")),
                         "if (%s %s %s).any():" % (source, self.pick(">", "=="), self.scalar("i")),
                         "for i in range(3):\n    if %s.max() > %s * i:" % (source, self.scalar("i")),
                         "while %s.max() > 60 and %s.size < 5000:" % (source, source))
        indent = "    " * (head.count("\n") + 1)
        if head.startswith("while"):
            stop = "%s[%s > 60] //= 2" % (source, source)
            return self.accept("%s\n%s%s" % (head, indent, stop))
        body = [line for _ in range(self.random.randint(1, 3)) for line in self.inner()]
        if not body:
            return False
        text = head + "\n" + "\n".join(indent + line for line in body)
        if head.startswith("if") and self.chance(0.4):
            text += "\nelse:\n    print('else')"
        return self.accept(text)

    def show(self):
        name = self.random.choice(self.names) if self.names else None
        return name is not None and self.accept(self.print_text(name))

    def print_text(self, name):
        value = self.space[name]
        if getattr(value, "ndim", 0) == 0:
            return "print(%r, %s, type(%s).__name__)" % (name, name, name)
        parts = ["%r" % name, name + ".shape", name + ".dtype", name + ".ravel()[:7]"]
        if value.size > 7:
            parts.append(name + ".ravel()[-3:]")
        if value.dtype.kind not in "fc" or value.size <= SUM_LIMIT:
            parts.append(name + ".sum()")
        return "print(%s)" % ", ".join(parts)

    def build(self):
        kinds = [(self.make, 3), (self.view, 5), (self.elementwise, 6), (self.inplace, 5), (self.overlap, 4),
                 (self.reduction, 4), (self.mask, 4), (self.fancy, 3), (self.join, 2), (self.element, 2),
                 (self.block, 3), (self.show, 2), (self.axes_reduction, 3), (self.scan, 2), (self.out_overlap, 3),
                 (self.view_written, 3), (self.fancy_more, 3), (self.reshuffle, 4), (self.product, 2)]
        statements, weights = [kind for kind, _ in kinds], [weight for _, weight in kinds]
        for _ in range(3):
            self.make()
        for _ in range(self.random.randint(15, 40)):
            self.random.choices(statements, weights)[0]()
        for name in self.names:
            self.lines.append(self.print_text(name))
        if self.chance(0.05):
            source = self.array()
            self.lines.append(self.pick("%s[%s.shape[0]]", "%s.reshape(%s.size + 1)") % (source, source))
        return "# seed %s\n%s\n" % (self.seed, "\n".join(self.lines))


def generate(seed):
    """The program of a seed, as text; NumPy must be importable."""
    return Program(seed).build()


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--corpus":
        oracle.become_oracle()
        for seed in range(1, int(sys.argv[2]) + 1):
            with open(os.path.join(sys.argv[3], "seed_%03d.cnx" % seed), "w", encoding="utf-8") as file:
                file.write(generate(seed))
        return 0
    if len(sys.argv) != 2:
        print("usage: generate.py SEED | --corpus N DIR", file=sys.stderr)
        return 2
    oracle.become_oracle()
    sys.stdout.write(generate(int(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
