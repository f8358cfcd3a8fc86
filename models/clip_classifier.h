#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <espalier/data/labelled_clip.h>
#include <espalier/models/body_options.h>
#include <espalier/models/clip_batch.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>
#include <espalier/training/evaluation.h>

namespace espalier::models {

/// What classifiers of clips have in common. A node is a frame.
class ClipClassifier : public Module {
 public:
  using Examples = std::span<const LabelledClip>;
  using Batch = ClipBatch;
  using Evaluation = training::ClassEvaluation;

  virtual ~ClipClassifier() = default;

  /// Scores of clips, [clips, classes]: the more, the likelier.
  virtual Variable scores(const ClipBatch& batch, Rng& rng) const = 0;
  /// The mean over clips.
  virtual Variable loss(const ClipBatch& batch, Rng& rng) const = 0;
  /// [clips, classes].
  virtual Tensor probabilities(const ClipBatch& batch) const = 0;

  ClipBatch make_batch(Examples clips, std::span<const std::uint32_t> numbers, Rng& rng) const;
  void evaluate(const ClipBatch& batch, Evaluation& evaluation) const;
  std::size_t num_nodes(Examples clips, std::uint32_t i) const;
  /// Throws ShapeError, naming the clip, if one has no frame or another number of joints, or a
  /// label that is no class.
  void check(Examples clips) const;

  const Skeleton& body() const { return body_; }

 protected:
  ClipClassifier(const BodyOptions& body, const ClipReadingOptions& reading, Bodies bodies,
                 int num_classes);
  ClipClassifier(ClipClassifier&&) = default;

 private:
  Skeleton body_;
  ClipReadingOptions reading_;
  Bodies bodies_;
  int num_classes_;
};

}  // namespace espalier::models
