#pragma once

#include <cstddef>

#include <espalier/datasets/internal/located_json.h>
#include <espalier/graph/skeleton_sequence.h>

namespace espalier::datasets {

/// A body in a frame, as JSON has it: an array of joints, each [x, y, z], or null where it was not
/// seen. Throws ParseError, naming the place, unless there are as many joints as the sequence has
/// and coordinates are finite numbers.
void read_joints(const LocatedJson& json, const LocatedJson::Value& body, std::size_t frame,
                 std::size_t person, SkeletonSequence& sequence);

/// Whether the value is null: what is not there.
bool is_null(const LocatedJson::Value& value);

}  // namespace espalier::datasets
