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

    def __init__(self, ranks, text, options=(), files=(), prefix=(), arguments=(), stdin=""):
        self.folder = tempfile.TemporaryDirectory(prefix="cnx-fault-")
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
        with tempfile.TemporaryFile() as source, open(self.out, "wb") as out, open(self.err, "wb") as err:
            source.write(stdin.encode())
            source.seek(0)
            self.process = jobs.subprocess.Popen(
                list(prefix) + command, env=jobs.job_environment(), cwd=self.folder.name, start_new_session=True,
                stdin=source, stdout=out, stderr=err)

    def text(self, path):
        return jobs.read_text(path)

    def look(self):
        self.family.update(jobs.process_descendants(self.process.pid))

    def rank_pids(self):
        """Processes of the ranks: this job's processes that run cnx, but their parents that guard them."""
        if self.ranks == 1:
            return [self.process.pid]
        self.look()
        found, children = [], jobs.process_children()
        for pid in sorted(self.family):
            try:
                with open("/proc/%d/cmdline" % pid, "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if os.path.basename(words[0]) == os.path.basename(jobs.cnx_path()).encode() and not children.get(pid):
                found.append(pid)
        return found

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

    def close(self):
        """Ends what is left; returns a complaint about orphans."""
        left = [] if self.process.poll() is None else self.orphans()
        if self.process.poll() is None or left:
            jobs.job_kill(self.process)
            for pid in left:
                if jobs.process_alive(pid):
                    os.kill(pid, signal.SIGKILL)
        self.folder.cleanup()
        return "processes are left: %s" % left if left else ""


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


def interrupted(ranks, text, options=()):
    def act(job):
        job.wait_ready()
        job.interrupt()
        if job.wait(INTERRUPT_LIMIT_S) is None:
            return "still running %g s after the interrupt" % INTERRUPT_LIMIT_S
        if job.process.returncode not in (130, -signal.SIGINT):
            return "status %d, expected 130" % job.process.returncode
        return said_once(job.text(job.err), r"^KeyboardInterrupt")

    return run_case(Job(ranks, text, options), act)


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
