#!/usr/bin/env python3
# faults.py -- what happens when something goes wrong: its message, its status, in time, no orphan.
#
#   python3 tests/faults.py [--ranks 1,2,3,4] [--only NAME] [--launch mpirun,run]
#
# Each case is a function of the rank count that returns "" or what was wrong.  After each case no
# process of its job may be left.  Faults that cannot be caused from outside are planted with
# --fault RANK:KIND:N at statement N of that rank; the kinds are
#   diverge   the rank goes another way (it submits one statement more than the others)
#   differ    one of its statements is another one in what no message shows
#   end       the rank's program ends there
#   stall     the rank stops advancing but still answers its control channel
#   kill      the rank kills itself
# Each case runs under mpirun and as `cnx run -n N`, where Ctrl-C goes to the front process alone.
# A case that this machine cannot run (no mount namespace) is named as skipped.

import argparse
import os
import re
import signal
import struct
import sys
import tempfile
import time

import jobs
import oracle

KILL_LIMIT_S = 3.0
INTERRUPT_LIMIT_S = 5.0
START_LIMIT_S = 20.0

LONG_LOOP = """import numpy as np
a = np.ones(200000)
print("ready", flush=True)
while True:
    a[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3
    if a.max() > 2:
        break
"""
LONG_KERNEL = """import numpy as np
a = np.ones((2000, 2000))
print("ready", flush=True)
while True:
    b = a @ a
"""
SCALAR_LOOP = """print("ready", flush=True)
x = 0
while True:
    x = (x * 3 + 1) % 1000003
"""
SLEEPING = """import time
print("ready", flush=True)
time.sleep(60)
"""
SUMS = """import numpy as np
a = np.arange(100000.0)
for i in range(200):
    a = a + 1
    if a.sum() < 0:
        print("never")
print("end")
"""
SAVE = """import numpy as np
np.save("field.npy", np.arange(400000.0))
print("saved")
"""
LOAD = """import numpy as np
a = np.load("hostile.npy")
print(a.shape, a.sum())
"""


EXIT = """import sys
print("out")
print("err", file=sys.stderr)
sys.exit(int(sys.argv[1]))
"""
CATCH = """import time
for turn in range(2):
    try:
        print("ready", flush=True)
        while True:
            time.sleep(0.01)
    except KeyboardInterrupt:
        print("caught", flush=True)
print("end")
"""
READ = """while True:
    try:
        print("got " + input())
    except EOFError:
        break
print("end")
"""

by_front = False  # jobs start as `cnx run -n N`, not under mpirun


class Skip(Exception):
    pass


