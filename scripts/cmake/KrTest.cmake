# Registers tests. A test says how it wants to run in a comment among its first lines:
#   /* kr_test: ranks=1,2,4 labels=contract,slow args="-n 5" timeout=60 */
# In Python and bats files the same words stand in a comment line: # kr_test: timeout=120

# What the output of a test must not hold, whatever its exit code: a program that leaks PETSc memory exits with 0
# (tests/harness/leaks.c shows that the match works).
set(KR_LEAK_REGEX "\\[ *[0-9]+\\] *[0-9]+ bytes [A-Za-z_]")
set(KR_FAIL_REGEX "PETSC ERROR" "${KR_LEAK_REGEX}" "ERROR: AddressSanitizer" "ERROR: LeakSanitizer" "runtime error:")

# Reads the directive of a source file into test_ranks, test_labels, test_args, test_timeout of the caller.
function(kr_read_directive source)
  file(STRINGS "${source}" line REGEX "kr_test:" LIMIT_COUNT 1)
  foreach(pair "ranks=1" "labels=" "timeout=60")
    string(REPLACE "=" ";" pair "${pair}")
    list(GET pair 0 key)
    list(GET pair 1 value)
    if(line MATCHES "[ :]${key}=([^ \"]+)")
      set(value "${CMAKE_MATCH_1}")
    endif()
    string(REPLACE "," ";" value "${value}")
    set(test_${key} "${value}" PARENT_SCOPE)
  endforeach()
  set(args "")
  if(line MATCHES "args=\"([^\"]*)\"")
    separate_arguments(args UNIX_COMMAND "${CMAKE_MATCH_1}")
  endif()
  set(test_args "${args}" PARENT_SCOPE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
endfunction()

# The command line that starts a program on n ranks, with the launcher FindMPI knows (-DMPIEXEC_EXECUTABLE=srun works).
function(kr_mpi_command result n program)
  set(${result} "${MPIEXEC_EXECUTABLE}" ${MPIEXEC_NUMPROC_FLAG} ${n} ${MPIEXEC_PREFLAGS} "${program}"
    ${MPIEXEC_POSTFLAGS} ${ARGN} PARENT_SCOPE)
endfunction()

# One entry of ctest, in the environment of scripts/common.sh.
function(kr_add_entry name n_ranks labels timeout)
  set(leak_check "PETSC_OPTIONS=-malloc_debug -malloc_dump")
  math(EXPR timeout "3 * ${timeout}") # it ends what hangs, and judges no speed: a busy machine is several times slower
  if(KR_SANITIZE)
    math(EXPR timeout "5 * ${timeout}") # what the sanitizers cost
  endif()
  add_test(NAME "${name}" COMMAND "${PROJECT_SOURCE_DIR}/tests/own_place.sh"
    "${PROJECT_SOURCE_DIR}/scripts/with_env.sh" ${ARGN})
  set_tests_properties("${name}" PROPERTIES PROCESSORS "${n_ranks}" TIMEOUT "${timeout}" LABELS "${labels}"
    FAIL_REGULAR_EXPRESSION "${KR_FAIL_REGEX}"
    # tests run side by side: ranks must not be bound to the same cores, nor spin while they wait
    ENVIRONMENT "OMPI_MCA_hwloc_base_binding_policy=none;OMPI_MCA_mpi_yield_when_idle=1;${leak_check}")
endfunction()

# An executable from one source file of the tests.
function(kr_add_test_program target source)
  add_executable(${target} "${source}")
  target_link_libraries(${target} PRIVATE libkacrice kr_flags ${ARGN})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests" "${PROJECT_SOURCE_DIR}/src")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/bin")
endfunction()

# Does a test include this header, itself or by a header beside it?
function(kr_includes source header result)
  get_filename_component(folder "${source}" DIRECTORY)
  file(STRINGS "${source}" lines REGEX "^#include \"")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" name "${line}")
    if(EXISTS "${folder}/${name}")
      file(STRINGS "${folder}/${name}" more REGEX "^#include \"")
      list(APPEND lines ${more})
    endif()
  endforeach()
  list(FILTER lines INCLUDE REGEX "[\"/]${header}\"")
  list(LENGTH lines n_found)
  set(${result} "${n_found}" PARENT_SCOPE)
endfunction()

# A program tests/<layer>/t_<fact>.c: one entry a rank count with kr_test.h, else a cmocka test of plain C.
function(kr_add_test source)
  get_filename_component(fact "${source}" NAME_WE)
  get_filename_component(layer "${source}" DIRECTORY)
  get_filename_component(layer "${layer}" NAME)
  set(target "${layer}.${fact}")
  kr_read_directive("${source}")
  list(APPEND test_labels "${layer}")

  kr_includes("${source}" kr_test.h uses_mpi)
  if(NOT uses_mpi)
    kr_add_test_program(${target} "${source}" kr_cmocka)
    kr_add_entry("${target}" 1 "${test_labels}" "${test_timeout}" $<TARGET_FILE:${target}> ${test_args})
    return()
  endif()
  kr_add_test_program(${target} "${source}" kr_test)
  foreach(n IN LISTS test_ranks)
    kr_mpi_command(command ${n} $<TARGET_FILE:${target}> ${test_args})
    kr_add_entry("${target}.np${n}" "${n}" "${test_labels}" "${test_timeout}" ${command})
  endforeach()
endfunction()

# A whole-program test tests/e2e/test_<fact>.py: plain unittest; the program is $KACRICE, the launcher $MPIEXEC.
function(kr_add_python_test source)
  get_filename_component(fact "${source}" NAME_WE)
  get_filename_component(folder "${source}" DIRECTORY)
  kr_read_directive("${source}")
  list(APPEND test_labels e2e)
  set(n_ranks 1)
  foreach(n IN LISTS test_ranks)
    if(n GREATER n_ranks)
      set(n_ranks ${n})
    endif()
  endforeach()
  kr_add_entry("e2e.${fact}" ${n_ranks} "${test_labels}" "${test_timeout}"
    "${CMAKE_COMMAND}" -E env --unset=PETSC_OPTIONS "KACRICE=$<TARGET_FILE:kacrice>"
    "KACRICE_SANITIZED=$<BOOL:${KR_SANITIZE}>"
    "MPIEXEC=${MPIEXEC_EXECUTABLE}" "MPIEXEC_NUMPROC_FLAG=${MPIEXEC_NUMPROC_FLAG}"
    "${KR_PYTHON}" -B -m unittest discover -v -s "${folder}" -p "${fact}.py")
endfunction()

# A test of the scripts, tests/scripts/<name>.bats.
function(kr_add_script_test source)
  get_filename_component(name "${source}" NAME_WE)
  kr_read_directive("${source}")
  kr_add_entry("scripts.${name}" 1 "${test_labels};scripts" "${test_timeout}" "${KR_BATS}" "${source}")
endfunction()
