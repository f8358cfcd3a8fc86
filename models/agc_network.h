#pragma once

#include <memory>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/graph/joint_partition.h>
#include <espalier/layers/agc_lstm.h>
#include <espalier/layers/dropout.h>
#include <espalier/layers/linear.h>
#include <espalier/models/clip_classifier.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

/// What an AGC-LSTM network sees of a body.
enum class BodyStream {
  kJoints,  ///< Its joints.
  kParts,   ///< Its parts, each as its joints side by side.
  kBoth,    ///< Two networks, whose scores are added.
};

struct AGCNetworkOptions {
  int num_classes = 0;  ///< > 1.
  BodyOptions body = {};
  ClipReadingOptions reading = {};
  BodyStream stream = BodyStream::kJoints;
  int position_size = 64;  ///< Of a joint's position and of its difference, > 0.
  int feature_size = 128;  ///< Of what the shared LSTM makes of both, > 0.
  int hidden_size = 128;   ///< Of a joint in the three layers, > 0.
  JointPartition partition = JointPartition::kSpatial;
  bool attends = true;         ///< Else it is the GC-LSTM network.
  bool feeds_attended = true;  ///< The attended state is fed back, as in the paper.
  int pooling = 2;             ///< Frames that become one before each of the three layers, > 0.
  float dropout = 0.5f;        ///< On what each of the three layers reads, and on read-outs.
  float coverage = 0.01f;      ///< lambda: that every joint is attended to at some time.
  float sparsity = 0.001f;     ///< beta: that few joints are at any one time.

  static std::vector<Option> fields(AGCNetworkOptions& o) {
    return {
        option("num_classes", o.num_classes, "Classes", at_least(2)).given(),
        group("body", o.body),
        group("reading", o.reading),
        choice("stream", o.stream, "What is seen of a body", {"joints", "parts", "both"}),
        option("position_size", o.position_size, "Units of a joint's position",
               at_least(1, kMaxSize)),
        option("feature_size", o.feature_size, "Units of a joint before the graph's layers",
               at_least(1, kMaxSize)),
        option("hidden_size", o.hidden_size, "Units of a joint in the graph's layers",
               at_least(1, kMaxSize))
            .command("hidden"),
        choice("partition", o.partition, "Into which groups a joint's neighbours fall",
               {"uniform", "distance", "spatial"}),
        option("attends", o.attends, "Joints are attended to").given(),
        option("feeds_attended", o.feeds_attended, "The attended state is fed back, as published")
            .only_if(o.attends, "a network that attends"),
        option("pooling", o.pooling, "Frames that become one before each of the graph's layers",
               at_least(1, 1000)),
        option("dropout", o.dropout, "Part of what layers and classifiers read that is left out",
               from_to_below(0, 1)),
        option("coverage", o.coverage, "Weight of the wish that each joint is attended to",
               at_least(0))
            .only_if(o.attends, "a network that attends"),
        option("sparsity", o.sparsity, "Weight of the wish that few joints are attended to at once",
               at_least(0))
            .only_if(o.attends, "a network that attends")};
  }
};

/// Classifies clips of bodies by three graph-convolutional LSTM layers with attention to joints.
///
/// Si, Chen, Wang, Wang and Tan, "An Attention Enhanced Graph Convolutional LSTM Network for
/// Skeleton-Based Action Recognition", CVPR 2019: each joint's position p = W coord + b and its
/// difference to the frame before, both through one LSTM that all joints share; then three times
/// pooling over time and an AGCLSTM (layers/agc_lstm.h); softmax on the sum of the last layer's
/// joints and on the attended sum, both at every step. Bodies of a clip are read apart, and the
/// means of their sums classified. The loss is that of all steps, of both read-outs, and the two
/// regularisers of every layer's attention:
///
///     lambda sum over joints of (1 - mean over time of alpha)^2
///     + beta mean over time of (sum over joints of alpha)^2
///
/// The scores of a clip are the two read-outs' probabilities at the last step, added; of two
/// streams those of both. Without attention there is one read-out.
class AGCNetwork final : public ClipClassifier {
 public:
  using Options = AGCNetworkOptions;
  static constexpr const char* kName = "AGCNetwork";
  static constexpr training::Recipe kRecipe = {.learning_rate = 5e-4, .l2 = 0.0, .adam = true};

  /// Throws OptionError if an option is out of range or clips are read in fewer frames than three
  /// poolings take, GraphError as Skeleton and part_skeleton() do.
  AGCNetwork(const AGCNetworkOptions& options, Rng& rng);
  ~AGCNetwork() override;
  AGCNetwork(AGCNetwork&&) noexcept;

  Variable scores(const ClipBatch& batch, Rng& rng) const override;
  Variable loss(const ClipBatch& batch, Rng& rng) const override;
  Tensor probabilities(const ClipBatch& batch) const override;

  /// alpha of the last layer of a stream, a row for each step of each sequence, [steps, joints];
  /// and how many frames a step is of. Throws OptionError if there is no such stream, or no
  /// attention.
  struct Attention {
    Tensor alpha;
    std::size_t frames_per_step = 1;
  };
  Attention attention(const ClipBatch& batch, BodyStream stream) const;

  const AGCNetworkOptions& options() const { return options_; }

 private:
  class Stream;

  AGCNetworkOptions options_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

}  // namespace espalier::models
