#!/usr/bin/env python3
# coverage.py -- every statement, operator, method, function and option that cnx has, and the first
# program of the corpus that mentions it; a name that no program mentions is a failure.
#
#   python3 tests/coverage.py [--table]
#
# The names come from `cnx --list-names`, which prints its .def tables: a line "kind name" each, where
# kind is one of
#   statement   AST statement, by its keyword (if, while, with, import, ...)
#   operator    an operator as it is written (+, //=, not in, :=)
#   builtin     a builtin function or type
#   exception   an exception class
#   method      type.name, as list.append or ndarray.sum
#   numpy       dotted below numpy: add, linalg.norm, random.rand
#   module      dotted name of another module: math.sqrt, sys.argv
#   syntax      a form with no word of its own: its program's name says it (see SYNTAX)
#
# Mentions are found in the programs' tokens, never in comments or strings (but of f-strings).

import io
import os
import re
import subprocess
import sys
import tokenize

import jobs
import oracle

SYNTAX = {
    "decorator": r"^\s*@", "lambda": r"\blambda\b", "fstring": r"\bf\"|\bf'", "walrus": r":=",
    "list comprehension": r"\[[^\]]* for ", "dict comprehension": r"\{[^}]*:[^}]* for ",
    "set comprehension": r"\{[^:}]* for ", "generator expression": r"\([^)]* for ", "conditional": r" if .+ else ",
    "slice": r"\[[^\]]*:[^\]]*\]", "starred": r"\*\w", "annotation": r"^\s*\w+: \w+", "chained comparison": r"\w < \w+ < \w",
}


def program_paths():
    return [path for suite in oracle.SUITES if suite != "tests/malformed" for path in oracle.suite_programs(suite)]


def program_words(text):
    """(words, pairs of a name and its attribute, operators) of a program."""
    words, dotted, operators = set(), set(), set()
    previous = before = base = ""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        tokens = []
    for token in tokens:
        if token.type == tokenize.NAME:
            words.add(token.string)
            if previous == ".":
                dotted.add((base, token.string))
        elif token.type == tokenize.OP:
            operators.add(token.string)
        elif token.type == tokenize.STRING and re.match(r"(?i)[rbu]*f", token.string):
            dotted.update(re.findall(r"(\w*)\.(\w+)", token.string))
            words.update(re.findall(r"\w+", token.string))
        if token.type == tokenize.NAME and previous in ("not", "is") and token.string in ("in", "not"):
            operators.add(previous + " " + token.string)
        before, previous = previous, token.string
        if previous == ".":
            base = before
    return words, dotted, operators | (words & {"and", "or", "not", "in", "is", "if"})


def mentions(kind, name, text, found):
    words, dotted, operators = found
    parent, _, last = name.rpartition(".")
    if kind == "syntax":
        return re.search(SYNTAX.get(name, re.escape(name)), text, re.MULTILINE) is not None
    if kind == "operator":
        return name in operators or name in text if " " in name else name in operators
    if kind == "method":
        return last.startswith("__") and last in words or \
            any(attribute == last and base not in ("np", "numpy") for base, attribute in dotted)
    if kind in ("numpy", "module"):
        bases = {parent.rpartition(".")[2]} if parent else {"np", "numpy"}
        imported = re.search(r"^\s*from [\w.]+ import .*\b%s\b" % re.escape(last), text, re.MULTILINE)
        return imported is not None or any(base in bases and attribute == last for base, attribute in dotted)
    return name in words


def list_names():
    result = subprocess.run([jobs.cnx_path(), "--list-names"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, check=False)
    if result.returncode:
        sys.exit("coverage: cnx --list-names failed: " + result.stderr.strip())
    rows = [line.split(None, 1) for line in result.stdout.splitlines() if line.strip()]
    return [(kind, name.strip()) for kind, name in rows]


def main():
    if not os.path.exists(jobs.cnx_path()):
        sys.exit("coverage: no %s; run make first" % jobs.cnx_path())
    programs = {}
    for path in program_paths():
        with open(os.path.join(oracle.ROOT, path), encoding="utf-8") as file:
            text = file.read()
        programs[path] = (text, program_words(text))
    missing = covered = 0
    for kind, name in list_names():
        where = next((path for path, (text, found) in programs.items() if mentions(kind, name, text, found)), None)
        if where is None:
            missing += 1
            print("no program mentions %s %s" % (kind, name))
        else:
            covered += 1
            if "--table" in sys.argv:
                print("%-10s %-32s %s" % (kind, name, where))
    print("coverage: %d passed, %d failed" % (covered, missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
