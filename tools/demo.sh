#!/usr/bin/env bash
# demo.sh CNX -- the main job: heat.cnx on two ranks, its one-op form, and what was sent.
set -eu
cnx=$PWD/$1
samples=$PWD/samples
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
echo
echo "heat.cnx on two ranks"
(cd "$here" && "$cnx" run -n 2 --stats --whole-below 0 "$samples/heat.cnx" 2>"$here/stats")
echo
echo "the loop, one operation a statement (cnx ops samples/heat.cnx)"
"$cnx" ops samples/heat.cnx | sed -n '/while\|for .* in range/,$p' | head -40
echo
echo "what was planned and sent (--stats)"
cat "$here/stats"
echo
echo "try next:   build/cnx                                 the prompt"
echo "            build/cnx run -n 4 samples/cg.cnx         a conjugate gradient on four ranks"
echo "            build/cnx explain samples/stencil.cnx -p 4"
