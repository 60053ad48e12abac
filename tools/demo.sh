#!/usr/bin/env bash
# demo.sh CNX -- heat.cnx on two ranks: how it converges, its field as a picture, its loop as one-op code, what was
# sent, and its time beside NumPy's where the oracle is.  Colour only on a terminal that wants it.
set -eu -o pipefail
cnx=$(realpath "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
heat=$root/samples/heat.cnx
python=${CNX_ORACLE:-$root/build/oracle/bin/python}
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"

colour=0 blocks=0 bold='' plain=''
if [ "$(locale charmap 2>/dev/null)" = UTF-8 ]; then blocks=1; fi
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$'\e[1m' plain=$'\e[0m'
    colour=$blocks
fi
title() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

# A plate of N x N with hot and cold edges and a hot square in it.
plate() {
    "$cnx" -c "
import numpy as np
n = $1
g = np.zeros((n, n))
g[0, :] = 100.0
g[:, 0] = g[:, -1] = 40.0
g[-1, :] = -20.0
g[n // 4 : n // 2, n // 2 : 3 * n // 4] = 120.0
np.save('$2', g)"
}
seconds() { # of a command, its output dropped
    local from to
    from=$(date +%s%N)
    "$@" >/dev/null 2>&1 || return
    to=$(date +%s%N)
    awk -v ns=$((to - from)) 'BEGIN { printf "%.2f s", ns / 1e9 }'
}

plate 128 plate.npy
# The rows where another rank begins: of the tiles that the plan gives the field.
borders=$("$cnx" explain "$heat" -p 2 plate.npy planned.npy | awk '/^grid .* tiles / && !done++ { for (i = 6; i <= NF; i++)
    if ($i ~ /^\[[1-9][0-9]*:/) { sub(/^\[/, "", $i); sub(/:.*/, "", $i); print $i } }')

title "samples/heat.cnx on two ranks (cnx run -n 2 --stats heat.cnx plate.npy)"
"$cnx" run -n 2 --stats "$heat" plate.npy result.npy 2>stats | grep --line-buffered -E '^(turn|after)'
# shellcheck disable=SC2086  # rows are words
"$cnx" run "$root/tools/picture.cnx" result.npy $colour $blocks $borders

title "its loop, one operation a statement (cnx ops samples/heat.cnx)"
"$cnx" ops "$heat" | sed -n '/for turn/,/break/p'

title "what was planned, moved and sent (--stats)"
cat stats

title "a plate of 512 x 512: whole runs, start-up included"
plate 512 large.npy
printf 'cnx, one rank   %s\n' "$(seconds "$cnx" run "$heat" large.npy one.npy)"
printf 'cnx, two ranks  %s, of which starting them takes %s\n' "$(seconds "$cnx" run -n 2 "$heat" large.npy two.npy)" "$(seconds "$cnx" run -n 2 -c pass)"
if [ -x "$python" ]; then
    printf 'NumPy           %s\n' "$(seconds env OMP_NUM_THREADS=1 "$python" "$heat" large.npy numpy.npy)"
else
    echo "NumPy           not measured: make check installs it"
fi
if cmp -s one.npy two.npy; then echo "one and two ranks gave the same bytes"; fi

title "try next"
cat <<END
build/cnx                                       the prompt
build/cnx run -n 4 samples/cg.cnx               a conjugate gradient on four ranks
build/cnx explain samples/stencil.cnx -p 4      tiles, tasks, dependences and messages of a stencil
END
