#!/usr/bin/env bash
# run.sh BUILD -- every test: unit tests, then programs against the oracle.  One line a suite; status 1 when anything failed.
set -u
build=${1:-build}
export CNX=$PWD/$build/cnx OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
python=${CNX_ORACLE:-build/oracle/bin/python}
status=0

for t in "$build"/unit/test_*; do
    case $t in *.d) continue ;; esac
    "$t" || status=1
done

if [ ! -x "$python" ]; then
    echo "tests: the oracle ($python) is missing: tools/setup.sh check makes it"
    exit 1
fi
"$python" tests/lang/parser_differential.py "$build/cnx-ast" || status=1
"$python" tests/oracle.py --verify || status=1
"$python" tests/run_programs.py ${CNX_TEST_OPTIONS:-} || status=1
"$python" tests/run_programs.py --tiled-report --ranks 3 || status=1
if [ "${CNX_TEST_QUICK:-}" != 1 ]; then
    "$python" tests/fuzz/run.py "${CNX_FUZZ:-200}" || status=1
    "$python" tests/fuzz/run.py "${CNX_FUZZ:-100}" --stencils --ranks 1,3 || status=1
    "$python" tests/mpi/run.py || status=1
    "$python" tests/mpi/memory.py --ranks 2,4 || status=1
    "$python" tests/mpi/elements.py --ranks 3 || status=1
    if command -v mpirun >/dev/null; then
        for ranks in 2 3; do
            echo "test_exchange, $ranks ranks:"
            CK_FORK=no timeout 120 mpirun -q --oversubscribe -n $ranks "$build"/unit/test_exchange || status=1
        done
    fi
    "$python" tests/faults.py || status=1
    "$python" tests/shown.py || status=1
    "$python" tests/tier.py || status=1
    "$python" tests/coverage.py || status=1
fi
exit $status
