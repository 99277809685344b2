# SPDX-License-Identifier: Apache-2.0
# shoal_library(): libshoal_core.a with all modules, its headers, and a package for find_package(Shoal).
include_guard(GLOBAL)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The start-up check for old CPUs: compiled for plain x86-64, unlike everything else.
add_library(shoal_cpu_check OBJECT ${CMAKE_SOURCE_DIR}/src/cpu_check.c)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(shoal_cpu_check PRIVATE -march=x86-64 -O1)
endif()
target_compile_options(shoal_cpu_check PRIVATE -Wall -Wextra $<$<BOOL:${SHOAL_WERROR}>:-Werror>)

function(shoal_library)
  get_property(modules GLOBAL PROPERTY SHOAL_OBJECT_MODULES)
  get_property(libraries GLOBAL PROPERTY SHOAL_LIBRARIES)
  list(REMOVE_DUPLICATES libraries)
  list(REMOVE_ITEM libraries tomlplusplus::tomlplusplus CLI11::CLI11)  # headers only, and in no header of ours
  set(objects $<TARGET_OBJECTS:shoal_cpu_check>)
  foreach(module ${modules})
    list(APPEND objects $<TARGET_OBJECTS:shoal_${module}>)
  endforeach()
  add_library(shoal_core STATIC ${objects})
  target_include_directories(shoal_core INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(shoal_core INTERFACE cxx_std_20)
  # Nothing refers to the start-up check, so the linker must be told to take it.
  target_link_options(shoal_core INTERFACE "LINKER:-u,shoal_cpu_check")
  target_link_libraries(shoal_core INTERFACE fmt::fmt ${libraries})

  install(TARGETS shoal_core EXPORT ShoalTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/shoal DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Shoal)
  install(EXPORT ShoalTargets NAMESPACE Shoal:: DESTINATION ${package})
  configure_package_config_file(${CMAKE_SOURCE_DIR}/src/cmake/ShoalConfig.cmake.in ${CMAKE_BINARY_DIR}/ShoalConfig.cmake
                                INSTALL_DESTINATION ${package})
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/ShoalConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/ShoalConfig.cmake ${CMAKE_BINARY_DIR}/ShoalConfigVersion.cmake
                ${CMAKE_SOURCE_DIR}/src/cmake/FindMPFR.cmake DESTINATION ${package})
  if(TARGET shoal)
    install(TARGETS shoal RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endfunction()
