# SPDX-License-Identifier: Apache-2.0
# What the program says about its own build: version and flags from here, the commit at each build.
include_guard(GLOBAL)

set(shoal_generated ${CMAKE_BINARY_DIR}/generated)
string(TOUPPER "${CMAKE_BUILD_TYPE}" shoal_build_type)
get_target_property(shoal_common_options shoal_flags INTERFACE_COMPILE_OPTIONS)
list(FILTER shoal_common_options INCLUDE REGEX "^-(m|f)")
list(JOIN shoal_common_options " " shoal_common_options)
string(STRIP "${shoal_common_options} ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${shoal_build_type}}" shoal_all_flags)
string(REGEX REPLACE "[ ]+" " " shoal_all_flags "${shoal_all_flags}")
string(REPLACE "\"" "\\\"" shoal_all_flags "${shoal_all_flags}")
file(CONFIGURE OUTPUT ${shoal_generated}/build_flags.hpp @ONLY CONTENT "// SPDX-License-Identifier: Apache-2.0
// Made by src/cmake/ShoalBuildInfo.cmake.
#pragma once
#define SHOAL_VERSION \"@PROJECT_VERSION@\"
#define SHOAL_FLAGS \"@shoal_all_flags@\"
#define SHOAL_BUILD_TYPE \"@CMAKE_BUILD_TYPE@\"
")

add_custom_target(shoal_git_version
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${shoal_generated}/git_version.hpp
          -P ${CMAKE_SOURCE_DIR}/src/cmake/GitVersion.cmake
  BYPRODUCTS ${shoal_generated}/git_version.hpp
  COMMENT "" VERBATIM)
add_dependencies(shoal_record shoal_git_version)
target_include_directories(shoal_record PRIVATE ${shoal_generated})