class Job:
    """A running job in its own folder; its output goes to files there."""

    def __init__(self, ranks, text, options=(), files=(), prefix=(), arguments=(), stdin="", out=None):
        """stdin None: a pipe that stays open; out: a file instead of the job's own."""
        self.folder = tempfile.TemporaryDirectory(prefix="cnx-fault-")
        self.leaves = [os.path.join(self.folder.name, name) for name in ("tmp", "shm")]
        for path in self.leaves:
            os.mkdir(path)
        self.path = os.path.join(self.folder.name, "program.cnx")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)
        for name, data in files:
            with open(os.path.join(self.folder.name, name), "wb") as file:
                file.write(data)
        self.out = os.path.join(self.folder.name, "out")
        self.err = os.path.join(self.folder.name, "err")
        self.ranks = ranks
        self.family = set()
        command = list(options) + [self.path] + list(arguments)
        if by_front and ranks > 1:
            command = [jobs.cnx_path(), "run", "-n", str(ranks)] + command
        else:
            command = jobs.job_command(ranks, ["run"] + command)
        env = dict(jobs.job_environment(), TMPDIR=self.leaves[0], OMPI_MCA_btl_vader_backing_directory=self.leaves[1])
        with tempfile.TemporaryFile() as source, open(out or self.out, "wb") as output, open(self.err, "wb") as err:
            source.write((stdin or "").encode())
            source.seek(0)
            self.process = jobs.subprocess.Popen(
                list(prefix) + command, env=env, cwd=self.folder.name, start_new_session=True,
                stdin=jobs.subprocess.PIPE if stdin is None else source, stdout=output, stderr=err)

    def text(self, path):
        return jobs.read_text(path)

    def look(self):
        self.family.update(jobs.process_descendants(self.process.pid))

    def rank_pids(self):
        """Processes of the ranks, in order: this job's processes that run cnx, but those that guard others of them; a compiler is no rank."""
        if self.ranks == 1:
            return [self.process.pid]
        self.look()
        found, children = [], jobs.process_children()
        for pid in sorted(self.family):
            if self.runs_cnx(pid) and not any(self.runs_cnx(child) for child in children.get(pid) or ()):
                found.append((self.rank_of(pid), pid))
        return [pid for _, pid in sorted(found)]

    def runs_cnx(self, pid):
        try:
            with open("/proc/%d/cmdline" % pid, "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            return False
        return os.path.basename(words[0]) == os.path.basename(jobs.cnx_path()).encode()

    def rank_of(self, pid):
        try:
            with open("/proc/%d/environ" % pid, "rb") as file:
                return int(re.search(rb"OMPI_COMM_WORLD_RANK=(\d+)", file.read()).group(1))
        except (OSError, AttributeError):
            return -1

    def interrupt(self):
        """Ctrl-C: to the front, or to every rank."""
        for pid in [self.process.pid] if by_front else self.rank_pids():
            os.kill(pid, signal.SIGINT)

    def wait_text(self, text, limit_s):
        end = time.monotonic() + limit_s
        while time.monotonic() < end and text not in self.text(self.out):
            time.sleep(0.02)
        return text in self.text(self.out)

    def wait_ready(self):
        end = time.monotonic() + START_LIMIT_S
        while time.monotonic() < end and self.process.poll() is None:
            if "ready" in self.text(self.out):
                time.sleep(0.3)
                self.look()
                return
            time.sleep(0.02)
        raise RuntimeError("the program never came to its loop: " + self.text(self.err)[-300:])

    def wait(self, limit_s):
        """Seconds until the job ended; None when it did not within the limit."""
        start = time.monotonic()
        while time.monotonic() - start < limit_s:
            self.look()
            if self.process.poll() is not None:
                return time.monotonic() - start
            time.sleep(0.02)
        return None

    def orphans(self):
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            left = [pid for pid in self.family if jobs.process_alive(pid)]
            if not left:
                return []
            time.sleep(0.05)
        return left

    def files_left(self):
        """What the job has not taken away in its temporary and its shared-memory folder."""
        return [name for path in self.leaves for _, _, names in os.walk(path) for name in names]

    def close(self):
        """Ends what is left; returns a complaint about orphans or files."""
        left = [] if self.process.poll() is None else self.orphans()
        files = [] if self.process.poll() is None else self.files_left()
        if self.process.poll() is None or left:
            jobs.job_kill(self.process)
            for pid in left:
                if jobs.process_alive(pid):
                    os.kill(pid, signal.SIGKILL)
        if self.process.stdin:
            self.process.stdin.close()
        self.folder.cleanup()
        return "processes are left: %s" % left if left else "files are left: %s" % files if files else ""


def run_case(job, act):
    """Runs act(job), then checks for orphans; "" or what was wrong."""
    try:
        why = act(job)
    except RuntimeError as error:
        why = str(error)
    left = job.close()
    return why or left


def said_once(err, pattern):
    """"" when exactly one line of standard error matches."""
    lines = [line for line in err.splitlines() if re.search(pattern, line)]
    if len(lines) == 1:
        return ""
    return "%d lines match %r in: %s" % (len(lines), pattern, err[-400:])


def case_killed_rank(ranks):
    def act(job):
        job.wait_ready()
        pids = job.rank_pids()
        if len(pids) != ranks:
            return "found %d ranks: %s" % (len(pids), pids)
        os.kill(pids[-1], signal.SIGKILL)
        seconds = job.wait(KILL_LIMIT_S)
        if seconds is None:
            return "still running %g s after the kill" % KILL_LIMIT_S
        if job.process.returncode not in (137, -signal.SIGKILL):
            return "the status is %d" % job.process.returncode
        return "" if ranks == 1 else said_once(job.text(job.err), KILLED)

    return run_case(Job(ranks, LONG_LOOP), act)


KILLED = r"^cnx: rank \d+ on \S+ \(pid \d+\) was killed by signal 9 at .*program\.cnx:\d+; the job has ended$"


def killed(ranks, text, options=(), prepare=None):
    """The last rank is killed in the middle of something: over in time, told once, nothing left."""
    def act(job):
        job.wait_ready()
        if prepare:
            prepare(job)
        pids = job.rank_pids()
        if len(pids) != ranks:
            return "found %d ranks: %s" % (len(pids), pids)
        os.kill(pids[-1], signal.SIGKILL)
        seconds = job.wait(KILL_LIMIT_S)
        if seconds is None:
            return "still running %g s after the kill" % KILL_LIMIT_S
        if job.process.returncode not in (137, -signal.SIGKILL):
            return "the status is %d" % job.process.returncode
        return "" if ranks == 1 else said_once(job.text(job.err), r"^cnx: rank \d+ on \S+ \(pid \d+\) was killed by signal 9")

    return run_case(Job(ranks, text, options), act)


def case_killed_in_kernel(ranks):
    return killed(ranks, LONG_KERNEL)


def case_killed_in_scalar_loop(ranks):
    return killed(ranks, SCALAR_LOOP)


def case_killed_in_sleep(ranks):
    return killed(ranks, SLEEPING)


def case_killed_in_wait(ranks):
    """All wait for rank 0, which stalls."""
    return killed(ranks, LONG_LOOP, ["--whole-below", "0", "--fault", "0:stall:60"], lambda job: time.sleep(1.5))


def case_killed_at_exit(ranks):
    """The others wait at the program's end for rank 0, which stalls before its last statement."""
    text = 'import numpy as np\na = np.ones(4)\nb = a + 1\nprint("ready", flush=True)\nc = b + 1\n'
    if ranks == 1:
        return ""
    return killed(ranks, text, ["--fault", "0:stall:2"], lambda job: time.sleep(1.0))


def case_killed_in_save(ranks):
    text = 'import numpy as np\na = np.ones(4000000)\nprint("ready", flush=True)\nwhile True:\n    np.save("field.npy", a)\n'
    return killed(ranks, text)


def case_stopped_rank(ranks):
    """A rank that stands still is waited for, told once, and goes on when it is let go."""
    if ranks not in (2, 4) or by_front:
        return ""

    def act(job):
        job.wait_ready()
        pid = job.rank_pids()[-1]
        os.kill(pid, signal.SIGSTOP)
        end = time.monotonic() + 16
        pattern = r"^cnx: rank \d+ has not answered for 10 seconds; the others wait for it at .*program\.cnx:\d+$"
        while time.monotonic() < end and said_once(job.text(job.err), pattern):
            time.sleep(0.1)
        time.sleep(1.5)
        why = said_once(job.text(job.err), pattern) or ("" if job.process.poll() is None else "the job has ended")
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.3)
        job.interrupt()
        if why or job.wait(INTERRUPT_LIMIT_S) is None:
            return why or "still running after the rank went on"
        return "" if job.process.returncode == 130 else "status %d: %s" % (job.process.returncode, job.text(job.err)[-300:])

    return run_case(Job(ranks, LONG_LOOP), act)


