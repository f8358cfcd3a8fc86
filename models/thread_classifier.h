#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/graph/reply_graph.h>
#include <espalier/layers/dropout.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/graph_structured_lstm.h>
#include <espalier/layers/linear.h>
#include <espalier/models/thread_batch.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>
#include <espalier/training/evaluation.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

/// Where the states come from that a comment is classified by.
enum class ThreadStates {
  kForward,   ///< What was said before.
  kBackward,  ///< What came of it.
  kBoth,      ///< As in the paper.
  kNone,      ///< No graph: a layer of tanh units over each comment by itself, as a baseline.
};

/// How a comment's class is read from its states.
enum class ThreadReadout {
  kClasses,  ///< A softmax over the classes.
  kLevels,   ///< Classes are levels: a softmax of two, "above or not", for each level but the last;
             ///< the class is the number of levels that it is above, up to the first it is not.
};

struct ThreadClassifierOptions {
  int num_words = 0;      ///< Vocabulary size, > 0.
  int word_size = 100;    ///< Of a word vector, > 0.
  int num_features = 0;   ///< Of a node, besides its words; >= 0.
  int num_classes = 0;    ///< > 1.
  int hidden_size = 100;  ///< Of each direction, > 0.
  ThreadStates states = ThreadStates::kBoth;
  ReplyEdges edges = ReplyEdges::kBoth;
  ThreadReadout readout = ThreadReadout::kClasses;
  Candidate candidate = Candidate::kLinear;
  NullState null_state = NullState::kZeros;
  float dropout = 0.0f;  ///< Of inputs and of the states that are read.

  static std::vector<Option> fields(ThreadClassifierOptions& o) {
    return {
        option("num_words", o.num_words, "Words of the vocabulary", at_least(1)).given(),
        option("word_size", o.word_size, "Size of a word vector", at_least(1, kMaxSize))
            .command("input-size"),
        option("num_features", o.num_features, "Of a comment, besides its words", at_least(0, 1e9))
            .given(),
        option("num_classes", o.num_classes, "Classes", at_least(2)).given(),
        option("hidden_size", o.hidden_size, "Hidden size of each direction", at_least(1, kMaxSize))
            .command("hidden"),
        choice("states", o.states,
               "What a comment is classified by: states from before it (forward), from after it "
               "(backward), both, or none, its own words and features alone",
               {"forward", "backward", "both", "none"})
            .stored(Option::Stored::kByNumber),
        choice("edges", o.edges,
               "States travel along replies and siblings (both), replies alone (hierarchical), or "
               "from each comment to the next in time (chain)",
               {"both", "hierarchical", "chain"})
            .stored(Option::Stored::kByNumber),
        choice("levels", o.readout, "One softmax over all classes, or above-or-not for each level",
               {"classes", "levels"})
            .stored(Option::Stored::kAsFlag)
            .command("readout"),
        flag("tanh_candidate", o.candidate, Candidate::kLinear, Candidate::kTanh,
             "tanh of what enters the memory cell, not linear as published"),
        flag("trained_null_state", o.null_state, NullState::kZeros, NullState::kTrained,
             "Learn what is read where there is no comment; else zeros")
            .command("trained-null"),
        option("dropout", o.dropout,
               "Part of inputs and of the states that are read, left out in training",
               from_to_below(0, 1))};
  }
};

/// What the classes of a data set are to its metrics.
enum class ThreadMetrics {
  kClasses,  ///< Names: "macro_f1" and "weighted_f1" as macro_f1() and weighted_f1() have them.
  kLevels,   ///< Steps of one scale: those of level_f1(), the mean and the weighted mean.
};

/// Metrics "accuracy", "macro_f1" and "weighted_f1" over the labelled comments. The best epoch is
/// chosen by accuracy, or, where classes are levels, by weighted_f1, as the authors do.
class ThreadEvaluation {
 public:
  explicit ThreadEvaluation(ThreadMetrics metrics = ThreadMetrics::kClasses) : metrics_(metrics) {}

  /// `num_classes` is that of the model.
  void add(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels,
           int num_classes);
  training::Metrics compute() const;
  std::string_view selection_metric() const {
    return metrics_ == ThreadMetrics::kLevels ? "weighted_f1" : "accuracy";
  }
  bool higher_is_better() const { return true; }

 private:
  ThreadMetrics metrics_;
  training::ClassEvaluation classes_;
  int num_classes_ = 0;
};

/// Classes of the comments of discussions, from states that travel along replies.
///
/// Zayats and Ostendorf, "Conversation Modeling on Reddit Using a Graph-Structured LSTM", TACL
/// 2018. A comment's input is the mean of its word vectors, zeros if it has none, beside its
/// features. Parameters: embedding.weight, lstm.… (for both directions lstm.forward.… and
/// lstm.backward.…; without a graph hidden.…), and classifier.…, or levels.0.…, levels.1.….
class ThreadClassifier : public Module {
 public:
  using Options = ThreadClassifierOptions;
  using Examples = std::span<const LabelledThread>;
  using Batch = ThreadBatch;
  using Evaluation = ThreadEvaluation;
  static constexpr const char* kName = "ThreadClassifier";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.001, .l2 = 0.0, .adam = true};

  /// Throws OptionError if an option is out of range.
  ThreadClassifier(const ThreadClassifierOptions& options, Rng& rng);

  /// The threads as the model takes them.
  ThreadBatch batch(std::span<const LabelledThread* const> threads) const;

  /// The mean negative log-likelihood of the labels over the labelled comments, [1], with kLevels
  /// the sum over levels of those; with dropout. 0 if none has a label. Throws ShapeError, naming
  /// the place, if a label is no class or a word out of range.
  Variable loss(const ThreadBatch& batch, Rng& rng) const;

  /// Of every node, [num_nodes, num_classes], without a record.
  Tensor probabilities(const ThreadBatch& batch) const;

  /// The class of every node: the most probable, or as kLevels has it.
  std::vector<std::int32_t> classes(const ThreadBatch& batch) const;

  // What training::TrainableModel asks for. A node is a comment.
  ThreadBatch make_batch(Examples threads, std::span<const std::uint32_t> numbers, Rng& rng) const;
  void evaluate(const ThreadBatch& batch, ThreadEvaluation& evaluation) const;
  std::size_t num_nodes(Examples threads, std::uint32_t i) const {
    return threads[i].graph.num_nodes();
  }

  const ThreadClassifierOptions& options() const { return options_; }
  const Embedding& embedding() const { return embedding_; }

 private:
  Variable states(const ThreadBatch& batch, Rng& rng) const;

  ThreadClassifierOptions options_;
  Embedding embedding_;
  Dropout dropout_;
  std::optional<Linear> hidden_;
  std::optional<GraphStructuredLSTM> one_way_;
  std::optional<BidirectionalGraphStructuredLSTM> both_ways_;
  std::vector<Linear> outputs_;  // One, or one a level.
};

}  // namespace espalier::models
