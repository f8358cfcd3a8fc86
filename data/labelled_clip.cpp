#include <espalier/data/labelled_clip.h>

namespace espalier {

void LabelledClip::add_to(Fingerprint& fingerprint) const {
  for (const std::size_t size :
       {sequence.num_frames(), sequence.num_persons(), sequence.num_joints()}) {
    fingerprint.add(static_cast<std::uint64_t>(size));
  }
  fingerprint.add(sequence.positions());
  for (std::size_t frame = 0; frame < sequence.num_frames(); ++frame) {
    for (std::size_t person = 0; person < sequence.num_persons(); ++person) {
      for (std::size_t joint = 0; joint < sequence.num_joints(); ++joint) {
        fingerprint.add(std::uint64_t{sequence.is_seen(frame, person, joint)});
      }
    }
  }
  fingerprint.add(static_cast<std::uint64_t>(label));
}

}  // namespace espalier
