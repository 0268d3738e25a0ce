# What the batch scripts share; each of them sources this file. docs/howto/campaign.md, "On a cluster".
# shellcheck shell=bash

KR_JOBS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# kr_machine FILE: the environment of the project, then the settings of the site and its modules.
kr_machine() {
  local module
  # shellcheck source=scripts/common.sh
  . "$KR_JOBS/../scripts/common.sh"
  KR_LAUNCHER=srun KR_LAUNCHER_OPTIONS=() KR_MODULES=()
  KR_PROGRAM=${KR_PROGRAM:-$KR_ROOT/build/release/kacrice}
  # shellcheck source=/dev/null
  . "$1" || exit 2
  for module in "${KR_MODULES[@]}"; do module load "$module" || exit 2; done
}

kr_say() {
  echo "kacrice job: $(date '+%F %T') $*"
}

# kr_begin JOBS NAME=VALUE... OPTIONS...: settings go into kr_set, options of kacrice into kr_options.
kr_begin() {
  kr_told='' kr_child='' kr_signals=0
  trap 'kr_pass_on USR1' USR1
  trap 'kr_pass_on TERM' TERM
  declare -gA kr_set=([machine]='' [program]='' [command]=census [census]='' [samples]='' [block]='' [stop]=120 [requeues]=20 [link]=1 [links]=1)
  shift
  while [ $# -gt 0 ] && [[ $1 == [a-z]*=* ]]; do
    if [ -z "${kr_set[${1%%=*}]+known}" ]; then
      kr_say "$1: no such setting; there are ${!kr_set[*]}"
      exit 2
    fi
    kr_set[${1%%=*}]=${1#*=}
    shift
  done
  kr_options=("$@")
  kr_machine "${kr_set[machine]:-$KR_JOBS/machines/default.env}"
  [ -z "${kr_set[program]}" ] || KR_PROGRAM=${kr_set[program]}
  unset SLURM_EXPORT_ENV # of sbatch --export=NONE: the ranks are to have what this script has
  kr_say "job ${SLURM_JOB_ID:-none} on ${SLURM_JOB_NODELIST:-$(hostname)}, ${SLURM_NTASKS:-1} ranks," \
    "started ${SLURM_RESTART_COUNT:-0} times before"
}

# kr_part FIRST:END SIZE I: the samples of part I, of SIZE samples each; the last part may be smaller.
kr_part() {
  local first=${1%%:*} end=${1##*:} from to
  from=$((first + $3 * $2))
  to=$((from + $2 < end ? from + $2 : end))
  echo "$from:$to"
}

# Seconds until the time limit of the job; fails when there is none or the controller does not answer.
kr_seconds_left() {
  local text days=0 part seconds=0
  text=$(timeout 60 squeue -h -j "$SLURM_JOB_ID" -o %L 2>/dev/null | head -n 1)
  case $text in
  *-*) days=${text%%-*} text=${text#*-} ;;
  esac
  [[ $text =~ ^[0-9]+(:[0-9]+)*$ ]] || return 1
  for part in ${text//:/ }; do seconds=$((60 * seconds + 10#$part)); done
  echo $((86400 * days + seconds))
}

# Until when the program is to stop by itself: as long before the limit as SLURM would send USR1. What the user has
# said stays.
kr_limit_time() {
  local left
  [[ " ${kr_options[*]} " != *" -campaign_maxtime "* ]] || return 0
  left=$(kr_seconds_left) || return 0
  [ $((left - kr_set[stop])) -lt 1 ] || kr_options+=(-campaign_maxtime $((left - kr_set[stop])))
}

kr_launch() {
  case $KR_LAUNCHER in
  srun) exec srun "${KR_LAUNCHER_OPTIONS[@]}" "$@" ;;
  mpirun) exec mpirun -n "${SLURM_NTASKS:-1}" "${KR_LAUNCHER_OPTIONS[@]}" "$@" ;;
  *)
    kr_say "KR_LAUNCHER=$KR_LAUNCHER: must be srun or mpirun"
    exit 2
    ;;
  esac
}

# From kr_begin on: passes a wish to stop on to the ranks. Always as USR1: of TERM mpirun leaves them one second.
kr_pass_on() {
  kr_told=$1 kr_signals=$((kr_signals + 1))
  kr_say "told to stop by $1"
  [ -z "$kr_child" ] || kill -USR1 "$kr_child" 2>/dev/null || true
}

# kr_run: the program with kr_options on all ranks of the job, of states with the folder of their census; returns its exit
# code. It runs in the background, as bash
# takes no signal while it waits for a program in the foreground.
kr_run() {
  local code seen words=("${kr_set[command]}")
  [ -z "${kr_set[census]}" ] || words+=("${kr_set[census]}")
  kr_limit_time
  [ -z "$kr_told" ] || return 75 # before it began
  kr_launch "$KR_PROGRAM" "${words[@]}" "${kr_options[@]}" &
  kr_child=$!
  while :; do # a signal ends the wait, not the program
    seen=$kr_signals
    wait "$kr_child"
    code=$?
    if [ "$code" -le 128 ] || [ "$seen" -eq "$kr_signals" ]; then break; fi
  done
  # 128 + SIGUSR1: the signal met a rank that was still being loaded; nothing has been done
  if [ "$code" -eq 138 ] && [ -n "$kr_told" ]; then code=75; fi
  kr_say "exit code $code"
  return "$code"
}

# kr_requeue_or_end CODE: the end of a batch script. A run that has stopped in order (75) is put back into the queue, so many
# times and no more; not when the job was ended from outside (TERM).
kr_requeue_or_end() {
  local restarts=${SLURM_RESTART_COUNT:-0}
  [ "$1" -eq 75 ] || exit "$1"
  if [ "$kr_told" = TERM ]; then
    kr_say "ended from outside; submit it again to go on"
  elif [ "$restarts" -ge "${kr_set[requeues]}" ]; then
    kr_say "stopped before the end after $restarts restarts, resources: requeues allows no more; submit it again to go on"
  elif scontrol requeue "$SLURM_JOB_ID"; then # the script is killed about here
    exit 0
  else
    kr_say "cannot be requeued here: take resources: mode chain, or submit it again to go on"
  fi
  exit 75
}
