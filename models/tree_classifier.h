#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/data/labelled_tree.h>
#include <espalier/layers/dropout.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/nary_tree_lstm.h>
#include <espalier/models/tree_batch.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>
#include <espalier/training/evaluation.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

/// The defaults are those of Tai et al. 2015 for the Stanford Sentiment Treebank, five classes.
struct TreeClassifierOptions {
  int num_words = 0;      ///< Of the vocabulary, > 0.
  int input_size = 300;   ///< Of a word vector, > 0.
  int hidden_size = 150;  ///< > 0.
  int num_classes = 5;    ///< > 1.
  float dropout = 0.5f;   ///< On the hidden states that the classifier reads.

  /// A class that is learnt but never predicted: the neutral one of the binary task. -1: none.
  int unpredicted_class = -1;

  static std::vector<Option> fields(TreeClassifierOptions& o) {
    return {option("num_words", o.num_words, "Words of the vocabulary", at_least(1)).given(),
            option("input_size", o.input_size, "Size of a word vector", at_least(1, kMaxSize)),
            option("hidden_size", o.hidden_size, "Hidden size", at_least(1, kMaxSize))
                .command("hidden"),
            option("num_classes", o.num_classes, "Classes", at_least(2)).given(),
            option("dropout", o.dropout, "Part of the hidden states that are left out in training",
                   from_to_below(0, 1)),
            option("unpredicted_class", o.unpredicted_class, "A class that is never predicted",
                   between(-1, o.num_classes - 1))
                .given()};
  }
};

/// Metrics "accuracy" and "macro_f1" at the roots, "node_accuracy" at all labelled nodes. The best
/// epoch is chosen by accuracy.
class TreeEvaluation {
 public:
  /// The classes predicted for the nodes of some trees, and their labels; `roots` are nodes. Nodes
  /// labelled `unpredicted_class` cannot be right: they do not count, unless as roots.
  void add(std::span<const std::int32_t> predicted, std::span<const std::int32_t> labels,
           std::span<const NodeId> roots, std::int32_t unpredicted_class);
  training::Metrics compute() const;
  std::string_view selection_metric() const { return "accuracy"; }
  bool higher_is_better() const { return true; }

 private:
  training::ClassEvaluation roots_, nodes_;
};

/// Classifies every node of binarised trees whose leaves are words: a constituency Tree-LSTM and a
/// softmax on each node's hidden state.
///
/// Tai, Socher and Manning, "Improved Semantic Representations From Tree-Structured Long
/// Short-Term Memory Networks", ACL 2015, arXiv:1503.00075, section 4.1, with the leaf module of
/// the authors' code. Parameters: embedding.weight, lstm.…, classifier.….
class TreeClassifier : public Module {
 public:
  using Options = TreeClassifierOptions;
  using Examples = std::span<const LabelledTree>;
  using Batch = TreeBatch;
  using Evaluation = TreeEvaluation;
  static constexpr const char* kName = "TreeClassifier";
  static constexpr training::Recipe kRecipe = {};  ///< That of the paper.

  /// Throws OptionError if an option is out of range.
  TreeClassifier(const TreeClassifierOptions& options, Rng& rng);

  /// Scores of the classes, [batch.num_nodes(), num_classes]. In training with dropout.
  Variable logits(const TreeBatch& batch, Rng& rng) const;

  /// The negative log-likelihood of the labels, summed over a tree's labelled nodes, and the mean
  /// of that over trees; [1].
  Variable loss(const TreeBatch& batch, Rng& rng) const;

  /// The same scores as probabilities, without a record; unpredicted_class has none.
  Tensor probabilities(const TreeBatch& batch) const;

  // What training::TrainableModel asks for. A node is one of a tree.
  Batch make_batch(Examples trees, std::span<const std::uint32_t> numbers, Rng& rng) const;
  void evaluate(const Batch& batch, Evaluation& evaluation) const;
  std::size_t num_nodes(Examples trees, std::uint32_t i) const { return trees[i].tree.num_nodes(); }

  const TreeClassifierOptions& options() const { return options_; }
  const Embedding& embedding() const { return embedding_; }
  const NaryTreeLSTM& lstm() const { return lstm_; }

 private:
  TreeClassifierOptions options_;
  Embedding embedding_;
  NaryTreeLSTM lstm_;
  Dropout dropout_;
  Linear classifier_;
};

}  // namespace espalier::models
