# The style checks see what they are there for: each is run on a small tree with one thing wrong.

setup() {
  scripts=$(cd "$BATS_TEST_DIRNAME/../../scripts" && pwd)
  tree="$BATS_TEST_TMPDIR/tree"
  mkdir -p "$tree"/{scripts,tests,include/kacrice,src/{base,math,model,store,spectrum}}
}

check() {
  run python3 "$scripts/check_$1.py" "$tree"
}

# source FILE LINE...: writes a file of the tree
source_file() {
  local file="$tree/$1"
  shift
  printf '%s\n' "$@" >"$file"
}

@test "layers: lower ones may be included" {
  source_file src/model/model.c '#include <kacrice/model.h>' '#include <kacrice/kernels.h>' '#include "model_impl.h"'
  check layers
  [ "$status" -eq 0 ]
}

@test "layers: higher ones may not" {
  source_file src/model/model.c '#include <kacrice/search.h>'
  check layers
  [ "$status" -eq 1 ]
  [[ "$output" == *"src/model/model.c:1: kacrice/search.h belongs to layer 5"* ]]
}

@test "layers: a public header is bound as well" {
  source_file include/kacrice/model.h '#include <kacrice/spectrum.h>'
  check layers
  [ "$status" -eq 1 ]
}

@test "layers: private headers of another layer are closed" {
  source_file src/spectrum/lowest.c '#include "../model/model_impl.h"'
  check layers
  [ "$status" -eq 1 ]
}

@test "layers: a door is open to higher layers alone" {
  mkdir -p "$tree"/src/{campaign,tasks/census}
  source_file src/tasks/census/rows.c '#include "campaign/campaign_impl.h"' '#include "tasks/cost.h"'
  check layers
  [ "$status" -eq 0 ]
  source_file src/model/model.c '#include "campaign/campaign_impl.h"'
  check layers
  [ "$status" -eq 1 ]
  [[ "$output" == *"src/model/model.c:1: campaign/campaign_impl.h belongs to layer"* ]]
}

@test "layers: rooms of tasks are closed to each other" {
  mkdir -p "$tree"/src/tasks/{census,thermo}
  source_file src/tasks/thermo/thermo_task.c '#include "../census/census_room.h"'
  check layers
  [ "$status" -eq 1 ]
}

@test "layers: the store knows records only" {
  source_file src/store/file.c '#include <kacrice/kernels.h>'
  check layers
  [ "$status" -eq 1 ]
}

@test "layers: math is plain C" {
  source_file src/math/stats.c '#include <petscvec.h>'
  check layers
  [ "$status" -eq 1 ]
}

@test "layers: one door a library" {
  source_file src/model/model.c '#include <hdf5.h>'
  check layers
  [ "$status" -eq 1 ]
  [[ "$output" == *"HDF5: allowed in src/store/ only"* ]]
}

@test "layers: the world communicator stays in the command line, comments may speak of it" {
  source_file src/model/model.c '/* not on PETSC_COMM_WORLD */'
  check layers
  [ "$status" -eq 0 ]
  source_file src/model/model.c 'static MPI_Comm world = PETSC_COMM_WORLD;'
  check layers
  [ "$status" -eq 1 ]
}

@test "files: two source files of one name are found" {
  source_file src/model/model.c '#include "model_impl.h"'
  source_file src/store/table.c 'int a;'
  check files
  [ "$status" -eq 0 ]
  source_file src/math/table.c 'int b;'
  check files
  [ "$status" -eq 1 ]
  [[ "$output" == *"src/store/table.c: has the name of src/math/table.c"* ]]
}

@test "files: a circle of calls is found" {
  source_file src/math/goe.c 'double KrDensity(double x)' '{' '  return KrOrder(x);' '}'
  source_file src/math/order.c 'double KrOrder(double x)' '{' '  return x; /* not KrDensity(x) */' '}'
  check files
  [ "$status" -eq 0 ]
  source_file src/math/order.c 'double KrOrder(double x)' '{' '  return KrDensity(x);' '}'
  check files
  [ "$status" -eq 1 ]
  [[ "$output" == *"src/math/order.c: is in a circle, it calls KrDensity of src/math/goe.c"* ]]
}

@test "places: a task is named in its own rooms only" {
  mkdir -p "$tree"/src/{campaign,tasks/thermo}
  source_file src/tasks/thermo/thermo_task.c 'const KrTask KrTaskThermo = {.command = "thermo"};'
  source_file src/campaign/plan.c '/* of KrTaskThermo */ int a;'
  check places
  [ "$status" -eq 0 ]
  source_file src/campaign/plan.c 'if (strcmp(command, "thermo") == 0) return &KrTaskThermo;'
  check places
  [ "$status" -eq 1 ]
  [[ "$output" == *'src/campaign/plan.c:1: KrTaskThermo is the table of a task'* ]]
  [[ "$output" == *'"thermo" is the command of a task'* ]]
}

long_function() {
  echo "int $1(void)"
  echo '{'
  for _ in $(seq "$2"); do echo '  work();'; done
  echo '}'
}

@test "length: a function of 80 lines passes, one of 81 does not" {
  { for i in 1 2 3 4 5 6 7 8 9 10 11; do long_function "small_$i" 2; done; long_function big 77; } >"$tree/src/base/a.c"
  check length
  [ "$status" -eq 0 ]
  { for i in 1 2 3 4 5 6 7 8 9 10 11; do long_function "small_$i" 2; done; long_function big 78; } >"$tree/src/base/a.c"
  check length
  [ "$status" -eq 1 ]
  [[ "$output" == *"big() has 81 lines, 80 at most"* ]]
}

@test "length: an exception stands with its reason" {
  { for i in 1 2 3 4 5 6 7 8 9 10 11; do long_function "small_$i" 2; done; long_function big 90; } >"$tree/src/base/a.c"
  source_file scripts/check_length.allow 'src/base/a.c:big a table, one line an entry'
  check length
  [ "$status" -eq 0 ]
  source_file scripts/check_length.allow 'src/base/a.c:big'
  check length
  [ "$status" -eq 1 ]
}

@test "length: the usual function is short" {
  { for i in 1 2 3; do long_function "medium_$i" 30; done; } >"$tree/src/base/a.c"
  check length
  [ "$status" -eq 1 ]
  [[ "$output" == *median* ]]
}

@test "length: a file of 601 lines is too long" {
  for _ in $(seq 601); do echo; done >"$tree/src/base/a.c"
  check length
  [ "$status" -eq 1 ]
}

@test "docs: a public function without its manual page is found" {
  source_file include/kacrice/model.h 'int KrModelCount(int n, const double x[]);'
  source_file src/model/model.c '/* Counts. */' 'int KrModelCount(int n, const double x[])' '{' '}'
  check docs
  [ "$status" -eq 1 ]
}

@test "docs: the page names every argument" {
  source_file include/kacrice/model.h 'int KrModelCount(int n, const double x[]);'
  source_file src/model/model.c '/*' '  KrModelCount - Counts.' '' '  Not collective' '' '  Input:' '+ n - how many' \
    '- x - numbers, n' '*/' 'int KrModelCount(int n, const double x[])' '{' '}'
  check docs
  [ "$status" -eq 0 ]
  sed -i '/^- x/d' "$tree/src/model/model.c"
  check docs
  [ "$status" -eq 1 ]
  [[ "$output" == *"lacks the argument x"* ]]
}
