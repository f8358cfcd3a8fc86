#pragma once

#include <cstddef>
#include <cstdint>

#include <espalier/data/labelled_clip.h>

namespace espalier::datasets {

struct MotionOptions {
  std::size_t num_train = 2'000;
  std::size_t num_dev = 250;
  std::size_t num_test = 500;
  std::size_t min_frames = 30;  ///< A clip has min_frames .. max_frames, 2 or more.
  std::size_t max_frames = 60;
  float noise = 0.01f;       ///< Deviation of every coordinate, in metres, >= 0.
  float train_view = 45.0f;  ///< Train and dev are seen from -train_view .. train_view degrees to
                             ///< the side, test from beyond to test_view on either side.
  float test_view = 135.0f;  ///< 0 <= train_view <= test_view <= 180.
  std::uint64_t seed = 0;
};

/// Ten actions of a body of 25 joints (skeleton_named("ntu")), made by turning its limbs: waving
/// with either hand, raising both arms, clapping, squatting, jumping, kicking, bowing, walking and
/// throwing. People differ in size and build, and in how fast, how far and from where on in the
/// motion they act; a camera sees them from some side, at some distance, with noise.
///
/// Clip i of a split depends on the seed, the split, i and the options of all clips alone. Actions
/// take turns. Throws OptionError at options out of range.
ClipDataset generate_motions(const MotionOptions& options);

}  // namespace espalier::datasets
