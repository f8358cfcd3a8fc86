#pragma once

#include <filesystem>

#include <espalier/graph/skeleton.h>

namespace espalier::datasets {

/// A body from a file of docs/clip-format.md: an object of "name", "joints", their names, "bones",
/// pairs of names [child, parent], and, if there are any, "parts", objects of "name" and "joints",
/// and "frame", an object of "origin", "base", "spine", "left" and "right", each the names of
/// joints.
///
/// Throws FileError, and ParseError, naming the place, at a bone, part or place of a joint that is
/// not there, a joint that hangs on two, and at what Skeleton refuses.
Skeleton load_skeleton(const std::filesystem::path& path);

}  // namespace espalier::datasets
