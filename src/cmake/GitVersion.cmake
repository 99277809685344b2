# SPDX-License-Identifier: Apache-2.0
# Run at each build: writes the commit and whether the sources differ from it to OUTPUT, which changes only if they do,
# so that one small file is compiled again after a commit and nothing otherwise. Outside a repository: "unknown".
find_program(GIT git)
set(commit "unknown")
set(dirty false)
if(GIT AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse HEAD OUTPUT_VARIABLE head RESULT_VARIABLE failed
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT failed)
    set(commit ${head})
    # --no-optional-locks: never in the way of a git command that the user runs at the same time.
    execute_process(COMMAND ${GIT} -C ${SOURCE} --no-optional-locks status --porcelain --untracked-files=no
      OUTPUT_VARIABLE changes ERROR_QUIET)
    if(changes)
      set(dirty true)
    endif()
  endif()
endif()
file(WRITE ${OUTPUT}.new "// SPDX-License-Identifier: Apache-2.0
// Made by src/cmake/GitVersion.cmake.
#pragma once
#define SHOAL_GIT_COMMIT \"${commit}\"
#define SHOAL_GIT_DIRTY ${dirty}
")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUTPUT}.new ${OUTPUT})
file(REMOVE ${OUTPUT}.new)
