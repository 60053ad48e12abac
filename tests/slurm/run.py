#!/usr/bin/env python3
# run.py -- every way to start cnx under Slurm, for real: output, standard input, statuses, failures, Ctrl-C.
#
#   python3 tests/slurm/run.py [--nodes 1] [--only NAME] [--netns]
#
# Uses a cluster of its own, which cluster.sh starts as root on this machine and which is gone afterwards;
# skips with its reason where that cannot be.  Each case returns "" or what was wrong.  Lines of srun about tasks
# that ended are srun's own and left out here; where cnx is the front they must not be there at all.

import argparse
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import jobs  # noqa: E402

CLUSTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cluster.sh")
LIMIT_S = 20.0
SRUNS_OWN = re.compile(r"^(srun: |slurmstepd)")
# tiled, messages and reductions in each turn
PROGRAM = """import numpy as np
a = np.arange(3000.0)
for i in range(30):
    a[1:-1] = (a[:-2] + a[2:]) / 2
    print(i, a[7], a.sum())
"""
LOOP = """import numpy as np
a = np.ones(200000)
print("ready", flush=True)
while True:
    a[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3
    if a.max() > 2:
        break
"""
TILED = ["--whole-below", "0"]
netns = False


class Skip(Exception):
    pass


def environment():
    """As a user has it: without what other tests set for mpirun but the consent to be root."""
    keep = {name: text for name, text in os.environ.items() if not name.startswith("OMPI_")}
    return dict(keep, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", TERM="dumb", NO_COLOR="1",
                SLURM_CONF=os.path.join(os.environ.get("CNX_SLURM_DIR", "/run/cnx-slurm"), "slurm.conf"),
                OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def login(words):
    return [CLUSTER, "exec"] + words if netns else words


def start(words, folder, stdin=None):
    return subprocess.Popen(login(words), cwd=folder, env=environment(), start_new_session=True, stdin=stdin or subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process, stdin=None, limit_s=LIMIT_S):
    """(status, stdout, stderr); None when it did not end."""
    try:
        out, err = process.communicate(stdin, timeout=limit_s)
        return process.returncode, out.decode(), err.decode()
    except subprocess.TimeoutExpired:
        jobs.job_kill(process)
        out, err = process.communicate()
        return None, out.decode(), err.decode()


class Place:
    """A folder with the programs, and ways to start them."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="cnx-slurm-")
        for name, text in (("heat.cnx", PROGRAM), ("loop.cnx", LOOP)):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.cnx = os.path.abspath(jobs.cnx_path())
        status, self.expected, err = self.run([self.cnx, "run", "heat.cnx"])
        assert status == 0, err

    def run(self, words, stdin=None):
        pipe = subprocess.PIPE if stdin is not None else None
        return finish(start(words, self.folder, pipe), stdin)

    def srun(self, ranks, words, options=(), stdin=None):
        status, out, err = self.run(["srun", "--overcommit", "-n", str(ranks)] + list(options) + [self.cnx] + words, stdin)
        return status, out, "".join(line for line in err.splitlines(True) if not SRUNS_OWN.match(line))


def differs(got, want):
    """"" when (status, stdout, stderr) is as wanted; a wanted stderr is a pattern of the whole."""
    if got[0] != want[0]:
        return "status %s, expected %s: %s" % (got[0], want[0], (got[1] + got[2])[-300:])
    if want[1] is not None and got[1] != want[1]:
        return "printed %r, expected %r" % (got[1][-200:], want[1][-200:])
    if not re.fullmatch(want[2], got[2], re.S):
        return "said %r" % got[2][-400:]
    return ""


def all_of(*whys):
    return "; ".join(why for why in whys if why)


def case_srun(at):
    """The batch form, by any number of ranks; more ranks than cores too."""
    return all_of(*[differs(at.srun(n, TILED + ["run", "heat.cnx"], ["--mpi=pmix"]), (0, at.expected, "")) for n in (1, 2, 3, 4, 7)])


def case_srun_really_many(at):
    status, _, err = at.srun(4, TILED + ["--stats", "run", "heat.cnx"])
    return "" if status == 0 and re.search(r"rank 0 +rank 1 +rank 2 +rank 3\b", err) else "said %r" % err[-300:]


def case_srun_without_pmix(at):
    why = differs(at.srun(1, ["run", "heat.cnx"], ["--mpi=none"]), (0, at.expected, ""))
    said = r"cnx: srun started 3 tasks without PMIx: use  srun --mpi=pmix -n 3 cnx run heat\.cnx\n"
    return all_of(why, differs(at.srun(3, ["run", "heat.cnx"], ["--mpi=none"]), (2, "", said)))


def case_alone_is_no_mpi(at):
    """A launcher of one never starts MPI, which would connect to servers and start threads."""
    if not shutil.which("strace"):
        raise Skip("no strace")
    calls = "trace=connect,clone,clone3,vfork"
    status, _, err = at.run(["srun", "-n", "1", "strace", "-f", "-e", calls, at.cnx, "run", "heat.cnx"])
    return "" if status == 0 and "connect(" not in err and "clone" not in err else "calls: %s" % err[-300:]


def batch(at, options, lines):
    script, out, err = (os.path.join(at.folder, name) for name in ("job.sh", "job.out", "job.err"))
    with open(script, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n" + "".join(line + "\n" for line in lines))
    status, _, said = at.run(["sbatch", "-W", "-Q", "-o", out, "-e", err] + options + [script])
    return status, jobs.read_text(out), said + jobs.read_text(err)


def case_sbatch(at):
    """A batch script has SLURM_NTASKS set and is one process; -n goes through srun, however many there are."""
    cnx = at.cnx
    got = batch(at, ["-n", "2"], ["%s run heat.cnx" % cnx, "%s run -n 2 heat.cnx" % cnx, "%s --whole-below 0 run -n 5 heat.cnx" % cnx,
                                  "srun --mpi=pmix -n 2 %s run heat.cnx" % cnx])
    return differs(got, (0, at.expected * 4, ""))


def case_salloc(at):
    got = at.run(["salloc", "-Q", "-n", "2", at.cnx, "run", "-n", "3"] + TILED + ["heat.cnx"])
    return differs(got, (0, at.expected, ""))


def case_inside_a_step(at):
    """A shell that srun started: mpirun would hang there."""
    got = at.run(["srun", "-n", "1", "sh", "-c", "%s run heat.cnx && %s run -n 3 heat.cnx" % (at.cnx, at.cnx)])
    return differs(got, (0, at.expected * 2, ""))


def case_mpirun(at):
    got = batch(at, ["-n", "2"], ["mpirun -q --oversubscribe -n 3 %s run heat.cnx" % at.cnx])
    return differs(got, (0, at.expected, ""))


def case_twice_launched(at):
    said = r"cnx: a launcher has started the ranks already: leave out -n [^\n]*\n"
    return differs(at.srun(2, ["run", "-n", "2", "heat.cnx"]), (2, "", said))


def case_usage_once(at):
    return all_of(differs(at.srun(3, ["--nonsense"]), (2, "", r"cnx: unknown option [^\n]*\n")),
                  differs(at.srun(3, ["run", "none.cnx"]), (2, "", r"cnx: can't open file [^\n]*\n")),
                  differs(at.srun(3, ["--version"]), (0, "cnx 0.1\n", "")))


STATUSES = [("1 / 0", 1, r"Traceback [^T]*ZeroDivisionError: division by zero\n"), ("import sys; sys.exit(7)", 7, ""),
            ("import sys; sys.exit('bye')", 1, "bye\n"), ("raise KeyboardInterrupt", 130, r"Traceback .*\nKeyboardInterrupt\n"),
            ("print(", 1, r'  File "<string>", line 1.*SyntaxError: [^\n]*\n')]


def case_statuses(at):
    wrong = []
    for code, status, said in STATUSES:
        wrong.append(differs(at.srun(3, ["-c", code]), (status, "", said)))
        wrong.append(differs(at.run(["salloc", "-Q", "-n", "2", at.cnx, "run", "-n", "2", "-c", code]), (status, "", said)))
    return all_of(*wrong)


def case_standard_input(at):
    """Read once, by rank 0; a program from standard input too, when asked for by "-"."""
    code = "print(input(), input())\ntry:\n    input()\nexcept EOFError:\n    print('end')"
    return all_of(differs(at.srun(3, ["-c", code], stdin=b"one\ntwo\n"), (0, "one two\nend\n", "")),
                  differs(at.srun(3, [], stdin=PROGRAM.encode()), (2, "", r"cnx: the prompt runs on one rank[^\n]*\n")),
                  differs(at.srun(3, ["-"], stdin=PROGRAM.encode()), (0, at.expected, "")))


def case_output_order(at):
    """Output stays in its order, and standard error in its own."""
    code = "import sys\nfor i in range(200):\n    print(i, flush=True)\n    print(i, file=sys.stderr)"
    status, out, err = at.srun(3, ["-c", code])
    want = "".join("%d\n" % i for i in range(200))
    return "" if (status, out, err) == (0, want, want) else "status %s, %r %r" % (status, out[-80:], err[-80:])


def files_left():
    """Shared memory of jobs that have ended, where the nodes share the machine's."""
    return [] if netns else [name for path in os.listdir("/dev/shm") if path.startswith("cnxsl-")
                             for name in os.listdir("/dev/shm/" + path)]


KILLED = r"cnx: rank 1 on \S+ \(pid \d+\) was killed by signal 9 at loop\.cnx:\d+; the job has ended\n"
PARTED = r"cnx: the ranks went different ways: [^\n]*loop\.cnx:\d+[^\n]*\n"


def case_killed_rank(at):
    words = TILED + ["--fault", "1:kill:50", "loop.cnx"]
    begin = time.monotonic()
    whys = [differs(at.srun(3, ["run"] + words), (137, "ready\n", KILLED)),
            differs(at.run(["salloc", "-Q", "-n", "2", at.cnx, "run", "-n", "3"] + words), (137, "ready\n", KILLED))]
    seconds = time.monotonic() - begin
    time.sleep(0.5)
    whys.append("files are left: %s" % files_left() if files_left() else "")
    return all_of(*whys) or ("" if seconds < 8 else "two kills took %.1f s" % seconds)


def case_divergence(at):
    words = TILED + ["--fault", "1:diverge:50", "loop.cnx"]
    return all_of(differs(at.srun(3, ["run"] + words), (1, "ready\n", PARTED)),
                  differs(at.run(["salloc", "-Q", "-n", "2", at.cnx, "run", "-n", "3"] + words), (1, "ready\n", PARTED)))


def interrupt(at, words, who):
    """Sends SIGINT to a process of the job once the program is in its loop."""
    process = start(words, at.folder)
    end = time.monotonic() + LIMIT_S
    said = b""
    while b"ready" not in said and time.monotonic() < end:
        if select.select([process.stdout], [], [], 0.2)[0]:
            said += os.read(process.stdout.fileno(), 100)
    time.sleep(0.5)
    os.kill(who(process), signal.SIGINT)
    status, _, err = finish(process, limit_s=6)
    return status, None, "".join(line for line in err.splitlines(True) if not SRUNS_OWN.match(line))


def case_interrupt(at):
    """srun -X hands Ctrl-C on; cnx as the front does it itself."""
    stopped = (130, None, r"(\^C)?Traceback [^\n]*\n.*\nKeyboardInterrupt\n")

    def front(process):
        return next(pid for pid in [process.pid] + jobs.process_descendants(process.pid)
                    if os.readlink("/proc/%d/exe" % pid) == os.path.realpath(at.cnx))

    if netns:
        raise Skip("signals do not cross into the namespace's front")
    return all_of(differs(interrupt(at, ["srun", "-X", "--overcommit", "-n", "3", at.cnx, "run", "loop.cnx"], lambda p: p.pid), stopped),
                  differs(interrupt(at, ["salloc", "-Q", "-n", "2", at.cnx, "run", "-n", "3", "loop.cnx"], front), stopped))


def on_terminal(at, words, keys):
    """(status, what the terminal showed) of a command on a terminal of its own."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(at.folder)
        os.execvpe(words[0], words, environment())
    shown, end, status = b"", time.monotonic() + LIMIT_S, None
    while time.monotonic() < end and status is None:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 4096)
            except OSError:
                pass
        if keys and keys[0][0] in shown:
            os.write(terminal, keys.pop(0)[1])
        gone, code = os.waitpid(pid, os.WNOHANG)
        if gone:
            status = os.waitstatus_to_exitcode(code)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    os.close(terminal)
    return status, shown.decode("utf-8", "replace").replace("\r\n", "\n")


def case_pty(at):
    """Rank 0 owns the terminal; the prompt on several ranks is one line and status 2 for now."""
    if netns:
        raise Skip("the terminal stays outside the namespace")
    code = "print('name?', flush=True); n = input(); print('hello', n)"
    status, shown = on_terminal(at, ["srun", "--pty", "--overcommit", "-n", "3", at.cnx, "-c", code], [(b"name?", b"you\n")])
    if status != 0 or "hello you\n" not in shown or shown.count("hello") != 1:
        return "status %s, shown %r" % (status, shown)
    status, shown = on_terminal(at, ["srun", "--pty", "--overcommit", "-n", "3", at.cnx], [])
    if status != 2 or shown.count("cnx: the prompt runs on one rank") != 1:
        return "prompt: status %s, shown %r" % (status, shown)
    status, shown = on_terminal(at, ["srun", "--pty", "--overcommit", "-n", "3", at.cnx, "run", "loop.cnx"], [(b"ready", b"\x03")])
    if status != 130 or shown.count("KeyboardInterrupt") != 1:
        return "Ctrl-C: status %s, shown %r" % (status, shown)
    return ""


def case_yields(at):
    """More ranks than cores: a reduction costs microseconds, not time slices."""
    code = ("import numpy as np, time\na = np.ones(4000)\nfor i in range(20):\n    a.sum()\nt = time.time()\n"
            "for i in range(300):\n    if a.sum() < 0:\n        print('never')\nprint((time.time() - t) / 300 * 1e6)")
    command = ["srun", "--overcommit", "-n", "4", "env", "-u", "OMPI_MCA_mpi_yield_when_idle", at.cnx] + TILED + ["-c", code]
    best = min(float(at.run(command)[1] or "nan") for _ in range(3))
    return "" if best < 2000 else "%.0f us a reduction" % best


def why_not():
    if os.geteuid() != 0:
        return "only root can start a cluster"
    for name in ("slurmctld", "slurmd", "srun", "munged", "mpicc"):
        if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            return "no %s here" % name
    return ""


def run_all(options):
    at, passed, failed = Place(), 0, 0
    try:
        for name, case in [(name[5:], case) for name, case in globals().items() if name.startswith("case_")]:
            if options.only not in name:
                continue
            try:
                why = case(at)
            except Skip as skip:
                print("SKIPPED %s: %s" % (name, skip))
                continue
            if why:
                print("FAIL %s\n     %s" % (name, why[:900]), flush=True)
            passed, failed = passed + (not why), failed + bool(why)
    finally:
        shutil.rmtree(at.folder, ignore_errors=True)
    print("slurm: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(usage="run.py [--nodes N] [--only NAME] [--netns]")
    parser.add_argument("--nodes", default="1")
    parser.add_argument("--only", default="")
    parser.add_argument("--netns", action="store_true")
    options = parser.parse_args()
    why = why_not()
    if why:
        print("slurm: skipped: %s" % why)
        return 0
    global netns
    netns = options.netns
    subprocess.run([CLUSTER, "up", "-N", options.nodes, "-c", "2"] + ["--netns"] * netns, check=True, stdout=subprocess.DEVNULL)
    try:
        return run_all(options)
    finally:
        subprocess.run([CLUSTER, "down"], check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
