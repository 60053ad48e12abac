#!/usr/bin/env python3
# shown.py -- what people see besides their program's output: listings, plans, counters, the command
# line, the prompt.
#
#   python3 tests/shown.py [--only NAME] [--write]
#
# Each case is a function that returns "" or what was wrong.  Listings and plans of the lecture's
# stencil are compared with tests/shown/ to the letter; --write makes those files anew, to be read
# before they are kept.

import argparse
import os
import pty
import re
import select
import signal
import sys
import tempfile
import time

import jobs
import oracle

SHOWN = os.path.join(oracle.ROOT, "tests", "shown")
LISTINGS = {
    "stencil.ops": ["ops", "samples/stencil.cnx"],
    "stencil.plan2": ["explain", "samples/stencil.cnx", "-p", "2"],
    "stencil.plan4": ["explain", "-p", "4", "samples/stencil.cnx"],
}


def run(arguments, ranks=1, stdin="", folder=oracle.ROOT):
    """(status, standard output, standard error) of one cnx."""
    status, out, err = jobs.job_run(ranks, arguments, stdin=stdin, cwd=folder)
    return status, out, err


def first_difference(got, want):
    for number, (a, b) in enumerate(zip(got.splitlines() + ["(end)"], want.splitlines() + ["(end)"]), 1):
        if a != b:
            return "line %d is %r, not %r" % (number, a, b)
    return ""


def case_listings(write=False):
    """Listings and plans to the letter."""
    for name, arguments in LISTINGS.items():
        status, out, err = run(arguments)
        path = os.path.join(SHOWN, name)
        if write:
            with open(path, "w", encoding="utf-8") as file:
                file.write(out)
        with open(path, encoding="utf-8") as file:
            wrong = first_difference(out, file.read())
        if status or err or wrong:
            return "%s: %s" % (name, wrong or "status %d: %s" % (status, err))
    return ""


