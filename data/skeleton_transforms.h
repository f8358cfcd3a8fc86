#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include <espalier/graph/skeleton.h>
#include <espalier/graph/skeleton_sequence.h>
#include <espalier/ops/random.h>

// What is done to clips before a network reads them, in place: joints that were not seen stay 0.
namespace espalier {

/// Moves every joint so that the mean of `origin`'s joints is 0: that of the first frame and person
/// in which all of them are seen, so that who walks moves. Where they never are, nothing moves.
/// Throws GraphError if a joint is out of range.
void centre(SkeletonSequence& sequence, std::span<const NodeId> origin);

/// The body's own axes and unit: centre(), then the rotation that takes y from base to spine and x
/// from right to left, as far as that is across y, then division by the distance of base and spine;
/// of the first frame and person in which all of these are seen. Nothing is turned or scaled where
/// there is none, or places are one. Shahroudy et al., "NTU RGB+D", CVPR 2016, section 3.2.
void align(SkeletonSequence& sequence, const BodyFrame& frame);

/// Scales each axis by its own least and greatest coordinate to -1 .. 1; an axis on which all that
/// is seen is one number becomes 0. Chen et al., "Channel-wise Topology Refinement", ICCV 2021, do
/// so with Northwestern-UCLA.
void stretch(SkeletonSequence& sequence);

/// Turns by angles about x, then y, then z, in radians, and multiplies by `factor`.
void rotate(SkeletonSequence& sequence, const std::array<float, 3>& angles, float factor = 1.0f);

// Which frames to read of `num_frames`, as SkeletonSequence::frames() takes them. All throw
// OptionError if there is no frame or none is asked for.

/// `count` frames, spread evenly from the first to the last; of fewer, some more than once.
std::vector<std::size_t> even_frames(std::size_t num_frames, std::size_t count);

/// `count` frames drawn at random, in order; each at most once if there are as many.
std::vector<std::size_t> random_frames(std::size_t num_frames, std::size_t count, Rng& rng);

/// One frame of each of `count` equal segments: drawn at random, or its middle one without `rng`.
/// Shahroudy et al., section 3.2.
std::vector<std::size_t> segment_frames(std::size_t num_frames, std::size_t count, Rng* rng);

/// Frames one after another, at least `part` of all and one: how many and from where on is drawn.
/// Throws OptionError too unless 0 < part <= 1.
std::vector<std::size_t> cropped_frames(std::size_t num_frames, float part, Rng& rng);

}  // namespace espalier
