#pragma once

#include <memory>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/layers/dropout.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/part_aware_lstm.h>
#include <espalier/models/clip_classifier.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

struct PartLSTMClassifierOptions {
  int num_classes = 0;  ///< > 1.
  int num_persons = 1;  ///< Whose joints are read side by side, > 0.
  BodyOptions body = {};
  ClipReadingOptions reading = {.frames = 8, .frame_choice = ClipFrames::kSegments};
  bool part_aware = true;  ///< Else all joints are one part: an LSTM of the same size.
  int part_size = 100;     ///< Units of a part's memory, > 0.
  int num_layers = 2;      ///< > 0.
  float dropout = 0.5f;    ///< On what layers beyond the first, and the classifier, read.

  static std::vector<Option> fields(PartLSTMClassifierOptions& o) {
    return {option("num_classes", o.num_classes, "Classes", at_least(2)).given(),
            option("num_persons", o.num_persons, "Persons whose joints are read side by side",
                   at_least(1, 1000))
                .given(),
            group("body", o.body),
            group("reading", o.reading),
            option("part_aware", o.part_aware, "Each part has a memory of its own").given(),
            option("part_size", o.part_size,
                   "Units of the memory of a part; of an LSTM, so many "
                   "times the parts",
                   at_least(1, kMaxSize))
                .command("hidden"),
            option("num_layers", o.num_layers, "Layers on top of each other", at_least(1, 1000))
                .command("layers"),
            option("dropout", o.dropout,
                   "Part of what layers and the classifier read that is left "
                   "out",
                   from_to_below(0, 1))};
  }
};

/// Classifies clips of bodies by part-aware LSTMs on top of each other, and a softmax on the last
/// step's h; or by LSTMs over all joints, to compare with.
///
/// Shahroudy, Liu, Ng and Wang, "NTU RGB+D: A Large Scale Dataset for 3D Human Activity Analysis",
/// CVPR 2016, section 4: clips are read in 8 segments, a frame of each. Persons are read side by
/// side, a part's joints of all of them together. What layers hand on is read part by part.
class PartLSTMClassifier final : public ClipClassifier {
 public:
  using Options = PartLSTMClassifierOptions;
  static constexpr const char* kName = "PartLSTMClassifier";
  static constexpr training::Recipe kRecipe = {.learning_rate = 1e-3, .l2 = 0.0, .adam = true};

  /// Throws OptionError if an option is out of range or the body has no parts, GraphError as
  /// Skeleton does.
  PartLSTMClassifier(const PartLSTMClassifierOptions& options, Rng& rng);

  Variable scores(const ClipBatch& batch, Rng& rng) const override;
  Variable loss(const ClipBatch& batch, Rng& rng) const override;
  Tensor probabilities(const ClipBatch& batch) const override;

  const PartLSTMClassifierOptions& options() const { return options_; }

 private:
  PartLSTMClassifierOptions options_;
  std::vector<std::unique_ptr<PartAwareLSTM>> layers_;
  Dropout dropout_;
  Linear classifier_;
};

}  // namespace espalier::models