def case_planted_kill(ranks):
    def act(job):
        if job.wait(20) is None:
            return "no end"
        if job.process.returncode not in (137, -signal.SIGKILL):
            return "the status is %d" % job.process.returncode
        return "" if ranks == 1 else said_once(job.text(job.err), KILLED)

    return run_case(Job(ranks, SUMS, ["--fault", "%d:kill:40" % (ranks - 1)]), act)


def case_exit_status(ranks):
    """sys.exit's status is the job's; what the program wrote is all there is."""
    wrong = []
    for status in (0, 1, 3, 130, 255):
        def act(job, status=status):
            if job.wait(20) is None:
                return "no end"
            if job.process.returncode != status:
                return "status %d, expected %d" % (job.process.returncode, status)
            if job.text(job.out) != "out\n" or job.text(job.err) != "err\n":
                return "printed %r and %r" % (job.text(job.out), job.text(job.err))
            return ""

        wrong.append(run_case(Job(ranks, EXIT, arguments=[str(status)]), act))
    return "; ".join(why for why in wrong if why)


def case_uncaught(ranks):
    def act(job):
        if job.wait(20) is None:
            return "no end"
        if job.process.returncode != 1:
            return "status %d, expected 1" % job.process.returncode
        return said_once(job.text(job.err), r"^Traceback") or said_once(job.text(job.err), r"^ZeroDivisionError")

    return run_case(Job(ranks, "print(1)\n1 / 0\n"), act)


def case_input(ranks):
    def act(job):
        if job.wait(20) is None:
            return "no end"
        want = "got one\ngot two\ngot three\nend\n"
        return "" if job.text(job.out) == want else "printed %r" % job.text(job.out)

    return run_case(Job(ranks, READ, stdin="one\ntwo\nthree"), act)