def case_lecture(write=False):
    """The lecture's facts are in the plan: the parts of v[1:-1], one element to each neighbour a turn,
    three tasks from four statements."""
    for shards in (2, 4, 5):
        status, out, _ = run(["explain", "samples/stencil.cnx", "-p", str(shards)])
        borders = [1000 * k // shards for k in range(1, shards)]
        cuts = [1] + borders + [999]
        parts = " ".join("v[%d:%d]" % pair for pair in zip(cuts, cuts[1:]))
        turn = out.partition("line 15, turn 2")[2].partition("\n\n")[0]
        wanted = ["  shard %d -> %d  v[%d:%d]  1 element\n" % move for k, at in enumerate(borders)
                  for move in ((k, k + 1, at - 1, at), (k + 1, k, at, at + 1))]
        if status or "center  v[1:-1]            %d tiles  %s\n" % (shards, parts) not in out:
            return "%d shards: no row of center with %s" % (shards, parts)
        if sorted(line + "\n" for line in turn.splitlines() if "shard " in line) != sorted(wanted):
            return "%d shards: other messages a turn:\n%s" % (shards, turn)
        if turn.count("  #") != 3 or "t3 forwarded" not in turn:
            return "%d shards: not three tasks a turn:\n%s" % (shards, turn)
        total = "  %d messages in all, %d bytes a turn" % (len(wanted), 8 * len(wanted))
        if total not in turn:
            return "%d shards: %r is not in\n%s" % (shards, total, turn)
    return ""


BYTES = r"[\d.]+ (?:bytes|[KMGT]iB)"
STATS = [
    ("statements", r"\d+", r"\d+ windows planned, \d+ replayed"),
    ("tasks / kernels", r"\d+ / \d+", r"[\d.]+ statements a kernel; \d+ tasks were cut into tiles"),
    ("compiled / strips", r"\d+ / \d+", r"runs of bodies of several ops, tier \w+, \w+; kernels: \d+ compiled, \d+ from the cache[^\n]*"),
    ("moved", BYTES, r"(?P<cell>[\d.]+) bytes a cell and turn of (?P<turns>\d+); " + BYTES + " copied together"),
    ("sent", BYTES, r"(?P<messages>\d+) messages; (?P<reductions>\d+) reductions and \d+ other collective calls"),
    ("memory now / peak", r"[\d.]+ / " + BYTES, r"\d+ allocations, in the loop none after turn (?P<last>\d+)"),
    ("seconds", r"\d+\.\d{3}", r"kernels \d+\.\d{3}, waiting \d+\.\d{3}, planning \d+\.\d{3}"),
]


def stats_match(err, ranks):
    """The match of --stats' table of a program with a loop, or None."""
    pattern = " +" + " +".join("rank %d" % r for r in range(ranks)) + " *\n"
    for name, column, note in STATS:
        pattern += name + "(?: +" + column + "){%d} +" % ranks + note + "\n"
    return re.fullmatch(pattern, err)


def case_stats(write=False):
    """The counters' table, one column a rank; what it says of the stencil's loop."""
    # read v once, write v: 16 bytes a cell; the division a task of its own: 16 more; each op: 16 + 24 + 16
    unrenamed, unfused = ["--no-rename"], ["--no-fuse"]
    for ranks, options, low in [(1, [], 15), (1, unrenamed, 31), (1, unfused, 54), (2, [], 15), (2, unfused, 54), (3, [], 15)]:
        status, _, err = run(["run", "--stats", "--whole-below", "0"] + options + ["samples/stencil.cnx"], ranks)
        found = stats_match(err, ranks)
        if status or not found:
            return "%d ranks, status %d: another table:\n%s" % (ranks, status, err)
        if found["turns"] != "100" or not low < float(found["cell"]) < low + 4 or int(found["last"]) > 50:
            return "%d ranks: it is no loop of 100 turns with %d bytes a cell:\n%s" % (ranks, low + 2, err)
        if int(found["messages"]) < 2 * (ranks - 1) * 100 or (int(found["reductions"]) == 0) != (ranks == 1):
            return "%d ranks: other messages:\n%s" % (ranks, err)
    status, _, err = run(["--stats", "-c", "x = 1"])
    if status or not re.search(r"\nstatements +0 ", err) or "bytes a cell" in err:
        return "a program without arrays: " + err
    return ""


FILES = {
    "ok.cnx": b"print('hi')\n", "empty.cnx": b"", "bom.cnx": b"\xef\xbb\xbfprint('bom')\n",
    "crlf.cnx": b"x = 1\r\nif x:\r\n    print('crlf')\r\n", "bytes.cnx": b"x = '\xff'\n", "wrong.cnx": b"x = = 1\n",
    "args.cnx": b"import sys\nprint(sys.argv)\nsys.exit(7)\n", "unreadable.cnx": b"print('hi')\n",
}
MISSING = r"cnx: can't open file 'no.cnx': \[Errno 2\] No such file or directory\n"
SYNTAX = r'  File "wrong.cnx", line 1\n    x = = 1\n        \^\nSyntaxError: invalid syntax\n'
# arguments, status, standard output, standard error (a pattern)
COMMANDS = [
    ("ok.cnx", 0, "hi\n", ""), ("run ok.cnx", 0, "hi\n", ""), ("empty.cnx", 0, "", ""), ("bom.cnx", 0, "bom\n", ""),
    ("crlf.cnx", 0, "crlf\n", ""), ("check ok.cnx", 0, "", ""), ("check empty.cnx", 0, "", ""),
    ("ops empty.cnx", 0, "", ""), ("-c pass", 0, "", ""), ("--version", 0, "cnx 0.1\n", ""),
    ("ops ok.cnx", 0, "  1  print('hi')\n             t1 = print('hi')\n", ""),
    ("explain ok.cnx -p 3", 0, "nothing is planned: no statement works on arrays\n", ""),
    ("args.cnx a -b --stats", 7, "['args.cnx', 'a', '-b', '--stats']\n", ""),
    ("run -n 2 args.cnx a -b", 7, "['args.cnx', 'a', '-b']\n", ""),
    ("-", 0, "['-']\n", ""), ("- x", 0, "['-', 'x']\n", ""), ("", 0, "['']\n", ""), ("run -n 4 -", 0, "['-']\n", ""),
    ("check wrong.cnx", 1, "", SYNTAX), ("ops wrong.cnx", 1, "", SYNTAX), ("explain wrong.cnx", 1, "", SYNTAX),
    ("wrong.cnx", 1, "", SYNTAX), ("run -n 2 wrong.cnx", 1, "", SYNTAX),
    ("bytes.cnx", 1, "", r"(?s).*SyntaxError: Non-UTF-8 code starting with '\\xff' in file bytes.cnx on line 1.*"),
    ("no.cnx", 2, "", MISSING), ("check no.cnx", 2, "", MISSING), ("ops no.cnx", 2, "", MISSING),
    ("explain no.cnx", 2, "", MISSING), ("run -n 2 no.cnx", 2, "", MISSING),
    ("folder", 2, "", r"cnx: can't open file 'folder': \[Errno 21\] Is a directory\n"),
    ("--nope ok.cnx", 2, "", r"cnx: unknown option '--nope' .*\n"), ("-x", 2, "", r"cnx: unknown option '-x' .*\n"),
    ("run", 2, "", r"cnx: which file\? .*\n"), ("-c", 2, "", r"cnx: -c wants a program .*\n"),
    ("run -n 0 ok.cnx", 2, "", r"cnx: '0' is no number of ranks .*\n"), ("run -n", 2, "", r"cnx: '' is no number .*\n"),
    ("run -p 2 ok.cnx", 2, "", r"cnx: -p belongs to explain .*\n"),
    ("explain -n 2 ok.cnx", 2, "", r"cnx: explain runs in one process; .*\n"),
    ("-n 4", 2, "", r"cnx: the prompt runs on one rank; .*\n"),
    ("--whole-below x ok.cnx", 2, "", r"cnx: --whole-below wants a number, not 'x' .*\n"),
    ("--tiles-per-rank 0 ok.cnx", 2, "", r"cnx: --tiles-per-rank is at least 1 .*\n"),
    ("--isa sse ok.cnx", 2, "", r"cnx: unknown instruction set 'sse': avx2 or avx512\n"),
]


def case_command_line(write=False):
    """Every form: status, output, one line of error."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "folder"))
        for name, text in FILES.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(text)
        for words, status, out, err in COMMANDS:
            got = run(words.split(), stdin="import sys; print(sys.argv)\n", folder=folder)
            if got[0] != status or got[1] != out or not re.fullmatch(err, got[2]):
                return "cnx %s: %r" % (words, got)
        os.chmod(os.path.join(folder, "unreadable.cnx"), 0)
        if os.geteuid() != 0:
            got = run(["unreadable.cnx"], folder=folder)
            if got[0] != 2 or "[Errno 13] Permission denied" not in got[2]:
                return "an unreadable file: %r" % (got,)
        got = run([], 2, folder=folder)
        if got[0] != 2 or not got[2].startswith("cnx: the prompt runs on one rank; "):
            return "the prompt on two ranks: %r" % (got,)
    return ""


def case_help(write=False):
    """Every option of config.def is one line of --help, with its default."""
    status, out, _ = run(["--help"])
    with open(os.path.join(oracle.ROOT, "runtime", "config.def"), encoding="utf-8") as file:
        options = re.findall(r"(?m)^OPT\((\w+),", file.read())
    for name in options + ["n", "p"]:
        dashes = ("--" if len(name) > 1 else "-") + name.replace("_", "-")
        if len(re.findall(r"(?m)^  %s(?: [A-Z]+)? +\S.*\(\w+\)$" % dashes, out)) != 1:
            return "%s is not one line with its default" % dashes
    return "" if status == 0 and len(options) > 5 else "status %d" % status


def terminal(text, home, pause_s=0.4):
    """What a prompt on a terminal shows: `text` is typed, a piece at a time; (screen, status)."""
    child, fd = pty.fork()
    if child == 0:
        os.environ.update(HOME=home, TERM="dumb", INPUTRC="/dev/null")
        os.execv(jobs.cnx_path(), ["cnx"])
    screen, pieces = b"", list(text)
    end, quiet = time.monotonic() + 60, time.monotonic() + pause_s
    while time.monotonic() < end:
        if select.select([fd], [], [], 0.02)[0]:
            try:
                got = os.read(fd, 65536)
            except OSError:
                break
            screen += got
            quiet = time.monotonic() + pause_s
        elif pieces and time.monotonic() > quiet:
            piece = pieces.pop(0).encode()
            os.write(fd, piece[:512])  # no more than a terminal holds
            if piece[512:]:
                pieces.insert(0, piece[512:].decode())
            else:
                quiet = time.monotonic() + pause_s
    else:
        os.kill(child, signal.SIGKILL)
    os.close(fd)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return screen.decode("utf-8", "replace").replace("\r", ""), status


FIRST_MINUTE = """>>> u = np.zeros(12); u[0] = 1
>>> for i in range(3):
...     u[1:-1] = (u[:-2] + u[2:]) / 2
... 
>>> u
array([1.   , 0.625, 0.25 , 0.125, 0.   , 0.   , 0.   , 0.   , 0.   ,
       0.   , 0.   , 0.   ])
>>> u[20]
Traceback (most recent call last):
  File "<stdin>", line 1, in <module>
    u[20]
    ~^^^^
IndexError: index 20 is out of bounds for axis 0 with size 12
>>> 6 * 7
42
>>> _ + 1
43
>>> ?np.sin
Sine.
>>> ?nothing
there is no name 'nothing'
>>> 
"""


def case_prompt(write=False):
    """The first minute at the prompt, Ctrl-C while typing, in a loop and in input(), history, Ctrl-D."""
    typed = "".join(line[4:] + "\n" for line in FIRST_MINUTE.splitlines()[:-1] if line[:4] in (">>> ", "... "))
    with tempfile.TemporaryDirectory() as home:
        screen, status = terminal([typed, "\x04"], home)
        banner, _, rest = screen.partition("\n")
        # lines that are typed ahead are echoed by the terminal before the prompt shows them
        if not re.fullmatch(r"(?s).*cnx 0\.1 - 1 rank, 1 thread, AVX(2|-512) - \?name for help, Ctrl-D to leave", banner):
            return "banner %r" % banner
        if status or not rest.endswith(FIRST_MINUTE):
            return "status %d, screen:\n%s" % (status, screen)
        with open(os.path.join(home, ".cnx_history"), encoding="utf-8") as file:
            if "u[20]\n6 * 7\n_ + 1\n" not in file.read():
                return "the history file lacks lines"
        screen, status = terminal(["half a line", "\x03", "x = [1,\n", "\x03", "while True: pass\n\n", "\x03", "input('? ')\n", "\x03",
                                   "print(6 * 7)\n", "raise SystemExit(3)\n"], home)
        if status != 3 or screen.count("\nKeyboardInterrupt\n") != 4 or "\n42\n" not in screen:
            return "after interrupts: status %d, screen:\n%s" % (status, screen)
        lines = 3000
        screen, status = terminal(["x = 0\n", "x += 1\n" * lines, "print('sum', x)\n", "'y' * 20000 == '" + "y" * 20000 + "'\n", "\x04"], home)
        if status or "\nsum %d\n" % lines not in screen or "\nTrue\n" not in screen:
            return "a long paste: status %d, screen ends:\n%s" % (status, screen[-400:])
    return ""


def main():
    parser = argparse.ArgumentParser(usage="shown.py [options]", description="see the file's head")
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    cases = [(name[5:], f) for name, f in globals().items() if name.startswith("case_") and options.only in name]
    failed = 0
    for name, case in cases:
        wrong = case(write=options.write)
        failed += bool(wrong)
        if wrong:
            print("shown: %s: %s" % (name, wrong))
    print("shown: %d passed, %d failed" % (len(cases) - failed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
