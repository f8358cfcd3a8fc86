#include <espalier/models/clip_batch.h>

#include <algorithm>
#include <numbers>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/data/skeleton_transforms.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

std::vector<std::size_t> choose_frames(std::size_t num_frames, const ClipReadingOptions& options,
                                       bool draws, Rng& rng) {
  const auto count = static_cast<std::size_t>(options.frames);
  if (!draws) {
    return options.frame_choice == ClipFrames::kSpread ? even_frames(num_frames, count)
                                                       : segment_frames(num_frames, count, nullptr);
  }
  const std::vector<std::size_t> kept = cropped_frames(num_frames, options.crop, rng);
  std::vector<std::size_t> which = options.frame_choice == ClipFrames::kSpread
                                       ? random_frames(kept.size(), count, rng)
                                       : segment_frames(kept.size(), count, &rng);
  for (std::size_t& frame : which) frame = kept[frame];
  return which;
}

// In the order in which Chen et al., "Channel-wise Topology Refinement", have it: turned before an
// axis is stretched.
SkeletonSequence prepare(const SkeletonSequence& clip, const Skeleton& body,
                         const ClipReadingOptions& options, bool draws, Rng& rng) {
  SkeletonSequence sequence = clip;
  if (options.coordinates != ClipCoordinates::kAsTheyAre && body.frame()) {
    if (options.coordinates == ClipCoordinates::kAligned) {
      align(sequence, *body.frame());
    } else {
      centre(sequence, body.frame()->origin);
    }
  }
  if (draws && (options.rotation > 0.0f || options.scaling > 0.0f)) {
    const float most = options.rotation * std::numbers::pi_v<float> / 180.0f;
    const float about_x = rng.uniform(-most, most), about_y = rng.uniform(-most, most);
    rotate(sequence, {about_x, about_y, 0.0f},
           rng.uniform(1.0f - options.scaling, 1.0f + options.scaling));
  }
  if (options.coordinates == ClipCoordinates::kStretched) stretch(sequence);
  return sequence.frames(choose_frames(sequence.num_frames(), options, draws, rng));
}

bool is_present(const SkeletonSequence& sequence, std::size_t person) {
  for (std::size_t frame = 0; frame < sequence.num_frames(); ++frame) {
    if (sequence.is_present(frame, person)) return true;
  }
  return false;
}

// Those that are a sequence each; of a clip without any, the first, all of 0.
std::vector<std::uint32_t> present_persons(const SkeletonSequence& sequence) {
  std::vector<std::uint32_t> present;
  for (std::uint32_t person = 0; person < sequence.num_persons(); ++person) {
    if (is_present(sequence, person)) present.push_back(person);
  }
  if (present.empty()) present.push_back(0);
  return present;
}

void check_clips(std::span<const LabelledClip* const> clips, const Skeleton& body, Bodies bodies) {
  for (const LabelledClip* clip : clips) {
    const SkeletonSequence& sequence = clip->sequence;
    const std::size_t most =
        bodies.side_by_side == 0 ? sequence.num_persons() : bodies.side_by_side;
    if (sequence.num_frames() > 0 && sequence.num_joints() == body.num_joints() &&
        sequence.num_persons() <= most) {
      continue;
    }
    throw ShapeError(message("the clip ", clip->name, " is of ", sequence.num_frames(), " frames, ",
                             sequence.num_persons(), " persons, ", sequence.num_joints(),
                             " joints, expected 1 or more, at most ", most, " and ",
                             body.num_joints()));
  }
}

}  // namespace

ClipBatch read_clips(std::span<const LabelledClip* const> clips, const Skeleton& body,
                     const ClipReadingOptions& options, Bodies bodies, Rng& rng) {
  check_clips(clips, body, bodies);
  const bool draws = is_training();
  PoolVector<std::uint64_t> seeds(clips.size());
  for (std::uint64_t& seed : seeds) seed = rng.next64();
  std::vector<SkeletonSequence> read(clips.size());
  std::vector<std::vector<std::uint32_t>> persons(clips.size());
  parallel_blocks(clips.size(), [&](std::size_t i) {
    Rng own(seeds[i]);
    read[i] = prepare(clips[i]->sequence, body, options, draws, own);
    persons[i] =
        bodies.side_by_side == 0 ? present_persons(read[i]) : std::vector<std::uint32_t>{0};
  });

  ClipBatch batch;
  batch.clips.push_back(0);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    batch.labels.push_back(clips[i]->label);
    batch.persons.insert(batch.persons.end(), persons[i].begin(), persons[i].end());
    batch.clips.push_back(batch.persons.size());
  }
  const auto frames = static_cast<std::size_t>(options.frames);
  const std::size_t num_sequences = batch.clips.back();
  batch.sequences = SequenceBatch(PoolVector<NodeId>(num_sequences, static_cast<NodeId>(frames)));
  const std::size_t of_body = 3 * body.num_joints();
  const std::size_t width = of_body * std::max<std::size_t>(1, bodies.side_by_side);
  batch.x = Tensor::uninitialized({num_sequences * frames, width});
  parallel_blocks(clips.size(), [&](std::size_t i) {
    const std::size_t of_frame = of_body * read[i].num_persons();
    for (std::size_t s = batch.clips[i]; s < batch.clips[i + 1]; ++s) {
      const std::size_t person = batch.persons[s];
      const std::size_t there = bodies.side_by_side == 0 ? of_body : of_frame;
      for (std::size_t frame = 0; frame < frames; ++frame) {
        const auto row = batch.x.row(s * frames + frame);
        std::copy_n(read[i].positions().data() + frame * of_frame + person * of_body, there,
                    row.data());
        std::fill(row.begin() + static_cast<std::ptrdiff_t>(there), row.end(), 0.0f);
      }
    }
  });
  return batch;
}

}  // namespace espalier::models