def case_interrupt_caught(ranks):
    """A program may catch KeyboardInterrupt, each time."""
    def act(job):
        for turn in (1, 2):
            job.wait_ready()
            time.sleep(1.0)
            job.interrupt()
            if not job.wait_text("ready\n" + "caught\nready\n" * (turn - 1) + "caught\n", INTERRUPT_LIMIT_S):
                return "interrupt %d was not caught: %r" % (turn, job.text(job.out))
        if job.wait(INTERRUPT_LIMIT_S) is None or job.process.returncode != 0:
            return "status %s" % job.process.returncode
        return "" if job.text(job.out).endswith("end\n") else "printed %r" % job.text(job.out)

    return run_case(Job(ranks, CATCH), act)


def case_divergence(ranks):
    if ranks == 1:
        return ""

    def act(job):
        if job.wait(20) is None:
            return "no end"
        if job.process.returncode == 0:
            return "the status is 0"
        return said_once(job.text(job.err), r"^cnx: the ranks went different ways: rank \d+ is at program\.cnx:\d+|"
                                            r"^cnx: the ranks went different ways: .*program\.cnx:\d+")

    return run_case(Job(ranks, SUMS, ["--whole-below", "0", "--fault", "%d:diverge:40" % (ranks - 1)]), act)


def case_divergence_kinds(ranks):
    """Another statement, another operand, an early end: whole and tiled arrays."""
    if ranks == 1:
        return ""
    wrong = []
    line = r"\S*program\.cnx:\d+"
    places = {"diverge": "%s, rank %d at %s" % (line, ranks - 1, line), "differ": "%s, rank %d at %s" % (line, ranks - 1, line),
              "end": "%s, rank %d at its end" % (line, ranks - 1)}
    for kind, place in places.items():
        for options in ([], ["--whole-below", "0"]):
            def act(job, place=place):
                if job.wait(20) is None:
                    return "no end"
                if job.process.returncode != 1:
                    return "the status is %d" % job.process.returncode
                return said_once(job.text(job.err), r"^cnx: the ranks went different ways: rank \d+ is at %s, after statement \d+ "
                                                    r"\(%s\)$" % (place, line))

            why = run_case(Job(ranks, SUMS, options + ["--fault", "%d:%s:40" % (ranks - 1, kind)]), act)
            wrong.append("%s %s: %s" % (kind, options, why) if why else "")
    return "; ".join(why for why in wrong if why)


def case_divergent_options(ranks):
    """Ranks that were started with different options do not begin."""
    if ranks == 1 or by_front:
        return ""

    def act(job):
        if job.wait(20) is None:
            return "no end"
        if job.process.returncode != 2 or job.text(job.out):
            return "status %d, printed %r" % (job.process.returncode, job.text(job.out))
        return said_once(job.text(job.err), r"^cnx: rank %d was started with another command line than rank 0" % (ranks - 1))

    shell = 'test "$OMPI_COMM_WORLD_RANK" = %d && set -- "$1" --tiles-per-rank 3 run "$3"; exec "$@"' % (ranks - 1)
    job = Job(1, SUMS, prefix=["mpirun", "-q", "--oversubscribe", "-n", str(ranks), "sh", "-c", shell, "sh"])
    return run_case(job, act)


def interrupted(ranks, text, options=(), stdin=""):
    def act(job):
        job.wait_ready()
        job.interrupt()
        if job.wait(INTERRUPT_LIMIT_S) is None:
            return "still running %g s after the interrupt" % INTERRUPT_LIMIT_S
        if job.process.returncode not in (130, -signal.SIGINT):
            return "status %d, expected 130" % job.process.returncode
        return said_once(job.text(job.err), r"^KeyboardInterrupt")

    return run_case(Job(ranks, text, options, stdin=stdin), act)


def case_interrupt_input(ranks):
    return interrupted(ranks, 'print("ready", flush=True)\ninput()\n', stdin=None)


