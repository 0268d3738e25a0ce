#!/usr/bin/env bash
# A SLURM of one's own on this machine: tests/slurm/sandbox.sh up FOLDER [PID] | down FOLDER
#   up     munged, slurmctld and the slurmd of two nodes, n0 and n1, of 8 CPUs that are not there; all files in FOLDER,
#          all ports on loopback. Then: export SLURM_CONF=FOLDER/slurm.conf; sbatch ...
#          With PID it goes down by itself when that process is gone.
#   down   ends the jobs and the daemons; FOLDER may be removed then
# Root or not; needs nothing in /etc. Exit code 77: SLURM is not installed (a line says what is missing).
set -eu

fail() {
  echo "sandbox.sh: $*" >&2
  exit 1
}

[ $# -ge 2 ] || fail "usage: sandbox.sh up FOLDER [PID] | down FOLDER"
verb=$1
folder=$(realpath -m -- "$2")
watched=${3:-}
PATH=$PATH:/usr/sbin:/sbin
host=$(hostname -s)
nodes=(n0 n1)
export SLURM_CONF=$folder/slurm.conf

# wait_until SECONDS COMMAND...: fails when the command has not come true by then
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}

check_installed() {
  local program plugin
  for program in munged munge slurmctld slurmd sbatch srun; do
    command -v "$program" >/dev/null || { echo "no $program (Debian: slurm-wlm munge)" && exit 77; }
  done
  plugin=$(timeout 5 getent ahostsv4 "$host" | head -n 1)
  [ -n "$plugin" ] || { echo "the name of this host, $host, has no address" && exit 77; }
}

# A range of ports that nobody listens on, as far as one can see.
choose_port() {
  local port try
  for try in {1..50}; do
    port=$((20000 + (RANDOM * 7 + try) % 30 * 400))
    if ! ss -Hltn "sport >= :$port and sport <= :$((port + 399))" 2>/dev/null | grep -q .; then
      echo "$port"
      return 0
    fi
  done
  return 1
}

write_config() {
  local port=$1 any=NoInAddrAny node number=0 user
  user=$(id -un)
  # slurmctld can be bound to loopback only where the name of the host is a loopback one
  case "$(timeout 5 getent ahostsv4 "$host" | head -n 1)" in 127.*) any=NoCtldInAddrAny,NoInAddrAny ;; esac
  cat <<CONF
ClusterName=sandbox
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
CredType=cred/munge
# also how long a job that is put back has to wait; below 5 SLURM takes 120
AuthInfo=socket=$folder/run/munge.socket,cred_expire=5
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SrunPortRange=$((port + 20))-$((port + 399))
CommunicationParameters=$any
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
# each node its own, or the nodes' PMIx servers collide
TmpFS=$folder/tmp/%n
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
# neither control groups nor a data base
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MailProg=/bin/true
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=0,batch_sched_delay=0
ReturnToService=2
InactiveLimit=0
KillWait=5
MinJobAge=600
MaxArraySize=101
MessageTimeout=30
SlurmdTimeout=300
TreeWidth=65533
DefMemPerCPU=256
JobRequeue=1
PropagateResourceLimits=NONE
CONF
  for node in "${nodes[@]}"; do
    echo "NodeName=$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 10 + number)) CPUs=8 Boards=1" \
      "SocketsPerBoard=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=4096 Feature=$node State=UNKNOWN"
    number=$((number + 1))
  done
  echo "PartitionName=debug Nodes=$(IFS=, && echo "${nodes[*]}") Default=YES MaxTime=120 DefaultTime=5 State=UP"
}

start_munge() {
  chmod 700 "$folder/munge"
  (umask 077 && head -c 1024 /dev/urandom >"$folder/munge/key")
  munged --key-file="$folder/munge/key" --socket="$folder/run/munge.socket" --pid-file="$folder/run/munged.pid" \
    --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed" --num-threads=2 --force \
    >"$folder/log/munged.out" 2>&1
  wait_until 10 munge -n -S "$folder/run/munge.socket"
}

# Younger slurmds look for control groups, whatever slurm.conf says, and end where there are none, as in a container.
write_cgroup_config() {
  local major minor
  IFS='. ' read -r _ major minor _ < <(slurmd -V)
  [ "$((10#$major * 100 + 10#$minor))" -lt 2311 ] || echo CgroupPlugin=disabled
}

answers() { timeout 3 scontrol ping | grep -q ' is UP'; }
all_idle() { [ "$(timeout 5 sinfo -h -o %T | sort -u)" = idle ]; }
no_jobs() { [ -z "$(timeout 5 squeue -h)" ]; }

start_slurm() {
  local node
  slurmctld -c -f "$SLURM_CONF" >"$folder/log/slurmctld.out" 2>&1 && wait_until 20 answers || return 1
  for node in "${nodes[@]}"; do
    mkdir -p "$folder/spool/$node" "$folder/tmp/$node"
    slurmd -N "$node" -f "$SLURM_CONF" >"$folder/log/slurmd.$node.out" 2>&1 || return 1
  done
  wait_until 30 all_idle
}

# Ends the processes of some pid files, at last by force.
end_processes() {
  local file pid pids=()
  for file in "$@"; do
    if pid=$(cat "$file" 2>/dev/null) && kill -TERM "$pid" 2>/dev/null; then pids+=("$pid"); fi
  done
  all_gone() { for pid in "${pids[@]}"; do ! kill -0 "$pid" 2>/dev/null || return 1; done; }
  wait_until 10 all_gone || for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -f "$@"
}

# What a killed job leaves: programs of its steps, known by their environment.
end_leftovers() {
  local file
  { grep -lzxF "SLURM_CONF=$SLURM_CONF" /proc/[0-9]*/environ 2>/dev/null || true; } | while read -r file; do
    if [[ $(cat "${file%environ}comm" 2>/dev/null) =~ ^(slurmstepd|slurm_script|kacrice|orted|mpirun|srun)$ ]]; then
      file=${file%/environ}
      kill -KILL "${file#/proc/}" 2>/dev/null || true
    fi
  done
}

go_down() {
  [ -d "$folder/run" ] || return 0
  # jobs first, while the daemons live, and only where there is somebody to ask
  if [ -f "$folder/run/slurmctld.pid" ] && answers; then
    timeout 10 scancel -u "$(id -un)" >/dev/null 2>&1 || true
    wait_until 10 no_jobs || true
  fi
  end_processes "$folder"/run/slurmd.*.pid "$folder/run/slurmctld.pid"
  end_leftovers
  end_processes "$folder/run/munged.pid"
}

go_up() {
  local port
  check_installed
  mkdir -p "$folder"/{state,spool,log,run,munge,tmp}
  port=$(choose_port) || fail "no free ports"
  write_config "$port" >"$SLURM_CONF"
  write_cgroup_config >"$folder/cgroup.conf"
  timeout 10 srun --mpi=list 2>&1 | grep -qw pmix || { echo "srun has no PMIx plugin" && exit 77; }
  if ! { start_munge && start_slurm; }; then
    tail -n 5 "$folder"/log/* >&2 || true
    go_down
    fail "did not come up"
  fi
  if [ -n "$watched" ]; then
    setsid "$0" watch "$folder" "$watched" </dev/null >/dev/null 2>&1 &
  fi
}

case $verb in
up) go_up ;;
down) go_down ;;
watch) # until the sandbox is down or its owner is gone
  while [ -f "$folder/run/slurmctld.pid" ]; do
    kill -0 "$watched" 2>/dev/null || { go_down && rm -rf "$folder" && exit 0; }
    sleep 1
  done
  ;;
*) fail "$verb: must be up or down" ;;
esac
