#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <espalier/base/memory.h>
#include <espalier/base/options.h>
#include <espalier/data/labelled_clip.h>
#include <espalier/graph/sequence.h>
#include <espalier/ops/random.h>
#include <espalier/ops/tensor.h>

namespace espalier::models {

/// What is done to a clip's coordinates before a model reads them.
enum class ClipCoordinates {
  kAsTheyAre,
  kCentred,    ///< The body's origin at 0 in the first frame.
  kAligned,    ///< The body's own axes and unit: the same from every view.
  kStretched,  ///< Centred, then each axis from -1 to 1.
};

/// Which frames of a clip are read.
enum class ClipFrames {
  kSpread,    ///< Evenly, from the first to the last; in training drawn at random, in order.
  kSegments,  ///< The middle one of each of as many segments; in training one drawn from each.
};

/// How models read clips. What is drawn is drawn in training alone.
struct ClipReadingOptions {
  int frames = 50;  ///< Of a clip, > 0.
  ClipFrames frame_choice = ClipFrames::kSpread;
  ClipCoordinates coordinates = ClipCoordinates::kAligned;
  float rotation = 0.0f;  ///< Turned by up to so many degrees about x and y each.
  float scaling = 0.0f;   ///< Times 1 - scaling .. 1 + scaling.
  float crop = 1.0f;      ///< The least part of a clip that its frames are from.

  static std::vector<Option> fields(ClipReadingOptions& o) {
    return {
        option("frames", o.frames, "Frames that are read of a clip", at_least(1, 100'000)),
        choice("frame_choice", o.frame_choice, "Which frames are read", {"spread", "segments"}),
        choice("coordinates", o.coordinates, "What is done to coordinates",
               {"as-they-are", "centred", "aligned", "stretched"}),
        option("rotation", o.rotation,
               "Degrees by which clips are turned about x and y at most, in training",
               between(0, 180)),
        option("scaling", o.scaling, "Part by which clips are scaled at most, in training",
               from_to_below(0, 1)),
        option("crop", o.crop, "Least part of a clip that is read, in training", between(0.01, 1))};
  }
};

/// Where the bodies of a clip are.
struct Bodies {
  /// Side by side in one sequence, the joints of so many persons one after the other; absent ones
  /// are 0. 0: apart, each that is present a sequence of its own; of a clip without any, one of 0.
  std::size_t side_by_side = 0;
};

/// Clips as sequences of frames, all of as many.
struct ClipBatch {
  /// x is [frames of all sequences, joints * 3], or persons * joints * 3 side by side.
  Tensor x;
  SequenceBatch sequences{std::span<const NodeId>()};
  PoolVector<std::uint64_t> clips;    ///< Clip i's sequences are clips[i] .. clips[i + 1] - 1.
  PoolVector<std::uint32_t> persons;  ///< Of each sequence whose it is; side by side the first's.
  PoolVector<std::int32_t> labels;    ///< Of clips.
};

/// Reads clips side by side; draws of `rng` in training (ops/training_mode.h). Aligned clips of a
/// body without a frame, and centred ones, are as they are. Throws ShapeError, naming the clip,
/// unless it has a frame, the body's joints and, side by side, no more persons than that.
ClipBatch read_clips(std::span<const LabelledClip* const> clips, const Skeleton& body,
                     const ClipReadingOptions& options, Bodies bodies, Rng& rng);

}  // namespace espalier::models