def case_interrupt_twice(ranks):
    """While one rank stands still nothing can be agreed on; the second Ctrl-C ends the job.  mpirun has rules of its own."""
    if ranks == 1 or not by_front:
        return ""

    def act(job):
        job.wait_ready()
        pids = job.rank_pids()
        os.kill(pids[-1], signal.SIGSTOP)
        for _ in range(2):
            job.interrupt()
            time.sleep(1.0)
        if job.wait(INTERRUPT_LIMIT_S) is None:
            return "still running %g s after the second interrupt" % INTERRUPT_LIMIT_S
        if job.process.returncode != 130:
            return "status %d, expected 130" % job.process.returncode
        return said_once(job.text(job.err), r"^cnx: interrupted again: the job has ended$")

    return run_case(Job(ranks, LONG_LOOP), act)


def case_terminated(ranks):
    """SIGTERM to the one process that the user started."""
    wrong = []
    for text in (LONG_LOOP, SCALAR_LOOP, SLEEPING):
        def act(job):
            job.wait_ready()
            job.process.terminate()
            if job.wait(INTERRUPT_LIMIT_S) is None:
                return "still running %g s after SIGTERM" % INTERRUPT_LIMIT_S
            if job.process.returncode == 0 or (by_front and job.process.returncode != 143):
                return "the status is %d" % job.process.returncode
            return "said %r" % job.text(job.err) if by_front and job.text(job.err) else ""

        wrong.append(run_case(Job(ranks, text), act))
    return "; ".join(why for why in wrong if why)


MANY_LINES = "for i in range(200000):\n    print('line', i)\n"


def case_broken_pipe(ranks):
    """`cnx run f | head -1`; mpirun itself crashes then."""
    if ranks > 1 and not by_front:
        return ""

    def act(job):
        if job.wait(10) is None:
            return "no end"
        if job.text(job.out) != "line 0\n" or job.text(job.out + ".status") != "1\n":
            return "printed %r, status %r" % (job.text(job.out), job.text(job.out + ".status"))
        return said_once(job.text(job.err), "^BrokenPipeError: " if ranks == 1 else "^cnx: cannot write standard output: Broken pipe")

    return run_case(Job(ranks, MANY_LINES, prefix=["sh", "-c", '("$@"; echo $? > out.status) | head -1', "sh"]), act)


def case_full_output(ranks):
    """Output that cannot be written is no success; mpirun itself loses it in silence."""
    if ranks > 1 and not by_front:
        return ""

    def act(job):
        if job.wait(10) is None:
            return "no end"
        if job.process.returncode != 1:
            return "status %d, expected 1" % job.process.returncode
        return said_once(job.text(job.err), r"^(OSError: |cnx: cannot write standard output: ).*No space left on device")

    return "; ".join(why for why in [run_case(Job(ranks, text, out="/dev/full"), act) for text in (MANY_LINES, "print(1)\n")] if why)


def case_closed_output(ranks):
    """Without a standard output what is printed goes nowhere, above all not into the first file that is opened."""
    if ranks > 1 and not by_front:
        return ""
    text = 'import numpy as np\nprint("lost")\nnp.save("field.npy", np.arange(8))\nprint("lost", flush=True)\n'

    def act(job):
        if job.wait(10) is None:
            return "no end"
        size = os.path.getsize(os.path.join(job.folder.name, "field.npy"))
        return "status %d, %d bytes: %s" % (job.process.returncode, size, job.text(job.err)) if job.process.returncode or size != 192 else ""

    return run_case(Job(ranks, text, prefix=["sh", "-c", 'exec "$@" >&-', "sh"]), act)


def case_read_only(ranks):
    """A folder that cannot be written to: an OSError on all ranks, which the program may catch."""
    if jobs.subprocess.run(["unshare", "-rm", "true"], stderr=jobs.subprocess.DEVNULL, check=False).returncode:
        raise Skip("no mount namespace here")
    shell = 'mkdir fixed && mount -t tmpfs -o ro tmpfs fixed && exec "$@"'
    text = ('import numpy as np\ntry:\n    np.save("fixed/field.npy", np.arange(400000.0))\nexcept OSError as error:\n'
            '    print(error)\nprint(np.arange(400000.0).sum())\nnp.save("missing/field.npy", np.arange(3))\n')

    def act(job):
        if job.wait(20) is None:
            return "no end"
        want = "[Errno 30] Read-only file system: 'fixed/field.npy'\n79999800000.0\n"
        if job.process.returncode != 1 or job.text(job.out) != want:
            return "status %d, printed %r" % (job.process.returncode, job.text(job.out))
        return said_once(job.text(job.err), r"^FileNotFoundError: \[Errno 2\] No such file or directory: 'missing/field\.npy'$")

    return run_case(Job(ranks, text, prefix=["unshare", "-rm", "sh", "-c", shell, "sh"]), act)


