#include <espalier/models/agc_network.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/layers/temporal_pooling.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/reduce.h>
#include <espalier/ops/reshape.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/segment.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

constexpr std::size_t kLayers = 3;

// Which coordinates of a body's joints each node of a stream reads; kNone: 0.
struct NodeColumns {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::size_t width = 3;             // Of a node.
  std::vector<std::size_t> columns;  // Node by node.
};

NodeColumns columns_of(const Skeleton& body, bool by_parts) {
  NodeColumns nodes;
  if (by_parts) {
    for (const BodyPart& part : body.parts()) {
      nodes.width = std::max(nodes.width, 3 * part.joints.size());
    }
    for (const BodyPart& part : body.parts()) {
      for (std::size_t i = 0; i < nodes.width; ++i) {
        const bool is_there = i < 3 * part.joints.size();
        nodes.columns.push_back(is_there ? 3 * part.joints[i / 3] + i % 3 : NodeColumns::kNone);
      }
    }
  } else {
    for (std::size_t i = 0; i < 3 * body.num_joints(); ++i) nodes.columns.push_back(i);
  }
  return nodes;
}

// The same steps after pooling, `window` of them one.
PooledSequences pool(const Variable& x, const SequenceBatch& sequences, int window) {
  return average_pooling(x, sequences, static_cast<std::size_t>(window));
}

std::vector<Adjacency> each_alone(std::size_t num_nodes) {
  std::vector<Edge> edges;
  for (NodeId n = 0; n < num_nodes; ++n) edges.push_back({n, n});
  const auto n = static_cast<NodeId>(num_nodes);
  return {Adjacency::from_edges(n, n, edges)};
}

// What is added to the loss for the attention of a layer; the mean over sequences.
Variable attention_penalty(const Variable& alpha, const SequenceBatch& sequences,
                           const AGCNetworkOptions& options) {
  const auto offsets = sequences.offsets();
  const float share = 1.0f / static_cast<float>(std::max<NodeId>(1, sequences.num_sequences()));
  const Variable uncovered = 1.0f - segment_mean(alpha, offsets);
  const Variable at_once = row_sum(alpha);
  return (uncovered * uncovered).sum() * (options.coverage * share) +
         segment_mean(at_once * at_once, offsets).sum() * (options.sparsity * share);
}

}  // namespace

// One network, on joints or on parts.
class AGCNetwork::Stream final : public Module {
 public:
  Stream(const AGCNetworkOptions& options, const Skeleton& body, bool by_parts, Rng& rng)
      : options_(options),
        columns_(columns_of(body, by_parts)),
        num_nodes_(columns_.columns.size() / columns_.width),
        position_(
            {.input_size = static_cast<int>(columns_.width), .output_size = options.position_size},
            rng),
        shared_({.input_size = 2 * options.position_size,
                 .hidden_size = options.feature_size,
                 .attends = false},
                each_alone(num_nodes_), rng),
        dropout_(options.dropout),
        global_({.input_size = options.hidden_size, .output_size = options.num_classes}, rng) {
    add_module("position", position_);
    add_module("shared", shared_);
    const auto groups =
        joint_partitions(by_parts ? part_skeleton(body).bones() : body.bones(), options.partition);
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
      layers_.push_back(std::make_unique<AGCLSTM>(
          AGCLSTMOptions{.input_size = layer == 0 ? options.feature_size : options.hidden_size,
                         .hidden_size = options.hidden_size,
                         .attends = options.attends,
                         .feeds_attended = options.feeds_attended},
          groups, rng));
      add_module("layers." + std::to_string(layer), *layers_.back());
    }
    add_module("global", global_);
    if (!options.attends) return;
    local_ = std::make_unique<Linear>(
        LinearOptions{.input_size = options.hidden_size, .output_size = options.num_classes}, rng);
    add_module("local", *local_);
  }

  struct Output {
    PoolVector<Variable> logits;  // Of the read-outs, [clips * steps, classes], clip by clip.
    std::size_t steps = 0;
    Variable penalty;  // Undefined: none.
    Tensor alpha;      // Of the last layer.
    std::size_t frames_per_step = 1;
  };

  // With the penalty if `penalizes`.
  Output forward(const ClipBatch& batch, bool penalizes, Rng& rng) const {
    Output output;
    PooledSequences now{features(batch), batch.sequences};
    JointStates states;
    for (const auto& layer : layers_) {
      now = pool(now.x, now.sequences, options_.pooling);
      output.frames_per_step *= static_cast<std::size_t>(options_.pooling);
      states = layer->forward(dropout_.forward(now.x, rng),
                              schedule(now.sequences, Direction::kForward));
      now.x = states.h;
      if (!options_.attends || !penalizes) continue;
      const Variable penalty = attention_penalty(states.alpha, now.sequences, options_);
      output.penalty = output.penalty.defined() ? output.penalty + penalty : penalty;
    }
    output.steps = now.sequences.num_sequences() == 0 ? 0 : now.sequences.length(0);
    const auto read = [&](const Linear& classifier, const Variable& sums) {
      output.logits.push_back(
          classifier.forward(dropout_.forward(mean_of_bodies(sums, batch, output.steps), rng)));
    };
    read(global_, sum_of_joints(states.h, num_nodes_));
    if (!options_.attends) return output;
    read(*local_, attended_sum_of_joints(states.h, states.alpha));
    output.alpha = states.alpha.value().clone();
    return output;
  }

 private:
  // What the shared LSTM makes of positions and differences, [frames, nodes * feature_size].
  Variable features(const ClipBatch& batch) const {
    const std::size_t frames = batch.x.rows();
    const auto size = static_cast<std::size_t>(options_.position_size);
    Tensor x = Tensor::zeros({frames * num_nodes_, columns_.width});
    for (std::size_t frame = 0; frame < frames; ++frame) {
      float* const to = x.data() + frame * columns_.columns.size();
      for (std::size_t i = 0; i < columns_.columns.size(); ++i) {
        if (columns_.columns[i] != NodeColumns::kNone)
          to[i] = batch.x.at(frame, columns_.columns[i]);
      }
    }
    const Variable p = position_.forward(Variable(std::move(x)));
    const Variable v = step_differences(reshape(p, {frames, num_nodes_ * size}), batch.sequences);
    const Variable both = concat_columns({p, reshape(v, p.shape())});
    return shared_
        .forward(reshape(both, {frames, num_nodes_ * 2 * size}),
                 schedule(batch.sequences, Direction::kForward))
        .h;
  }

  // Of sequences of steps [sequences * steps, hidden] those of clips, the means of their bodies.
  static Variable mean_of_bodies(const Variable& sums, const ClipBatch& batch, std::size_t steps) {
    const std::size_t num_clips = batch.labels.size();
    if (batch.sequences.num_sequences() == num_clips) return sums;
    const Variable of_sequences =
        reshape(sums, {batch.sequences.num_sequences(), steps * sums.cols()});
    return reshape(segment_mean(of_sequences, batch.clips), {num_clips * steps, sums.cols()});
  }

  AGCNetworkOptions options_;
  NodeColumns columns_;
  std::size_t num_nodes_;
  Linear position_;
  AGCLSTM shared_;  // No groups but each joint itself: an LSTM.
  Dropout dropout_;
  std::vector<std::unique_ptr<AGCLSTM>> layers_;
  Linear global_;
  std::unique_ptr<Linear> local_;
};

