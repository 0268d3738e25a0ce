# Finds what kacrice is built on and gathers it in the interface target kr_dependencies. Whatever is missing
# ends the configuration with one message that names the package and the variable that points at it.

find_package(PkgConfig)
if(NOT PKG_CONFIG_FOUND)
  message(FATAL_ERROR "pkg-config is missing.\n"
    "Debian/Ubuntu: apt install pkg-config (or run scripts/install_deps.sh). Elsewhere: set PKG_CONFIG_EXECUTABLE.")
endif()
include(CheckCSourceCompiles)

function(kr_missing what package how)
  message(FATAL_ERROR "${what}\n"
    "Debian/Ubuntu: apt install ${package} (or run scripts/install_deps.sh).\nElsewhere: ${how}")
endfunction()

# A cache or environment variable of this name; empty when neither is set.
function(kr_hint name result)
  set(value "${${name}}")
  if(value STREQUAL "")
    set(value "$ENV{${name}}")
  endif()
  set(${result} "${value}" PARENT_SCOPE)
endfunction()

# What an earlier configuration found under this prefix: another PETSC_DIR must be looked at afresh.
function(kr_forget_pkg prefix)
  get_cmake_property(names CACHE_VARIABLES)
  list(FILTER names INCLUDE REGEX "^(__pkg_config_checked_|pkgcfg_lib_)?${prefix}(_|$)")
  foreach(name IN LISTS names)
    unset(${name} CACHE)
  endforeach()
endfunction()

# Interface target of a pkg-config result: directories and libraries only, none of the distribution's own flags.
function(kr_pkg_target target prefix)
  add_library(${target} INTERFACE IMPORTED)
  target_include_directories(${target} SYSTEM INTERFACE ${${prefix}_INCLUDE_DIRS})
  target_link_libraries(${target} INTERFACE ${${prefix}_LINK_LIBRARIES})
endfunction()

# Folders with the .pc files of PETSc or SLEPc: the user's <NAME>_DIR, else Debian's real-scalar trees, newest first.
function(kr_pkgconfig_dirs name debian_root result)
  kr_hint(${name}_DIR dir)
  kr_hint(PETSC_ARCH arch)
  set(found "")
  if(NOT dir STREQUAL "")
    foreach(candidate "${dir}/${arch}/lib/pkgconfig" "${dir}/lib/pkgconfig")
      if(EXISTS "${candidate}")
        list(APPEND found "${candidate}")
      endif()
    endforeach()
    if(NOT found)
      message(FATAL_ERROR "${name}_DIR=${dir} (PETSC_ARCH='${arch}') has no lib/pkgconfig: it is not a ${name} "
        "installation.\nSet ${name}_DIR (and PETSC_ARCH for an in-place build) or unset it to search the system.")
    endif()
  else()
    file(GLOB found LIST_DIRECTORIES TRUE "${debian_root}[0-9]*/*-real/lib/pkgconfig")
    list(SORT found COMPARE NATURAL ORDER DESCENDING)
  endif()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# ---- MPI -----------------------------------------------------------------------------------------------
find_package(MPI QUIET COMPONENTS C)
if(NOT MPI_C_FOUND)
  kr_missing("No MPI for C was found." "libopenmpi-dev openmpi-bin" "put mpicc in PATH or set MPI_C_COMPILER.")
endif()

# ---- PETSc and SLEPc -----------------------------------------------------------------------------------
kr_pkgconfig_dirs(PETSC /usr/lib/petscdir/petsc petsc_dirs)
kr_pkgconfig_dirs(SLEPC /usr/lib/slepcdir/slepc slepc_dirs)
kr_hint(PETSC_DIR petsc_dir)
kr_hint(SLEPC_DIR slepc_dir)
if(NOT petsc_dir STREQUAL "" AND slepc_dir STREQUAL "")
  set(slepc_dirs "") # a PETSc of one's own may have brought its SLEPc along; Debian's would not fit it
endif()
set(old_pkg_config_path "$ENV{PKG_CONFIG_PATH}")
list(JOIN slepc_dirs ":" slepc_path)
list(JOIN petsc_dirs ":" petsc_path)
set(ENV{PKG_CONFIG_PATH} "${slepc_path}:${petsc_path}:${old_pkg_config_path}")
kr_forget_pkg(KR_PETSC)
kr_forget_pkg(KR_SLEPC)
pkg_search_module(KR_PETSC QUIET PETSc petsc)
pkg_search_module(KR_SLEPC QUIET SLEPc slepc)
set(ENV{PKG_CONFIG_PATH} "${old_pkg_config_path}")
if(NOT KR_PETSC_FOUND)
  kr_missing("PETSc (real scalars) was not found." "libpetsc-real-dev"
    "set PETSC_DIR (and PETSC_ARCH), or put the folder of PETSc.pc in PKG_CONFIG_PATH.")
endif()
if(NOT KR_SLEPC_FOUND)
  kr_missing("SLEPc (real scalars) was not found." "libslepc-real-dev"
    "set SLEPC_DIR, or put the folder of SLEPc.pc in PKG_CONFIG_PATH.")
endif()
if(KR_PETSC_VERSION VERSION_LESS 3.18)
  message(FATAL_ERROR "PETSc ${KR_PETSC_VERSION} is too old: 3.18 or newer is needed (PETSC_DIR chooses another).")
endif()
string(REGEX MATCH "^[0-9]+\\.[0-9]+" petsc_series "${KR_PETSC_VERSION}")
if(NOT KR_SLEPC_VERSION MATCHES "^${petsc_series}(\\.|$)")
  message(FATAL_ERROR "SLEPc ${KR_SLEPC_VERSION} does not fit PETSc ${KR_PETSC_VERSION}: "
    "both must be ${petsc_series}.\nSet PETSC_DIR and SLEPC_DIR.")