def case_idle(ranks):
    """Who waits for long leaves the cores to others."""
    if ranks == 1:
        return ""

    def act(job):
        job.wait_ready()
        time.sleep(1.0)
        pids, ticks = job.rank_pids(), []
        for _ in range(2):
            ticks.append(sum(sum(int(x) for x in jobs.read_text("/proc/%d/stat" % pid).rpartition(")")[2].split()[11:13]) for pid in pids))
            time.sleep(2.0)
        job.interrupt()
        if job.wait(INTERRUPT_LIMIT_S) is None:
            return "no end"
        share = (ticks[1] - ticks[0]) / os.sysconf("SC_CLK_TCK") / 2.0 / ranks
        return "a waiting rank takes %.0f %% of a core" % (100 * share) if share > 0.1 else ""

    return run_case(Job(ranks, 'print("ready", flush=True)\ninput()\n', stdin=None), act)


def case_interrupt_kernel(ranks):
    return interrupted(ranks, LONG_KERNEL)


def case_interrupt_statements(ranks):
    return interrupted(ranks, LONG_LOOP)


def case_interrupt_scalar(ranks):
    return interrupted(ranks, SCALAR_LOOP)


def case_interrupt_sleep(ranks):
    return interrupted(ranks, SLEEPING)


def case_interrupt_wait(ranks):
    if ranks == 1:
        return ""
    return interrupted(ranks, LONG_LOOP, ["--whole-below", "0", "--fault", "%d:stall:60" % (ranks - 1)])


def case_full_disk(ranks):
    """A save that runs out of space is an OSError and leaves the old file as it was."""
    probe = ["unshare", "-rm", "true"]
    if jobs.subprocess.run(probe, stderr=jobs.subprocess.DEVNULL, check=False).returncode:
        raise Skip("no mount namespace here")
    old = b"the old file"
    shell = ("mkdir small && mount -t tmpfs -o size=512k tmpfs small && cp field.npy small/ && cd small && "
             "\"$@\"; status=$?; cp field.npy ../after; ls -A | wc -l > ../count; exit $status")

    def act(job):
        if job.wait(30) is None:
            return "no end"
        if job.process.returncode != 1:
            return "status %d, expected 1: %s" % (job.process.returncode, job.text(job.err)[-300:])
        with open(os.path.join(job.folder.name, "after"), "rb") as file:
            if file.read() != old:
                return "the old file has changed"
        if jobs.read_text(os.path.join(job.folder.name, "count")).strip() != "1":
            return "a part of the new file is left"
        return said_once(job.text(job.err), r"^OSError: ")

    return run_case(Job(ranks, SAVE, files=[("field.npy", old)], prefix=["unshare", "-rm", "sh", "-c", shell, "sh"]), act)


SAVE_ELSEWHERE = """import numpy as np
np.save("link.npy", np.arange(9))
np.arange(3).tofile("pipe")
print(np.load("link.npy").sum())
"""


def case_links_and_pipes(ranks):
    """Links are followed, pipes are written straight: none is replaced by a file."""
    shell = ("ln -s field.npy link.npy && mkfifo pipe && (timeout 20 cat pipe > piped & \"$@\"; status=$?; "
             "wait; test -h link.npy && test -p pipe && exit $status; exit 99)")

    def act(job):
        if job.wait(30) is None:
            return "no end"
        if job.process.returncode != 0:
            return "status %d, expected 0: %s" % (job.process.returncode, job.text(job.err)[-300:])
        with open(os.path.join(job.folder.name, "piped"), "rb") as file:
            if file.read() != struct.pack("<3q", 0, 1, 2):
                return "the pipe got something else"
        with open(os.path.join(job.folder.name, "field.npy"), "rb") as file:
            if file.read()[128:] != struct.pack("<9q", *range(9)):
                return "the link's file is not what was saved"
        return ""

    return run_case(Job(ranks, SAVE_ELSEWHERE, files=[("field.npy", b"old")], prefix=["sh", "-c", shell, "sh"]), act)


def npy(header, data=b"", version=(1, 0), length=None):
    text = header.encode("latin1")
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H", len(text) if length is None else length) + text + data


