// SPDX-License-Identifier: Apache-2.0
// Texts that are part of the program: inputs/*.toml and jobs/run.sbatch as they were when it was built.
#pragma once

#include <string>
#include <vector>

namespace shoal::cli {

struct EmbeddedFile {
  std::string name;  // "tune.toml"
  std::string text;
};

const std::vector<EmbeddedFile>& embedded_files();

extern const char* const kEigenVersion;

}  // namespace shoal::cli
