# kr_test: timeout=300
# jobs/submit.sh, and the pieces of bash that the batch scripts share. The program is one that only writes down what it was
# asked for; tests/e2e/test_slurm.py has the real one and a real SLURM.

setup() {
  root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  cd "$BATS_TEST_TMPDIR" || exit
  mkdir bin
  make_fake kacrice "echo \"\$*\" >>'$PWD/asked'
    case \"\$*\" in *'-model_n 99'*) echo 'kacrice: -model_n 99: its list needs 7 GB' >&2; exit 2 ;; esac
    printf 'samples 10 samples\ngroup_size %d ranks\nmemory 1.5 GB\ncore_hours 2.5 h\n' \"\${GROUP_SIZE:-1}\""
  echo 'KR_NODE_CORES=8 KR_NODE_MEMORY=16G KR_PARTITION=long' >site.env
  export KR_PROGRAM="$PWD/bin/kacrice" PATH="$PWD/bin:$PATH"
  campaign >c.yaml
}

make_fake() {
  printf '#!/bin/bash\n%s\n' "$2" >"bin/$1"
  chmod +x "bin/$1"
}

# campaign [OPTION LINES] [RESOURCE LINES]: a campaign file that is in order
campaign() {
  printf '%b\n' "${1-model_p: 3\nmodel_n: 10\ncampaign_samples: 10}" resources: \
    "${2-  mode: array\n  tasks: 3\n  nodes: 2\n  ranks: 8\n  time: 1:00:00\n  memory: 8G}"
}

submit() {
  run "$root/jobs/submit.sh" --machine ./site.env "$@"
}

# refused TEXT: one line that has the text, and exit code 2; nothing was made
refused() {
  [ "$status" -eq 2 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ "$output" == "kacrice: "*"$1"* ]] || { echo "$output" && false; }
  [ ! -e c ]
}

fake_slurm() {
  make_fake sbatch "n=\$(cat '$PWD/n' 2>/dev/null || echo 100); echo \$((n + 1)) >'$PWD/n'
    printf '%s\n' \"\$*\" >>'$PWD/submitted'; echo \"\$((n + 1));cluster\""
  make_fake scontrol 'echo "MaxArraySize = ${MAX_ARRAY:-1001}"'
  make_fake squeue "printf '%s\n' \${IN_QUEUE:-}"
  make_fake scancel "echo \"\$*\" >>'$PWD/cancelled'"
}

@test "a dry run prints commands and batch scripts, and makes nothing" {
  submit --dry-run c.yaml
  [ "$status" -eq 0 ]
  [[ "$output" == *"--nodes=2 --ntasks=8 --ntasks-per-node=4 --time=1:00:00 --mem=8192M --partition=long --signal=B:USR1@120"* ]]
  [[ "$output" == *"--array=0-2 $root/jobs/array.sbatch $root/jobs "*" samples=0:10 block=4 "* ]]
  [[ "$output" == *"--kill-on-invalid-dep=yes --dependency=afterok:\${job1%%;*} $root/jobs/aggregate.sbatch"* ]]
  [[ "$output" == *"--dependency=afterany:\${job1%%;*}:\${job2%%;*} $root/jobs/account.sbatch"* ]]
  [[ "$output" == *"# #SBATCH --signal=B:USR1@120 --requeue --open-mode=append"* ]]
  [ ! -e c ]
}

@test "what a dry run prints does the same as the submission" {
  fake_slurm
  submit --dry-run c.yaml
  bash -c "$output"
  mv submitted printed
  rm -r n c
  submit c.yaml
  [ "$status" -eq 0 ]
  cmp printed submitted
  [ "$(cut -d' ' -f1 c/jobs/submitted | tr '\n' ' ')" = "101 102 103 " ]
  cmp c.yaml c/jobs/campaign.yaml
  grep -q -- '--dependency=afterok:101 ' submitted
  grep -q -- '--dependency=afterany:101:102 ' submitted
}

@test "the memory of a rank is asked for: that of a node over its ranks, on all ranks, until the limit" {
  submit --dry-run c.yaml
  grep -q -- '-dry_run_ranks 8 -dry_run_memory 2.14748365$' asked
  grep -q -- '-campaign_maxtime 3480 ' asked
}

