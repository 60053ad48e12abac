#!/usr/bin/env python3
# oracle.py -- what CPython 3.11 with NumPy 2.3.5 says about a program.
#
# One warm process imports numpy once and forks a child per program, so that a program costs a few
# milliseconds.  A result is a dict: stdout (text), status (exit status, or minus the signal), error
# (the last line on stderr when the status is not 0) and warnings ([line, kind, message], sorted).
# Recordings of a directory are one JSON file in tests/recordings/, one line a program, each with
# the SHA-256 of the program's text: a recording of an older text is stale, never used.
#
#   python3 tests/oracle.py --record [DIR...]    derive and write the recordings
#   python3 tests/oracle.py --verify [DIR...]    derive again; fail on any difference
#   python3 tests/oracle.py --run FILE [ARG...]  show one result
#   python3 tests/oracle.py --serve              requests and results as JSON lines
#
# Invariant: nothing but the program's text, arguments and standard input decides a result.

import hashlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RECORDINGS = os.path.join(ROOT, "tests", "recordings")
SUITES = ["tests/lang", "tests/numpy", "tests/malformed", "tests/fuzz/corpus", "samples"]
NUMPY_VERSION = "2.3.5"
DEADLINE_S = 20.0

WARNING_LINE = re.compile(r"^(.+?):(\d+): (\w*Warning): (.*)$")


def oracle_python():
    """Path of the interpreter that has the oracle's NumPy; ends with a message when there is none."""
    path = os.environ.get("CNX_ORACLE", os.path.join(ROOT, "build", "oracle", "bin", "python"))
    if not os.path.exists(path):
        sys.exit("oracle: no %s; run tools/setup.sh check, or set CNX_ORACLE" % path)
    return path


def become_oracle():
    """Runs this same command under the oracle's interpreter, with its fixed environment."""
    wanted = {
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "CNX_ORACLE_INSIDE": "1",
    }
    if all(os.environ.get(key) == value for key, value in wanted.items()):
        return
    env = {key: value for key, value in os.environ.items() if key != "PYTHONWARNINGS"}
    python = oracle_python()
    os.execve(python, [python] + sys.argv, dict(env, **wanted))


def import_oracle():
    """Imports numpy and lets `.cnx` files beside a program be imported as modules."""
    import importlib.machinery
    import numpy

    if sys.version_info[:2] != (3, 11) or numpy.__version__ != NUMPY_VERSION:
        sys.exit("oracle: needs Python 3.11 with NumPy %s, found %s with %s"
                 % (NUMPY_VERSION, sys.version.split()[0], numpy.__version__))
    import numpy.random  # noqa: F401 -- warm

    finder = importlib.machinery.FileFinder.path_hook(
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (importlib.machinery.SourceFileLoader, [".cnx", ".py"]))
    sys.path_hooks.insert(0, finder)
    sys.path_importer_cache.clear()


