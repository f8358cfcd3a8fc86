#pragma once

#include <optional>
#include <string>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/layers/dropout.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/models/document_batch.h>
#include <espalier/models/document_classifier.h>
#include <espalier/ops/random.h>

namespace espalier::models {

struct AveragedEmbeddingOptions {
  int num_words = 0;     ///< Of the vocabulary, > 0.
  int word_size = 300;   ///< Of a word vector, > 0.
  int hidden_size = 0;   ///< Of the hidden layer; 0: none.
  int num_classes = 0;   ///< > 1.
  float dropout = 0.0f;  ///< On the mean.

  static std::vector<Option> fields(AveragedEmbeddingOptions& o) {
    return {option("num_words", o.num_words, "Words of the vocabulary", at_least(1)).given(),
            option("word_size", o.word_size, "Size of a word vector", at_least(1, kMaxSize))
                .command("input-size"),
            option("hidden_size", o.hidden_size, "Units of a hidden layer; 0: no such layer",
                   at_least(0, kMaxSize))
                .command("hidden"),
            option("num_classes", o.num_classes, "Classes", at_least(2)).given(),
            option("dropout", o.dropout, "Part of the mean that is left out in training",
                   from_to_below(0, 1))};
  }
};

/// Classifies a document by the mean of its words' vectors, in any order.
///
/// Iyyer, Manjunatha, Boyd-Graber and Daumé, "Deep Unordered Composition Rivals Syntactic Methods
/// for Text Classification", ACL 2015: their NBOW without a hidden layer, their deep averaging
/// network (DAN) of one hidden layer with it. Of the n words of a document, with vectors x_t:
///
///     v      = sum of x_t / n          (0 for a document without words)
///     z      = tanh(W_h v + b_h)       (v itself without a hidden layer)
///     logits = W_c z + b_c
///
/// Departs from the paper in the dropout, which there drops whole words. Parameters:
/// embedding.weight, hidden.weight and hidden.bias if there is such a layer, classifier.weight and
/// classifier.bias.
class AveragedEmbedding final : public DocumentClassifier {
 public:
  using Options = AveragedEmbeddingOptions;
  static constexpr const char* kName = "AveragedEmbedding";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.002, .l2 = 0.0, .adam = true};

  /// Throws OptionError if an option is out of range.
  AveragedEmbedding(const AveragedEmbeddingOptions& options, Rng& rng);

  Variable logits(const DocumentBatch& batch, Rng& rng) const override;

  const AveragedEmbeddingOptions& options() const { return options_; }
  const Embedding& embedding() const { return embedding_; }

 private:
  AveragedEmbeddingOptions options_;
  Embedding embedding_;
  Dropout dropout_;
  std::optional<Linear> hidden_;
  Linear classifier_;
};

}  // namespace espalier::models
