#pragma once

#include <string>
#include <vector>

#include <espalier/graph/skeleton_sequence.h>
#include <espalier/graph/tree.h>

namespace espalier::apps {

/// A clip to be drawn.
struct DrawnClip {
  SkeletonSequence sequence;  ///< y is up.
  /// What a joint counts, from 0 to 1, [frame][person * joints + joint]; empty: all alike.
  std::vector<std::vector<float>> attention;
  std::string predicted;  ///< Any UTF-8, as below.
  std::string truth;      ///< Empty: not known.
};

/// Bodies as an animated SVG without a script, which plays in a browser over and over, 20 frames a
/// second: bones as lines, joints as dots, which are the larger and redder the more they are
/// attended to, from the least of the clip to the most, which are told; what was not seen of a body
/// is not drawn. The predicted class stands above, beside
/// the true one, in red if they are two. Throws ShapeError if the clip has no frame, or attention
/// is not of each joint.
std::string draw_clip(const DrawnClip& clip, const Tree& bones);

}  // namespace espalier::apps
