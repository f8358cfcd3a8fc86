# `cmake --install` gives a package that find_package(espalier CONFIG) finds.
include(CMakePackageConfigHelpers)

# The whole library as one target, and <espalier/espalier.h>, which includes every header in the library's folders
# but the one that needs Boost.Graph's own.
set(umbrella ${PROJECT_BINARY_DIR}/include/espalier)
set(text "#pragma once\n\n/// Everything a program needs to build structures, train models and use them.\n\n")
foreach(folder base graph ops data layers training datasets models)
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
target_link_libraries(espalier_all INTERFACE espalier::models espalier::datasets)
install(FILES ${umbrella}/espalier/espalier.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/espalier)

get_property(libraries GLOBAL PROPERTY ESPALIER_LIBRARIES)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/espalier)
install(TARGETS ${libraries} espalier_all EXPORT espalierTargets)
install(EXPORT espalierTargets NAMESPACE espalier:: DESTINATION ${package_dir})
configure_package_config_file(cmake/espalierConfig.cmake.in ${PROJECT_BINARY_DIR}/espalierConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/espalierConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/espalierConfig.cmake ${PROJECT_BINARY_DIR}/espalierConfigVersion.cmake
              cmake/FindOneDNN.cmake
        DESTINATION ${package_dir})
