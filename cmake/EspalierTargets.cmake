# espalier_library(<folder> [APART] [PACKAGES "name version …" …] [PUBLIC target …] [PRIVATE target …])
#
# One target per folder, espalier::<folder>, of all sources in it; a component of the package by the same name.
# Headers in <folder>/internal are for the library alone and are not installed. Each target has an include root of
# its own that holds nothing but that folder, so that `#include <espalier/ops/…>` from a folder that may not use ops
# does not build. PACKAGES are the arguments of find_package for what those who link the library must find too; what
# is needed to build it and no more stands in $<BUILD_INTERFACE:…>.
#
# What needs a heavy library, a data set of images say, is a folder of its own (datasets_images) beside the one that
# it extends, so that those who do not use it need not have that library. It is APART: found as a component by name, and
# not in espalier::espalier, <espalier/espalier.h> or pkg-config's espalier.
function(espalier_library folder)
  cmake_parse_arguments(arg "APART" "" "PACKAGES;PUBLIC;PRIVATE" ${ARGN})
  set(target espalier_${folder})
  set(root ${PROJECT_BINARY_DIR}/include/${folder})
  file(MAKE_DIRECTORY ${root}/espalier)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/espalier/${folder} SYMBOLIC)

  foreach(package IN LISTS arg_PACKAGES)
    separate_arguments(package)
    find_package(${package} REQUIRED)
  endforeach()

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  add_library(${target} ${sources})
  add_library(espalier::${folder} ALIAS ${target})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${folder}
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    INSTALL_RPATH $ORIGIN
    DEFINE_SYMBOL "")
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${root}>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  espalier_compile_options(${target})

  # The folders whose targets it links, itself the last, in the order in which they must be found.
  set(needs "")
  foreach(used IN LISTS arg_PUBLIC arg_PRIVATE)
    if(used MATCHES "^espalier::(.*)$")
      get_target_property(needs_of_used espalier_${CMAKE_MATCH_1} ESPALIER_NEEDS)
      list(APPEND needs ${needs_of_used})
    endif()
  endforeach()
  list(APPEND needs ${folder})
  list(REMOVE_DUPLICATES needs)
  set_target_properties(${target} PROPERTIES ESPALIER_NEEDS "${needs}" ESPALIER_PACKAGES "${arg_PACKAGES}")
  set_property(GLOBAL APPEND PROPERTY ESPALIER_FOLDERS ${folder})
  if(NOT arg_APART)
    set_property(GLOBAL APPEND PROPERTY ESPALIER_WHOLE ${folder})
  endif()
  install(DIRECTORY ./ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/espalier/${folder} FILES_MATCHING PATTERN "*.h"
          PATTERN internal EXCLUDE)
endfunction()

# espalier_kernels(<folder> <name> <Table> <header>): kernels of a folder, for every x86-64 in one binary.
#
# <folder>/<header> declares the struct Table of functions, `const Table& <name>()`, which chooses by what the machine
# has, and `std::vector<const Table*> all_<name>()` for tests. <folder>/internal/<name>_body.h has the functions in an
# unnamed namespace, written with ops/internal/simd.h, and `Table table(const char* instruction_set)`. It is compiled
# once for each instruction set.
function(espalier_kernels folder name Table header)
  set(target espalier_${folder})
  set(header ${folder}/${header})
  set(body ${folder}/internal/${name}_body.h)
  set(templates ${PROJECT_SOURCE_DIR}/cmake)
  set(arch_sse2 xsimd::sse2)
  set(arch_avx2 "xsimd::fma3<xsimd::avx2>")
  set(arch_avx512 xsimd::avx512bw)
  set(options_sse2 "")
  set(options_avx2 -mavx2 -mfma)
  set(options_avx512 -mavx512f -mavx512cd -mavx512dq -mavx512bw)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 warns of its own AVX-512 header (its bug 105593).
    list(APPEND options_avx512 -Wno-maybe-uninitialized -Wno-uninitialized)
  endif()
  foreach(set sse2 avx2 avx512)
    set(arch ${arch_${set}})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/kernels/${name}_${set}.cpp)
    configure_file(${templates}/kernels_for_set.cpp.in ${source} @ONLY)
    set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${options_${set}}")
    target_sources(${target} PRIVATE ${source})
  endforeach()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/kernels/${name}.cpp)
  configure_file(${templates}/kernels_choice.cpp.in ${source} @ONLY)
  target_sources(${target} PRIVATE ${source})
  target_include_directories(${target} SYSTEM PRIVATE ${ESPALIER_XSIMD_INCLUDE_DIR})
endfunction()

# Warnings, and sanitizers where they are asked for; for our own code alone.
function(espalier_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion)
  if(ESPALIER_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(ESPALIER_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(ESPALIER_SANITIZERS)
    target_compile_options(${target} PUBLIC -fsanitize=${ESPALIER_SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${ESPALIER_SANITIZERS})
  endif()
endfunction()
