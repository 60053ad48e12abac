# chains.py -- random programs of long chains of element-wise statements over one shape.
#
# What generate.py's programs rarely do: temporaries that die or are overwritten between reads,
# shifted and transposed views of what the chain wrote, folds in the middle whose result the chain
# goes on with, conditions that warn or raise at one of the statements, and shapes at which tiles,
# strips and leaves of sums are cut unevenly.
#
# Invariant: the same seed gives the same text.

import generate

SHAPES = [(1,), (2,), (31,), (33,), (255,), (1000,), (1025,), (3000,), (8191,), (8192,), (8193,), (20000,),
          (1, 1), (3, 1000), (40, 31), (40, 32), (40, 33), (17, 254), (9, 1023), (9, 1024), (9, 1025), (64, 1),
          (1, 640), (33, 300), (5, 7, 33), (4, 6, 254), (2, 3, 1025), (8, 1, 100), (0,), (3, 0), (6, 5, 1, 12)]
DTYPES = ["np.float64", "np.float64", "np.float64", "np.float32", "np.int64", "np.int64", "np.int32", "np.int8",
          "np.uint8", "np.bool_", "np.complex128", "np.complex64"]


class Chains(generate.Program):
    """One shape, some leaves, and statements over a small pool of names."""

    POOL = ["t0", "t1", "t2", "t3", "t4", "t5"]

    def __init__(self, seed):
        super().__init__(seed)
        self.shape_all = self.random.choice(SHAPES)
        self.scalars, self.free, self.depth = [], 0, 0
        self.complex = self.chance(0.25)  # then only dyadic numbers: complex products may differ in the last bit

    def tame(self, value):
        return True

    # -- leaves ---------------------------------------------------------------------------------

    def leaf(self):
        shape, name = self.shape_all, self.new()
        where = self.random.random()
        if where < 0.12 and len(shape) > 1:
            shape = shape[1:]
        elif where < 0.24 and len(shape) > 1:
            shape = shape[:-1] + (1,)
        elif where < 0.3:
            shape = ()
        count = 1
        for extent in shape:
            count *= extent
        text = "(np.arange(%d) * %d %% %d - %d)" % (count, self.pick(1, 3, 7919), self.pick(5, 17, 101), self.pick(0, 0, 2, 9))
        dtype = self.random.choice(DTYPES if self.complex else DTYPES[:-2])
        if dtype in ("np.float64", "np.float32") and self.chance(0.6):
            text = "(%s / %s)" % (text, self.pick("4", "8", "2" if self.complex else "3"))
        text += ".astype(%s)" % dtype
        if "complex" in dtype:
            text = "(%s * (1 - 2j)).astype(%s)" % (text, dtype)
        if len(shape) > 1 and self.chance(0.3):
            text += ".reshape(%r).T" % (shape[::-1],)
        elif len(shape) != 1:
            text += ".reshape(%r)" % (shape,)
        return self.accept("%s = %s" % (name, text), name)

    # -- expressions ----------------------------------------------------------------------------

    def full(self):
        names = [name for name in self.names if self.space[name].shape == self.shape_all]
        return self.random.choice(names + names[-3:]) if names else None

    def any_operand(self):
        kind = self.random.random()
        if kind < 0.15:
            return self.pick("2", "3", "0.5", "-1", "1.5", "0", "True", "np.int8(3)", "np.float32(0.25)", "7")
        if kind < 0.3 and self.scalars:
            return self.random.choice(self.scalars)
        if kind < 0.4:
            return self.random.choice(self.names)
        return self.full() or "1"

    def expr(self, depth=2):
        source = self.full()
        if source is None:
            return None
        other = "(%s)" % self.expr(depth - 1) if depth > 1 and self.chance(0.35) else self.any_operand()
        kind = self.space[source].dtype.kind
        forms = ["%s + %s", "%s - %s", "%s * %s", "%s + %s", "%s * %s"]
        if self.chance(0.3):
            forms = ["np.maximum(%s, %s)", "np.minimum(%s, %s)", "(%s > %s)", "(%s == %s)", "(%s <= %s) * 2",
                     "np.where(%s > 0, 1, %s)"]
        elif self.chance(0.2) and kind != "c":
            forms = ["%s / %s", "%s // %s", "%s %% %s", "%s / %s"]
        elif self.chance(0.2):
            other = ""
            forms = ["-%s%s", "np.abs(%s)%s", "%s.astype(np.float32)%s", "%s.astype(np.int16)%s", "%s.astype(bool)%s",
                     "%s ** 2%s", "np.sqrt(np.abs(%s) + 0.0)%s", "%s.real.copy()%s", "np.sign(%s)%s", "%s.astype(float)%s",
                     "np.isfinite(%s)%s", "np.square(%s)%s", "np.logical_not(%s)%s", "%s.copy()%s"]
            if kind == "f":
                forms += ["np.sqrt(%s)%s", "np.floor(%s)%s", "np.clip(%s, -2, 9)%s", "np.reciprocal(%s)%s"]
        return self.random.choice(forms) % (source, other)

    # -- statements -----------------------------------------------------------------------------

    def target(self):
        return self.random.choice(self.POOL)

    def assign(self):
        text, name = self.expr(), self.target()
        return text is not None and self.accept("%s = %s" % (name, text), name)

    def update(self):
        name, text = self.full(), self.expr()
        if name is None:
            return False
        form = self.pick("%s += %s", "%s -= %s", "%s *= %s", "%s[:] = %s", "%s[...] = %s")
        return self.accept(form % (name, text))

    def outward(self):
        name, left, right = self.full(), self.full(), self.any_operand()
        if name is None:
            return False
        ufunc = self.pick("np.add", "np.subtract", "np.multiply", "np.maximum", "np.divide")
        kinds = {self.space[name].dtype.kind if name in self.names else "i" for name in (name, left, right)}
        masked = ""
        if self.chance(0.2) and len(kinds) == 1: # NumPy also converts what the mask keeps, and warns
            masked = ", where=%s > 0" % self.full()
        return self.accept("%s(%s, %s, out=%s%s)" % (ufunc, left, right, name, masked))

    def shifted(self):
        """Reads and writes of views that meet in other elements."""
        left, right = self.full(), self.full()
        if left is None:
            return False
        pairs = [("[1:]", "[:-1]"), ("[:-1]", "[1:]"), ("[::2]", "[::2]"), ("[1::2]", "[1::2]"), ("[::-1]", ""),
                 ("[...]", "[::-1]"), ("[..., 1:]", "[..., :-1]"), ("[..., :-1]", "[..., 1:]"), ("[..., ::-1]", ""),
                 ("[:1]", "[-1:]"), ("[2:]", "[:-2]"), ("[1:-1]", "[1:-1]"), ("[..., :1]", "[..., -1:]"),
                 ("[0]", "[-1]"), ("[-1]", "[0]")]
        a, b = self.random.choice(pairs)
        form = self.pick("%s%s = %s%s", "%s%s += %s%s", "%s%s = %s%s * 2", "%s%s -= %s%s + 1")
        return self.accept(form % (left, a if a else "[...]", right, b))

    def view_kept(self):
        source, name = self.full(), self.target()
        if source is None:
            return False
        view = self.pick("[::-1]", "[...]", "[..., ::-1]", ".reshape(-1)[::-1].reshape(%r)" % (self.shape_all,))
        return self.accept("%s = %s%s" % (name, source, view), name)

    def transposed(self):
        left, right, name = self.full(), self.full(), self.target()
        if left is None:
            return False
        form = self.pick("(%s.T + %s.T).T", "(%s.T * 2 + %s.T).T.copy()", "np.asfortranarray(%s) + %s", "(%s.T.copy() - %s.T).T")
        return self.accept("%s = %s" % (name, form % (left, right)), name)

    def exact(self, name):
        """Is a float sum of it exact at every order?"""
        import numpy as np

        value = self.space[name]
        if value.size <= generate.SUM_LIMIT or value.dtype.kind in "biu":
            return value.dtype.kind != "c" or value.size < 100
        with np.errstate(all="ignore"):
            return bool((np.isfinite(value) & (np.abs(value) < 2 ** 16) & (value * 256 == np.rint(value * 256))).all()) \
                if value.dtype == np.float64 else False

    def fold(self):
        source = self.full()
        if source is None:
            return False
        methods = ["max", "min", "argmax", "argmin", "any", "all"]
        if self.exact(source):
            methods += ["sum"] * 6 + ["mean", "mean"]
            if self.space[source].size <= generate.SUM_LIMIT and self.space[source].dtype.kind != "c":
                methods += ["var", "std"]
        text = "%s.%s()" % (source, self.random.choice(methods))
        if self.chance(0.15):
            text = "np.count_nonzero(%s)" % source
        elif self.chance(0.15) and self.exact(source) and self.space[source].dtype.kind == "i":
            text = "(%s * %s).sum()" % (source, source)
        elif self.chance(0.1):
            text = "%s.%s(axis=%d)" % (source, self.pick("max", "min", "any"), self.pick(0, -1))
        name = "s%d" % self.random.randrange(4)
        if not self.accept("%s = %s" % (name, text)):
            return False
        if getattr(self.space[name], "ndim", 0) == 0 and name not in self.scalars:
            self.scalars.append(name)
        self.scalars = [known for known in self.scalars if getattr(self.space.get(known), "ndim", 1) == 0]
        return True

    def single(self):
        name = self.full()
        if name is None or 0 in self.shape_all:
            return False
        at = ", ".join(str(self.random.randint(-extent, extent - 1)) for extent in self.shape_all)
        if self.chance(0.5):
            scalar = "s%d" % self.random.randrange(4)
            if scalar not in self.scalars:
                self.scalars.append(scalar)
            return self.accept("%s = %s[%s]" % (scalar, name, at))
        return self.accept("%s[%s] = %s" % (name, at, self.pick("1", "0", "3", "-2")))

    def forget(self):
        live = [name for name in self.POOL if name in self.names]
        if len(live) < 3:
            return False
        name = self.random.choice(live)
        self.names.remove(name)
        return self.accept("del %s" % name)

    def observe(self):
        name = self.full()
        return name is not None and self.accept(self.print_text(name))

    def raising(self):
        """A chain under errstate: the statement that meets the condition raises, those before it have run."""
        body = self.several(self.pick(2, 3, 4))
        if not body:
            return False
        kind = self.pick("all='raise'", "divide='raise'", "invalid='raise'", "over='raise', invalid='ignore'", "all='ignore'",
                         "all='warn'", "divide='ignore', under='raise'")
        text = ["try:", "    with np.errstate(%s):" % kind] + ["        " + line for line in body]
        return self.accept("\n".join(text + ["except FloatingPointError as error:", "    print(error)"]))

    def block(self):
        body = self.several(self.pick(2, 3, 5))
        if not body:
            return False
        self.free += 1
        if self.chance(0.5):
            return self.accept("\n".join(["for i%d in range(%d):" % (self.free, self.pick(2, 3, 7))] + ["    " + line for line in body]))
        x, y = self.full(), self.full()
        lines = ["def f%d(x, y):" % self.free, "    u = x * 2 - y", "    v = %s" % self.pick("u[::-1] + x", "u + y", "u.T + 1", "u * u"),
                 "    u %s x" % self.pick("+=", "-="), "    return %s" % self.pick("u + 1", "v", "u", "v.sum() if v.dtype.kind in 'biu' else v.max()")]
        name = self.new()
        return x is not None and self.accept("\n".join(lines + ["%s = f%d(%s, %s)" % (name, self.free, x, y)])) and \
            self.space[name].shape == self.shape_all and (self.names.append(name) or True)

    def several(self, count):
        """Some statements as text, for a block; what they did is undone."""
        if self.depth:
            return []
        self.depth += 1
        lines, names, scalars = list(self.lines), list(self.names), list(self.scalars)
        before = len(lines)
        for _ in range(3 * count):
            if len(self.lines) < before + count:
                self.pick(self.update, self.outward, self.shifted, self.assign, self.update, self.fold)()
        body = [line for line in self.lines[before:] if line[:1] != " " and line[:3] not in ("try", "exc")]
        self.lines, self.names, self.scalars = lines, names, scalars
        self.depth -= 1
        self.rerun()
        return body

    def print_text(self, name):
        value = self.space[name]
        parts = ["%r" % name, name + ".dtype", name + ".shape"]
        if value.ndim == 0:
            return "print(%s, %s)" % (", ".join(parts), name)
        step = max(1, value.size // 9)
        parts.append("%s.reshape(-1)[::%d]" % (name, step))
        if value.size:
            parts += ["%s.max() + 0" % name, name + ".argmin()"]  # zeros of both signs
        return "print(%s)" % ", ".join(parts)

    def build(self):
        kinds = [(self.assign, 12), (self.update, 6), (self.outward, 4), (self.shifted, 4), (self.view_kept, 1),
                 (self.transposed, 2), (self.fold, 5), (self.single, 1), (self.forget, 2), (self.observe, 1),
                 (self.raising, 1), (self.block, 1), (self.leaf, 1)]
        statements, weights = [kind for kind, _ in kinds], [weight for _, weight in kinds]
        for _ in range(5):
            self.leaf()
        if self.full() is None:
            self.accept("a0 = np.ones(%r)" % (self.shape_all,), "a0")
        for _ in range(self.random.randint(12, 45)):
            self.random.choices(statements, weights)[0]()
        for name in sorted(self.names):
            self.lines.append(self.print_text(name))
        for name in sorted(set(self.scalars)):
            self.lines.append("print(%r, %s)" % (name, name))
        return "# chains %s\n%s\n" % (self.seed, "\n".join(self.lines))


def generate_chains(seed):
    return Chains(seed).build()
