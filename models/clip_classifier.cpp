#include <espalier/models/clip_classifier.h>

#include <espalier/base/error.h>
#include <espalier/data/select.h>
#include <espalier/ops/argmax.h>

namespace espalier::models {

ClipClassifier::ClipClassifier(const BodyOptions& body, const ClipReadingOptions& reading,
                               Bodies bodies, int num_classes)
    : body_(skeleton_of(body)), reading_(reading), bodies_(bodies), num_classes_(num_classes) {}

ClipBatch ClipClassifier::make_batch(Examples clips, std::span<const std::uint32_t> numbers,
                                     Rng& rng) const {
  return read_clips(select(clips, numbers), body_, reading_, bodies_, rng);
}

void ClipClassifier::evaluate(const ClipBatch& batch, Evaluation& evaluation) const {
  evaluation.add(argmax_rows(probabilities(batch).view()), batch.labels);
}

std::size_t ClipClassifier::num_nodes(Examples clips, std::uint32_t i) const {
  const std::size_t sequences =
      bodies_.side_by_side == 0 ? clips[i].sequence.num_persons() : std::size_t{1};
  return sequences * static_cast<std::size_t>(reading_.frames);
}

void ClipClassifier::check(Examples clips) const {
  for (const LabelledClip& clip : clips) {
    if (clip.sequence.num_frames() == 0 || clip.sequence.num_joints() != body_.num_joints()) {
      throw ShapeError(message("the clip ", clip.name, " has ", clip.sequence.num_frames(),
                               " frames of ", clip.sequence.num_joints(),
                               " joints, expected 1 or more of ", body_.num_joints()));
    }
    if (clip.label >= kNoLabel && clip.label < num_classes_) continue;
    throw ShapeError(message("the clip ", clip.name, " has label ", clip.label,
                             ", expected a class below ", num_classes_));
  }
}

}  // namespace espalier::models
