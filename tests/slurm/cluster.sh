#!/usr/bin/env bash
# cluster.sh - a throw-away Slurm cluster on one Debian 12 machine without systemd,
# as root, that runs Open MPI programs with plain `srun`.
#
#   cluster.sh install                  apt-get what is needed
#   cluster.sh up [-N nodes] [-c cpus] [--netns]
#   cluster.sh prove [ranks]            compile an MPI hello and srun it over all nodes
#   cluster.sh exec CMD ...             run CMD where a login-node user would be
#   cluster.sh env                      print the export line for SLURM_CONF (shared mode)
#   cluster.sh status | down
#   cluster.sh ci                       install, up, prove, down for both modes
#
# Two modes:
#   shared (default)  k slurmd on 127.0.0.1, told apart by name and port.  Nothing but
#                     loopback is used.  Ranks of one fake node talk by shared memory
#                     (btl vader), ranks of different fake nodes by TCP on loopback.
#   --netns           each node is a network + UTS + IPC + mount namespace with its own
#                     hostname, /dev/shm and eth0 behind one bridge, which has a
#                     namespace of its own: nothing appears in the machine's own network.
#
# State lives in one folder (CNX_SLURM_DIR, default /run/cnx-slurm); `down` ends only the
# processes whose pid files are there and removes the folder.
set -euo pipefail

D=${CNX_SLURM_DIR:-/run/cnx-slurm}
CONF=$D/slurm.conf
NET=10.77.0
PFX=cnxsl            # prefix of the network namespaces
export SLURM_CONF=$CONF
PATH=$PATH:/usr/sbin:/sbin

die() { echo "cluster: $*" >&2; exit 1; }
say() { echo "cluster: $*"; }

# libpmix-dev is not a mistake: the slurm PMIx plugin dlopens the unversioned
# pmix2/lib/libpmix.so, which only the -dev package ships; without it srun ends with
# "mpi/pmix_v4: can not load PMIx library ... Invalid MPI type 'pmix'".
PKGS="slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge libpmix-dev
      openmpi-bin libopenmpi-dev gcc libc6-dev iproute2 util-linux procps"

cmd_install() {
    local p missing=
    for p in $PKGS; do dpkg -s "$p" >/dev/null 2>&1 || missing="$missing $p"; done
    [ -z "$missing" ] && { say "packages present"; return; }
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    say "installed:$missing"
}

# start a daemon that forks and leaves a pid file; fail with its log when it does not
started() { # name pidfile logfile
    local i
    for i in $(seq 100); do
        [ -s "$2" ] && kill -0 "$(cat "$2")" 2>/dev/null && return 0
        sleep 0.1
    done
    tail -n 20 "$3" >&2 || true
    die "$1 did not start"
}

write_conf() { # nodes cpus mode
    local nodes=$1 cpus=$2 mode=$3 i ctl mem
    mem=$(awk '/MemTotal/{print int($2/1024/2)}' /proc/meminfo)
    if [ "$mode" = netns ]; then ctl="login($NET.254)"; else ctl="localhost(127.0.0.1)"; fi
    cat >"$CONF" <<EOF
ClusterName=cnx
SlurmctldHost=$ctl
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$D/munge/sock
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$D/state
SlurmdSpoolDir=$D/spool/%n
TmpFS=$D/tmp/%n
SlurmctldPidFile=$D/slurmctld.pid
SlurmdPidFile=$D/slurmd-%n.pid
SlurmctldLogFile=$D/log/slurmctld.log
SlurmdLogFile=$D/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog=$D/task_prolog
SwitchType=switch/none
MpiDefault=pmix
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
MinJobAge=30
SlurmctldTimeout=30
SlurmdTimeout=30
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
EOF
    for i in $(seq "$nodes"); do
        if [ "$mode" = netns ]; then
            echo "NodeName=n$i NodeHostname=n$i NodeAddr=$NET.$i Port=16820 CPUs=$cpus RealMemory=$mem"
        else
            echo "NodeName=n$i NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((16820 + i)) CPUs=$cpus RealMemory=$mem"
        fi >>"$CONF"
    done
    echo "PartitionName=main Nodes=n[1-$nodes] Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES" >>"$CONF"
    # slurmd initialises a cgroup plugin even though nothing here uses cgroups; its autodetect
    # fails without /sys/fs/cgroup, and v2 wants systemd.  v1 is only touched when used.
    echo 'CgroupPlugin=cgroup/v1' >"$D/cgroup.conf"
    # Shared mode: all fake nodes have one hostname and one /dev/shm, and Open MPI names its
    # shared-memory files by hostname + job + local rank, so two nodes with two ranks each
    # would map each other's files and crash.  A folder per node keeps them apart.  And its
    # TCP transport skips loopback by default and would listen on the machine's real interface.
    # Both modes: direct launch does not notice that there are more ranks than cores, and
    # busy-waiting ranks then cost milliseconds a collective: tell it to yield.
    {
        echo '#!/bin/sh'
        echo 'echo "export OMPI_MCA_mpi_yield_when_idle=1"'
        if [ "$mode" = shared ]; then
            echo 'echo "export OMPI_MCA_btl_vader_backing_directory=/dev/shm/cnxsl-$SLURMD_NODENAME"'
            echo 'echo "export OMPI_MCA_btl_tcp_if_include=lo"'
        fi
    } >"$D/task_prolog"
    chmod 755 "$D/task_prolog"
}

