# espalier_library(<folder> [PUBLIC target …] [PRIVATE target …])
#
# One target per folder, espalier::<folder>, of all sources in it. Headers in <folder>/internal are for the
# library alone and are not installed. Each has an include root of its own that holds nothing but
# that folder, so that `#include <espalier/ops/…>` from a folder that may not use ops does not build.
function(espalier_library folder)
  cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE" ${ARGN})
  set(target espalier_${folder})
  set(root ${PROJECT_BINARY_DIR}/include/${folder})
  file(MAKE_DIRECTORY ${root}/espalier)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/espalier/${folder} SYMBOLIC)

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  add_library(${target} STATIC ${sources})
  add_library(espalier::${folder} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${folder})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${root}>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  espalier_compile_options(${target})

  set_property(GLOBAL APPEND PROPERTY ESPALIER_LIBRARIES ${target})
  install(DIRECTORY ./ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/espalier/${folder} FILES_MATCHING PATTERN "*.h"
          PATTERN internal EXCLUDE)
endfunction()

# Warnings, and sanitizers where they are asked for; for our own code alone.
function(espalier_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion)
  if(ESPALIER_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(ESPALIER_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()
