#pragma once

#include <cstdint>
#include <string>

#include <espalier/data/dataset.h>
#include <espalier/data/fingerprint.h>
#include <espalier/data/labelled_tree.h>
#include <espalier/graph/skeleton.h>
#include <espalier/graph/skeleton_sequence.h>

namespace espalier {

/// What somebody does, as the joints of a body over time.
struct LabelledClip {
  std::string name;
  SkeletonSequence sequence;
  std::int32_t label = kNoLabel;

  /// Places, what was seen, and the label; not the name.
  void add_to(Fingerprint& fingerprint) const;
};

/// Clips of bodies of one kind, in classes; there are no words.
struct ClipDataset : Dataset<LabelledClip> {
  explicit ClipDataset(Skeleton body) : skeleton(std::move(body)) {}

  Skeleton skeleton;
};

}  // namespace espalier
