#!/usr/bin/env bash
# lint.sh -- formatting, static analysis, and the directions of includes (ARCHITECTURE.md).  Status 1 when anything is wrong.
set -u
cd "$(dirname "$0")/.." || exit 1
status=0
bad() { echo "lint: $*"; status=1; }

files=$(git ls-files '*.c' '*.h' '*.cc' | grep -v -e unicode_tables.h -e unicode_ranges.h)
if command -v clang-format >/dev/null; then
    for f in $files; do
        clang-format --dry-run -Werror "$f" >/dev/null 2>&1 || bad "$f is not formatted (clang-format -i)"
    done
else
    bad "clang-format is missing (tools/setup.sh check)"
fi

# Includes point one way: stdlib -> interp -> parser -> lexer, interp -> runtime, gpu -> runtime; plan never includes exec.
forbid() { # folder, what it must not include
    hits=$(git grep -nE "^ *# *include \"($2)" -- "$1" || true)
    [ -z "$hits" ] || bad "include against the direction:"$'\n'"$hits"
}
forbid lexer 'parser/|interp/|stdlib/|gpu/'
forbid parser 'interp/|stdlib/|gpu/'
forbid runtime 'lexer/|parser/|interp/|stdlib/'
forbid runtime/plan 'runtime/exec/'
forbid interp 'stdlib/[a-z]*/'
forbid gpu 'lexer/|parser/|interp/|stdlib/'

# One door each.
door() { # header pattern, the files that may
    hits=$(git grep -nE "^ *# *include [<\"]($1)" -- '*.c' '*.h' | grep -vE "^($2)" || true)
    [ -z "$hits" ] || bad "a library used outside its one door:"$'\n'"$hits"
}
door 'mpi' 'runtime/exec/net\.[ch]|tests/'
door 'cuda|nccl|nvrtc' 'gpu/|tests/'
door 'readline/' 'interp/repl\.c|tests/'
door 'spawn\.h' 'runtime/exec/jit\.c|tests/'
door 'ffi' 'interp/native\.c|tests/'

if command -v shellcheck >/dev/null; then
    git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck -S warning || status=1
fi
# zerodivcond does not follow signs, incorrectLogicOperator misreads hexadecimal floats.
if command -v cppcheck >/dev/null; then
    cppcheck --quiet --error-exitcode=1 --enable=warning,portability --inline-suppr --std=c11 -I. \
        --suppress=missingIncludeSystem --suppress=uninitvar --suppress=nullPointerRedundantCheck --suppress=preprocessorErrorDirective --suppress=zerodivcond --suppress=incorrectLogicOperator \
        runtime/plan runtime/*.c 2>&1 | head -40
    [ "${PIPESTATUS[0]}" = 0 ] || bad "cppcheck found something"
fi
[ $status = 0 ] && echo "lint: clean"
exit $status