@test "a list of sizes makes a study, a campaign each" {
  campaign 'model_p: 3\nmodel_n: [10, 12]\ncampaign_samples: [10, 5:9]\ncampaign_out: out' \
    '  mode: single\n  nodes: 1\n  ranks: [4, 8]\n  time: [60, 1-0]\n  memory: 8G' >c.yaml
  submit --dry-run c.yaml
  [ "$status" -eq 0 ]
  [[ "$output" == *"--ntasks=4 "*"-model_n 10 -campaign_samples 10 -campaign_out out/n10)"* ]]
  [[ "$output" == *"--ntasks=8 "*" --time=1-0 "*"-model_n 12 -campaign_samples 5:9 -campaign_out out/n12)"* ]]
  [[ "$output" == *"account.sbatch"*"$PWD/out/n10 0:10 $PWD/out/n12 5:9)"* ]]
}

@test "a chain: links of one name, one after the other" {
  campaign 'model_n: 10\ncampaign_samples: 10' \
    '  mode: chain\n  links: 3\n  nodes: 1\n  ranks: 4\n  time: 60\n  memory: 8G' >c.yaml
  submit --dry-run c.yaml
  [ "$(grep -c -- '--job-name=kr-c .*--dependency=singleton ' <<<"$output")" -eq 3 ]
  [[ "$output" == *"link=3 links=3"* ]]
}

@test "a group that does not fit a node is aggregated on as many nodes" {
  GROUP_SIZE=8 submit --dry-run c.yaml
  [[ "$(grep aggregate <<<"$output" | head -n 1)" == *"--nodes=2 --ntasks=8 "* ]]
  GROUP_SIZE=4 submit --dry-run c.yaml
  [[ "$(grep aggregate <<<"$output" | head -n 1)" == *"--nodes=1 --ntasks=4 "* ]]
}

@test "thermo: its command, and its dry run" {
  campaign 'command: thermo\nmodel_n: 10\ncampaign_samples: 10' >c.yaml
  submit --dry-run c.yaml
  [ "$status" -eq 0 ]
  grep -q '^thermo -dry_run true -options_file c.yaml -campaign_out c -campaign_maxtime 3480 ' asked
  [[ "$output" == *" command=thermo samples=0:10 block=4 "*"-options_file $PWD/c/jobs/campaign.yaml "* ]]
  [ "$(grep -c command=thermo <<<"$output")" -eq 2 ] # the array and the aggregation
}

@test "a census and its states: they wait for it, with resources of their own" {
  campaign 'command: census, tap\nmodel_n: [8, 10]\ncampaign_samples: [9, 4]\ntap_temperature: 0.1,0.3\ntap_starts: [5, 6]\ncampaign_group_size: 2' \
    '  mode: chain\n  links: 2\n  nodes: 1\n  ranks: 8\n  time: 60\n  memory: 8G\n  tap:\n    mode: array\n    tasks: 2\n    memory: 4G' >c.yaml
  submit --dry-run c.yaml
  [ "$status" -eq 0 ]
  [[ "${lines[*]}" == *"job3=\$("*"--mem=4096M "*" --array=0-1 --dependency=afterok:\${job2%%;*} $root/jobs/array.sbatch "* ]]
  [[ "$(grep '^job3=' <<<"$output")" == *" --kill-on-invalid-dep=yes "*" command=tap census=$PWD/c/n8 samples=0:9 block=5 "*" -tap_temperature 0.1,0.3 -tap_starts 5 -campaign_group_size 2)" ]]
  [[ "$(grep '^job7=' <<<"$output")" == *"afterok:\${job6%%;*} "*"census=$PWD/c/n10 samples=0:4 block=2 "*" -tap_starts 6 "* ]]
  [[ "$(grep '^job3=' <<<"$output")" != *-options_file* ]]
  [[ "$(grep '^job[12]=' <<<"$output")" != *tap_* ]]
  [[ "$output" == *"account.sbatch"*"$PWD/c/n8 0:9 $PWD/c/n8/tap 0:9 $PWD/c/n10 0:4 $PWD/c/n10/tap 0:4)"* ]]
  grep -q -- '^census .*-campaign_spread starts -dry_run_ranks 8 -dry_run_memory 0.536870912$' asked
  grep -q '^tap c/n8/none -dry_run true -tap_temperature 0.1,0.3 -tap_starts 5 ' asked
}

# states: the file of the states of a census in a folder
states() {
  campaign "command: tap\ncensus: cold/n8\ncampaign_samples: 10\ntap_temperature: 0.3" '  mode: chain\n  links: 2\n  nodes: 1\n  ranks: 8\n  time: 60\n  memory: 8G'
}

