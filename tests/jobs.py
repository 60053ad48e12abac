# jobs.py -- starting cnx for the test drivers: alone, under mpirun, many programs in one job.
#
# Starting an MPI job costs more than a test, so `cnx batch LIST` runs many programs in one: LIST has
# a line "path<TAB>prefix" a program; each gets a fresh interpreter, and rank 0 writes prefix.out,
# prefix.err and, last, prefix.status (the exit status in decimal).  With --stats it also writes
# prefix.stats, a JSON object of the counters.
#
# Invariant: prefix.status exists exactly when its program has ended; a job that dies or stands
# still has failed at the first program of LIST without one, and the rest goes to a new job.

import os
import shutil
import signal
import subprocess
import tempfile
import time

import oracle

DEATHS_MAX = 20  # jobs in a row that end before their first program does

MODES = {
    "plain": [],
    "tiled": ["--whole-below", "0", "--tiles-per-rank", "3"],
    "flushed": ["--flush-each"],
    "checked": ["--check-trace", "--whole-below", "0", "--tiles-per-rank", "3"],
    "unrenamed": ["--no-rename", "--whole-below", "0", "--tiles-per-rank", "3"],
    "unfused": ["--no-fuse", "--whole-below", "0", "--tiles-per-rank", "3"],
}


def cnx_path():
    return os.environ.get("CNX", os.path.join(oracle.ROOT, "build", "cnx"))


def job_environment():
    """This environment with mpirun's consent to root and to more ranks than slots."""
    return dict(os.environ,
                OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_btl_vader_single_copy_mechanism="none",
                NO_COLOR="1", TERM="dumb", PYTHONHASHSEED="0")


def job_command(ranks, arguments):
    """The command line of a job; one rank is a plain process, which never starts MPI."""
    launcher = [] if ranks == 1 else ["mpirun", "-q", "--oversubscribe", "-n", str(ranks)]
    return launcher + [cnx_path()] + list(arguments)


def job_start(ranks, arguments, **options):
    return subprocess.Popen(job_command(ranks, arguments), env=job_environment(),
                            start_new_session=True, **options)


def process_children():
    """{parent pid: [child pids]} of all processes now."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name, encoding="utf-8", errors="replace") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            children.setdefault(parent, []).append(int(name))
    return children


def process_descendants(pid):
    children, found, todo = process_children(), [], [pid]
    while todo:
        for child in children.get(todo.pop(), []):
            found.append(child)
            todo.append(child)
    return found


def process_alive(pid):
    """True while the process runs (a zombie does not)."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def job_kill(process):
    """Ends a job and every process it started."""
    family = process_descendants(process.pid)
    for kind, patience in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0)):
        for pid in [process.pid] + family:
            try:
                os.kill(pid, kind)
            except ProcessLookupError:
                pass
        end = time.monotonic() + patience
        while time.monotonic() < end:
            process.poll()
            if process.returncode is not None and not any(process_alive(pid) for pid in family):
                return
            time.sleep(0.02)


def job_run(ranks, arguments, deadline_s=60.0, stdin="", cwd=None):
    """(status, stdout, stderr) of one job; status None when it ran past the deadline."""
    process = job_start(ranks, arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, cwd=cwd)
    try:
        out, err = process.communicate(stdin.encode(), timeout=deadline_s)
        status = process.returncode
    except subprocess.TimeoutExpired:
        job_kill(process)
        out, err = process.communicate()
        status = None
    return status, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def batch_result(prefix):
    """A result as the oracle's, from the files of one program; None while it has not ended."""
    text = read_text(prefix + ".status").strip()
    if not text.lstrip("-").isdigit():
        return None
    status = int(text)
    error, warnings = oracle.parse_stderr(read_text(prefix + ".err"), status)
    return {"stdout": read_text(prefix + ".out"), "status": status, "error": error, "warnings": warnings,
            "stats": read_text(prefix + ".stats")}


class Batch:
    """Programs (absolute paths) through `cnx batch`; run() gives {path: result}."""

    def __init__(self, programs, ranks, options=(), deadline_s=20.0):
        self.programs = list(programs)
        self.ranks = ranks
        self.options = list(options)
        self.deadline_s = deadline_s

    def run(self):
        folder = tempfile.mkdtemp(prefix="cnx-batch-")
        try:
            todo = [(path, os.path.join(folder, str(number))) for number, path in enumerate(self.programs)]
            results, deaths = {}, 0
            while todo:
                why, log = self.run_job(folder, todo)
                left = []
                for path, prefix in todo:
                    result = batch_result(prefix)
                    if result is None:
                        left.append((path, prefix))
                    else:
                        results[path] = result
                deaths = deaths + 1 if len(left) == len(todo) else 0
                if deaths >= DEATHS_MAX:
                    why = "given up after %d jobs that ran nothing, the last: %s" % (deaths, why)
                    results.update((path, {"stdout": "", "status": None, "warnings": [], "error": why,
                                           "stats": ""}) for path, _ in left)
                    return results
                if left:
                    path, prefix = left.pop(0)
                    said = (read_text(prefix + ".err").strip() or log.strip()).splitlines()
                    results[path] = {"stdout": read_text(prefix + ".out"), "status": None, "warnings": [],
                                     "error": why + (": " + said[-1] if said else ""), "stats": ""}
                todo = left
            return results
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def run_job(self, folder, todo):
        """Runs one job until it ends or stands still; (how it ended, what it left on stderr)."""
        listing = os.path.join(folder, "list")
        with open(listing, "w", encoding="utf-8") as file:
            file.writelines("%s\t%s\n" % pair for pair in todo)
        scratch = os.path.join(folder, "scratch")
        shutil.rmtree(scratch, ignore_errors=True)
        os.mkdir(scratch)
        with tempfile.TemporaryFile() as log:
            process = job_start(self.ranks, ["batch"] + self.options + [listing], cwd=scratch,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
            why = self.watch(process, [prefix for _, prefix in todo])
            log.seek(0)
            return why, log.read().decode("utf-8", "replace")

    def watch(self, process, prefixes):
        done, since = 0, time.monotonic()
        while True:
            try:
                process.wait(timeout=0.05)
                return "the job ended with status %d" % process.returncode
            except subprocess.TimeoutExpired:
                pass
            before = done
            while done < len(prefixes) and os.path.exists(prefixes[done] + ".status"):
                done += 1
            now = time.monotonic()
            if done > before:
                since = now
            elif now - since > self.deadline_s:
                job_kill(process)
                return "no end after %g s" % self.deadline_s


def difference(expected, got):
    """"" when a result is the expected one, else what differs first, in one line."""
    if got["status"] is None:
        return got["error"]
    if got["stdout"] != expected["stdout"]:
        want, have = expected["stdout"].split("\n"), got["stdout"].split("\n")
        for number in range(max(len(want), len(have))):
            left = want[number] if number < len(want) else "<end>"
            right = have[number] if number < len(have) else "<end>"
            if left != right:
                tail = "; " + got["error"] if got["error"] != expected["error"] else ""
                return "output line %d: expected %r, got %r%s" % (number + 1, left, right, tail)
    if got["status"] != expected["status"]:
        return "status: expected %d, got %d (%s)" % (expected["status"], got["status"], got["error"])
    if got["error"] != expected["error"]:
        return "error: expected %r, got %r" % (expected["error"], got["error"])
    if sorted(got["warnings"]) != sorted(expected["warnings"]):
        return "warnings: expected %r, got %r" % (expected["warnings"], got["warnings"])
    return ""
