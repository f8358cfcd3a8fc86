# Installs the library to a folder of its own, then configures, builds and runs projects outside it: the whole
# library, some components, and a program that knows the library from pkg-config alone.
#   cmake -D BUILD=… -D SOURCE=… -D WORK=… -D GENERATOR=… -D COMPILER=… -P run.cmake
function(step)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed: ${ARGV}")
  endif()
endfunction()

# run_project(<source> <build>): warnings of CMake about the package are errors.
function(run_project source build)
  step(${CMAKE_COMMAND} -S ${source} -B ${build} -G ${GENERATOR} -Werror=dev -D CMAKE_BUILD_TYPE=Release
       -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_CXX_FLAGS=${FLAGS})
  step(${CMAKE_COMMAND} --build ${build})
  step(${build}/outside)
endfunction()

file(REMOVE_RECURSE ${WORK})
set(prefix ${WORK}/prefix)
step(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
file(GLOB_RECURSE internal ${prefix}/*/internal/*)
if(internal)
  message(FATAL_ERROR "internal headers are installed: ${internal}")
endif()
run_project(${SOURCE} ${WORK}/build)
run_project(${SOURCE}/components ${WORK}/components)

file(GLOB_RECURSE pc ${prefix}/espalier.pc)
cmake_path(GET pc PARENT_PATH pkgconfig_dir)
cmake_path(GET pkgconfig_dir PARENT_PATH libdir)
set(ENV{PKG_CONFIG_PATH} ${pkgconfig_dir})
execute_process(COMMAND pkg-config --cflags --libs espalier OUTPUT_VARIABLE flags COMMAND_ERROR_IS_FATAL ANY
                OUTPUT_STRIP_TRAILING_WHITESPACE)
separate_arguments(flags)
file(MAKE_DIRECTORY ${WORK}/pkgconfig)
step(${COMPILER} -std=c++20 ${FLAGS} ${SOURCE}/components/main.cpp ${flags} -Wl,-rpath,${libdir} -o ${WORK}/pkgconfig/outside)
step(${WORK}/pkgconfig/outside)
