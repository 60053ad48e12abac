# stencils.py -- random programs of loops that write what they read shifted.
#
# What renaming, forwarding of copies and remembered plans must get right: copy-backs after shifted reads, copies of a whole array
# that die, rotations of names, edges written between turns, an element written or a value kept in one turn only, views that
# outlive a turn, early exits, folds of what is written, loops in loops and in functions.
#
# Invariant: the same seed gives the same text.  Values stay exact: integers, or halves and quarters for few turns.

import random

SHAPES = [(12,), (100,), (1000,), (9000,), (6, 7), (40, 33), (3, 700), (64, 64), (101, 99), (300, 40), (5, 6, 7), (20, 18, 16)]


class Stencils:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.shape = self.random.choice(SHAPES)
        self.ndim = len(self.shape)
        self.dtype = self.pick("float", "float", "float", "np.float32", "np.int64", "np.int32")
        self.kept = 0

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, p):
        return self.random.random() < p

    def array(self):
        return self.pick("u", "u", "v", "w")

    def view(self, shift=True):
        """An interior view, shifted by at most one along each axis."""
        parts = []
        for _ in range(self.ndim):
            parts.append(self.pick("1:-1", "1:-1", ":-2", "2:") if shift else "1:-1")
        return "[%s]" % ", ".join(parts)

    def term(self):
        return "%s%s" % (self.array(), self.view())

    def value(self, count=None):
        terms = [self.term() for _ in range(count or self.pick(1, 2, 3, 4))]
        text = (" %s " % self.pick("+", "-", "+")).join(terms)
        if self.chance(0.25):
            text = "np.maximum(%s, %s)" % (text, self.term())
        elif self.chance(0.15):
            text = "np.where(%s > %s, %s, %s)" % (self.term(), self.pick("0", "2", self.term()), text, self.term())
        if self.chance(0.6):
            text = "%s * (%s)" % (self.pick("0.5", "0.25") if "float" in self.dtype else self.pick("2", "3", "-1"), text)
        return "(%s) %% 64" % text if self.chance(0.3) or "int" in self.dtype else text

    def edge(self):
        axis = self.random.randrange(self.ndim)
        where = [":"] * self.ndim
        where[axis] = self.pick("0", "-1", ":1", "-1:")
        other = list(where)
        other[axis] = {"0": "1", "-1": "-2", ":1": "1:2", "-1:": "-2:-1"}[where[axis]]
        a = self.array()
        return "%s[%s] = %s" % (a, ", ".join(where), self.pick("0", "3", "%s[%s]" % (a, ", ".join(other))))

    def element(self):
        edge = self.chance(0.6)
        return ", ".join(str(self.pick(0, -1, n // 2) if edge else self.random.randint(-n, n - 1)) for n in self.shape)

    def statements(self):
        a, b, c = self.array(), self.array(), self.array()
        inner = self.view(False)
        kind = self.random.randrange(17)
        if kind < 3:
            return ["work = %s" % self.value(), "%s%s = work" % (a, inner)]
        if kind == 3:
            return ["work = %s" % self.value(), "s += int(np.abs(work - %s%s).max())" % (a, inner), "%s%s = work" % (a, inner)]
        if kind == 4:
            return ["%s%s = %s" % (a, inner, self.value())]
        if kind == 5:
            return ["%s%s %s %s" % (a, self.view() if self.chance(0.3) else inner, self.pick("+=", "-="), self.term())]
        if kind == 6:
            return ["old = %s.copy()" % a, "%s%s = old%s + %s" % (a, inner, self.view(), "old%s" % self.view())]
        if kind == 7:
            return ["%s, %s = %s, %s" % (a, b, b, a)] if a != b else ["u, v, w = v, w, u"]
        if kind == 8:
            return [self.edge()]
        if kind == 9:
            at = self.element()
            return ["if turn %s:" % self.pick("== 1", "== 2", "> 1", "== 5", "% 2"), "    s += int(%s[%s])" % (a, at),
                    "    %s[%s] = %s" % (a, at, self.pick("turn", "3", "0"))]
        if kind == 10:
            self.kept += 1
            return ["if turn == %d:" % self.random.randrange(8), "    kept.append(%s)" % self.pick(a, a + inner, "%s.copy()" % a, "%s * 2" % a)]
        if kind == 11:
            return ["if %s.%s() > %d:" % (a, self.pick("max", "min"), self.pick(10, 1000, 100000)), "    %s" % self.pick("break", "%s //= 2" % a, "%s[...] = 1" % a)]
        if kind == 12:
            return ["s += int(%s%s.%s())" % (a, self.view(), self.pick("max", "min", "argmax"))]
        if kind == 13:
            return ["%s[...] = %s" % (a, self.pick("%s[%s]" % (b, ", ".join(["::-1"] * self.ndim)), b, "%s + 1" % b, "np.roll(%s, 1)" % b))]
        if kind == 14:
            return ["%s = %s.copy()" % (a, b)] if a != b else ["%s = %s * 1" % (a, b)]
        if kind == 15:
            step = "[%s]" % ", ".join(["::2"] * self.ndim)
            return ["%s%s %s 1" % (a, step, self.pick("+=", "-="))]
        return ["work = %s" % self.value(2), "%s%s = work" % (a, inner), "%s%s = work + %s" % (c, inner, self.term())]

    def body(self, count):
        lines = []
        for _ in range(count):
            lines += self.statements()
        return lines

    def text(self):
        size = 1
        for n in self.shape:
            size *= n
        lines = ["import numpy as np"]
        for k, name in enumerate("uvw"):
            lines.append("%s = (np.arange(%d) * %d %% %d).reshape(%r).astype(%s)" %
                         (name, size, self.pick(1, 7, 7919), self.pick(5, 17, 101), self.shape, self.dtype))
        lines += ["kept = []", "s = 0"]
        turns = self.pick(3, 5, 9)
        for _ in range(self.pick(1, 1, 2)):
            body = self.body(self.pick(1, 2, 3, 4))
            if self.chance(0.2):
                inner = self.body(self.pick(1, 2))
                body += ["for again in range(2):"] + ["    " + line for line in inner if "break" not in line]
            loop = ["for turn in range(%d):" % turns] + ["    " + line for line in body]
            if self.chance(0.4):
                lines += ["def steps(u, v, w, s):"] + ["    " + line for line in loop] + ["    return u, v, w, s", "u, v, w, s = steps(u, v, w, s)"]
            else:
                lines += loop
        step = max(1, size // 50)
        for name in "uvw":
            lines.append("print(%s.reshape(-1)[::%d], %s.max(), %s.min(), %s.argmax())" % (name, step, name, name, name))
        lines += ["for k in kept:", "    print(k.reshape(-1)[::%d], k.max(), k.argmin())" % step, "print(s)"]
        return "\n".join(lines) + "\n"


def generate_stencils(seed):
    return Stencils(seed).text()
