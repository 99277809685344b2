// SPDX-License-Identifier: Apache-2.0
// Attributes of HDF5 objects.
#pragma once

#include <map>
#include <string>

#include "record/hdf5_call.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::record {

void write_attribute(hid_t object, const std::string& name, const Attribute& value);
// Writes all, with "complete" last.
void write_attributes(hid_t object, const std::map<std::string, Attribute>& attributes);

// Integers stored as `type`, as CF wants flag_values to have the type of their variable.
void write_integers(hid_t object, const std::string& name, const std::vector<std::int64_t>& values, Type type);

// ASCII with a terminator: how the dimension scales specification writes CLASS and NAME.
void write_scale_text(hid_t object, const std::string& name, const std::string& value);

// What reading gives after writing: texts are cleaned.
std::map<std::string, Attribute> as_written(std::map<std::string, Attribute> attributes);

// All attributes that a tree can hold, without those that describe dimension scales.
std::map<std::string, Attribute> read_attributes(hid_t object);

// A text attribute of an object; empty if there is none.
std::string read_text_attribute(hid_t object, const std::string& name);

// flag_meanings separates names by blanks: a blank inside a name becomes '_'.
std::string flag_name(std::string name);

}  // namespace shoal::record
