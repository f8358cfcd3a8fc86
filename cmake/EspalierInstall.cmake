# `cmake --install` gives a package that find_package(espalier CONFIG) finds, whole or by COMPONENTS, and pkg-config.
include(CMakePackageConfigHelpers)
get_property(folders GLOBAL PROPERTY ESPALIER_FOLDERS)
get_property(whole GLOBAL PROPERTY ESPALIER_WHOLE)  # Those that are not apart.

# The whole library as one target, and <espalier/espalier.h>, which includes every header in its folders but the one
# that needs Boost.Graph's own.
set(umbrella ${PROJECT_BINARY_DIR}/include/espalier)
set(text "#pragma once\n\n/// Everything a program needs to build structures, train models and use them.\n\n")
foreach(folder IN LISTS whole)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${folder}/*.h)
  list(FILTER headers EXCLUDE REGEX "/boost_graph.h$")
  foreach(header ${headers})
    string(APPEND text "#include <espalier/${header}>\n")
  endforeach()
endforeach()
file(CONFIGURE OUTPUT ${umbrella}/espalier/espalier.h CONTENT "${text}" @ONLY)
add_library(espalier_all INTERFACE)
set_target_properties(espalier_all PROPERTIES EXPORT_NAME espalier)
add_library(espalier::espalier ALIAS espalier_all)
target_include_directories(espalier_all INTERFACE $<BUILD_INTERFACE:${umbrella}>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
list(TRANSFORM whole PREPEND espalier:: OUTPUT_VARIABLE targets)
target_link_libraries(espalier_all INTERFACE ${targets})
install(FILES ${umbrella}/espalier/espalier.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/espalier)

# A file of targets for each component, so that one may be found without what the others need.
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/espalier)
set(component_needs "")
set(find_components "")
foreach(folder IN LISTS folders)
  install(TARGETS espalier_${folder} EXPORT espalier_${folder})
  install(EXPORT espalier_${folder} NAMESPACE espalier:: DESTINATION ${package_dir})
  get_target_property(needs espalier_${folder} ESPALIER_NEEDS)
  get_target_property(packages espalier_${folder} ESPALIER_PACKAGES)
  string(APPEND component_needs "set(espalier_needs_${folder} ${needs})\n")
  string(APPEND find_components "if(\"${folder}\" IN_LIST espalier_needed)\n")
  foreach(package IN LISTS packages)
    string(APPEND find_components "  find_dependency(${package})\n")
  endforeach()
  string(APPEND find_components "  include(\${CMAKE_CURRENT_LIST_DIR}/espalier_${folder}.cmake)\nendif()\n")
endforeach()
string(REPLACE ";" " " component_needs "${component_needs}")
list(JOIN folders " " components)
list(JOIN whole " " whole_components)
install(TARGETS espalier_all EXPORT espalier_all)
install(EXPORT espalier_all NAMESPACE espalier:: DESTINATION ${package_dir})
configure_package_config_file(cmake/espalierConfig.cmake.in ${PROJECT_BINARY_DIR}/espalierConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/espalierConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/espalierConfig.cmake ${PROJECT_BINARY_DIR}/espalierConfigVersion.cmake
              cmake/FindOneDNN.cmake
              cmake/FindLAPACKE.cmake
              cmake/FindMatio.cmake
        DESTINATION ${package_dir})

# espalier.pc: for the linker, a library comes before those that it uses.
set(pc_libs "")
foreach(folder IN LISTS whole)
  list(PREPEND pc_libs -lespalier_${folder})
endforeach()
list(JOIN pc_libs " " pc_libs)
set(pc_libs_private "-ldnnl -lboost_iostreams -lsimdjson -lzstd -lz")
if(NOT BUILD_SHARED_LIBS)  # Programs then link what the library links.
  string(APPEND pc_libs " ${pc_libs_private}")
endif()
file(RELATIVE_PATH pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/espalier.pc.in ${PROJECT_BINARY_DIR}/espalier.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/espalier.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
