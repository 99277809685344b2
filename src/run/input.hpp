// SPDX-License-Identifier: Apache-2.0
// An input file, read, checked and loaded: everything that `run`, `check` and `verify` need to know of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "shoal/config/common.hpp"
#include "shoal/config/schema.hpp"
#include "workloads/workload.hpp"

namespace shoal::run {

// A file whose content belongs to the science.
struct HashedFile {
  std::string key;     // dotted input name, such as "data.file"
  std::string path;
  std::string sha256;  // of the content, hexadecimal
};

struct Input {
  std::string name;                    // path as the user gave it
  std::string text;                    // verbatim
  std::vector<std::string> overrides;  // --set, in order
  config::CommonParameters common;
  std::unique_ptr<workloads::Workload> workload;  // load() has been called
  std::vector<config::Resolved> resolved;         // every parameter, defaults included
  std::vector<HashedFile> data_files;

  // What makes two inputs the same: sorted lines `name = value` of all science keys, of "results_version", and of each
  // data file's content as "<key>.sha256" (its path is not part of it).
  std::vector<std::string> science;
  std::string science_digest;          // SHA-256 over these lines, each ended by a newline; hexadecimal
};

// Reads, checks and loads. Throws InputError: 66 if the file or a data file is missing, 65 with every error of the input in one
// text.
Input load_input(const std::string& path, const std::vector<std::string>& overrides = {},
                 const std::vector<workloads::WorkloadInfo>& known = workloads::all_workloads());

// The same for a text in memory. `name` stands in messages; data files are sought relative to `folder`.
Input load_input_text(const std::string& text, const std::string& name, const std::string& folder,
                      const std::vector<std::string>& overrides = {},
                      const std::vector<workloads::WorkloadInfo>& known = workloads::all_workloads());

// The folder of a path; empty, which is the current one, if it names none.
std::string folder_of(const std::string& path);

}  // namespace shoal::run