@test "states of a census that is done, that is in the queue, that is nowhere" {
  fake_slurm
  states >s.yaml
  submit --dry-run s.yaml
  refused 's.yaml: census: cold/n8: is the folder of no campaign (campaign.json), and no job in the queue will make it'
  mkdir -p cold/n8 cold/jobs
  printf '%s\n' "5 chain.sbatch $PWD/cold/n6" "6 chain.sbatch $PWD/cold/n8" "7 chain.sbatch $PWD/cold/n8" \
    "8 account.sbatch $PWD/cold" >cold/jobs/submitted
  submit --dry-run s.yaml
  refused 'is the folder of no campaign'
  IN_QUEUE='5 6 7 8' submit --dry-run s.yaml
  [ "$status" -eq 0 ]
  [ "$(grep -c -- '--kill-on-invalid-dep=yes --dependency=afterok:7,singleton ' <<<"$output")" -eq 2 ]
  [[ "$output" == *'memory is not checked'* ]]
  touch cold/n8/campaign.json
  submit --dry-run s.yaml
  [ "$status" -eq 0 ]
  [ "$(grep -c -- "^job.*kr-cold-n8-tap .*--dependency=singleton " <<<"$output")" -eq 2 ]
  grep -q '^tap cold/n8 -dry_run true -campaign_samples 10 -tap_temperature 0.3 -campaign_maxtime 3480 -dry_run_ranks 8 ' asked
  submit s.yaml
  [ "$status" -eq 0 ]
  cmp s.yaml cold/n8/tap/jobs/campaign.yaml
  [ "$(tail -n 1 cold/n8/tap/jobs/submitted)" = "103 account.sbatch $PWD/cold/n8/tap" ]
}

@test "refused: commands that do not go together with the file" {
  while IFS='|' read -r from to message; do
    campaign | sed "s/$from/$to/" >c.yaml
    submit --dry-run c.yaml
    refused "$message"
  done <<'END'
model_p: 3|command: theory|c.yaml: command: theory: must be one of census; thermo; tap; census, tap
model_p: 3|command: tap, census|c.yaml: command: tap, census: must be one of
model_p: 3|command: tap|census: must be there with command: tap
model_p: 3|census: cold|census: goes with command: tap, not with census
model_p: 3|command: census, tap\ntap_out: x|tap_out: states go into the folder of their census
memory: 8G|memory: 8G\n  tap:\n    time: 30|resources: tap: goes with command: census, tap
END
  campaign 'command: census, tap\nmodel_n: 10\ncampaign_samples: 10\ntap_temperature: 0.3' \
    '  mode: single\n  nodes: 1\n  ranks: 8\n  time: 60\n  memory: 8G\n  tap:\n    nods: 2' >c.yaml
  submit --dry-run c.yaml
  refused 'resources: nods: no such resource; did you mean nodes?'
}

@test "refused: an unknown resource, with the one that was meant" {
  campaign 'model_n: 10\ncampaign_samples: 10' '  mode: single\n  node: 2' >c.yaml
  submit --dry-run c.yaml
  refused 'c.yaml: resources: node: no such resource; did you mean nodes?'
}

@test "refused: missing resources" {
  for key in mode nodes ranks time; do
    campaign | grep -v "^  $key:" >c.yaml
    submit --dry-run c.yaml
    refused "c.yaml: resources: $key: must be there"
  done
  campaign | grep -v tasks >c.yaml
  submit --dry-run c.yaml
  refused 'resources: tasks: must be there with mode array'
  campaign | grep -v memory >c.yaml
  run "$root/jobs/submit.sh" --dry-run c.yaml
  refused 'resources: memory: must be there, or KR_NODE_MEMORY in '
  campaign | sed '/resources/,$d' >c.yaml
  submit --dry-run c.yaml
  refused 'c.yaml: resources: must be there'
}

@test "refused: a sweep of which one size does not fit" {
  campaign 'model_n: [10, 99]\ncampaign_samples: 10' >c.yaml
  submit c.yaml
  refused '-model_n 99: its list needs 7 GB'
}

@test "refused: more than a node has" {
  campaign | sed 's/memory: 8G/memory: 1T/' >c.yaml
  submit --dry-run c.yaml
  refused 'resources: memory: 1048576 MB: a node of '
  campaign | sed 's/ranks: 8/ranks: 18/' >c.yaml
  submit --dry-run c.yaml
  refused 'resources: ranks: 18 on 2 nodes: a node of '
}

