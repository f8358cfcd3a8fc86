#pragma once

#include <span>

#include <espalier/graph/adjacency.h>
#include <espalier/graph/meta_path.h>

namespace espalier {

/// Who is connected in any of several ways: every pair once, columns ascending, without weights
/// whatever weights there are. Loops may be added or removed on the way.
///
/// Throws GraphError, giving both sizes, if the ways are not all as large as the first, and, unless
/// loops stay as they are found, if rows and columns are not one set of nodes; also if there is no
/// way at all.
Adjacency united(std::span<const Adjacency> ways, SelfLoops loops = SelfLoops::kAsFound);

}  // namespace espalier