make_net() { # nodes
    local i h
    ip netns add $PFX-sw
    ip -n $PFX-sw link set lo up
    ip -n $PFX-sw link add br0 type bridge
    ip -n $PFX-sw link set br0 up
    printf '127.0.0.1 localhost\n%s.254 login\n' "$NET" >"$D/hosts"
    for i in $(seq "$1"); do echo "$NET.$i n$i" >>"$D/hosts"; done
    for h in login $(seq -f 'n%g' "$1"); do
        i=${h#n}; [ "$h" = login ] && i=254
        ip netns add $PFX-$h
        ip -n $PFX-sw link add v-$h type veth peer name eth0 netns $PFX-$h
        ip -n $PFX-sw link set v-$h master br0 up
        ip -n $PFX-$h addr add $NET.$i/24 dev eth0
        ip -n $PFX-$h link set eth0 up
        ip -n $PFX-$h link set lo up
        # an anchor process keeps the other namespaces of this host alive
        nsenter --net=/run/netns/$PFX-$h unshare --uts --ipc --mount --propagation private \
            sh -c 'hostname "$1"; mount -t tmpfs -o mode=1777 shm /dev/shm; mount --bind "$2" /etc/hosts
                   echo $$ >"$3"; exec sleep infinity' sh "$h" "$D/hosts" "$D/anchor-$h.pid" \
            </dev/null >/dev/null 2>&1 &
        started "host $h" "$D/anchor-$h.pid" /dev/null
    done
}

on() { # host cmd...   (host '-' = here)
    local h=$1; shift
    if [ "$(cat "$D/mode")" = netns ]; then
        nsenter --target "$(cat "$D/anchor-$h.pid")" --net --uts --ipc --mount --root --wdns="$PWD" -- "$@"
    else
        "$@"
    fi
}

cmd_up() {
    local nodes=2 cpus=2 mode=shared i
    while [ $# -gt 0 ]; do
        case $1 in
            -N) nodes=$2; shift 2 ;;
            -c) cpus=$2; shift 2 ;;
            --netns) mode=netns; shift ;;
            *) die "up: what is $1?" ;;
        esac
    done
    [ "$(id -u)" = 0 ] || die "needs root"
    [ -e "$D/mode" ] && die "already up in $D (down first)"
    CLEAN=1
    umask 022
    mkdir -p "$D"/munge "$D"/state "$D"/log
    echo $mode >"$D/mode"
    echo "$nodes" >"$D/nodes"
    # a munged of our own: own key, own socket, so a system munged is neither needed nor hurt
    (umask 077; head -c 1024 /dev/urandom >"$D/munge/key")
    munged --key-file "$D/munge/key" --socket "$D/munge/sock" --pid-file "$D/munge/pid" \
           --log-file "$D/munge/log" --seed-file "$D/munge/seed"
    started munged "$D/munge/pid" "$D/munge/log"
    [ $mode = netns ] && make_net "$nodes"
    write_conf "$nodes" "$cpus" $mode
    for i in $(seq "$nodes"); do
        mkdir -p "$D/spool/n$i" "$D/tmp/n$i"
        chmod 1777 "$D/tmp/n$i"
        [ $mode = shared ] && { mkdir -p "/dev/shm/cnxsl-n$i"; chmod 1777 "/dev/shm/cnxsl-n$i"; }
    done
    on login slurmctld
    started slurmctld "$D/slurmctld.pid" "$D/log/slurmctld.log"
    for i in $(seq "$nodes"); do
        on "n$i" slurmd -N "n$i"
        started "slurmd n$i" "$D/slurmd-n$i.pid" "$D/log/slurmd-n$i.log"
    done
    for i in $(seq 150); do
        [ "$(on login sinfo -h -t idle -o %D 2>/dev/null || echo 0)" = "$nodes" ] && break
        [ "$i" = 150 ] && { on login sinfo >&2; tail -n 20 "$D"/log/slurmctld.log >&2; die "nodes not idle"; }
        sleep 0.1
    done
    CLEAN=$IN_CI
    say "up: $nodes nodes x $cpus cpus, mode $mode, SLURM_CONF=$CONF"
}

