// SPDX-License-Identifier: Apache-2.0
// Writes a tree into an open HDF5 file.
#pragma once

#include "record/hdf5_call.hpp"
#include "shoal/record/tree.hpp"
#include "shoal/record/write_file.hpp"

namespace shoal::record {

// Everything below `group` into the HDF5 group `id`; attributes come after what they describe, those of the root last.
void write_group(hid_t id, const Group& group, Guard& guard);

}  // namespace shoal::record
