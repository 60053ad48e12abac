"""Compare cnx's parser with CPython 3.11's: run by CPython 3.11, with the path of cnx-ast.

    python parser_differential.py build/cnx-ast [--every N] [--mutants N] [--seed S]

Every Nth file of the standard library must give the same tree, spans included; each of the
mistakes below, and each of N programs made from library statements by changing one token, must
give the same error: class, message, line, columns.  What cnx refuses on purpose is skipped.
"""
import argparse
import ast
import glob
import json
import random
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import tokenize
import io
import warnings

MISTAKES = r"""x = 5 +|x = 5 6|for x in y\n  z|class A\n  x|def f()\n  x|def f:\n  x|try\n  x
if 1:\n    x\n  y|if 1:\nx|  x|x\n  y|f(a b\nx = 1|(a,|x = 'abc|x = \"\"\"abc|1abc|0777|x = a $ b
x = 1 \\ |f(**a, *b)|f(a=1, b)|f(x for x in y, 1)|a, b += 1|def f(a, a): x|import a from b
print 1|print "a"|if x = 3: y|f(x=1 for x in y)|[x, y for x in z]|{1:2, 3}|{1:2, 3:}|{1:}
f'{a b}'|f'{}'|f'{a'|f'a}'|f'{a!x}'|f'{a:{b:{c}}}'|f'{#}'|'\x1'|x = 1 if 2|else: y|return 1
break|continue|a = 1 = b|f() = 1|f() += 1|None = 1|del f()|for f() in x: y|with a as f(): x
lambda x y: 1|def f(a=1, b): x|def f(*): x|from a import b,|x = ]|x = (1]|(a.b := 1)|f(a.b=1)
f(True=1)|def f(x, (y, z)): w|def f(**a, b): x|x = 0b12|1__0|1.5abc|a b c|x = not|x[1:2:3:4]
try:\n    x\nexcept A, B:\n    y|try:\n    x\nexcept:\n    y\nexcept A:\n    z|*a = 1|x = *a
def f():\n    x = 1\n    global x|def f():\n    nonlocal x|nonlocal x|yield 1|f(a=1, a=2)
class A:\n    [(x := 1) for i in y]|[i := 1 for i in y]|a, *b, *c = d|(*a)|x: int: y|(a, b): int
from __future__ import nope|x = 1\nfrom __future__ import division|def f():\n    from a import *"""

TOKENS = ("( ) [ ] { } , : = == + - * ** . if else for in not lambda x 1 's' := += and is print "
          "return yield import def class del None / -> ~ ; f'{x}' try as with global").split()


def oracle_error(text):
    try:
        compile(text.encode(), PATH, "exec")
    except SyntaxError as e:
        return [type(e).__name__, e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset or 0]
    except Exception as e:
        return [type(e).__name__, str(e)]
    return None


def cnx(path, *, tool):
    tool.stdin.write((path + "\n").encode())
    tool.stdin.flush()
    return tool.stdout.readline().decode("utf-8", "surrogatepass").rstrip("\n")


def tree_same(path, tool):
    try:
        want = "ok " + ast.dump(ast.parse(open(path, "rb").read()), include_attributes=True)
    except (SyntaxError, ValueError):
        return None
    got = cnx(path, tool=tool)
    return None if "cnx " in got[:200] and got.startswith("error") else got == want


def error_same(text, tool):
    open(PATH, "w").write(text)
    want, out = oracle_error(text), cnx(PATH, tool=tool)
    got = None if out.startswith("ok") else json.loads(out[6:])[:6]
    if got and "cnx does not" in got[1]:
        return True
    return (got and got[:len(want)]) == want if want else got is None


def mutants(files, n):
    while n > 0:
        source = open(random.choice(files), encoding="utf-8", errors="ignore").read()
        try:
            nodes = [s for s in ast.walk(ast.parse(source)) if isinstance(s, ast.stmt)]
        except (SyntaxError, ValueError):
            continue
        lines = source.split("\n")
        for s in random.sample(nodes, min(8, len(nodes))):
            text = textwrap.dedent("\n".join(lines[s.lineno - 1:s.end_lineno])) + "\n"
            try:
                toks = [t for t in tokenize.generate_tokens(io.StringIO(text).readline)
                        if t.string.strip() and t.start[0] == t.end[0]]
            except (tokenize.TokenError, SyntaxError):
                continue
            if len(text) > 400 or not toks or n <= 0 or "\\" in text or "match" in text:
                continue
            t, rows = random.choice(toks), text.split("\n")
            row = rows[t.start[0] - 1]
            put = random.choice(["", random.choice(TOKENS), random.choice(TOKENS) + " " + t.string])
            rows[t.start[0] - 1] = row[:t.start[1]] + put + row[t.end[1]:]
            n -= 1
            yield "\n".join(rows)


def main():
    global PATH
    arg = argparse.ArgumentParser()
    arg.add_argument("tool")
    arg.add_argument("--every", type=int, default=20)
    arg.add_argument("--mutants", type=int, default=300)
    arg.add_argument("--seed", type=int, default=1)
    opt = arg.parse_args()
    random.seed(opt.seed)
    warnings.simplefilter("ignore")
    files = sorted(f for f in glob.glob(sysconfig.get_paths()["stdlib"] + "/**/*.py", recursive=True)
                   if "site-packages" not in f and "bad" not in f)
    bad = trees = errors = 0
    with tempfile.NamedTemporaryFile(suffix=".py") as tmp:
        PATH = tmp.name
        spans, plain = (subprocess.Popen([opt.tool, *o, "-"], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE) for o in (["--spans"], []))
        for path in files[::opt.every]:
            same = tree_same(path, spans)
            trees += same is not None
            if same is False:
                bad += 1
                print("tree differs:", path)
        texts = [t.replace(r"\n", "\n") + "\n" for t in MISTAKES.replace("\n", "|").split("|")]
        for text in texts + list(mutants(files, opt.mutants)):
            errors += 1
            if not error_same(text, plain):
                bad += 1
                print("error differs:", repr(text))
        for p in (spans, plain):
            p.stdin.close()
            p.wait()
    print(f"parser: {trees} trees, {errors} programs with a mistake, {bad} differ")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