HOSTILE = {
    "empty": b"",
    "magic": b"\x93NUMPX\x01\x00",
    "only_magic": b"\x93NUMPY",
    "short_header": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }", length=60000),
    "short_data": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (100,), }", b"\0" * 80),
    "huge_shape": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000, 4000000000), }", b"\0" * 80),
    "overflow_shape": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 3), }", b"\0" * 8),
    "negative_shape": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-4,), }", b"\0" * 80),
    "shape_text": npy("{'descr': '<f8', 'fortran_order': False, 'shape': 'abc', }", b"\0" * 80),
    "object": npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"\x80\x04N."),
    "bad_descr": npy("{'descr': '<q9', 'fortran_order': False, 'shape': (1,), }", b"\0" * 8),
    "no_dict": npy("[1, 2, 3]", b"\0" * 8),
    "no_text": npy("\x00\xff\xfe\x01", b"\0" * 8),
    "code": npy("__import__('os').abort()", b"\0" * 8),
    "missing_key": npy("{'descr': '<f8', 'shape': (1,), }", b"\0" * 8),
    "extra_key": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1, }", b"\0" * 8),
    "fortran_text": npy("{'descr': '<f8', 'fortran_order': 'no', 'shape': (1,), }", b"\0" * 8),
    "version": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", b"\0" * 8, (9, 0)),
    "deep": npy("(" * 20000, b"\0" * 8),
}


def case_hostile_npy(ranks):
    """A bad file is an exception of NumPy's type, on all ranks, once."""
    numpy = oracle.Oracle()
    wrong = []
    for name, data in HOSTILE.items():
        def act(job, name=name):
            expected = numpy.derive(job.path, cwd=job.folder.name)["error"].partition(":")[0]
            if job.wait(20) is None:
                return "no end"
            if job.process.returncode != 1:
                return "status %d, expected 1" % job.process.returncode
            err = job.text(job.err).strip()
            got = err.splitlines()[-1].partition(":")[0] if err else "nothing"
            if got != expected:
                return "expected %s, got %s" % (expected, err.splitlines()[-1] if err else "nothing")
            return "" if err.splitlines().count(err.splitlines()[-1]) == 1 else "not told once"

        why = run_case(Job(ranks, LOAD, files=[("hostile.npy", data)]), act)
        if why:
            wrong.append("%s: %s" % (name, why))
    numpy.close()
    return "; ".join(wrong)


def case_memory_budget(ranks):
    """An array over the budget is a MemoryError that the program may catch; the rest goes on."""
    text = ("import numpy as np\na = np.ones(1000)\ntry:\n    b = np.zeros((40000, 40000))\n"
            "except MemoryError as error:\n    print(error)\nprint(a.sum())\nc = np.zeros((50000, 40000))\n")

    def act(job):
        if job.wait(20) is None:
            return "no end"
        if job.process.returncode != 1:
            return "status %d, expected 1" % job.process.returncode
        want = "Unable to allocate 11.9 GiB for an array with shape (40000, 40000) and data type float64\n1000.0\n"
        if job.text(job.out) != want:
            return "printed %r" % job.text(job.out)
        return said_once(job.text(job.err), r"MemoryError: Unable to allocate 14\.9 GiB for an array with shape "
                                            r"\(50000, 40000\) and data type float64")

    return run_case(Job(ranks, text, ["--memory", str(256 << 20)]), act)


def main():
    parser = argparse.ArgumentParser(usage="faults.py [--ranks LIST] [--only NAME] [--launch LIST]")
    parser.add_argument("--ranks", default="1,2,3,4")
    parser.add_argument("--only", default="")
    parser.add_argument("--launch", default="mpirun,run")
    options = parser.parse_args()
    if not os.path.exists(jobs.cnx_path()):
        sys.exit("faults: no %s; run make first" % jobs.cnx_path())
    cases = {name[5:]: function for name, function in globals().items() if name.startswith("case_")}
    passed = failed = 0
    for name, function in cases.items():
        if options.only not in name:
            continue
        for how, ranks in [(how, int(text)) for text in options.ranks.split(",") for how in options.launch.split(",")]:
            if ranks == 1 and how == "run":
                continue
            global by_front
            by_front = how == "run"
            try:
                why = function(ranks)
            except Skip as skip:
                print("SKIPPED %s: %s" % (name, skip))
                break
            if why:
                print("FAIL %s, %d rank%s by %s\n     %s" % (name, ranks, "s" * (ranks > 1), how, why[:600]), flush=True)
            passed, failed = passed + (not why), failed + bool(why)
    print("faults: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