@test "refused: values that make no sense" {
  while IFS='|' read -r from to message; do
    campaign | sed "s/$from/$to/" >c.yaml
    submit --dry-run c.yaml
    refused "$message"
  done <<'END'
time: 1:00:00|time: soon|resources: time: soon: must be a time as sbatch takes it
time: 1:00:00|time: 0:30|resources: time: 0:30: must be a time as sbatch takes it, such as 90 (minutes), 12:00:00 or 2-00:00:00, at least a minute
time: 1:00:00|time: 3|resources: time: 3: must be more than a minute longer than stop, 120 s
mode: array|mode: arrya|resources: mode: arrya: must be one of single, array, chain
mode: array|mode: chain|resources: tasks: goes with mode array, not with chain
ranks: 8|ranks: 7|resources: ranks: 7: must be a multiple of nodes, 2
nodes: 2|nodes: 0|resources: nodes: 0: must be a whole number from 1
memory: 8G|memory: much|resources: memory: much: must be a memory of a node
memory: 8G|memory: [8G, 9G]|resources: memory: is a list, but model_n is not
model_n: 10|model_n: [10, 10]|model_n: [10, 10]: must be different sizes
model_n: 10|model_n: [10, 12, 14]\ncampaign_seed: [1, 2]|campaign_seed: has 2 values, model_n has 3
campaign_samples: 10|campaign_samples: few|campaign_samples: few: must be a number of samples
campaign_samples: 10|campaign_seed: 10|campaign_samples: must be there
model_p: 3|model_n: 3|c.yaml: model_n: stands there more than once
model_p: 3|model_p: [3|c.yaml, line
END
}

@test "refused: files and machines that are not there" {
  submit none.yaml
  refused 'none.yaml: No such file or directory'
  run "$root/jobs/submit.sh" --machine defualt c.yaml
  refused 'machine defualt: no such file in '
  [[ "$output" == *'did you mean default?' ]]
  echo 'KR_LANCHER=mpirun' >site.env
  submit c.yaml
  refused 'KR_LANCHER: no such setting; did you mean LAUNCHER?'
  echo 'KR_LAUNCHER=aprun' >site.env
  submit c.yaml
  refused 'KR_LAUNCHER: aprun: must be srun or mpirun'
  echo >site.env
  KR_PROGRAM=/none submit c.yaml
  refused '/none: no such program; build it'
}

@test "refused: more tasks than the site takes, jobs that are in the queue" {
  fake_slurm
  MAX_ARRAY=3 submit c.yaml
  [ "$status" -eq 0 ]
  MAX_ARRAY=2 submit c.yaml
  [ "$status" -eq 2 ]
  [[ "$output" == *'resources: tasks: 3: this site takes at most 2' ]]
  IN_QUEUE='7 101' submit c.yaml
  [ "$status" -eq 2 ]
  [[ "$output" == *'jobs 101 of c are in the queue; wait for them, or scancel them' ]]
}

@test "when sbatch refuses one job, those before it are cancelled" {
  fake_slurm
  make_fake sbatch "case \"\$*\" in *aggregate*) echo 'sbatch: error: no such account' >&2; exit 1 ;; esac; echo 11"
  submit c.yaml
  [ "$status" -eq 1 ]
  [[ "${lines[-1]}" == 'kacrice: sbatch aggregate.sbatch: sbatch: error: no such account; the jobs before it are cancelled' ]]
  [ "$(cat cancelled)" = 11 ]
}

# batch SCRIPT WORDS...: a batch script outside of SLURM, with programs that pass for those of SLURM
batch() {
  local script=$1
  shift
  make_fake srun 'exec "$@"'
  make_fake squeue 'echo "${LEFT:-INVALID}"'
  make_fake scontrol "echo \"\$*\" >>'$PWD/scontrol'; exit \${SCONTROL:-0}"
  run env SLURM_JOB_ID=5 "SLURM_RESTART_COUNT=${RESTARTS:-0}" bash "$root/jobs/$script" "$root/jobs" machine="$PWD/site.env" "$@"
}

@test "exit codes: 0, 75 within bounds, 75 beyond, others" {
  make_fake kacrice 'exit "${CODE:-0}"'
  export CODE
  CODE=0 batch campaign.sbatch
  [ "$status" -eq 0 ]
  for CODE in 1 2 3; do
    batch campaign.sbatch
    [ "$status" -eq "$CODE" ]
  done
  [ ! -e scontrol ]
  CODE=75
  RESTARTS=1 batch campaign.sbatch requeues=2
  [ "$status" -eq 0 ]
  [ "$(cat scontrol)" = 'requeue 5' ]
  RESTARTS=2 batch campaign.sbatch requeues=2
  [ "$status" -eq 75 ]
  [[ "$output" == *'requeues allows no more'* ]]
  SCONTROL=1 batch campaign.sbatch
  [ "$status" -eq 75 ]
  [[ "$output" == *'take resources: mode chain'* ]]
  batch chain.sbatch link=2 links=2
  [ "$status" -eq 75 ]
  [[ "$output" == *'the last of 2 links'* ]]
  batch campaign.sbatch reqeues=2
  [ "$status" -eq 2 ]
  [[ "$output" == *'reqeues=2: no such setting'* ]]
}

@test "samples of a task, and the limit of time" {
  export SLURM_ARRAY_TASK_ID=3
  batch array.sbatch samples=5:50 block=12 -model_n 4
  [ "$(tail -n 1 asked)" = 'census -model_n 4 -campaign_samples 41:50' ]
  LEFT=1-00:02:10 batch array.sbatch samples=5:50 block=12 stop=100 -model_n 4
  [ "$(tail -n 1 asked)" = 'census -model_n 4 -campaign_samples 41:50 -campaign_maxtime 86430' ]
  LEFT=1-00:02:10 batch array.sbatch samples=5:50 block=12 -campaign_maxtime 7
  [ "$(tail -n 1 asked)" = 'census -campaign_maxtime 7 -campaign_samples 41:50' ]
  LEFT=1:09 batch array.sbatch samples=5:50 block=12 stop=60
  [ "$(tail -n 1 asked)" = 'census -campaign_samples 41:50 -campaign_maxtime 9' ]
  batch array.sbatch command=tap census=/c samples=5:50 block=12 -tap_temperature 0.3
  [ "$(tail -n 1 asked)" = 'tap /c -tap_temperature 0.3 -campaign_samples 41:50' ]
  batch array.sbatch command=thermo samples=5:50 block=12 -model_n 4
  [ "$(tail -n 1 asked)" = 'thermo -model_n 4 -campaign_samples 41:50' ]
}

@test "a signal is passed on as USR1, and the script waits for the program; of TERM it does not requeue" {
  make_fake kacrice "trap 'sleep 0.5; exit 75' USR1; echo \$PPID >'$PWD/ready'; while :; do sleep 0.1; done"
  for signal in USR1 TERM; do
    rm -f ready
    (
      until [ -s ready ]; do sleep 0.1; done
      kill -"$signal" "$(cat ready)"
      kill -"$signal" "$(cat ready)"
    ) &
    batch campaign.sbatch
    [[ "$output" == *"told to stop by $signal"*'exit code 75'* ]]
    [ "$signal" = USR1 ] && [ "$status" -eq 0 ] || [ "$status" -eq 75 ]
  done
  [ "$(cat scontrol)" = 'requeue 5' ]
}

@test "told to stop before the program has begun" {
  echo 'kill -USR1 $$' >>site.env
  batch campaign.sbatch
  [ "$status" -eq 0 ]
  [ "$(cat scontrol)" = 'requeue 5' ]
  [ ! -e asked ]
}

@test "what is missing" {
  mkdir -p out/samples/0000 out/failed
  for sample in 3 4 5 8; do touch "out/samples/0000/s0000000$sample.h5"; done
  touch out/samples/0000/s00000006.h5.tmp.host.1
  printf '{\n\t"sample":\t7,\n\t"message":\t"syev failed"\n}\n' >out/failed/s00000007.json
  run "$root/jobs/missing.sh" out 3:12 none 0:2
  [ "$status" -eq 2 ]
  [ "$output" = 'out: 4 of 9 samples done
  missing: samples 6:8
  missing: samples 9:12
  failed: sample 7: syev failed
kacrice: missing.sh: none: no such folder; give that of a campaign
none: 0 of 2 samples done
  missing: samples 0:2' ]
  run "$root/jobs/missing.sh" out 3:12
  [ "$status" -eq 1 ]
  run "$root/jobs/missing.sh" out 3:6
  [ "$status" -eq 0 ]
  [ "$output" = 'out: 3 of 3 samples done' ]
  run "$root/jobs/missing.sh" out 3
  [ "$status" -eq 2 ]
}

@test "memory: 0 is all of a node, of which the settings say how much it is" {
  campaign | sed 's/memory: 8G/memory: 0/' >c.yaml
  submit --dry-run c.yaml
  [ "$status" -eq 0 ]
  [[ "$output" == *"--mem=0 "* ]]
  grep -q -- '-dry_run_memory 4.29496730$' asked || grep -q -- '-dry_run_memory 4.2949673$' asked # 16 GiB, 4 ranks
}

@test "SLURM replaces nothing in the name of a folder" {
  campaign 'model_p: 3\nmodel_n: 10\ncampaign_samples: 10\ncampaign_out: "run%A"' >c.yaml
  submit --dry-run c.yaml
  [ "$status" -eq 0 ]
  [[ "$output" == *"--output=run%%A/jobs/%x-%A_%a.out"* ]]
  [[ "$output" == *"--output=run%%A/jobs/%x-%j.out"* ]]
  [[ "$output" != *"--output=run%A"* ]]
}
