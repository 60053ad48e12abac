#!/bin/sh
# setup.sh -- what CNX needs on Debian 12, installed where it is missing.  Safe to run again.
#
#   tools/setup.sh build    what the build and the demo need
#   tools/setup.sh check    that, and what the tests and `make lint` need: the oracle
#                           (CPython 3.11 with NumPy 2.3.5 in build/oracle), linters
#
# Needs root or sudo only when a package is missing; without either it prints the
# command to type and ends with status 1.

set -eu

NUMPY=2.3.5
BUILD="gcc g++ make pkg-config libgmp-dev libsleef-dev libdouble-conversion-dev
       libreadline-dev libopenmpi-dev openmpi-bin"
CHECK="check python3 python3-venv clang-format clang-tidy cppcheck shellcheck"

usage() {
    echo "usage: tools/setup.sh build|check" >&2
    exit 2
}

say() {
    echo "setup: $*"
}

# The packages among the arguments that dpkg does not have.
missing() {
    for package in "$@"; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$state" = installed ] || printf '%s ' "$package"
    done
}

# Runs a command as root, directly or through sudo; status 127 when there is no way.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        sudo "$@"
    else
        return 127
    fi
}

install_packages() {
    # shellcheck disable=SC2046  # package names are words
    set -- $(missing "$@")
    if [ $# -eq 0 ]; then
        say "all packages are there"
        return
    fi
    status=0
    as_root true || status=$?
    if [ "$status" -ne 0 ]; then
        echo "setup: packages are missing and this user cannot install them; type:" >&2
        echo "  su -c 'apt-get update && apt-get install -y --no-install-recommends $*'" >&2
        exit 1
    fi
    log=$(mktemp)
    if ! { as_root apt-get -q update &&
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -q install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        echo "setup: apt-get failed, see above" >&2
        exit 1
    fi
    rm -f "$log"
    say "installed $*"
}

oracle_version() {
    build/oracle/bin/python -c 'import sys, numpy
print("%d.%d" % sys.version_info[:2], numpy.__version__)' 2>/dev/null || true
}

make_oracle() {
    if [ "$(oracle_version)" = "3.11 $NUMPY" ]; then
        say "the oracle is there (build/oracle, NumPy $NUMPY)"
        return
    fi
    python=$(command -v python3.11 || command -v python3)
    if ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then
        echo "setup: the oracle needs Python 3.11; found $("$python" --version)" >&2
        exit 1
    fi
    rm -rf build/oracle
    mkdir -p build
    "$python" -m venv build/oracle
    build/oracle/bin/python -m pip -q --disable-pip-version-check install "numpy==$NUMPY"
    if [ "$(oracle_version)" != "3.11 $NUMPY" ]; then
        echo "setup: build/oracle does not import NumPy $NUMPY" >&2
        exit 1
    fi
    say "made the oracle (build/oracle, NumPy $NUMPY)"
}

[ $# -eq 1 ] || usage
cd "$(dirname "$0")/.."
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "setup: this is not Debian; install what provides: $BUILD $CHECK" >&2
    exit 1
fi

# shellcheck disable=SC2086  # lists of words
case $1 in
build)
    install_packages $BUILD
    ;;
check)
    install_packages $BUILD $CHECK
    make_oracle
    ;;
*)
    usage
    ;;
esac