AGCNetwork::AGCNetwork(const AGCNetworkOptions& options, Rng& rng)
    : ClipClassifier(checked(options).body, options.reading, Bodies(), options.num_classes),
      options_(options) {
  std::int64_t frames = options.reading.frames;
  for (std::size_t layer = 0; layer < kLayers; ++layer) frames /= options.pooling;
  if (frames == 0) {
    throw OptionError(message("clips are read in ", options.reading.frames,
                              " frames, expected as many as are left of three poolings of ",
                              options.pooling));
  }
  for (const bool by_parts : {false, true}) {
    if (options.stream == (by_parts ? BodyStream::kJoints : BodyStream::kParts)) continue;
    streams_.push_back(std::make_unique<Stream>(options, body(), by_parts, rng));
    add_module(by_parts ? "parts" : "joints", *streams_.back());
  }
}

AGCNetwork::~AGCNetwork() = default;
AGCNetwork::AGCNetwork(AGCNetwork&&) noexcept = default;

Variable AGCNetwork::scores(const ClipBatch& batch, Rng& rng) const {
  Variable sum;
  for (const auto& stream : streams_) {
    const Stream::Output output = stream->forward(batch, /*penalizes=*/false, rng);
    PoolVector<std::uint32_t> last;
    for (std::size_t clip = 0; clip < batch.labels.size(); ++clip) {
      last.push_back(static_cast<std::uint32_t>((clip + 1) * output.steps - 1));
    }
    for (const Variable& logits : output.logits) {
      const Variable probabilities = softmax(gather_rows(logits, last));
      sum = sum.defined() ? sum + probabilities : probabilities;
    }
  }
  return sum;
}

Variable AGCNetwork::loss(const ClipBatch& batch, Rng& rng) const {
  Variable sum;
  const auto add = [&](const Variable& term) { sum = sum.defined() ? sum + term : term; };
  for (const auto& stream : streams_) {
    const Stream::Output output = stream->forward(batch, /*penalizes=*/true, rng);
    PoolVector<std::int32_t> labels;
    for (const std::int32_t label : batch.labels) labels.insert(labels.end(), output.steps, label);
    for (const Variable& logits : output.logits) {
      add(softmax_cross_entropy(logits, labels, {.scale = static_cast<float>(output.steps)}));
    }
    if (output.penalty.defined()) add(output.penalty);
  }
  return sum;
}

Tensor AGCNetwork::probabilities(const ClipBatch& batch) const {
  const Answering answering;
  Rng unused(0);
  Tensor sums = scores(batch, unused).value().clone();
  const float share = 1.0f / static_cast<float>(streams_.size() * (options_.attends ? 2 : 1));
  for (float& value : sums.flat()) value *= share;
  return sums;
}

AGCNetwork::Attention AGCNetwork::attention(const ClipBatch& batch, BodyStream stream) const {
  const bool is_there = stream != BodyStream::kBoth &&
                        (options_.stream == stream || options_.stream == BodyStream::kBoth);
  if (!is_there || !options_.attends) {
    throw OptionError("attention of a stream that is not there, or of a network without any");
  }
  const Answering answering;
  Rng unused(0);
  const std::size_t which = stream == BodyStream::kParts ? streams_.size() - 1 : 0;
  Stream::Output output = streams_[which]->forward(batch, /*penalizes=*/false, unused);
  return {std::move(output.alpha), output.frames_per_step};
}

}  // namespace espalier::models