endif()
kr_pkg_target(kr_petsc KR_PETSC)
kr_pkg_target(kr_slepc KR_SLEPC)

# Compiles and links a probe against the given targets; the key makes CMake ask again when the library moved.
function(kr_probe result key source)
  string(MD5 hash "${key}${source}")
  set(CMAKE_REQUIRED_LIBRARIES ${ARGN})
  set(CMAKE_REQUIRED_QUIET TRUE)
  check_c_source_compiles("${source}" ${result}_${hash})
  set(${result} "${${result}_${hash}}" PARENT_SCOPE)
endfunction()

kr_probe(KR_PETSC_WORKS "${KR_PETSC_LINK_LIBRARIES}"
  "#include <petscsys.h>\nint main(void) { return PetscInitializeNoArguments(); }" kr_petsc MPI::MPI_C)
if(NOT KR_PETSC_WORKS)
  message(FATAL_ERROR "PETSc ${KR_PETSC_VERSION} in ${KR_PETSC_LIBRARY_DIRS} does not compile or link with "
    "the MPI of ${MPI_C_COMPILER}: both must come from the same MPI.\n"
    "Set PETSC_DIR or MPI_C_COMPILER. The compiler's words are in CMakeFiles/CMakeError.log.")
endif()
kr_probe(KR_PETSC_IS_REAL_DOUBLE "${KR_PETSC_LINK_LIBRARIES}"
  "#include <petscsys.h>\n#if defined(PETSC_USE_COMPLEX) || !defined(PETSC_USE_REAL_DOUBLE)\n#error\n#endif
int main(void) { return 0; }"
  kr_petsc MPI::MPI_C)
if(NOT KR_PETSC_IS_REAL_DOUBLE)
  kr_missing("PETSc in ${KR_PETSC_LIBRARY_DIRS} has complex (or not double) scalars; kacrice needs real double ones."
    "libpetsc-real-dev libslepc-real-dev" "set PETSC_DIR and SLEPC_DIR to a build configured --with-scalar-type=real.")
endif()

# ---- HDF5 with MPI -------------------------------------------------------------------------------------
kr_hint(HDF5_ROOT hdf5_root)
if(hdf5_root STREQUAL "")
  pkg_search_module(KR_HDF5 QUIET hdf5-openmpi hdf5-mpich)
endif()
if(KR_HDF5_FOUND)
  kr_pkg_target(kr_hdf5 KR_HDF5)
else()
  set(HDF5_PREFER_PARALLEL TRUE)
  find_package(HDF5 QUIET COMPONENTS C)
  if(NOT HDF5_FOUND)
    kr_missing("HDF5 was not found." "libhdf5-openmpi-dev" "set HDF5_ROOT to an HDF5 built with --enable-parallel.")
  endif()
  add_library(kr_hdf5 INTERFACE IMPORTED)
  target_include_directories(kr_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
  target_link_libraries(kr_hdf5 INTERFACE ${HDF5_C_LIBRARIES})
endif()
kr_probe(KR_HDF5_IS_PARALLEL "${KR_HDF5_LINK_LIBRARIES}${HDF5_C_LIBRARIES}"
  "#include <hdf5.h>\n#ifndef H5_HAVE_PARALLEL\n#error\n#endif\nint main(void) { return H5open(); }"
  kr_hdf5 MPI::MPI_C)
if(NOT KR_HDF5_IS_PARALLEL)
  kr_missing("HDF5 was found, but it is not parallel (built without MPI) or does not link." "libhdf5-openmpi-dev"
    "set HDF5_ROOT to an HDF5 built with --enable-parallel and the same MPI as PETSc.")
endif()

# ---- BLAS and LAPACK, Random123, cJSON -----------------------------------------------------------------
find_package(LAPACK QUIET)
if(NOT LAPACK_FOUND)
  kr_missing("BLAS and LAPACK were not found." "libopenblas-dev"
    "set BLA_VENDOR, or BLAS_LIBRARIES and LAPACK_LIBRARIES.")
endif()
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h DOC "Folder that holds Random123/philox.h")
if(NOT RANDOM123_INCLUDE_DIR)
  kr_missing("The header Random123/philox.h was not found." "librandom123-dev"
    "set RANDOM123_INCLUDE_DIR to the folder that holds Random123/.")
endif()
pkg_check_modules(KR_CJSON QUIET libcjson)
if(NOT KR_CJSON_FOUND)
  kr_missing("cJSON was not found." "libcjson-dev" "put the folder of libcjson.pc in PKG_CONFIG_PATH.")
endif()
kr_pkg_target(kr_cjson KR_CJSON)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED) # one of src/folder/claim.c

add_library(kr_dependencies INTERFACE)
target_include_directories(kr_dependencies SYSTEM INTERFACE "${RANDOM123_INCLUDE_DIR}")
target_link_libraries(kr_dependencies INTERFACE kr_slepc kr_petsc kr_hdf5 MPI::MPI_C kr_cjson LAPACK::LAPACK
  Threads::Threads m)

message(STATUS "PETSc ${KR_PETSC_VERSION} (${KR_PETSC_LIBRARY_DIRS}), SLEPc ${KR_SLEPC_VERSION}, MPI ${MPI_C_VERSION} "
               "(${MPIEXEC_EXECUTABLE}), HDF5 parallel ${KR_HDF5_VERSION}${HDF5_VERSION}")