def text_sha(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def parse_stderr(text, status):
    """(error line or "", sorted warnings) of what a program left on standard error."""
    found = set()
    for line in text.splitlines():
        match = WARNING_LINE.match(line)
        if match:
            found.add((int(match.group(2)), match.group(3), match.group(4)))
    lines = [line for line in text.splitlines() if line.strip()]
    error = lines[-1] if status != 0 and lines else ""
    return error, [list(item) for item in sorted(found)]


def program_options(path):
    """The launch a program asks for in comments `# args: ...` and `# stdin: ...` (repr text) at its top."""
    args, stdin = None, None
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if not line.startswith("#"):
                break
            if line.startswith("# args:"):
                args = line[7:].split()
            elif line.startswith("# stdin:"):
                stdin = line[8:].strip().replace("\\n", "\n")
    return args, stdin


def place_warnings(path):
    """RuntimeWarnings are told once per line of the program that caused them, never of NumPy's files."""
    import warnings

    told = set()

    def show(message, category, filename, lineno, file=None, line=None):
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != path:
            frame = frame.f_back
        where = (path, frame.f_lineno) if frame is not None else (filename, lineno)
        text = "%s:%d: %s: %s" % (where + (category.__name__, message))
        if text not in told:
            told.add(text)
            print(text, file=sys.stderr)

    warnings.showwarning = show
    warnings.filterwarnings("always", category=RuntimeWarning)


def run_child(path, args):
    """In the forked child: the program as __main__, its end as CPython's."""
    sys.argv = [path] + list(args)
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    main = type(sys)("__main__")
    main.__file__ = path
    main.__builtins__ = __builtins__
    sys.modules["__main__"] = main
    place_warnings(path)
    status = 0
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        exec(code, main.__dict__)
    except SystemExit as end:
        if isinstance(end.code, int):
            status = end.code & 0xFF
        elif end.code is not None:
            sys.stdout.flush()
            print(end.code, file=sys.stderr)
            status = 1
    except BaseException:
        kind, value, trace = sys.exc_info()
        sys.stdout.flush()
        sys.excepthook(kind, value, trace.tb_next)
        status = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def wait_child(pid, deadline_s):
    """Exit status of the child (minus the signal that ended it); None when it ran past the deadline."""
    end = time.monotonic() + deadline_s
    pidfd = os.pidfd_open(pid)
    try:
        ready = select.select([pidfd], [], [], max(0.0, end - time.monotonic()))[0]
        if not ready:
            os.kill(pid, signal.SIGKILL)
        _, raw = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(raw) if ready else None
    finally:
        os.close(pidfd)


def derive(path, args=(), stdin="", cwd=None, deadline_s=DEADLINE_S):
    """The result of one program; `cwd` defaults to an empty folder that is removed afterwards."""
    own = cwd is None
    cwd = cwd or tempfile.mkdtemp(prefix="oracle-")
    path = os.path.abspath(path)
    streams = [tempfile.TemporaryFile() for _ in range(3)]
    try:
        streams[0].write(stdin.encode())
        streams[0].seek(0)
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            for number, stream in enumerate(streams):
                os.dup2(stream.fileno(), number)
            os.chdir(cwd)
            run_child(path, args)
        status = wait_child(pid, deadline_s)
        texts = []
        for stream in streams[1:]:
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
        if status is None:
            return {"stdout": texts[0], "status": 124, "error": "ran past the deadline", "warnings": []}
        error, warnings = parse_stderr(texts[1], status)
        return {"stdout": texts[0], "status": status, "error": error, "warnings": warnings}
    finally:
        for stream in streams:
            stream.close()
        if own:
            shutil.rmtree(cwd, ignore_errors=True)


def suite_programs(suite):
    """Sorted paths, relative to the root, of the programs of one suite directory."""
    folder = os.path.join(ROOT, suite)
    if not os.path.isdir(folder):
        return []
    return [suite + "/" + name for name in sorted(os.listdir(folder)) if name.endswith(".cnx")]


def recording_path(suite):
    return os.path.join(RECORDINGS, suite.replace("/", "-") + ".json")


def recording_load(suite):
    """{program path: result with "sha"} as recorded; empty when nothing is."""
    try:
        with open(recording_path(suite), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def recording_store(suite, results):
    os.makedirs(RECORDINGS, exist_ok=True)
    lines = [json.dumps(path) + ": " + json.dumps(results[path], sort_keys=True, ensure_ascii=False)
             for path in sorted(results)]
    with open(recording_path(suite), "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


def derive_suite(suite):
    results = {}
    for path in suite_programs(suite):
        full = os.path.join(ROOT, path)
        args, stdin = program_options(full)
        result = derive(full, args or (), stdin or "")
        results[path] = dict(result, sha=text_sha(full))
    return results


def record(suites):
    for suite in suites:
        results = derive_suite(suite)
        if results:
            recording_store(suite, results)
        late = [path for path, result in results.items() if result["status"] == 124]
        failed = sum(result["status"] != 0 for result in results.values())
        print("%s: recorded %d programs, %d end with an error" % (suite, len(results), failed))
        for path in late:
            print("  ran past the deadline: " + path)
    return 0


def verify(suites):
    bad = 0
    for suite in suites:
        now, before = derive_suite(suite), recording_load(suite)
        different = [path for path in sorted(set(now) | set(before)) if now.get(path) != before.get(path)]
        print("%s: verified %d recordings, %d differ" % (suite, len(now), len(different)))
        for path in different:
            why = ("not recorded" if path not in before else "program is gone" if path not in now else
                   "program changed" if now[path]["sha"] != before[path]["sha"] else "answer changed")
            print("  %s: %s" % (path, why))
        bad += len(different)
    return 1 if bad else 0


def serve():
    """Answers {"path", "args", "stdin", "cwd", "deadline_s"} lines until the input ends."""
    for line in sys.stdin:
        request = json.loads(line)
        result = derive(request["path"], request.get("args") or (), request.get("stdin") or "",
                        request.get("cwd"), request.get("deadline_s") or DEADLINE_S)
        print(json.dumps(result), flush=True)
    return 0


class Oracle:
    """A client of `oracle.py --serve`: Oracle().derive(path) from any Python."""

    def __init__(self):
        oracle_python()
        self.process = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--serve"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def derive(self, path, **request):
        self.process.stdin.write(json.dumps(dict(request, path=path)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the oracle has ended")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    verbs = {"--record": record, "--verify": verify}
    verb = sys.argv[1] if len(sys.argv) > 1 else ""
    if verb not in ("--record", "--verify", "--run", "--serve"):
        print("usage: oracle.py --record|--verify [DIR...] | --run FILE [ARG...] | --serve", file=sys.stderr)
        return 2
    become_oracle()
    import_oracle()
    if verb == "--serve":
        return serve()
    if verb == "--run":
        print(json.dumps(derive(sys.argv[2], sys.argv[3:], sys.stdin.read() if not sys.stdin.isatty() else ""),
                         indent=1, ensure_ascii=False))
        return 0
    suites = [os.path.relpath(os.path.abspath(name), ROOT) for name in sys.argv[2:]] or SUITES
    return verbs[verb](suites)


if __name__ == "__main__":
    sys.exit(main())