cmd_prove() {
    local n=${1:-} nodes w
    [ -e "$D/mode" ] || die "not up"
    nodes=$(cat "$D/nodes"); [ -n "$n" ] || n=$((nodes * 2))
    w=$D/prove; mkdir -p "$w"
    cat >"$w/hello.c" <<'EOF'
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    int rank, size, len, sum = 0;
    char host[MPI_MAX_PROCESSOR_NAME];
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Get_processor_name(host, &len);
    MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    const char *node = getenv("SLURMD_NODENAME");
    printf("hello rank %d/%d node %s host %s sum %d\n", rank, size, node ? node : "?", host, sum);
    MPI_Finalize();
    return sum == size * (size - 1) / 2 ? 0 : 1;
}
EOF
    mpicc -O1 "$w/hello.c" -o "$w/hello"
    on login timeout 60 srun --overcommit -N "$nodes" -n "$n" "$w/hello" </dev/null | sort -V | tee "$w/out"
    [ "$(grep -c "^hello rank [0-9]*/$n " "$w/out")" = "$n" ] || die "expected $n ranks in one MPI_COMM_WORLD"
    [ "$(sed 's/.* node \([^ ]*\) .*/\1/' "$w/out" | sort -u | wc -l)" = "$nodes" ] || die "not all nodes used"
    say "proved: srun started one $n-rank Open MPI world on $nodes nodes"
}

cmd_exec() { [ -e "$D/mode" ] || die "not up"; on login "$@"; }

cmd_status() {
    [ -e "$D/mode" ] || { say "down"; return 1; }
    say "mode $(cat "$D/mode")"; on login sinfo -N -l
}

stop_pid() { # pidfile expected-name
    local p c i
    [ -s "$1" ] || return 0
    p=$(cat "$1")
    c=$(cat "/proc/$p/comm" 2>/dev/null || true)
    case $c in "$2"*) ;; *) return 0 ;; esac
    kill "$p" 2>/dev/null || return 0
    for i in $(seq 80); do
        # gone, or a zombie that pid 1 has not reaped yet
        [ -d "/proc/$p" ] && ! grep -q '^State:.*Z' "/proc/$p/status" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$p" 2>/dev/null || true
}

cmd_down() {
    local f h
    [ -d "$D" ] || { say "down"; return 0; }
    if [ -s "$D/slurmctld.pid" ]; then
        on login timeout 5 scancel --state=RUNNING --user=root >/dev/null 2>&1 || true
    fi
    for f in "$D"/slurmd-*.pid; do stop_pid "$f" slurmd; done
    # a step whose set-up failed can leave its slurmstepd hanging; ours have a cwd under $D
    for f in $(pgrep -x slurmstepd || true); do
        case $(readlink "/proc/$f/cwd" || true) in "$D"/*) kill -9 "$f" 2>/dev/null || true ;; esac
    done
    stop_pid "$D/slurmctld.pid" slurmctld
    stop_pid "$D/munge/pid" munged
    for f in "$D"/anchor-*.pid; do
        stop_pid "$f" sleep
    done
    for h in $(ip netns list 2>/dev/null | awk -v p="$PFX-" 'index($1,p)==1{print $1}'); do ip netns del "$h"; done
    rm -rf "$D" /dev/shm/cnxsl-n*
    say "down"
}

cmd_ci() {
    cmd_install
    IN_CI=1
    cmd_up -N 2 -c 2; cmd_prove 4; cmd_down
    cmd_up -N 3 -c 2 --netns; cmd_prove 6; cmd_down
    CLEAN=0
}

# whatever goes wrong between `up` and its end (in `ci`: anywhere), nothing is left running
CLEAN=0 IN_CI=0 rc=0
trap 'rc=$?; if [ "$CLEAN" = 1 ]; then say "failed, taking it down" >&2; cmd_down || true; fi; exit $rc' EXIT

c=${1:-}; shift || true
case $c in
    install) cmd_install ;;
    up) cmd_up "$@" ;;
    prove) cmd_prove "$@" ;;
    exec) cmd_exec "$@" ;;
    env) echo "export SLURM_CONF=$CONF" ;;
    status) cmd_status ;;
    down) cmd_down ;;
    ci) cmd_ci ;;
    *) sed -n '2,27p' "$0" >&2; exit 2 ;;
esac
